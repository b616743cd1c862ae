"""The forms « Fermer » and « Rouvrir » of the administration: what goes with it is shown before anything is written."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from confidentiality.admin.bulk import BulkForm, bulk_action
from confidentiality.admin.model_admin import CHANNEL
from confidentiality.admin.refusals import Refused
from confidentiality.profiles import SENSITIVE_MASK
from ror.reference.forms import CodeChoiceField
from structures.admin.base import CLOSING, RecordScreen, screen_address
from structures.closing import OFFER_TYPES, STRUCTURE_TYPES, ClosingError, Done, close, reopen
from structures.fields import day
from structures.models import GeographicEntity, LegalEntity, Offer


class ReopeningForm(BulkForm):
    """Why; and, once what goes with it was shown, that one goes on."""

    def seal(self) -> str:
        """What was typed, so that only what was shown is confirmed."""
        typed = [str(value) for name, value in sorted(self.cleaned_data.items()) if name in CLOSING]
        return "|".join(["ok", *typed])


class StructureClosingForm(ReopeningForm):
    """A legal or geographic entity keeps no reopening date."""

    types = STRUCTURE_TYPES
    field_order = ("closing_type", "closing_date", "reopening_date", "reason")

    closing_date = day("Date de fermeture")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["closing_type"] = CodeChoiceField(self.types, label="Type de fermeture", required=True)
        self.fields["closing_date"].required = True
        self.order_fields(self.field_order)


class ClosingForm(StructureClosingForm):
    """An organisation or an offer."""

    types = OFFER_TYPES

    reopening_date = day("Réouverture prévue le", help_text="Pour une fermeture provisoire seulement.")


def close_row(screen: "ClosingScreen", request: HttpRequest, row: Model, typed: dict[str, Any]) -> str:
    return screen.done_to(request, row, typed)


def reopen_row(screen: "ClosingScreen", request: HttpRequest, row: Model, typed: dict[str, Any]) -> str:
    if row.closing_type_id is None:
        raise Refused("Cette fiche n'est pas fermée.")
    return screen.done_to(request, row, typed)


CLOSE, REOPEN = "Fermer les lignes choisies", "Rouvrir les lignes choisies"
reopening = bulk_action(REOPEN, ReopeningForm)(reopen_row)
ROW_ACTIONS = (bulk_action(CLOSE, ClosingForm)(close_row), reopening)
STRUCTURE_ACTIONS = (bulk_action(CLOSE, StructureClosingForm)(close_row), reopening)


class ClosingScreen(RecordScreen):
    """A screen whose rows close and reopen on a page of their own, or many at once."""

    edited_elsewhere = CLOSING
    actions = ROW_ACTIONS

    def get_urls(self) -> list[URLPattern]:
        label = f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"{label}_{name}",
            )
            for name, view in (("close", self.close_view), ("reopen", self.reopen_view))
        ]
        return [*own, *super().get_urls()]

    def tools(self, request: HttpRequest, obj: Model) -> list[tuple[str, str]]:
        if not self.has_change_permission(request, obj):
            return super().tools(request, obj)
        closing = [(screen_address(obj, "close", quote(obj.pk)), "Fermer")]
        if obj.closing_type_id is not None:
            closing = [
                (screen_address(obj, "close", quote(obj.pk)), "Modifier la fermeture"),
                (screen_address(obj, "reopen", quote(obj.pk)), "Rouvrir"),
            ]
        return [*super().tools(request, obj), *closing]

    def close_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close the row, and everything open below it."""
        form_class = StructureClosingForm if self.model in (LegalEntity, GeographicEntity) else ClosingForm
        return self._closing_page(request, object_id, form_class, "Fermer")

    def reopen_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Reopen the row, and what was closed with it."""
        return self._closing_page(request, object_id, ReopeningForm, "Rouvrir")

    def _closing_page(self, request: HttpRequest, object_id: str, form_class: type, title: str) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        thing = self.get_object(request, unquote(object_id))
        if thing is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_change_permission(request, thing):
            raise PermissionDenied
        initial = {name: getattr(thing, f"{name}_id", getattr(thing, name, None)) for name in CLOSING}
        form = form_class(request.POST or None, initial=initial)
        preview = None
        if request.method == "POST" and form.is_valid():
            try:
                preview = self._preview(request, thing, form.cleaned_data)
                if form.cleaned_data["confirmed"] == form.seal():
                    self._write(request, thing, form.cleaned_data)
                    messages.success(request, f"C'est fait : {self._counted(request, thing, preview)}.")
                    return redirect(screen_address(thing, "change", quote(thing.pk)))
            except ClosingError as error:
                for problem in error.problems:
                    form.add_error(None, problem)
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "subtitle": str(thing),
            "opts": self.opts,
            "original": thing,
            "back": screen_address(thing, "change", quote(thing.pk)),
            "form": form,
            "preview": preview and self._counted(request, thing, preview),
            "seal": preview and form.seal(),
            "offers": self._offers(request, preview),
        }
        return TemplateResponse(request, "admin/closing.html", context)

    def done_to(self, request: HttpRequest, thing: Model, typed: dict[str, Any]) -> str:
        """Close or reopen one row, as `typed` says; what was done, in words. Raises `Refused`."""
        shown = self.rows(request, self.view_with).get(pk=thing.pk)
        try:
            return self._counted(request, shown, self._write(request, thing, typed))
        except ClosingError as error:
            raise Refused(*error.problems) from error

    def _preview(self, request: HttpRequest, thing: Model, typed: dict[str, Any]) -> Done:
        """What would be done: done, counted and undone."""
        with transaction.atomic():
            done = self._write(request, copy(thing), typed)
            connection.check_constraints()
            transaction.set_rollback(True)
        return done

    def _write(self, request: HttpRequest, thing: Model, typed: dict[str, Any]) -> Done:
        said = {"author": request.user, "channel": CHANNEL, "reason": typed["reason"]}
        if "closing_type" not in typed:
            return reopen(thing, **said)
        return close(
            thing, typed["closing_type"], typed["closing_date"], reopening_date=typed.get("reopening_date"), **said
        )

    def _offers(self, request: HttpRequest, done: Done | None) -> list[str]:
        """The names of the offers concerned, as far as the viewer may know them."""
        if done is None:
            return []
        rows = Offer.objects.visible_to(request.viewer).filter(identifier__in=done.offers).order_by("name")
        return [f"{offer.name} ({offer.identifier})" for offer in rows]

    def _counted(self, request: HttpRequest, thing: Model, done: Done) -> str:
        """What is done, in numbers; those who may not know of sensitive units are told of what they see."""
        counts = [
            (done.legal_entities, "entité juridique", "entités juridiques"),
            (done.establishments, "établissement", "établissements"),
            (len(self._offers(request, done)), "offre", "offres"),
        ]
        if thing.rights & SENSITIVE_MASK:
            counts += [
                (done.organizations, "organisation interne", "organisations internes"),
                (done.figures, "chiffre de lits ou places remis à zéro", "chiffres de lits ou places remis à zéro"),
            ]
        said = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
        return ", ".join(said) or "rien ne change"
