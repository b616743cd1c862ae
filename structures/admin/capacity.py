"""Beds and places, by place and by assignment. Their level follows from what they say: the database gives it."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from confidentiality.admin.correcting import CorrectionForm, CorrectionTabular, SeenForm
from confidentiality.admin.exposure import discloses
from confidentiality.admin.model_admin import CHANNEL
from ror.history import writing
from structures.admin.base import BY_ESTABLISHMENT, RecordInline, RecordScreen, screen_link
from structures.locking import hold_open, take_data
from structures.models import BedCapacity, CareCapacity, GeographicEntity, Place

FIGURE = (
    *("nature", "status", "temporality", "number", "source", "counted_at"),
    *("gender", "closing_type", "supplementary_type", "crisis_type"),
)
DATED = ("created_at", "updated_at")


class CountedNow:
    """A number typed without saying when it was counted was counted now."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if "counted_at" in self.fields:
            self.fields["counted_at"].required = False

    def clean_counted_at(self) -> datetime.datetime:
        return self.cleaned_data["counted_at"] or timezone.now()

    def save(self, commit: bool = True) -> BedCapacity:
        if "number" in self.changed_data and "counted_at" not in self.changed_data:
            self.instance.counted_at = timezone.now()
        return super().save(commit)


class BedRowForm(CountedNow, SeenForm):
    """A figure among those of its assignment."""


class BedForm(CountedNow, CorrectionForm):
    """A figure on its own page."""


class CapacityScreen(RecordScreen):
    """Figures are never part of the document of an offer: the constraints of the database hold them.

    Whoever reports the figures of the same place at the same moment waits.
    """

    @contextmanager
    def gate(self, request: HttpRequest, obj: CareCapacity | BedCapacity, reason: str) -> Iterator[None]:
        with writing(request.user, CHANNEL, reason):
            hold_open(GeographicEntity, [obj.geographic_entity_id])
            take_data(self.places_of(obj))
            yield

    def places_of(self, obj: Model) -> QuerySet:
        """The place of the row."""
        raise NotImplementedError


class CareCapacityInline(RecordInline, CorrectionTabular):
    """The assignments of a place; their figures are on their own page. An assignment never changes."""

    model = CareCapacity
    show_change_link = True
    fields = ("temporary_assignment", "comment", "level")
    readonly_fields = ("level",)


class BedInline(RecordInline, CorrectionTabular):
    model = BedCapacity
    form = BedRowForm
    can_delete = True
    fields = (*FIGURE, "level")
    readonly_fields = ("level",)


@admin.register(CareCapacity)
class CareCapacityAdmin(CapacityScreen):
    inlines = (BedInline,)
    reaches = ("place", "geographic_entity")
    list_display = ("temporary_assignment", "place_screen", "establishment", "level")
    list_filter = ("temporary_assignment",)
    search_fields = BY_ESTABLISHMENT
    search_help_text = "Nom, commune, numéro FINESS ou SIRET de l'établissement."
    ordering = ("pk",)
    fields = ("place_screen", "temporary_assignment", "comment", "level", *DATED)
    readonly_fields = ("place_screen", "temporary_assignment", "level", *DATED)

    def places_of(self, obj: CareCapacity) -> QuerySet:
        return Place.objects.filter(pk=obj.place_id)

    @discloses("place", description="lieu")
    def place_screen(self, care: CareCapacity) -> SafeString:
        return screen_link(care.place, care.place.name or care.place.identifier)


@admin.register(BedCapacity)
class BedCapacityAdmin(CapacityScreen):
    form = BedForm
    reaches = ("care_capacity", "geographic_entity")
    list_display = ("status", "nature", "temporality", "number", "counted_at", "establishment", "level")
    list_filter = ("status", "nature", "level")
    search_fields = BY_ESTABLISHMENT
    search_help_text = "Nom, commune, numéro FINESS ou SIRET de l'établissement."
    ordering = ("pk",)
    fields = ("care_screen", *FIGURE, "level", *DATED)
    readonly_fields = ("care_screen", "level", *DATED)

    def places_of(self, obj: BedCapacity) -> QuerySet:
        return Place.objects.filter(capacities=obj.care_capacity_id)

    @discloses("care_capacity", description="capacité de prise en charge")
    def care_screen(self, bed: BedCapacity) -> SafeString:
        care = bed.care_capacity
        return screen_link(care, care.get_temporary_assignment_display())
