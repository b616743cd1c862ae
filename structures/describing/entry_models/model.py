"""Entry models (modèles de saisie): one row per version."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from ror.reference.fields import CodeSetField, code_set_index, guard_codes
from structures.describing.entry_models.content import Content
from structures.models.triggers import REFUSED

SEPARATOR = "|"  # between the name and the number of a version, as the official model writes it (url|version)


class EntryModelQuerySet(models.QuerySet):
    def published(self) -> "EntryModelQuerySet":
        return self.filter(published_at__isnull=False)

    def in_force(self) -> "EntryModelQuerySet":
        """Of each model, the version that new offers start with today; none once it is retired."""
        today = timezone.localdate()
        current = self.published().filter(valid_from__lte=today).order_by("slug", "-number").distinct("slug")
        return self.filter(pk__in=current.values("pk"), retired_at=None).order_by("position", "title", "pk")

    def version(self, key: str | None) -> "EntryModel | None":
        """The published version that an offer names (« ehpad|2 »), retired or not; None when there is none."""
        slug, _, number = (key or "").partition(SEPARATOR)
        if not number.isascii() or not number.isdigit() or len(number) > 4:
            return None
        return self.published().filter(slug=slug, number=int(number)).first()


@guard_codes
class EntryModel(models.Model):
    """Modèle de saisie (FHIR Questionnaire): one version, for the offers of some categories of establishment.

    A published version never changes: a change makes a new one, and an offer remembers the one that it follows. Nothing
    of any establishment stands in it: public codes, choices, words.
    """

    slug = models.SlugField("nom court", max_length=60, help_text="Minuscules et tirets ; ne change plus ensuite.")
    number = models.PositiveSmallIntegerField("version", default=1, editable=False)
    title = models.CharField("titre", max_length=120)
    categories = CodeSetField(value_set="J55", verbose_name="catégories d'établissement")
    activity_fields = CodeSetField(value_set="J20", verbose_name="champs d'activité", blank=True, default=list)
    position = models.PositiveSmallIntegerField(
        "rang", default=100, help_text="Le plus petit est proposé d'abord, quand plusieurs modèles conviennent."
    )
    content = models.JSONField("contenu")
    valid_from = models.DateField("en vigueur à partir du", null=True, blank=True)
    published_at = models.DateTimeField("publié le", null=True, editable=False)
    retired_at = models.DateTimeField("retiré le", null=True, editable=False)
    bundled = models.BooleanField("fourni avec le portail", default=False, editable=False)
    created_at = models.DateTimeField("créé le", db_default=Now(), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name="créé par"
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name="publié par"
    )

    objects = models.Manager.from_queryset(EntryModelQuerySet)()

    class Meta:
        verbose_name = "modèle de saisie"
        verbose_name_plural = "modèles de saisie"
        ordering = ["position", "slug", "-number"]
        default_permissions = ()
        indexes = [
            code_set_index("categories", "entry_model_categories"),
            code_set_index("activity_fields", "entry_model_fields"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["slug", "number"],
                name="entry_model_version_unique",
                violation_error_message="Un modèle porte déjà ce nom : faites-en une nouvelle version.",
            ),
            models.UniqueConstraint(
                fields=["slug"],
                condition=Q(published_at=None),
                name="entry_model_one_unpublished",
                violation_error_message="Une version de ce modèle est déjà en préparation : complétez-la.",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(valid_from__isnull=False), name="entry_model_published_dated"
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None) | Q(retired_at__gte=F("published_at")),
                name="entry_model_retired_after_published",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="published_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["retired_at", "position"]),
                func=f"""
                    IF OLD.published_at IS NOT NULL THEN
                        RAISE EXCEPTION 'a published entry model never changes' USING ERRCODE = '{REFUSED}';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="published_is_kept",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
                func=f"RAISE EXCEPTION 'a published entry model is never deleted' USING ERRCODE = '{REFUSED}';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} (version {self.number})"

    @property
    def key(self) -> str:
        """How an offer names the version that it follows."""
        return f"{self.slug}{SEPARATOR}{self.number}"

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    def read(self) -> Content:
        """What it says of each datum."""
        return Content(self.content)
