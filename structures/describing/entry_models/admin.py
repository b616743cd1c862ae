"""Entry models, as the national administrator prepares, previews, publishes and retires them."""

import json
import textwrap
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from confidentiality.admin.forms import RorModelForm
from confidentiality.admin.model_admin import RorModelAdmin
from structures.describing.entry_models.content import problems_of, written
from structures.describing.entry_models.model import EntryModel
from structures.describing.entry_models.preview import steps_of

WIDTH = 90  # characters of a line of content, to be read
PERMISSION = "administer_reference"
CONTENT_HELP = (
    "Un objet JSON. « summary » : une phrase. « data » : une entrée par donnée demandée (care_mode, "
    "activities.activity…), avec, au besoin, « codes » (ceux qui sont proposés), « default » (la réponse proposée), "
    "« needed » (blocks ou warns), « more » (repliée), « columns » (les colonnes d'une liste), « help »."
)


class ContentWidget(forms.Textarea):
    """The content, one entry per line; what is no JSON stays as it was typed."""

    def format_value(self, value: Any) -> str:
        try:
            return written(json.loads(value))
        except (TypeError, ValueError):
            return super().format_value(value) or ""


class EntryModelForm(RorModelForm):
    """A version in preparation; ticking « publier » publishes it with what was typed."""

    publish = forms.BooleanField(
        label="Publier cette version",
        required=False,
        help_text="Les nouvelles offres la suivront dès son entrée en vigueur. Elle ne changera plus.",
    )

    def clean_content(self) -> Any:
        content = self.cleaned_data["content"]
        problems = problems_of(content)
        if problems:
            raise ValidationError(problems)
        return content

    def clean(self) -> dict:
        cleaned = super().clean()
        start = cleaned.get("valid_from")
        if cleaned.get("publish") and start and start < timezone.localdate():
            self.add_error("valid_from", "Cette date est passée : indiquez aujourd'hui ou une date à venir.")
        return cleaned


@admin.register(EntryModel)
class EntryModelAdmin(RorModelAdmin):
    view_with = add_with = change_with = PERMISSION
    form = EntryModelForm
    change_form_template = "admin/correction_form.html"
    list_display = ("title", "number", "state", "valid_from", "bundled")
    list_filter = ("bundled",)
    search_fields = ("title__icontains", "slug__startswith")
    search_help_text = "Titre ou nom court."
    ordering = ("position", "slug", "-number")
    readonly_fields = ("number", "state", "published_at", "published_by", "retired_at", "bundled", "shown_content")
    fields = (
        *("slug", "number", "state", "title", "categories", "activity_fields", "position", "content"),
        *("valid_from", "publish"),
    )

    # What is shown.

    @admin.display(description="état")
    def state(self, model: EntryModel) -> str:
        if model.retired_at:
            return f"retirée le {timezone.localtime(model.retired_at):%d/%m/%Y}"
        return "publiée" if model.is_published else "en préparation"

    @admin.display(description="contenu")
    def shown_content(self, model: EntryModel) -> SafeString:
        lines = written(model.content).splitlines()
        return format_html("<pre>{}</pre>", "\n".join(map(_wrapped, lines)))

    def has_change_permission(self, request: HttpRequest, obj: EntryModel | None = None) -> bool:
        """A published version is read; what follows from it is done by its own pages."""
        return super().has_change_permission(request, obj) and not (obj and obj.is_published)

    def get_fieldsets(self, request: HttpRequest, obj: EntryModel | None = None) -> list:
        names = [name for name in self.fields if obj is not None or name not in ("number", "state")]
        if obj is not None and obj.is_published:
            hidden = ("content", "publish")
            names = [name for name in names if name not in hidden]
            names += ["published_at", "published_by", "retired_at", "bundled", "shown_content"]
        elif obj is not None:
            names = [name for name in names if name != "slug"]
        return [(None, {"fields": self._displayed(request, obj, names)})]

    def get_form(self, request: HttpRequest, obj: EntryModel | None = None, change: bool = False, **kwargs) -> type:
        form = super().get_form(request, obj, change, **kwargs)
        if "content" in form.base_fields:
            content = form.base_fields["content"]
            content.help_text, content.widget = CONTENT_HELP, ContentWidget(attrs={"rows": 30, "cols": 100})
            content.initial = {"summary": "", "data": {}}
        return form

    def tools(self, request: HttpRequest, model: EntryModel) -> list[tuple[str, str]]:
        """The links above the form."""
        shown = [(self._address("preview", model), "Aperçu")]
        if model.is_published and not model.retired_at and not self._is_replaced(model):
            shown += [(self._address("retire", model), "Retirer")]
        if model.is_published:
            shown += [(self._address("version", model), "Préparer une nouvelle version")]
        return shown

    def render_change_form(self, request: HttpRequest, context: dict, *args, **kwargs) -> HttpResponse:
        obj = kwargs.get("obj")
        context["tools"] = self.tools(request, obj) if obj else []
        return super().render_change_form(request, context, *args, **kwargs)

    # What is done.

    def save_model(self, request: HttpRequest, obj: EntryModel, form: EntryModelForm, change: bool) -> None:
        if not change:
            obj.created_by = request.user
        if form.cleaned_data.get("publish"):
            obj.valid_from = obj.valid_from or timezone.localdate()
            obj.published_at, obj.published_by = timezone.now(), request.user
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        label = f"{self.opts.app_label}_{self.opts.model_name}"
        views = (("preview", self.preview_view), ("version", self.version_view), ("retire", self.retire_view))
        own = [
            path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"{label}_{name}")
            for name, view in views
        ]
        return [*own, *super().get_urls()]

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The form as an establishment will see it; nothing is saved."""
        model = self._model(request, object_id)
        context = {"model": model, "steps": steps_of(model), "back": self._address("change", model)}
        return render(request, "describing/model_preview.html", context)

    def version_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The next version, in preparation: a copy of this one; the one already in preparation, if any."""
        model = self._model(request, object_id)
        waiting = EntryModel.objects.filter(slug=model.slug, published_at=None).first()
        if waiting is not None:
            messages.info(request, "Une version de ce modèle est déjà en préparation : la voici.")
            return redirect(self._address("change", waiting))
        if request.method != "POST":
            told = (
                "Une copie de cette version sera ouverte. Rien ne change pour les établissements avant sa publication."
            )
            return self._confirm(request, model, "Préparer une nouvelle version", told)
        last = EntryModel.objects.filter(slug=model.slug).order_by("-number").first()
        copied = {name: getattr(model, name) for name in ("slug", "title", "categories", "activity_fields", "content")}
        made = EntryModel.objects.create(
            **copied, position=model.position, number=last.number + 1, created_by=request.user
        )
        self.log_addition(request, made, f"Copie de la version {model.number}")
        return redirect(self._address("change", made))

    def retire_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """No new offer follows it any more; drafts and offers that do go on."""
        model = self._model(request, object_id)
        if not model.is_published or model.retired_at:
            return redirect(self._address("change", model))
        if request.method != "POST":
            told = "Il ne sera plus proposé. Les brouillons et les offres qui le suivent ne changent pas."
            return self._confirm(request, model, "Retirer ce modèle", told)
        EntryModel.objects.filter(pk=model.pk).update(retired_at=timezone.now())
        self.log_change(request, model, "Retrait")
        messages.success(request, f"« {model} » n'est plus proposé.")
        return redirect(self._address("change", model))

    def _model(self, request: HttpRequest, object_id: str) -> EntryModel:
        if not self.has_view_permission(request):
            raise PermissionDenied
        model = self.get_object(request, unquote(object_id))
        if model is None:
            raise PermissionDenied
        return model

    def _confirm(self, request: HttpRequest, model: EntryModel, title: str, told: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "subtitle": str(model),
            "opts": self.opts,
            "told": told,
            "back": self._address("change", model),
        }
        return TemplateResponse(request, "admin/entry_model.html", context)

    def _is_replaced(self, model: EntryModel) -> bool:
        """Whether a later version is published: this one is offered no more."""
        return EntryModel.objects.published().filter(slug=model.slug, number__gt=model.number).exists()

    def _address(self, name: str, model: EntryModel) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=[quote(model.pk)])


def _wrapped(line: str) -> str:
    return textwrap.fill(line, WIDTH, subsequent_indent=" " * 8, break_long_words=False, break_on_hyphens=False)
