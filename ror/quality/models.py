"""Anomalie: an irregular datum of the record, with whom it concerns and until when it may stay."""

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from confidentiality.governed import GovernedManager, GovernedQuerySet
from confidentiality.levels import Level
from confidentiality.profiles import SOCIAL_FIELD
from ror.history import timestamps, tracked
from ror.reference.fields import CodeField, guard_codes
from structures.models import GeographicEntity, Offer
from structures.models.base import Recorded, through

CREATED, TO_TREAT, CANCELLED, TOLERATED_FOR_NOW, TOLERATED, CORRECTED, REFUSED = (
    *("R352:01", "R352:02", "R352:03", "R352:06"),
    *("R352:07", "R352:08", "R352:09"),
)
ENDED = (CANCELLED, TOLERATED, CORRECTED, REFUSED)
COMPLETENESS, COHERENCE, ACCURACY = "R350:01", "R350:03", "R350:06"
ADDITION, CORRECTION = "R349:AJO", "R349:COR"
PORTAL = "Portail ROR"


class AnomalyQuerySet(GovernedQuerySet):
    def open(self) -> "AnomalyQuerySet":
        """Anomalies that still wait for someone."""
        return self.exclude(status__in=ENDED)

    def overdue(self, day: datetime.date) -> "AnomalyQuerySet":
        """Open anomalies whose deadline is past."""
        return self.open().filter(deadline__lt=day)


@tracked()
@guard_codes
class Anomaly(Recorded):
    """Anomalie: what breaks which rule, in which object of an establishment (`element_path` in its document).

    Born of a rule newer than a published record, of a code closed since, or of someone's report. Its level is that of
    the datum, at least 2: that a crisis answer is missing says something of it.
    """

    governance = through("geographic_entity__", organization="offer__internal_organization__perimeter_id")
    sensitive = Q(offer__sensitive_unit__isnull=False)
    social = Q(offer__activity_field=SOCIAL_FIELD)
    level_field = "level"
    copied_data = ("description", "wrong_value", "proposed_value")  # they quote other rows: blanked with them

    geographic_entity = models.ForeignKey(
        GeographicEntity, models.CASCADE, related_name="anomalies", verbose_name="établissement"
    )
    offer = models.ForeignKey(
        Offer, models.CASCADE, null=True, blank=True, related_name="anomalies", verbose_name="offre"
    )
    rule = models.CharField("règle", max_length=20)
    theme = CodeField(value_set="J241", verbose_name="thématique")
    status = CodeField(value_set="J244", verbose_name="statut", default=TO_TREAT)
    proposed_action = CodeField(value_set="J242", verbose_name="action proposée", default=CORRECTION)
    description = models.TextField("description", max_length=1000, blank=True)
    element_path = models.CharField("donnée visée", max_length=300, blank=True)
    level = models.PositiveSmallIntegerField(
        "niveau de confidentialité",
        choices=[(level.value, level.label) for level in (Level.PROFESSIONAL, Level.CRISIS)],
        default=Level.PROFESSIONAL,
        editable=False,
    )
    wrong_value = models.CharField("valeur jugée fausse", max_length=300, blank=True)
    proposed_value = models.CharField("valeur proposée", max_length=300, blank=True)
    source_system = models.CharField("système déclarant", max_length=40, default=PORTAL)
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name="déclarée par",
    )
    deadline = models.DateField("à traiter avant le", null=True, blank=True)
    ended_at = models.DateTimeField("terminée le", null=True, blank=True, editable=False)

    objects = GovernedManager.from_queryset(AnomalyQuerySet)()

    class Meta(Recorded.Meta):
        verbose_name = "anomalie"
        verbose_name_plural = "anomalies"
        ordering = ["deadline", "pk"]
        indexes = [models.Index(fields=["status", "deadline"], name="anomaly_status_deadline")]
        constraints = [
            models.UniqueConstraint(
                fields=["geographic_entity", "offer", "rule", "element_path"],
                condition=~Q(status__in=ENDED),
                nulls_distinct=False,
                name="anomaly_open_once",
            ),
            models.CheckConstraint(condition=Q(level__in=[2, 3]), name="anomaly_never_public"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(status__in=ENDED), name="anomaly_ended_with_an_end_status"
            ),
        ]
        triggers = [timestamps()]

    def __str__(self) -> str:
        return f"Anomalie {self.pk}"


class About(models.TextChoices):
    """What the people in charge of an establishment are written to about."""

    DUTY = "duty", "se décrire"
    CHECK = "check", "vérifier ce qui est publié"
    BEDS = "beds", "mettre à jour les lits et places"
    COMPLETE = "complete", "compléter les descriptions"


class Reminder(models.Model):
    """Relance: the people in charge of an establishment were written to, about what and why.

    The `reason` stays here: the message holds a link, and no word that someone typed.
    """

    copied_data = ("reason",)

    geographic_entity = models.ForeignKey(
        GeographicEntity, models.CASCADE, related_name="+", verbose_name="établissement"
    )
    about = models.CharField("objet", max_length=10, choices=About, default=About.DUTY)
    reason = models.CharField("motif", max_length=300, blank=True)
    sent_at = models.DateTimeField("envoyée le", auto_now_add=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="envoyée par")

    class Meta:
        verbose_name = "relance"
        verbose_name_plural = "relances"
        default_permissions = ()
        indexes = [models.Index(fields=["geographic_entity", "-sent_at"], name="reminder_last")]

    def __str__(self) -> str:
        return f"Relance du {self.sent_at:%d/%m/%Y}"
