"""An import: a file read, its lines compared with the record, looked at by its owner, then applied, or abandoned.

The row of the job is its state; the queue only says « advance job N » (`ror.imports.jobs`). What the file says belongs
to the person who uploaded it, alone, and is forgotten when the import ends, or after a week.
"""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from structures.models import GeographicEntity, Offer

KEPT = timedelta(days=7)
MOST_TRIES = 3  # of one step: what stopped it three times would stop it again


class State(models.TextChoices):
    RECEIVED = "received", "déposé"
    READING = "reading", "lecture"
    CHECKING = "checking", "vérification"
    PREVIEWED = "previewed", "à vérifier"
    APPLYING = "applying", "application"
    REPORTING = "reporting", "rapport"
    APPLIED = "applied", "appliqué"
    UNDOING = "undoing", "annulation"
    UNDONE = "undone", "annulé"
    REFUSED = "refused", "refusé"
    ABANDONED = "abandoned", "abandonné"


# A worker has to go on.
WORKING = (State.RECEIVED, State.READING, State.CHECKING, State.APPLYING, State.REPORTING, State.UNDOING)
CANCELLABLE = (State.RECEIVED, State.READING, State.CHECKING, State.PREVIEWED)  # nothing is written yet
ENDED = (State.APPLIED, State.UNDONE, State.REFUSED, State.ABANDONED)


class Channel(models.TextChoices):
    """By which pages it came, hence which right it asks for, and the channel of what it writes."""

    IMPORT = "import", "portail"
    ADMIN = "admin", "administration"


class Mode(models.TextChoices):
    """What is done of the lines that cannot be published."""

    ALL = "all", "tout ou rien"
    VALID = "valid", "les lignes valables"
    DRAFTS = "drafts", "les lignes valables, les autres en brouillons"


class Outcome(models.TextChoices):
    NEW = "new", "nouvelle"
    CHANGED = "changed", "modifiée"
    UNCHANGED = "unchanged", "inchangée"
    REFUSED = "refused", "refusée"


class Result(models.TextChoices):
    """What became of a line once the import was applied."""

    PUBLISHED = "published", "publiée"
    DRAFT = "draft", "brouillon"
    SUBMITTED = "submitted", "soumise à relecture"
    BESIDE = "beside", "lits et places ou professionnels écrits"
    UNDONE = "undone", "annulée"


UNDOABLE = Q(result__in=(Result.PUBLISHED, Result.DRAFT, Result.BESIDE)) | Q(result=Result.SUBMITTED) & ~Q(changes=[])


class ImportJobQuerySet(models.QuerySet):
    def working(self) -> "ImportJobQuerySet":
        """Those that a worker has to advance; not those that stopped it too often."""
        return self.filter(state__in=WORKING, tries__lt=MOST_TRIES)

    def old(self) -> "ImportJobQuerySet":
        """Those that nobody applied in time."""
        return self.filter(state__in=(*CANCELLABLE, State.APPLYING), created_at__lte=timezone.now() - KEPT)

    def given_up(self) -> "ImportJobQuerySet":
        """Those whose step was tried as often as it may, by workers that died of it without a word."""
        return self.filter(state__in=WORKING, tries__gte=MOST_TRIES, problems=[])


class ImportJob(models.Model):
    """Import d'un tableur : qui, quel fichier (son nom et son empreinte), où il en est, ce qu'il a donné.

    `proven` and `practises` say what the session of its owner had proven when they last acted on it: the worker reads
    as that session did, no further. `problems` are French sentences: why it was refused, or went no further.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name="déposé par"
    )
    proven = models.BooleanField(default=False, editable=False)
    practises = models.BooleanField(default=False, editable=False)
    channel = models.CharField("voie", max_length=10, choices=Channel, default=Channel.IMPORT, editable=False)
    # The establishment whose offers it is about; all those of its owner when there is none.
    geographic_entity = models.ForeignKey(
        GeographicEntity, models.CASCADE, null=True, related_name="+", editable=False, verbose_name="établissement"
    )
    file_name = models.CharField("fichier", max_length=200, editable=False)
    sha256 = models.CharField("empreinte du fichier", max_length=64, editable=False)
    reason = models.CharField("motif", max_length=300, blank=True)
    state = models.CharField("état", max_length=10, choices=State, default=State.RECEIVED, editable=False)
    mode = models.CharField("choix", max_length=10, choices=Mode, blank=True, editable=False)
    tries = models.PositiveSmallIntegerField("essais de l'étape", default=0, editable=False)
    created_at = models.DateTimeField("déposé le", default=timezone.now, editable=False)
    ended_at = models.DateTimeField("terminé le", null=True, blank=True, editable=False)
    new = models.PositiveIntegerField("lignes nouvelles", default=0, editable=False)
    changed = models.PositiveIntegerField("lignes modifiées", default=0, editable=False)
    unchanged = models.PositiveIntegerField("lignes inchangées", default=0, editable=False)
    refused = models.PositiveIntegerField("lignes refusées", default=0, editable=False)
    # Sentences on the whole file, its sheets and columns.
    remarks = models.JSONField("remarques", default=list, editable=False)
    problems = models.JSONField("difficultés", default=list, editable=False)
    # The row of the titles of each sheet that was read: what the file given back is written from.
    sheets = models.JSONField("feuilles lues", default=dict, editable=False)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        verbose_name = "import"
        verbose_name_plural = "imports"
        ordering = ["-created_at"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="importjob_owner"),
            models.Index(fields=["state"], condition=Q(ended_at=None), name="importjob_not_ended"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="importjob_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=ENDED, ended_at__isnull=False) | ~Q(state__in=ENDED) & Q(ended_at=None),
                name="importjob_ended_with_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"Import du {timezone.localtime(self.created_at):%d/%m/%Y à %H:%M}"

    @property
    def is_waiting(self) -> bool:
        """Whether its owner may still apply it."""
        return self.state == State.PREVIEWED and self.created_at > timezone.now() - KEPT

    @property
    def is_stuck(self) -> bool:
        """Whether its step failed as often as it may, and says so: only its owner has it tried again."""
        return self.state in WORKING and self.tries >= MOST_TRIES and bool(self.problems)

    @property
    def is_working(self) -> bool:
        """Whether a worker is at it, or will be."""
        return self.state in WORKING and not self.is_stuck

    @property
    def is_over(self) -> bool:
        """Whether it was refused or abandoned: nothing came of it."""
        return self.state in (State.REFUSED, State.ABANDONED)

    @property
    def has_report(self) -> bool:
        """Whether the file can be given back with what is said of its lines."""
        if self.is_waiting:
            return bool(self.sheets)
        return self.files.filter(kind=ImportFile.Kind.REPORT).exists()

    @property
    def is_undoable(self) -> bool:
        """Whether what it wrote may still be undone."""
        recent = self.ended_at is not None and self.ended_at > timezone.now() - KEPT
        return self.state == State.APPLIED and recent and self.lines.filter(UNDOABLE).exists()

    @property
    def is_cancellable(self) -> bool:
        """Whether nothing of it is written, nor being written."""
        return self.state in CANCELLABLE or (self.state == State.APPLYING and self.is_stuck)

    def end(self, state: State) -> None:
        """Say how it ended, and forget what its lines said, with the file."""
        self.state, self.ended_at = state, timezone.now()
        self.save(update_fields=["state", "ended_at"])
        self.lines.update(changes=[], typed={})
        self.files.filter(kind=ImportFile.Kind.UPLOADED).delete()


class ImportFile(models.Model):
    """Fichier d'un import, gardé dans la base : le portail et son ouvrier ne partagent rien d'autre.

    Read by its uploader only. What was uploaded goes when the import ends, what is given back a week after.
    """

    class Kind(models.TextChoices):
        UPLOADED = "uploaded", "déposé"
        REPORT = "report", "rendu avec ses résultats"

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="files", editable=False)
    kind = models.CharField("nature", max_length=10, choices=Kind, default=Kind.UPLOADED, editable=False)
    name = models.CharField("nom", max_length=200, editable=False)
    content = models.BinaryField("contenu", editable=False)

    class Meta:
        verbose_name = "fichier d'import"
        verbose_name_plural = "fichiers d'import"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["job", "kind"], name="importfile_one_of_each_kind")]

    def __str__(self) -> str:
        return self.name


class Progress(models.Model):
    """Avancement de l'étape en cours : a row of its own, written while the step's transaction is open."""

    job = models.OneToOneField(ImportJob, models.CASCADE, primary_key=True, related_name="progress", editable=False)
    done = models.PositiveIntegerField("fait", default=0, editable=False)
    total = models.PositiveIntegerField("à faire", default=0, editable=False)

    class Meta:
        verbose_name = "avancement d'import"
        verbose_name_plural = "avancements d'imports"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.done} sur {self.total}"


class StagedLine(models.Model):
    """Ligne d'un import : une offre du fichier, ce qu'il y changerait, ce qui la refuse.

    `number` is its first row, `rows` all of them ([sheet, row]); `identifier` is what the file names it by, `reference`
    what it calls an offer that does not exist yet. `typed` is what it changes, datum by datum, as a document holds it;
    `changes` is what its lines of figures and of professionals change ([sheet, what is said]), and `problems` the
    sheet, the cell, the column and the sentence of each refusal.
    Whoever reads them reads what the uploader could: they are the uploader's.
    """

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="lines", editable=False)
    number = models.PositiveIntegerField("ligne", editable=False)
    rows = models.JSONField(default=list, editable=False)
    identifier = models.CharField("identifiant de l'offre", max_length=40, blank=True, editable=False)
    reference = models.CharField("repère dans le fichier", max_length=80, blank=True, editable=False)
    offer = models.ForeignKey(Offer, models.CASCADE, null=True, related_name="+", editable=False)
    geographic_entity = models.ForeignKey(
        GeographicEntity, models.CASCADE, null=True, related_name="+", editable=False, verbose_name="établissement"
    )
    version = models.PositiveIntegerField("version comparée", null=True, editable=False)
    outcome = models.CharField("résultat", max_length=10, choices=Outcome, editable=False)
    typed = models.JSONField(default=dict, editable=False)
    changes = models.JSONField(default=list, editable=False)
    problems = models.JSONField(default=list, editable=False)
    # Once applied: what became of it, the version then published, or the draft made with its revision.
    result = models.CharField("suite donnée", max_length=10, choices=Result, blank=True, editable=False)
    published_version = models.PositiveIntegerField("version publiée", null=True, editable=False)
    draft = models.UUIDField("brouillon", null=True, editable=False)
    draft_revision = models.PositiveIntegerField("révision du brouillon", null=True, editable=False)

    class Meta:
        verbose_name = "ligne d'import"
        verbose_name_plural = "lignes d'import"
        ordering = ["number", "pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["job", "number", "id"], name="stagedline_in_order")]
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="stagedline_outcome_known"),
        ]

    def __str__(self) -> str:
        return f"ligne {self.number}"
