"""Offre opérationnelle, its activities, its hours, and the flag of sensitive units."""

import uuid
from functools import reduce
from operator import add
from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils import timezone

from confidentiality.governed import GovernedManager
from confidentiality.profiles import SOCIAL_FIELD
from confidentiality.viewer import Viewer
from ror.history import frozen, timestamps, touches, tracked
from ror.reference.fields import CodeField, CodeSetField, CommuneSetField, code_set_index, guard_codes
from ror.reference.functions import Normalise
from structures.models.base import (
    DEFINITIVE,
    ClosableQuerySet,
    Recorded,
    closing_check,
    numbered_by_region,
    reopening_check,
    search_index,
    through,
)
from structures.models.geographic_entity import GeographicEntity
from structures.models.organization import InternalOrganization
from structures.models.triggers import REFUSED, contacts_at_crisis_level, only_below_what_is_open


class AgeUnit(models.TextChoices):
    """Unit of an age, UCUM (RG_EXP_048)."""

    YEAR = "a", "ans"
    MONTH = "mo", "mois"
    WEEK = "wk", "semaines"
    DAY = "d", "jours"


def no_bed_available_when_closed() -> pgtrigger.Trigger:
    """RG_EXP_047: once the last open offer of a place is closed, the place has no available bed nor room."""
    return pgtrigger.Trigger(
        name="no_bed_available_when_closed",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("closing_type_id", "closing_date"),
        condition=pgtrigger.Condition("NEW.closing_date <= CURRENT_DATE"),
        timing=pgtrigger.Deferred,
        func=f"""
            IF EXISTS (
                SELECT FROM structures_offerplace AS link
                JOIN structures_carecapacity AS care ON care.place_id = link.place_id
                JOIN structures_bedcapacity AS bed ON bed.care_capacity_id = care.id
                WHERE link.offer_id = NEW.id AND bed.status_id = 'R330:02' AND bed.number > 0
                    AND NOT EXISTS (
                        SELECT FROM structures_offerplace AS other
                        JOIN structures_offer AS offer ON offer.id = other.offer_id
                        WHERE other.place_id = link.place_id
                            AND (offer.closing_date IS NULL OR offer.closing_date > CURRENT_DATE)
                    )
            ) THEN
                RAISE EXCEPTION 'a closed offer has no available bed' USING ERRCODE = '{REFUSED}';
            END IF;
            RETURN NULL;
        """,
    )


class OfferQuerySet(ClosableQuerySet):
    def shown_to(self, viewer: Viewer) -> Self:
        """The offers that pages show to `viewer`: not those closed for good, but for who would know a sensitive unit.

        Seen from outside, an offer that becomes a sensitive unit goes as one that closes: its absence says nothing.
        """
        gone = Q(closing_type=DEFINITIVE, closing_date__lte=timezone.localdate())
        return self.visible_to(viewer).filter(~gone | self.knowing_sensitive(viewer))

    def with_completeness(self) -> Self:
        """Offers with `completeness`: how many of the criteria of `CRITERIA` they meet, of 7."""
        from structures.models.completeness import conditions

        met = [Case(When(condition, then=Value(1)), default=Value(0)) for condition in conditions().values()]
        return self.annotate(completeness=reduce(add, met))


@tracked(exclude=["search"])
@guard_codes
class Offer(Recorded):
    """Offre opérationnelle: what a structure really offers, as published. Only `publish()` writes it.

    `identifier` is identifiantOffre (`region/number`), set by the database, never changed, never reused.
    """

    governance = through("geographic_entity__", organization="internal_organization__perimeter_id")
    sensitive = Q(sensitive_unit__isnull=False)
    social = Q(activity_field=SOCIAL_FIELD)
    origin_lookup = "origin"

    identifier = models.CharField("identifiant de l'offre", max_length=20, unique=True, editable=False, db_default="")
    geographic_entity = models.ForeignKey(
        GeographicEntity, models.PROTECT, related_name="offers", verbose_name="établissement"
    )
    internal_organization = models.ForeignKey(
        InternalOrganization,
        models.PROTECT,
        to_field="identifier",
        null=True,
        blank=True,
        related_name="offers",
        verbose_name="organisation interne",
    )
    name = models.CharField("nom de l'offre", max_length=200)
    activity_field = CodeField(value_set="J20", verbose_name="champ d'activité")
    care_mode = CodeField(value_set="J19", verbose_name="mode de prise en charge")
    offer_type = CodeField(value_set="J238", verbose_name="type d'offre", null=True, blank=True)
    reception_temporality = CodeField(value_set="J30", verbose_name="temporalité d'accueil", null=True, blank=True)
    reception_modalities = CodeSetField(value_set="J226", verbose_name="modalités d'accueil", blank=True)
    management_types = CodeSetField(value_set="J26", verbose_name="modes de gestion", blank=True)
    annual_opening = CodeField(value_set="J28", verbose_name="ouverture annuelle", null=True, blank=True)
    expertise_levels = CodeSetField(value_set="J227", verbose_name="niveaux d'expertise", blank=True)
    psychiatric_sectors = ArrayField(
        models.CharField(max_length=120), verbose_name="secteurs psychiatriques", default=list, blank=True
    )
    involuntary_care = models.BooleanField("habilitation aux soins sans consentement", null=True, blank=True)
    intervention_communes = CommuneSetField(verbose_name="zone d'intervention", blank=True)
    comment = models.TextField("commentaire", max_length=2000, blank=True)
    entry_model = models.CharField("modèle de saisie utilisé", max_length=200, blank=True)
    age_min = models.PositiveSmallIntegerField("âge minimal")
    age_min_unit = models.CharField("unité de l'âge minimal", max_length=2, choices=AgeUnit)
    age_max = models.PositiveSmallIntegerField("âge maximal")
    age_max_unit = models.CharField("unité de l'âge maximal", max_length=2, choices=AgeUnit)
    publics = CodeSetField(value_set="J29", verbose_name="publics pris en charge", blank=True)
    always_open = models.BooleanField("ouvert 24 h/24, 7 j/7", default=False)
    closing_type = CodeField(value_set="J185", verbose_name="type de fermeture", null=True, blank=True)
    closing_date = models.DateField("date de fermeture", null=True, blank=True)
    reopening_date = models.DateField("réouverture prévue le", null=True, blank=True)
    published_at = models.DateTimeField("publiée le")
    confirmed_at = models.DateTimeField("confirmée exacte le", null=True, blank=True, editable=False)
    version = models.PositiveIntegerField("version", default=1)
    origin = models.CharField("origine de la description", max_length=20, blank=True, editable=False, db_default="")
    search = models.GeneratedField(
        expression=Normalise("name"), output_field=models.TextField(), db_persist=True, editable=False
    )

    objects = GovernedManager.from_queryset(OfferQuerySet)()

    class Meta(Recorded.Meta):
        verbose_name = "offre"
        verbose_name_plural = "offres"
        ordering = ["name", "pk"]
        indexes = [
            search_index("offer_search"),
            models.Index(fields=["search", "id"], name="offer_in_order"),
            models.Index(fields=["geographic_entity"], condition=Q(closing_type=None), name="offer_open"),
            code_set_index("publics", "offer_publics"),
            code_set_index("intervention_communes", "offer_intervention"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(age_min_unit__in=AgeUnit.values, age_max_unit__in=AgeUnit.values),
                name="offer_age_units_known",
            ),
            models.CheckConstraint(condition=Q(age_min__lte=1500, age_max__lte=1500), name="offer_ages_in_range"),
            models.CheckConstraint(condition=~Q(name=""), name="offer_name_not_empty"),
            closing_check("offer"),
            reopening_check("offer"),
            models.CheckConstraint(
                condition=Q(entry_model="") | Q(entry_model__regex=r"^[^|]+\|[^|]+$"),
                name="offer_entry_model_versioned",
            ),
        ]
        triggers = [
            timestamps(),
            frozen("identifier", "activity_field", "care_mode"),
            numbered_by_region("structures_offer_number"),
            pgtrigger.Trigger(
                name="organization_of_the_same_establishment",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("geographic_entity_id", "internal_organization_id"),
                condition=pgtrigger.Condition("NEW.internal_organization_id IS NOT NULL"),
                func=f"""
                    IF NOT EXISTS (
                        SELECT FROM structures_internalorganization AS organization
                        WHERE organization.identifier = NEW.internal_organization_id
                            AND organization.geographic_entity_id = NEW.geographic_entity_id
                    ) THEN
                        RAISE EXCEPTION 'an offer hangs on an organisation of its own establishment'
                        USING ERRCODE = '{REFUSED}';
                    END IF;
                    RETURN NEW;
                """,
            ),
            only_below_what_is_open("structures_geographicentity", "geographic_entity_id"),
            only_below_what_is_open(
                "structures_internalorganization",
                "internal_organization_id",
                key="identifier",
                name="only_below_open_organization",
            ),
            no_bed_available_when_closed(),
        ]

    def __str__(self) -> str:
        return f"Offre {self.identifier}"

    @property
    def slug(self) -> str:
        """The identifier as it stands in addresses."""
        return self.identifier.replace("/", "-")


@tracked()
@guard_codes
class OfferExpertise(Recorded):
    """The four expertise attributes of article 2, 2° of the arrêté.

    Level 2 in health establishments and ville, level 1 elsewhere: a table of their own (design §4.1, guard b). An offer
    that says none of them has no row here.
    """

    governance = through("geographic_entity__", organization="offer__internal_organization__perimeter_id")
    sensitive = Q(offer__sensitive_unit__isnull=False)
    kind_lookup = "geographic_entity__legal_kind"
    social = Q(offer__activity_field=SOCIAL_FIELD)
    origin_lookup = "offer__origin"

    offer = models.OneToOneField(
        Offer, models.CASCADE, primary_key=True, related_name="expertise", verbose_name="offre"
    )
    geographic_entity = models.ForeignKey(GeographicEntity, models.PROTECT, related_name="+", editable=False)
    specific_acts = CodeSetField(value_set="J16", verbose_name="actes spécifiques", blank=True)
    specialisations = CodeSetField(value_set="J35", verbose_name="spécialisations de prise en charge", blank=True)
    resource_professions = CodeSetField(value_set="J186", verbose_name="professions ressources", blank=True)
    specific_competences = CodeSetField(value_set="J33", verbose_name="compétences spécifiques", blank=True)

    class Meta(Recorded.Meta):
        verbose_name = "expertise de l'offre"
        verbose_name_plural = "expertises des offres"
        indexes = [
            code_set_index("specific_acts", "offerexpertise_acts"),
            code_set_index("specialisations", "offerexpertise_specialisations"),
        ]
        triggers = [timestamps(), touches("structures_offer", "offer_id")]

    def __str__(self) -> str:
        return "Expertise de l'offre"


@tracked()
@guard_codes
class OutsideOfficeActs(Recorded):
    """Actes réalisés hors cabinet: level 2 whatever the structure (ANS), so apart from the rest of the expertise."""

    governance = through("geographic_entity__", organization="offer__internal_organization__perimeter_id")
    sensitive = Q(offer__sensitive_unit__isnull=False)
    social = Q(offer__activity_field=SOCIAL_FIELD)
    origin_lookup = "offer__origin"

    offer = models.OneToOneField(
        Offer, models.CASCADE, primary_key=True, related_name="outside_office", verbose_name="offre"
    )
    geographic_entity = models.ForeignKey(GeographicEntity, models.PROTECT, related_name="+", editable=False)
    outside_office_acts = CodeSetField(value_set="J16", verbose_name="actes réalisés hors cabinet", blank=True)

    class Meta(Recorded.Meta):
        verbose_name = "actes réalisés hors cabinet"
        verbose_name_plural = "actes réalisés hors cabinet"
        triggers = [timestamps(), touches("structures_offer", "offer_id")]

    def __str__(self) -> str:
        return "Actes réalisés hors cabinet"


class EstablishmentRow(Recorded):
    """A row of the description with a stable id. `geographic_entity` governs it, and is read without a join."""

    governance = through("geographic_entity__")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    geographic_entity = models.ForeignKey(GeographicEntity, models.PROTECT, related_name="+", editable=False)

    class Meta(Recorded.Meta):
        abstract = True


class OfferChild(EstablishmentRow):
    """A row of an offer."""

    governance = through("geographic_entity__", organization="offer__internal_organization__perimeter_id")
    sensitive = Q(offer__sensitive_unit__isnull=False)
    social = Q(offer__activity_field=SOCIAL_FIELD)
    origin_lookup = "offer__origin"

    class Meta(EstablishmentRow.Meta):
        abstract = True


@tracked()
@guard_codes
class OfferActivity(OfferChild):
    """Activité opérationnelle with its family: the pair is kept (RG_EXP_007)."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="activities", verbose_name="offre")
    activity = CodeField(value_set="J17", verbose_name="activité opérationnelle")
    family = CodeField(value_set="J51", verbose_name="famille d'activité", null=True, blank=True)

    class Meta(OfferChild.Meta):
        verbose_name = "activité opérationnelle"
        verbose_name_plural = "activités opérationnelles"
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "activity", "family"],
                nulls_distinct=False,
                deferrable=models.Deferrable.DEFERRED,  # two lines may swap their codes within one publication
                name="offeractivity_pair_unique",
            )
        ]
        triggers = [timestamps(), touches("structures_offer", "offer_id")]

    def __str__(self) -> str:
        return f"Activité {self.activity_id}"


@tracked()
class SensitiveUnit(Recorded):
    """Unité sensible: the row itself is the flag (level 3, arrêté, article 2, 1°), kept apart from the offer."""

    governance = through("offer__geographic_entity__", organization="offer__internal_organization__perimeter_id")
    sensitive = Q(pk__isnull=False)
    policy_category = "crisis"

    offer = models.OneToOneField(
        Offer, models.CASCADE, primary_key=True, related_name="sensitive_unit", verbose_name="offre"
    )
    motive = models.CharField("motif", max_length=300, blank=True)

    class Meta(Recorded.Meta):
        verbose_name = "unité sensible"
        verbose_name_plural = "unités sensibles"
        triggers = [timestamps(), contacts_at_crisis_level()]

    def __str__(self) -> str:
        return "Unité sensible"
