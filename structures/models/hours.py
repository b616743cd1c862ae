"""Horaires: the slots of an offer, and the shape that those of a professional share."""

import datetime

from django.db import models
from django.db.models import F, Q

from confidentiality.governed import GovernedManager, GovernedQuerySet
from ror.history import timestamps, touches, tracked
from ror.reference.fields import CodeField, guard_codes
from structures.models.offer import Offer, OfferChild


class Weekday(models.IntegerChoices):
    """Day of the week, ISO 8601."""

    MONDAY = 1, "lundi"
    TUESDAY = 2, "mardi"
    WEDNESDAY = 3, "mercredi"
    THURSDAY = 4, "jeudi"
    FRIDAY = 5, "vendredi"
    SATURDAY = 6, "samedi"
    SUNDAY = 7, "dimanche"


class SlotQuerySet(GovernedQuerySet):
    def not_past(self, day: datetime.date) -> "SlotQuerySet":
        """The slots of now or later: a period that is over is never shown nor sent (RG_EXP_017, 018)."""
        return self.filter(Q(period_end=None) | Q(period_end__gte=day))


class Slot(models.Model):
    """Plage horaire: a weekday, which holds until it is replaced, or a period (RG_EXP_014 to 016)."""

    slot_type = CodeField(value_set="J41", verbose_name="type de plage")
    weekday = models.PositiveSmallIntegerField("jour", choices=Weekday, null=True, blank=True)
    opens_at = models.TimeField("de", null=True, blank=True)
    closes_at = models.TimeField("à", null=True, blank=True)
    period_start = models.DateField("à partir du", null=True, blank=True)
    period_end = models.DateField("jusqu'au", null=True, blank=True)

    class Meta:
        abstract = True


def slot_checks(model: str) -> list[models.CheckConstraint]:
    """What every slot obeys (RG_EXP_014)."""
    return [
        models.CheckConstraint(
            condition=Q(weekday__isnull=False) | Q(period_start__isnull=False), name=f"{model}_weekday_or_period"
        ),
        models.CheckConstraint(
            condition=Q(weekday=None) | Q(weekday__gte=1, weekday__lte=7), name=f"{model}_weekday_in_week"
        ),
        models.CheckConstraint(
            condition=Q(opens_at=None, closes_at=None) | Q(opens_at__isnull=False, closes_at__isnull=False),
            name=f"{model}_both_times_or_neither",
        ),
        models.CheckConstraint(
            condition=Q(period_end=None) | Q(period_start__isnull=False, period_end__gte=F("period_start")),
            name=f"{model}_period_ends_after_start",
        ),
    ]


@tracked()
@guard_codes
class OpeningHours(Slot, OfferChild):
    """Horaire of an offer."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="hours", verbose_name="offre")

    objects = GovernedManager.from_queryset(SlotQuerySet)()

    class Meta(OfferChild.Meta):
        verbose_name = "horaire"
        verbose_name_plural = "horaires"
        ordering = ["period_start", "weekday", "opens_at", "pk"]
        constraints = slot_checks("openinghours")
        triggers = [timestamps(), touches("structures_offer", "offer_id")]

    def __str__(self) -> str:
        return "Horaire"
