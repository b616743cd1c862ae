"""What the screens of structures share: the gate of the record, pages where rows are added, links."""

from contextlib import AbstractContextManager
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db.models import Field, Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from confidentiality.admin.correcting import PERMISSION, CorrectionInline, CorrectionScreen
from confidentiality.admin.exposure import EMPTY, discloses
from ror.reference.fields import CodeSetField, CommuneSetField
from structures.admin.gate import record_gate
from structures.fields import TextListField
from structures.models import Contact, GeographicEntity

ADDRESS = (
    *("delivery_point", "address_complement", "street_number", "street_number_suffix", "street_type", "street_name"),
    *("place_name", "postal_box", "postcode", "locality", "commune"),
)
POSITION = ("latitude", "longitude", "coordinates_reliable")
CLOSING = ("closing_type", "closing_date", "reopening_date")
BY_ESTABLISHMENT = (
    *("geographic_entity__search__contains", "geographic_entity__finess__startswith"),
    *("geographic_entity__siret__startswith", "geographic_entity__id_nat_struct"),
    "geographic_entity__commune__normalised__contains",
)


class TextListsMixin:
    """Lists of short texts are typed one per line, as everywhere else on the portal."""

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs):
        if isinstance(db_field, ArrayField) and not isinstance(db_field, (CodeSetField, CommuneSetField)):
            label = str(db_field.verbose_name).capitalize()
            return TextListField(label=label, max_length=db_field.base_field.max_length, help_text="Un par ligne.")
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class RecordScreen(TextListsMixin, CorrectionScreen):
    """A screen of the record: what is written there is checked with the whole offer, or the whole establishment.

    `below` are the rows under which new ones are added: the parameter of the address, and its model. Without one of
    them, nothing is added.
    """

    below: dict[str, type[Model]] = {}
    reaches = ("geographic_entity",)

    def gate(self, request: HttpRequest, obj: Model | None, reason: str) -> AbstractContextManager:
        return record_gate(obj or self.parent_of(request), request.user, reason)

    def legal_kind_of(self, obj: Model) -> str:
        entity = obj.geographic_entity
        return entity.legal_kind if entity else ""

    def has_follow_population_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """For the actions of those who follow the quality, which rooms above add (`bulk.add_actions`)."""
        return self.holds(request, "follow_population", obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self.below) and self.parent_of(request) is not None

    @discloses("geographic_entity", description="établissement")
    def establishment(self, row: Model) -> SafeString | str:
        return owner_link(row, "geographic_entity")

    def parent_of(self, request: HttpRequest) -> Model | None:
        """The row under which one is added, as the address says; None for one that the viewer may not correct."""
        if "_parent" not in request.__dict__:
            request.__dict__["_parent"] = self._find_parent(request)
        return request.__dict__["_parent"]

    def added_columns(self, request: HttpRequest) -> dict[str, Any]:
        parent = self.parent_of(request)
        if parent is None:
            return {}
        columns = {name: parent for name, model in self.below.items() if isinstance(parent, model)}
        return {**establishment_columns(parent), **columns}

    def _find_parent(self, request: HttpRequest) -> Model | None:
        name = next((name for name in self.below if request.GET.get(name)), None)
        if name is None or not request.viewer.may(PERMISSION):
            return None
        screen = self.admin_site.get_model_admin(self.below[name])
        try:
            parent = screen.get_queryset(request).filter(pk=request.GET[name]).first()
        except (ValidationError, ValueError):
            return None
        return parent if parent is not None and screen.has_change_permission(request, parent) else None


class RecordInline(TextListsMixin, CorrectionInline):
    """Rows of the record below another one, in the same establishment."""

    def columns(self, parent: Model) -> dict[str, Any]:
        return establishment_columns(parent) if _has_establishment(self.model) else {}


def establishment_columns(parent: Model) -> dict[str, Any]:
    """The establishment that a row below `parent` repeats."""
    if isinstance(parent, GeographicEntity):
        return {"geographic_entity_id": parent.pk}
    key = getattr(parent, "geographic_entity_id", None)
    return {"geographic_entity_id": key} if key else {}


def owner_link(row: Contact | Model, *names: str) -> SafeString | str:
    """A link to the screen of what `row` hangs on: the first of these relations that is not empty."""
    for name in names:
        owner = getattr(row, name)
        if owner is not None:
            return screen_link(owner, _text_of(owner))
    return EMPTY


def screen_link(row: Model, text: str) -> SafeString:
    return link(screen_address(row, "change", row.pk), text)


def screen_address(model: Model | type[Model], name: str, *arguments, **query: Any) -> str:
    """The address of one screen: `screen_address(offer, "change", offer.pk)`."""
    return named_address(f"{model._meta.app_label}_{model._meta.model_name}", name, *arguments, **query)


def named_address(label: str, name: str, *arguments, **query: Any) -> str:
    """The same for a screen of a room above, known by its name only: `named_address("quality_anomaly", …)`."""
    address = reverse(f"admin:{label}_{name}", args=arguments)
    return f"{address}?{urlencode(query)}" if query else address


def link(address: str, text: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', address, text)


def links(*pairs: tuple[str, str]) -> SafeString:
    return format_html_join(" · ", '<a href="{}">{}</a>', pairs)


def _text_of(row: Model) -> str:
    name = getattr(row, "name", "")
    return f"{name} ({row})" if name and name != str(row) else str(row)


def _has_establishment(model: type[Model]) -> bool:
    return any(field.name == "geographic_entity" for field in model._meta.concrete_fields)
