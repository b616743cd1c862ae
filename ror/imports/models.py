"""An import: a file read once, its lines compared with the record, then applied, or abandoned.

The file itself is not kept: its lines are, as what they would change. They belong to the person who uploaded it, alone,
and are forgotten when the import ends, or after a week.
"""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from structures.models import Offer

KEPT = timedelta(days=7)


class State(models.TextChoices):
    PREVIEWED = "previewed", "à vérifier"
    APPLIED = "applied", "appliqué"
    ABANDONED = "abandoned", "abandonné"


class Outcome(models.TextChoices):
    CHANGED = "changed", "modifiée"
    UNCHANGED = "unchanged", "inchangée"
    REFUSED = "refused", "refusée"


class ImportJobQuerySet(models.QuerySet):
    def waiting(self) -> "ImportJobQuerySet":
        """Those that may still be applied."""
        return self.filter(state=State.PREVIEWED, created_at__gt=timezone.now() - KEPT)

    @transaction.atomic
    def forget_old(self) -> None:
        """Abandon what nobody applied in time, with the lines that it kept."""
        old = self.filter(state=State.PREVIEWED, created_at__lte=timezone.now() - KEPT)
        for job in old.select_for_update():
            job.end(State.ABANDONED)


class ImportJob(models.Model):
    """Import d'un tableur : qui, quel fichier (son nom et son empreinte), ce qu'il a donné."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name="déposé par"
    )
    file_name = models.CharField("fichier", max_length=200, editable=False)
    sha256 = models.CharField("empreinte du fichier", max_length=64, editable=False)
    reason = models.CharField("motif", max_length=300)
    state = models.CharField(
        "état", max_length=10, choices=State, default=State.PREVIEWED, db_default=State.PREVIEWED, editable=False
    )
    created_at = models.DateTimeField("déposé le", default=timezone.now, editable=False)
    ended_at = models.DateTimeField("terminé le", null=True, blank=True, editable=False)
    changed = models.PositiveIntegerField("lignes modifiées", default=0, editable=False)
    unchanged = models.PositiveIntegerField("lignes inchangées", default=0, editable=False)
    refused = models.PositiveIntegerField("lignes refusées", default=0, editable=False)
    # Sentences on the whole file, its sheets and columns.
    remarks = models.JSONField("remarques", default=list, editable=False)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        verbose_name = "import"
        verbose_name_plural = "imports"
        ordering = ["-created_at"]
        default_permissions = ()
        indexes = [models.Index(fields=["owner", "-created_at"], name="importjob_owner")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="importjob_state_known"),
            models.CheckConstraint(
                condition=Q(state=State.PREVIEWED, ended_at=None)
                | ~Q(state=State.PREVIEWED) & Q(ended_at__isnull=False),
                name="importjob_ended_when_not_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"Import du {timezone.localtime(self.created_at):%d/%m/%Y à %H:%M}"

    @property
    def is_waiting(self) -> bool:
        return self.state == State.PREVIEWED and self.created_at > timezone.now() - KEPT

    def end(self, state: State) -> None:
        """Say how it ended, and forget what its lines said."""
        self.state, self.ended_at = state, timezone.now()
        self.save(update_fields=["state", "ended_at"])
        self.lines.update(changes=[], typed={})


class StagedLine(models.Model):
    """Ligne d'un import : l'offre qu'elle nomme, ce qu'elle y changerait, ce qui la refuse.

    `typed` is what it changes, datum by datum, as a document holds it; `changes` the same in words, and `problems` the
    cell and the sentence of each refusal. Whoever reads them reads what the uploader could: they are the uploader's.
    """

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="lines", editable=False)
    number = models.PositiveIntegerField("ligne", editable=False)
    identifier = models.CharField("identifiant de l'offre", max_length=40, editable=False)
    offer = models.ForeignKey(Offer, models.CASCADE, null=True, related_name="+", editable=False)
    version = models.PositiveIntegerField("version comparée", null=True, editable=False)
    outcome = models.CharField("résultat", max_length=10, choices=Outcome, editable=False)
    typed = models.JSONField(default=dict, editable=False)
    changes = models.JSONField(default=list, editable=False)
    problems = models.JSONField(default=list, editable=False)

    class Meta:
        verbose_name = "ligne d'import"
        verbose_name_plural = "lignes d'import"
        ordering = ["number", "pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="stagedline_outcome_known"),
            models.UniqueConstraint(fields=["job", "number"], name="stagedline_one_per_line"),
        ]

    def __str__(self) -> str:
        return f"ligne {self.number}"
