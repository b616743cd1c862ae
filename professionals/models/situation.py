"""Situation opérationnelle: a professional who practises in an offer."""

import pgtrigger
from django.db import models
from django.db.models import Q

from confidentiality.governed import GovernedManager
from confidentiality.profiles import SOCIAL_FIELD
from professionals.models.professional import Practice
from ror.history import frozen, timestamps, touches, tracked
from ror.reference.fields import CodeField, CodeSetField, guard_codes
from structures.models.base import Recorded, through
from structures.models.contact import TelecomColumns, telecom_checks
from structures.models.hours import Slot, SlotQuerySet, slot_checks
from structures.models.offer import EstablishmentRow, Offer

SLOT_TYPES = ["R252:03", "R252:06", "R252:07"]  # RG_EXP_049: on call, without and with appointment


@tracked()
@guard_codes
class OperationalSituation(EstablishmentRow):
    """Situation opérationnelle: level 1 in ville, 2 elsewhere (arrêté, article 2, 2°).

    `identifier` is the offer's, a stroke, and the national identifier of the person; the database gives it.
    """

    governance = through("geographic_entity__", organization="offer__internal_organization__perimeter_id")
    sensitive = Q(offer__sensitive_unit__isnull=False)
    kind_lookup = "geographic_entity__legal_kind"
    policy_category = "person"
    social = Q(offer__activity_field=SOCIAL_FIELD)
    origin_lookup = "offer__origin"

    identifier = models.CharField("identifiant", max_length=40, unique=True, editable=False, db_default="")
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="situations", verbose_name="offre")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="situations", verbose_name="exercice")
    exercise_mode = CodeField(value_set="J217", verbose_name="mode d'exercice dans l'offre")
    convention_sector = CodeField(value_set="J218", verbose_name="secteur de conventionnement", null=True, blank=True)
    controlled_fees = models.BooleanField("option de maîtrise des honoraires (OPTAM)", null=True, blank=True)
    vitale_card = models.BooleanField("carte Vitale acceptée", null=True, blank=True)
    comment = models.TextField("commentaire de gestion", max_length=1000, blank=True)

    class Meta(EstablishmentRow.Meta):
        verbose_name = "situation opérationnelle"
        verbose_name_plural = "situations opérationnelles"
        ordering = ["identifier"]
        constraints = [
            models.UniqueConstraint(fields=["offer", "practice"], name="operationalsituation_once_per_offer")
        ]
        triggers = [
            timestamps(),
            touches("structures_offer", "offer_id"),
            frozen("identifier", "offer_id", "practice_id"),
            pgtrigger.Trigger(
                name="identifier",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    NEW.identifier = (SELECT identifier FROM structures_offer WHERE id = NEW.offer_id) || '/' || (
                        SELECT person.id_nat_ps FROM professionals_practice AS practice
                        JOIN professionals_professional AS person ON person.id = practice.professional_id
                        WHERE practice.id = NEW.practice_id
                    ) || CASE WHEN EXISTS (
                        SELECT FROM professionals_operationalsituation AS other
                        JOIN professionals_practice AS practice ON practice.id = other.practice_id
                        WHERE other.offer_id = NEW.offer_id AND practice.professional_id =
                            (SELECT professional_id FROM professionals_practice WHERE id = NEW.practice_id)
                    ) THEN '/' || NEW.practice_id ELSE '' END;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return "Situation opérationnelle"


class SituationRow(Recorded):
    """What hangs on a situation, and is hidden with it."""

    governance = through(
        "situation__geographic_entity__", organization="situation__offer__internal_organization__perimeter_id"
    )
    sensitive = Q(situation__offer__sensitive_unit__isnull=False)
    kind_lookup = "situation__geographic_entity__legal_kind"
    policy_category = "person"
    social = Q(situation__offer__activity_field=SOCIAL_FIELD)
    origin_lookup = "situation__offer__origin"

    class Meta(Recorded.Meta):
        abstract = True


@tracked()
@guard_codes
class SituationExpertise(SituationRow):
    """Compétences spécifiques of a professional in an offer: level 2, in ville too (arrêté, article 2, 2°)."""

    situation = models.OneToOneField(
        OperationalSituation, models.CASCADE, primary_key=True, related_name="expertise", verbose_name="situation"
    )
    specific_competences = CodeSetField(value_set="J33", verbose_name="compétences spécifiques", blank=True)

    class Meta(SituationRow.Meta):
        verbose_name = "compétences du professionnel"
        verbose_name_plural = "compétences des professionnels"
        triggers = [timestamps(), touches("professionals_operationalsituation", "situation_id")]

    def __str__(self) -> str:
        return "Compétences du professionnel"


@tracked()
@guard_codes
class SituationHours(Slot, SituationRow):
    """Précision horaire of a professional in an offer: on call, without or with appointment only (RG_EXP_049)."""

    situation = models.ForeignKey(OperationalSituation, models.CASCADE, related_name="hours", verbose_name="situation")

    objects = GovernedManager.from_queryset(SlotQuerySet)()

    class Meta(SituationRow.Meta):
        verbose_name = "horaire du professionnel"
        verbose_name_plural = "horaires des professionnels"
        ordering = ["period_start", "weekday", "opens_at", "pk"]
        constraints = [
            *slot_checks("situationhours"),
            models.CheckConstraint(condition=Q(slot_type__in=SLOT_TYPES), name="situationhours_slot_type_of_a_person"),
        ]
        triggers = [timestamps(), touches("professionals_operationalsituation", "situation_id")]

    def __str__(self) -> str:
        return "Horaire du professionnel"


@tracked()
@guard_codes
class SituationTelecom(TelecomColumns, SituationRow):
    """The one way of reaching a professional in an offer, with a level of its own; never read without the situation."""

    level_field = "level"
    policy_category = "contact"
    read_with = (OperationalSituation.__name__, OperationalSituation.policy_category)

    situation = models.OneToOneField(
        OperationalSituation, models.CASCADE, primary_key=True, related_name="telecom", verbose_name="situation"
    )

    class Meta(SituationRow.Meta):
        verbose_name = "télécommunication du professionnel"
        verbose_name_plural = "télécommunications des professionnels"
        constraints = telecom_checks("situationtelecom")
        triggers = [timestamps(), touches("professionals_operationalsituation", "situation_id")]

    def __str__(self) -> str:
        return "Télécommunication du professionnel"
