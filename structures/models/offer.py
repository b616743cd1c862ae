"""Offre opérationnelle, its activities, its hours, and the flag of sensitive units."""

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q

from confidentiality.governed import GovernedManager, GovernedQuerySet
from ror.history import frozen, timestamps, tracked
from ror.reference.fields import CodeField, CodeSetField, code_set_index, guard_codes
from ror.reference.functions import Normalise
from structures.models.base import Recorded, closing_check, search_index, through
from structures.models.geographic_entity import GeographicEntity

CODES_WITH_REOPENING = ["R286:PRO", "R286:PRE"]


class AgeUnit(models.TextChoices):
    """Unit of an age, UCUM (RG_EXP_048)."""

    YEAR = "a", "ans"
    MONTH = "mo", "mois"
    WEEK = "wk", "semaines"
    DAY = "d", "jours"


class OfferQuerySet(GovernedQuerySet):
    def open(self) -> "OfferQuerySet":
        """Offers that are not closed."""
        return self.filter(closing_type=None)


@tracked(exclude=["search"])
@guard_codes
class Offer(Recorded):
    """Offre opérationnelle: what a structure really offers, as published. Only `publish()` writes it.

    `identifier` is identifiantOffre (`region/number`), set by the database, never changed, never reused.
    """

    governance = through("geographic_entity__")
    sensitive = Q(sensitive_unit__isnull=False)

    identifier = models.CharField("identifiant de l'offre", max_length=20, unique=True, editable=False, db_default="")
    geographic_entity = models.ForeignKey(
        GeographicEntity, models.PROTECT, related_name="offers", verbose_name="établissement"
    )
    name = models.CharField("nom de l'offre", max_length=200)
    activity_field = CodeField(value_set="J20", verbose_name="champ d'activité")
    care_mode = CodeField(value_set="J19", verbose_name="mode de prise en charge")
    offer_type = CodeField(value_set="J238", verbose_name="type d'offre", null=True, blank=True)
    reception_temporality = CodeField(value_set="J30", verbose_name="temporalité d'accueil", null=True, blank=True)
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
    version = models.PositiveIntegerField("version", default=1)
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
            code_set_index("publics", "offer_publics"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(age_min_unit__in=AgeUnit.values, age_max_unit__in=AgeUnit.values),
                name="offer_age_units_known",
            ),
            models.CheckConstraint(condition=Q(age_min__lte=1500, age_max__lte=1500), name="offer_ages_in_range"),
            models.CheckConstraint(condition=~Q(name=""), name="offer_name_not_empty"),
            closing_check("offer"),
            models.CheckConstraint(
                condition=Q(reopening_date=None)
                | Q(closing_type__in=CODES_WITH_REOPENING, reopening_date__gte=F("closing_date")),
                name="offer_reopening_only_after_temporary_closing",
            ),
        ]
        triggers = [
            timestamps(),
            frozen("identifier", "activity_field", "care_mode"),
            pgtrigger.Trigger(
                name="identifier",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    NEW.identifier = COALESCE(
                        (SELECT region_id FROM structures_geographicentity WHERE id = NEW.geographic_entity_id), '00'
                    ) || '/' || nextval('structures_offer_number');
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"Offre {self.identifier}"

    @property
    def slug(self) -> str:
        """The identifier as it stands in addresses."""
        return self.identifier.replace("/", "-")


class OfferChild(Recorded):
    """A row of an offer. `geographic_entity` repeats the offer's, so that its perimeter is read without a join."""

    governance = through("geographic_entity__")
    sensitive = Q(offer__sensitive_unit__isnull=False)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    geographic_entity = models.ForeignKey(GeographicEntity, models.PROTECT, related_name="+", editable=False)

    class Meta(Recorded.Meta):
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
        triggers = [timestamps()]

    def __str__(self) -> str:
        return f"Activité {self.activity_id}"


@tracked()
@guard_codes
class OpeningHours(OfferChild):
    """Horaire: a slot on a weekday, or over a period (RG_EXP_014)."""

    class Weekday(models.IntegerChoices):
        MONDAY = 1, "lundi"
        TUESDAY = 2, "mardi"
        WEDNESDAY = 3, "mercredi"
        THURSDAY = 4, "jeudi"
        FRIDAY = 5, "vendredi"
        SATURDAY = 6, "samedi"
        SUNDAY = 7, "dimanche"

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="hours", verbose_name="offre")
    slot_type = CodeField(value_set="J41", verbose_name="type de plage")
    weekday = models.PositiveSmallIntegerField("jour", choices=Weekday, null=True, blank=True)
    opens_at = models.TimeField("de", null=True, blank=True)
    closes_at = models.TimeField("à", null=True, blank=True)
    period_start = models.DateField("à partir du", null=True, blank=True)
    period_end = models.DateField("jusqu'au", null=True, blank=True)

    class Meta(OfferChild.Meta):
        verbose_name = "horaire"
        verbose_name_plural = "horaires"
        ordering = ["period_start", "weekday", "opens_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__isnull=False) | Q(period_start__isnull=False),
                name="openinghours_weekday_or_period",
            ),
            models.CheckConstraint(
                condition=Q(weekday=None) | Q(weekday__gte=1, weekday__lte=7), name="openinghours_weekday_in_week"
            ),
            models.CheckConstraint(
                condition=Q(opens_at=None, closes_at=None) | Q(opens_at__isnull=False, closes_at__isnull=False),
                name="openinghours_both_times_or_neither",
            ),
            models.CheckConstraint(
                condition=Q(period_end=None) | Q(period_end__gte=F("period_start")),
                name="openinghours_period_ends_after_start",
            ),
        ]
        triggers = [timestamps()]

    def __str__(self) -> str:
        return "Horaire"


@tracked()
class SensitiveUnit(Recorded):
    """Unité sensible: the row itself is the flag (level 3, arrêté, article 2, 1°), kept apart from the offer."""

    governance = through("offer__geographic_entity__")
    sensitive = Q(pk__isnull=False)
    policy_category = "crisis"

    offer = models.OneToOneField(
        Offer, models.CASCADE, primary_key=True, related_name="sensitive_unit", verbose_name="offre"
    )
    motive = models.CharField("motif", max_length=300, blank=True)

    class Meta(Recorded.Meta):
        verbose_name = "unité sensible"
        verbose_name_plural = "unités sensibles"
        triggers = [timestamps()]

    def __str__(self) -> str:
        return "Unité sensible"
