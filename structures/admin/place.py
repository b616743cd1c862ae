"""Places of offers, their dwellings and their equipment. An offer leaves a place by being described without it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from confidentiality.admin.correcting import CorrectionTabular
from confidentiality.admin.exposure import EMPTY, discloses
from structures import records
from structures.admin.base import (
    ADDRESS,
    BY_ESTABLISHMENT,
    POSITION,
    RecordInline,
    RecordScreen,
    establishment_columns,
    links,
    screen_address,
    screen_link,
)
from structures.admin.capacity import CareCapacityInline
from structures.admin.contact import TelecomInline
from structures.models import EquipmentLimit, HousingCapacity, Offer, Place, SpecificEquipment

SYNCHRONISATION = ("external_sync_id", "external_sync_name")
DATED = ("created_at", "updated_at")


class HousingInline(RecordInline, CorrectionTabular):
    model = HousingCapacity
    can_delete = True
    show_change_link = True
    fields = ("residential_type", "count")


class EquipmentInline(RecordInline, CorrectionTabular):
    """Its limits are on its own page."""

    model = SpecificEquipment
    can_delete = True
    show_change_link = True
    fields = ("equipment_type", "in_service")


class LimitInline(RecordInline, CorrectionTabular):
    model = EquipmentLimit
    can_delete = True
    fields = ("feature", "value", "unit")


@admin.register(Place)
class PlaceAdmin(RecordScreen):
    """Added under an offer (`?offer=`)."""

    below = {"offer": Offer}
    inlines = (TelecomInline, HousingInline, EquipmentInline, CareCapacityInline)
    autocomplete_fields = ("commune",)
    list_display = ("identifier", "name", "locality", "postcode", "establishment")
    list_filter = ("function", "status")
    search_fields = ("identifier__startswith", "name__icontains", "commune__normalised__contains", *BY_ESTABLISHMENT)
    search_help_text = "Identifiant, nom ou commune du lieu ; nom, commune, numéro FINESS ou SIRET de l'établissement."
    ordering = ("-pk",)
    fieldsets = (
        ("Lieu", {"fields": ("identifier", "establishment", "offers", "name", "function", "status")}),
        ("Adresse", {"fields": (*ADDRESS, *POSITION)}),
        ("Précisions", {"fields": ("description", "comment", *SYNCHRONISATION)}),
        ("Suivi", {"fields": DATED}),
    )
    readonly_fields = ("identifier", "establishment", "offers", *DATED)

    def identifier_of(self, obj: Place) -> str:
        return obj.identifier

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Place | None:
        place = super().get_object(request, object_id, from_field)
        if place is not None:
            place.shown_offers = list(Offer.objects.visible_to(request.viewer).filter(place_links__place=place))
        return place

    def added_columns(self, request: HttpRequest) -> dict[str, Any]:
        offer = self.parent_of(request)
        return {} if offer is None else establishment_columns(offer)

    def save_model(self, request: HttpRequest, obj: Place, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            records.add_place(self.parent_of(request), obj)

    @discloses("offer_links", description="offres de ce lieu")
    def offers(self, place: Place) -> SafeString | str:
        pairs = [
            (screen_address(offer, "change", offer.pk), f"{offer.name} ({offer.identifier})")
            for offer in place.shown_offers
        ]
        return links(*pairs) or EMPTY


class PlaceRowScreen(RecordScreen):
    """What hangs on a place, changed there or here."""

    reaches = ("place", "geographic_entity")
    search_fields = BY_ESTABLISHMENT
    search_help_text = "Nom, commune, numéro FINESS ou SIRET de l'établissement."
    ordering = ("pk",)
    readonly_fields = ("place_screen", *DATED)

    @discloses("place", description="lieu")
    def place_screen(self, row: HousingCapacity | SpecificEquipment) -> SafeString:
        return screen_link(row.place, row.place.name or row.place.identifier)


@admin.register(HousingCapacity)
class HousingCapacityAdmin(PlaceRowScreen):
    list_display = ("residential_type", "count", "place_screen", "establishment")
    list_filter = ("residential_type",)
    fields = ("place_screen", "residential_type", "count", *DATED)


@admin.register(SpecificEquipment)
class SpecificEquipmentAdmin(PlaceRowScreen):
    inlines = (LimitInline,)
    list_display = ("equipment_type", "in_service", "place_screen", "establishment")
    list_filter = ("equipment_type",)
    fields = ("place_screen", "equipment_type", "in_service", *DATED)
