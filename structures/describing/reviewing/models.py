"""What a region asks for, and each round of review: what was submitted, by whom, and what became of it."""

import uuid

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from confidentiality.governed import EVERYTHING, NOTHING, GovernedManager, GovernedModel, GovernedQuerySet
from confidentiality.viewer import REGION, Viewer
from ror.history import frozen, tracked
from ror.reference.models import Region
from structures.document import FORMAT, upgraded
from structures.models import GeographicEntity, Offer
from structures.models.base import through

OWN_RULE = "Règle propre à cette région, aucun texte ne l'impose."
DEFAULT_DAYS, LONGEST_DAYS = 10, 90
LONGEST_CHARTER = 10_000  # characters
DECIDE, SUBMIT, PREPARE = "review_offer", "publish_offer", "describe_offer"
UPGRADED = frozenset({"document", "base", "format"})
DECISION = ("state", "offer_id", "decided_by_id", "decided_at", "comment", "remarks", "version")


def _row(which: str) -> str:
    """What a decision says, of the old or of the new row, for the trigger that keeps it."""
    return f"({', '.join(f'{which}.{column}' for column in DECISION)})"


@tracked()
class RegionSettings(GovernedModel):
    """Règles d'une région: what it asks for besides what the texts say. Without a row it asks for nothing."""

    governance = {REGION: "region_id"}
    policy_category = "identification"

    region = models.OneToOneField(Region, models.PROTECT, related_name="+", verbose_name="région")
    review = models.BooleanField("relecture avant publication", default=False, help_text=OWN_RULE)
    review_days = models.PositiveSmallIntegerField(
        "délai de relecture (jours)",
        default=DEFAULT_DAYS,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_DAYS)],
        help_text=f"Sans réponse dans ce délai, l'offre est publiée d'elle-même. {OWN_RULE}",
    )
    charter = models.TextField(
        "charte de la région",
        blank=True,
        max_length=LONGEST_CHARTER,
        help_text=(
            "Ce que la région attend de ceux qui décrivent et qui relisent : texte simple, public, montré sur la page "
            f"de chaque établissement à qui le décrit, avant de publier et à la relecture. {OWN_RULE}"
        ),
    )

    class Meta(GovernedModel.Meta):
        verbose_name = "règles d'une région"
        verbose_name_plural = "règles des régions"
        ordering = ["region"]
        constraints = [
            models.CheckConstraint(
                condition=Q(review_days__gte=1, review_days__lte=LONGEST_DAYS), name="regionsettings_days_in_range"
            ),
        ]

    def __str__(self) -> str:
        return f"Règles de la région {self.region_id}"


class State(models.TextChoices):
    WAITING = "waiting", "En attente de relecture"
    WITHDRAWN = "withdrawn", "Reprise par l'établissement"
    RETURNED = "returned", "Retournée à l'établissement"
    PUBLISHED = "published", "Publiée"


class SubmissionQuerySet(GovernedQuerySet):
    def visible_to(self, viewer: Viewer) -> "SubmissionQuerySet":
        """Rounds are known to those who describe there and to those who review there, whatever else they read."""
        held = [viewer.holds(permission, self.model.governance) for permission in (PREPARE, DECIDE)]
        known = NOTHING
        for condition in held:
            known |= condition or EVERYTHING
        return super().visible_to(viewer).filter(known)

    def waiting(self) -> "SubmissionQuerySet":
        return self.filter(state=State.WAITING)


class Submission(GovernedModel):
    """Tour de relecture: what was submitted, frozen, and the one decision that ended it.

    `draft_key` is the draft that it was taken from, which goes on living beside it and may be gone. `remarks` are
    {path of a datum, text}. `decided_by` is empty when the delay of the region decided.
    """

    governance = through("geographic_entity__", organization="offer__internal_organization__perimeter_id")
    policy_category = "draft"
    # Nobody of the region knows of a sensitive unit, even one that is about to be.
    sensitive = Q(offer__sensitive_unit__isnull=False) | Q(document__contains={"sensitive": True})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    geographic_entity = models.ForeignKey(GeographicEntity, models.PROTECT, related_name="+", editable=False)
    offer = models.ForeignKey(Offer, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="offre")
    draft_key = models.UUIDField("brouillon", db_index=True)
    round = models.PositiveSmallIntegerField("tour", default=1)
    document = models.JSONField("saisie soumise")
    base = models.JSONField("point de départ", null=True, blank=True)
    format = models.PositiveSmallIntegerField("format", default=FORMAT)
    revision = models.PositiveIntegerField("révision du brouillon")
    channel = models.CharField("canal", max_length=20, default="form")
    draft_started_at = models.DateTimeField("brouillon commencé le")
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="commencée par"
    )
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="modifiée par"
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="soumise par"
    )
    submitted_at = models.DateTimeField("soumise le")
    due_at = models.DateTimeField("publiée sans réponse le")
    state = models.CharField("état", max_length=10, choices=State, default=State.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="décidée par"
    )
    decided_at = models.DateTimeField("décidée le", null=True, blank=True)
    comment = models.TextField("commentaire", max_length=2000, blank=True)
    remarks = models.JSONField("remarques", default=list, blank=True)
    version = models.PositiveIntegerField("version publiée", null=True, blank=True)

    objects = GovernedManager.from_queryset(SubmissionQuerySet)()

    class Meta(GovernedModel.Meta):
        verbose_name = "tour de relecture"
        verbose_name_plural = "tours de relecture"
        ordering = ["submitted_at", "pk"]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="submission_waiting_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["draft_key"], condition=Q(state="waiting"), name="submission_waiting_once_per_draft"
            ),
            models.UniqueConstraint(
                fields=["offer"],
                condition=Q(state="waiting", offer__isnull=False),
                name="submission_waiting_once_per_offer",
            ),
            models.UniqueConstraint(fields=["draft_key", "round"], name="submission_round_unique"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="submission_state_known"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at=None, decided_by=None)
                | (~Q(state="waiting") & Q(decided_at__isnull=False)),
                name="submission_decided_whole_or_not",
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn") | Q(decided_by=None) | ~Q(decided_by=F("submitted_by")),
                name="submission_decided_never_oneself",
            ),
            models.CheckConstraint(
                condition=Q(state="published", version__isnull=False, offer__isnull=False)
                | (~Q(state="published") & Q(version=None)),
                name="submission_published_with_its_version",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(comment="") | ~Q(remarks=[]), name="submission_returned_with_words"
            ),
        ]
        triggers = [
            frozen(
                *("id", "draft_key", "round", "document", "base", "format", "revision", "channel"),
                *("draft_started_at", "prepared_by", "saved_by", "submitted_by", "submitted_at", "due_at"),
            ),
            pgtrigger.Trigger(
                name="decided_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"OLD.state <> 'waiting' AND {_row('OLD')} IS DISTINCT FROM {_row('NEW')}"
                ),
                func="RAISE EXCEPTION 'a round of review is decided once' USING ERRCODE = '23514';",
            ),
        ]

    def __str__(self) -> str:
        return f"Tour de relecture {self.round}"

    @classmethod
    def from_db(cls, db, field_names, values) -> "Submission":
        """What was submitted in an older format is read in today's."""
        found = super().from_db(db, field_names, values)
        if UPGRADED.issubset(field_names) and found.format != FORMAT:
            found.document = upgraded(found.document, found.format)
            found.base = None if found.base is None else upgraded(found.base, found.format)
            found.format = FORMAT
        return found

    @property
    def is_waiting(self) -> bool:
        return self.state == State.WAITING
