"""Journal des accès: each answer that disclosed data of level 2 or 3 leaves one record, naming objects and levels.

The decree asks that consultations be traced (law.md §8, déduit): who, when, with which roles, what. A record never
changes; only `purge_expired` erases those that are older than the delay set (12 months unless told, the portal's
choice). Public reading leaves none.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone

from confidentiality.levels import Level
from confidentiality.profiles import SENSITIVE_MASK
from confidentiality.viewer import INTERNAL_ORGANIZATION

if TYPE_CHECKING:
    from confidentiality.governed import GovernedModel
    from confidentiality.viewer import Viewer

PERMISSION = "read_journal"
REASON = "journal: sensitive units among the objects named, whose names are then hidden"
HIDDEN = "(identifiant masqué)"
PAGE, ADMIN, FILE, MAIL = "page", "admin", "file", "mail"
CHANNELS = {PAGE: "page", ADMIN: "administration", FILE: "fichier", MAIL: "courriel"}


class AccessRecordQuerySet(models.QuerySet):
    def naming(self, names: Collection[str]) -> "AccessRecordQuerySet":
        """The records that name one of these objects (« Offer 53/12 »)."""
        wanted = sorted(names)
        return self.filter(Q(level_2__overlap=wanted) | Q(level_3__overlap=wanted))


class AccessRecord(models.Model):
    """Consultation: what one answer disclosed above level 1, to whom, and with which roles.

    `level_2` and `level_3` name the objects by model and identifier (« Offer 53/12 »), each once, at the strictest
    level shown. `roles` and `perimeters` (« region 53 ») are those that the reader held then.
    """

    at = models.DateTimeField("le", default=timezone.now, editable=False)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False, verbose_name="personne"
    )
    roles = ArrayField(models.CharField(max_length=40), verbose_name="rôles", editable=False)
    perimeters = ArrayField(models.CharField(max_length=60), verbose_name="périmètres", editable=False)
    channel = models.CharField("voie", max_length=8, choices=CHANNELS, editable=False)
    view = models.CharField("écran", max_length=120, editable=False)
    level_2 = ArrayField(models.CharField(max_length=120), verbose_name="objets de niveau 2", editable=False)
    level_3 = ArrayField(models.CharField(max_length=120), verbose_name="objets de niveau 3", editable=False)

    objects = AccessRecordQuerySet.as_manager()

    class Meta:
        verbose_name = "consultation"
        verbose_name_plural = "journal des consultations"
        ordering = ["-at", "-pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["-at"], name="accessrecord_at"),
            models.Index(fields=["reader", "-at"], name="accessrecord_reader_at"),
            GinIndex(fields=["level_2"], name="accessrecord_level_2"),
            GinIndex(fields=["level_3"], name="accessrecord_level_3"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=CHANNELS), name="accessrecord_channel_known"),
            models.CheckConstraint(condition=~Q(level_2=[], level_3=[]), name="accessrecord_names_something"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update),
            pgtrigger.Protect(name="never_erased", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"Consultation {self.pk}"


def record(viewer: "Viewer", *, channel: str, view: str) -> AccessRecord | None:
    """Keep what was disclosed to `viewer` since it came in; None when nothing was above level 1."""
    named = {
        level: sorted(f"{model} {key}"[:120] for (model, key), shown in viewer.disclosed.items() if shown == level)
        for level in (Level.PROFESSIONAL, Level.CRISIS)
    }
    if not any(named.values()):
        return None
    return AccessRecord.objects.create(
        reader=viewer.user,
        roles=sorted(viewer.roles),
        perimeters=sorted({f"{line.perimeter.kind} {line.perimeter.code}" for line in viewer.assignments}),
        channel=channel,
        view=view[:120],
        level_2=named[Level.PROFESSIONAL],
        level_3=named[Level.CRISIS],
    )


def readings_of(names: Collection[str]) -> AccessRecordQuerySet:
    """The records that name one of these objects, newest first. The caller never shows `reader` to the person."""
    return AccessRecord.objects.naming(names)


def names_shown(viewer: "Viewer", names: Collection[str]) -> list[str]:
    """The names of a record as `viewer` may read them: a sensitive unit that it may not know has none.

    One query per model that has sensitive rows and identifiers of its own, whatever the number of names.
    """
    if viewer.national_rights & SENSITIVE_MASK:
        return list(names)
    by_model: dict[str, set[str]] = defaultdict(set)
    for name in names:
        model, _, key = name.partition(" ")
        by_model[model].add(key)
    hidden = {f"{model.__name__} {key}" for model in _with_sensitive_rows() for key in _sensitive(model, by_model)}
    return [f"{name.partition(' ')[0]} {HIDDEN}" if name in hidden else name for name in names]


def perimeters_shown(viewer: "Viewer", perimeters: Collection[str]) -> list[str]:
    """The same for the perimeters that a reader held: an internal organisation may be that of a sensitive unit."""
    if viewer.national_rights & SENSITIVE_MASK:
        return list(perimeters)
    hidden = f"{INTERNAL_ORGANIZATION} "
    return sorted({f"{hidden}{HIDDEN}" if name.startswith(hidden) else name for name in perimeters})


def _with_sensitive_rows() -> list[type["GovernedModel"]]:
    from confidentiality.checks import governed_models

    return [
        model
        for model in governed_models()
        if model.sensitive_rows() is not None and any(field.name == "identifier" for field in model._meta.fields)
    ]


def _sensitive(model: type["GovernedModel"], by_model: dict[str, set[str]]) -> Collection[str]:
    keys = by_model.get(model.__name__)
    if not keys:
        return ()
    rows = model.objects.trusted(REASON).filter(model.sensitive_rows(), identifier__in=keys)
    return rows.order_by().values_list("identifier", flat=True)
