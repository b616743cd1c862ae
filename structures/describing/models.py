"""Drafts: descriptions not published yet, saved as they were typed."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.functional import cached_property

from confidentiality.governed import GovernedManager, GovernedModel, GovernedQuerySet
from confidentiality.viewer import Viewer
from structures.describing.entry_models.choosing import Followed, followed
from structures.describing.entry_models.model import EntryModel
from structures.describing.reviewing.models import RegionSettings, Submission
from structures.describing.saving.models import Presence
from structures.document import FORMAT, upgraded
from structures.models import GeographicEntity, Offer
from structures.models.base import through

__all__ = ["Draft", "EntryModel", "Presence", "RegionSettings", "Submission"]
UPGRADED = frozenset({"document", "base", "format"})


class DraftQuerySet(GovernedQuerySet):
    def visible_to(self, viewer: Viewer) -> "DraftQuerySet":
        """Drafts are read by those who may describe there, whatever their profile."""
        return super().visible_to(viewer).permitted(viewer, "describe_offer")


class Draft(GovernedModel):
    """Brouillon: one JSON document, beside the published document that it started from.

    `offer` is empty for an offer never published. `revision` grows with each save, so that two people on one draft
    are told of each other instead of overwriting.
    """

    governance = through("geographic_entity__", organization="offer__internal_organization__perimeter_id")
    policy_category = "draft"
    # Of one, or about to make one: the regional team under mandate prepares drafts and knows no sensitive unit.
    sensitive = Q(offer__sensitive_unit__isnull=False) | Q(document__contains={"sensitive": True})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    geographic_entity = models.ForeignKey(
        GeographicEntity, models.CASCADE, related_name="drafts", verbose_name="établissement"
    )
    offer = models.OneToOneField(
        Offer, models.CASCADE, null=True, blank=True, related_name="draft", verbose_name="offre"
    )
    document = models.JSONField("saisie", default=dict)
    base = models.JSONField("point de départ", null=True, blank=True)
    format = models.PositiveSmallIntegerField("format", default=FORMAT)
    revision = models.PositiveIntegerField("révision", default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="créé par")
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="modifié par"
    )
    created_at = models.DateTimeField("créé le", db_default=Now(), editable=False)
    updated_at = models.DateTimeField("modifié le", auto_now=True)

    objects = GovernedManager.from_queryset(DraftQuerySet)()

    class Meta(GovernedModel.Meta):
        verbose_name = "brouillon"
        verbose_name_plural = "brouillons"
        ordering = ["-updated_at"]

    def __str__(self) -> str:
        return "Brouillon"

    @cached_property
    def followed(self) -> Followed | None:
        """The entry model that this draft started with, and the newer version when there is one."""
        return followed(self.document)

    @classmethod
    def from_db(cls, db, field_names, values) -> "Draft":
        """A draft stored in an older format is read in today's, with the document that it started from."""
        draft = super().from_db(db, field_names, values)
        if UPGRADED.issubset(field_names) and draft.format != FORMAT:
            draft.document = upgraded(draft.document, draft.format)
            draft.base = None if draft.base is None else upgraded(draft.base, draft.format)
            draft.format = FORMAT
        return draft
