"""Capacité de prise en charge and capacité d'accueil opérationnelle: beds and places, by place.

Never part of an offer's document nor of a draft: figures are reported through `structures.beds` (design §6).
"""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from confidentiality.levels import Level
from confidentiality.profiles import SOCIAL_FIELD
from ror.history import frozen, timestamps, touches, tracked
from ror.reference.fields import CodeField, guard_codes
from structures.models.base import through
from structures.models.offer import EstablishmentRow
from structures.models.place import Place, PlaceRow, given_at
from structures.models.triggers import REFUSED

NO_ASSIGNMENT = "R337:01"
INSTALLED, AVAILABLE, OCCUPIED, RESERVED, CLOSED, SUPPLEMENTARY = (
    *("R330:01", "R330:02", "R330:03"),
    *("R330:04", "R330:05", "R330:06"),
)
CURRENT = "R331:01"


@tracked()
@guard_codes
class CareCapacity(PlaceRow):
    """Capacité de prise en charge: beds or places of one place, for everyone or kept for some in a crisis.

    An assignment other than « aucune » is level 2 (déduit); it never changes: another assignment is another row.
    """

    level_field = "level"
    policy_category = "capacity"

    place = models.ForeignKey(Place, models.CASCADE, related_name="capacities", verbose_name="lieu")
    temporary_assignment = CodeField(value_set="J195", verbose_name="affectation temporaire", default=NO_ASSIGNMENT)
    comment = models.CharField("commentaire", max_length=300, blank=True)
    level = models.PositiveSmallIntegerField(
        "niveau de confidentialité", choices=Level, default=Level.CRISIS, editable=False
    )

    class Meta(PlaceRow.Meta):
        verbose_name = "capacité de prise en charge"
        verbose_name_plural = "capacités de prise en charge"
        ordering = ["temporary_assignment_id", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["place", "temporary_assignment"], name="carecapacity_assignment_unique")
        ]
        triggers = [
            timestamps(),
            frozen("temporary_assignment_id"),
            touches("structures_place", "place_id"),
            pgtrigger.Trigger(
                name="level",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=f"""
                    NEW.level = CASE NEW.temporary_assignment_id
                        WHEN '{NO_ASSIGNMENT}' THEN {Level.PUBLIC:d}
                        ELSE {Level.PROFESSIONAL:d}
                    END;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return "Capacité de prise en charge"

    @classmethod
    def rows_from(cls, origins: frozenset[str]) -> None:
        """Never part of a description: installed capacity is level 1 whatever the origin (article 2, 3°)."""


@tracked()
@guard_codes
class BedCapacity(EstablishmentRow):
    """Capacité d'accueil opérationnelle: one figure of beds or places, in one status, at one horizon.

    The level follows from the status (arrêté, article 2): installed 1, supplementary 3, the others 2, never less than
    that of the assignment. The database keeps it.
    """

    governance = through(
        "geographic_entity__", organization="care_capacity__place__internal_organization__perimeter_id"
    )
    level_field = "level"
    policy_category = "capacity"

    care_capacity = models.ForeignKey(
        CareCapacity, models.CASCADE, related_name="beds", verbose_name="capacité de prise en charge"
    )
    nature = CodeField(value_set="J187", verbose_name="nature")
    status = CodeField(value_set="J188", verbose_name="statut")
    temporality = CodeField(value_set="J189", verbose_name="temporalité", default=CURRENT)
    number = models.PositiveIntegerField("nombre")
    source = CodeField(value_set="J193", verbose_name="source")
    counted_at = models.DateTimeField("à jour le", default=timezone.now)
    gender = CodeField(value_set="J190", verbose_name="genre", null=True, blank=True)
    closing_type = CodeField(value_set="J191", verbose_name="type de fermeture", null=True, blank=True)
    supplementary_type = CodeField(value_set="J192", verbose_name="type de lit supplémentaire", null=True, blank=True)
    crisis_type = CodeField(value_set="J194", verbose_name="type de crise", null=True, blank=True)
    level = models.PositiveSmallIntegerField(
        "niveau de confidentialité", choices=Level, default=Level.CRISIS, editable=False
    )

    class Meta(EstablishmentRow.Meta):
        verbose_name = "capacité d'accueil"
        verbose_name_plural = "capacités d'accueil"
        ordering = [
            "nature_id",
            "status_id",
            "temporality_id",
            "gender_id",
            "closing_type_id",
            "supplementary_type_id",
            "pk",
        ]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    *("care_capacity", "nature", "status", "temporality"),
                    *("gender", "closing_type", "supplementary_type", "crisis_type"),
                ],
                nulls_distinct=False,
                name="bedcapacity_figure_unique",
            ),
            models.CheckConstraint(
                condition=Q(gender=None) | Q(status=AVAILABLE), name="bedcapacity_gender_of_available"
            ),
            models.CheckConstraint(
                condition=Q(closing_type=None) | Q(status=CLOSED), name="bedcapacity_closing_type_of_closed"
            ),
            models.CheckConstraint(
                condition=Q(supplementary_type=None, crisis_type=None) | Q(status=SUPPLEMENTARY),
                name="bedcapacity_crisis_of_supplementary",
            ),
        ]
        triggers = [
            timestamps(),
            touches("structures_carecapacity", "care_capacity_id"),
            pgtrigger.Trigger(
                name="level",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=f"""
                    NEW.level = CASE NEW.status_id
                        WHEN '{SUPPLEMENTARY}' THEN {Level.CRISIS:d}
                        WHEN '{INSTALLED}' THEN (
                            SELECT care.level FROM structures_carecapacity AS care
                            WHERE care.id = NEW.care_capacity_id
                        )
                        ELSE {Level.PROFESSIONAL:d}
                    END;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="none_available_when_closed",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition(f"NEW.status_id = '{AVAILABLE}' AND NEW.number > 0"),
                timing=pgtrigger.Deferred,
                func=f"""
                    IF EXISTS (
                        SELECT FROM structures_bedcapacity AS written
                        WHERE written.id = NEW.id AND written.status_id = '{AVAILABLE}' AND written.number > 0
                    ) AND NOT EXISTS (
                        SELECT FROM structures_carecapacity AS care
                        JOIN structures_offerplace AS link ON link.place_id = care.place_id
                        JOIN structures_offer AS offer ON offer.id = link.offer_id
                        WHERE care.id = NEW.care_capacity_id
                            AND (offer.closing_date IS NULL OR offer.closing_date > CURRENT_DATE)
                    ) THEN
                        RAISE EXCEPTION 'a closed offer has no available bed' USING ERRCODE = '{REFUSED}';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return "Capacité d'accueil"

    @classmethod
    def sensitive_rows(cls) -> Q:
        return given_at("care_capacity__place", offer__sensitive_unit__isnull=False)

    @classmethod
    def social_rows(cls) -> Q:
        return given_at("care_capacity__place", offer__activity_field=SOCIAL_FIELD)
