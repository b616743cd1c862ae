"""Offers, with all that belongs to them alone. They are made by describing, never here."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Aggregate, Count, Field, Max, Model, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from confidentiality.admin.correcting import CorrectionFormSet, CorrectionStacked, CorrectionTabular, SeenForm
from confidentiality.admin.exposure import EMPTY, discloses
from confidentiality.admin.model_admin import RorTabularInline
from confidentiality.disclosure import Subject
from confidentiality.levels import Level
from confidentiality.profiles import SOCIAL_FIELD
from structures import records
from structures.admin.alike import AlikeFilter
from structures.admin.base import (
    ADDRESS,
    BY_ESTABLISHMENT,
    CLOSING,
    RecordInline,
    link,
    named_address,
    screen_address,
    screen_link,
)
from structures.admin.closing import ROW_ACTIONS, ClosingScreen
from structures.admin.contact import ContactInline, MailboxInline
from structures.admin.gate import REASON, close_levels
from structures.admin.reassigning import reassign_rows
from structures.admin.transferring import transfer_rows
from structures.models import (
    CareCapacity,
    Contact,
    HousingCapacity,
    Offer,
    OfferActivity,
    OfferExpertise,
    OfferPlace,
    OfferVersion,
    OpeningHours,
    OutsideOfficeActs,
    Place,
    SensitiveUnit,
    SpecificEquipment,
)
from structures.records import EXPERTISE

FROZEN = ("identifier", "geographic_entity", "activity_field", "care_mode")


OPENING = (
    "Cette offre deviendra visible du grand public ; ses contacts restent au niveau 3. Pour retirer le signalement, "
    "cochez aussi « Je confirme » sur sa ligne."
)


# What the page of a place holds, counted on that of its offers.
AT_PLACE = {
    "care_number": (CareCapacity, "capacité de prise en charge", "capacités de prise en charge"),
    "housing_number": (HousingCapacity, "capacité d'habitation", "capacités d'habitation"),
    "equipment_number": (SpecificEquipment, "équipement", "équipements"),
}


class SensitiveUnitForm(SeenForm):
    """Flagging an offer takes a motive: an empty line flags nothing. Taking the flag off is confirmed on purpose."""

    confirmed = forms.BooleanField(label="Je confirme que cette offre n'est plus une unité sensible", required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and "motive" in self.fields:
            self.fields["motive"].required = True


class SensitiveUnitFormSet(CorrectionFormSet):
    """The flag goes only when that is confirmed beside it."""

    def clean(self) -> None:
        super().clean()
        for form in self.deleted_forms:
            if f"{form.prefix}-confirmed" not in self.data:
                raise ValidationError(OPENING)


class SensitiveUnitInline(RecordInline, CorrectionStacked):
    """Level 3: absent for those who may not know that sensitive units exist."""

    model = SensitiveUnit
    form = SensitiveUnitForm
    formset = SensitiveUnitFormSet
    can_delete = True
    fields = ("motive", "created_at")
    readonly_fields = ("created_at",)

    def get_fieldsets(self, request: HttpRequest, obj: Offer | None = None) -> list:
        fieldsets = super().get_fieldsets(request, obj)
        if not fieldsets or not self.has_change_permission(request, obj):
            return fieldsets
        title, options = fieldsets[-1]
        return [*fieldsets[:-1], (title, {**options, "fields": [*options["fields"], "confirmed"]})]


class ExpertiseInline(RecordInline, CorrectionStacked):
    model = OfferExpertise
    can_delete = True
    fields = tuple(EXPERTISE[OfferExpertise])


class OutsideOfficeInline(RecordInline, CorrectionStacked):
    model = OutsideOfficeActs
    can_delete = True
    fields = tuple(EXPERTISE[OutsideOfficeActs])


class ActivityInline(RecordInline, CorrectionTabular):
    model = OfferActivity
    can_delete = True
    fields = ("activity", "family")


class HoursInline(RecordInline, CorrectionTabular):
    model = OpeningHours
    can_delete = True
    fields = ("slot_type", "weekday", "opens_at", "closes_at", "period_start", "period_end")


class PlaceInline(RorTabularInline):
    """The places of the offer; those that a sensitive unit shares are unknown to those who may not know it."""

    model = OfferPlace
    fields = ("screen", "address", "content")
    readonly_fields = ("screen", "address", "content")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        places = Place.objects.visible_to(request.viewer).select_related("commune")
        counts = {name: _over(model, request, Count("pk")) for name, (model, _, _) in AT_PLACE.items()}
        places = places.annotate(**counts, care_level=_over(CareCapacity, request, Max("level")))
        return super().get_queryset(request).filter(place__in=places).prefetch_related(Prefetch("place", places))

    @discloses("Place.identifier", "Place.name", description="lieu")
    def screen(self, line: OfferPlace) -> SafeString:
        return screen_link(line.place, line.place.name or line.place.identifier)

    def level_shown(self, subject: Subject, row: OfferPlace) -> int:
        """Equipment is of level 2; a capacity has a level of its own."""
        counted = [Level.PROFESSIONAL] if row.place.equipment_number else []
        return max([super().level_shown(subject, row), row.place.care_level or Level.PUBLIC, *counted])

    @discloses("HousingCapacity.residential_type", description="au lieu (sur sa page)")
    def content(self, line: OfferPlace) -> str:
        """How many rows of each kind the page of the place has, among those that the viewer may know of."""
        found = [(getattr(line.place, name), one, many) for name, (_, one, many) in AT_PLACE.items()]
        return "\n".join(f"{number} {one if number == 1 else many}" for number, one, many in found if number) or EMPTY

    @discloses(*(f"Place.{name}" for name in ADDRESS), description="adresse")
    def address(self, line: OfferPlace) -> str:
        place = line.place
        street = [place.street_number, place.street_number_suffix, place.get_street_type_display().lower()]
        lines = [
            place.delivery_point,
            place.address_complement,
            " ".join(filter(None, [*street, place.street_name])),
            place.place_name,
            place.postal_box,
            " ".join(filter(None, [place.postcode, place.locality or str(place.commune)])),
        ]
        return "\n".join(filter(None, lines))


@admin.register(Offer)
class OfferAdmin(ClosingScreen):
    actions = (*ROW_ACTIONS, transfer_rows, reassign_rows)
    inlines = (
        *(SensitiveUnitInline, ExpertiseInline, OutsideOfficeInline, ActivityInline, HoursInline),
        *(ContactInline, MailboxInline, PlaceInline),
    )
    list_display = ("name", "identifier", "geographic_entity", "activity_field", "published_at")
    list_filter = ("activity_field", "closing_type", AlikeFilter)
    search_fields = (
        *("search__contains", "identifier__startswith"),
        *BY_ESTABLISHMENT,
    )
    search_help_text = "Nom de l'offre, identifiant ; nom, commune, numéro FINESS ou SIRET de l'établissement."
    ordering = ("-pk",)
    fieldsets = (
        (
            "Offre",
            {
                "fields": (
                    *("public_page", "name", "identifier", "geographic_entity", "internal_organization"),
                    *("published_at", "version", "entry_model", "comment"),
                )
            },
        ),
        (
            "Accueil et prise en charge",
            {
                "fields": (
                    *("activity_field", "care_mode", "offer_type", "reception_temporality", "reception_modalities"),
                    *("management_types", "annual_opening", "intervention_communes", "always_open"),
                )
            },
        ),
        ("Public", {"fields": ("age_min", "age_min_unit", "age_max", "age_max_unit", "publics")}),
        ("Spécificités", {"fields": ("expertise_levels", "psychiatric_sectors", "involuntary_care")}),
        ("Fermeture", {"fields": CLOSING}),
        ("Suivi", {"fields": ("created_at", "updated_at")}),
    )
    readonly_fields = ("public_page", *FROZEN, "published_at", "version", *CLOSING, "created_at", "updated_at")

    @discloses("identifier", description="page publique")
    def public_page(self, offer: Offer) -> SafeString:
        return link(reverse("publication:offer", args=[offer.slug]), "Voir l'offre")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Offers that look alike stand together."""
        together = ("geographic_entity_id", "search", "pk")
        return together if AlikeFilter.parameter_name in request.GET else self.ordering

    def identifier_of(self, obj: Offer) -> str:
        return obj.identifier

    def is_social(self, obj: Offer) -> bool:
        return obj.activity_field_id == SOCIAL_FIELD

    def choices(self, request: HttpRequest, db_field: Field, rows: QuerySet) -> QuerySet:
        """The organisations of the offer's establishment that are open, and its own."""
        edited = request.__dict__.get("edited")
        if db_field.name != "internal_organization" or edited is None:
            return rows
        possible = Q(closing_type=None) | Q(identifier=edited.internal_organization_id)
        return rows.filter(possible, geographic_entity=edited.geographic_entity_id).order_by("name")

    def choice_label(self, obj: Offer) -> str:
        return f"{obj.name} ({obj.identifier})"

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        close_levels(form.instance)
        if "internal_organization" in form.changed_data:
            places = OfferPlace.objects.trusted(REASON).filter(offer=form.instance)
            records.give_places_their_organization(list(places.values_list("place", flat=True)))

    def tools(self, request: HttpRequest, obj: Offer) -> list[tuple[str, str]]:
        beside = [
            (screen_address(OfferVersion, "changelist", q=obj.identifier), "Qui a changé quoi"),
            (named_address("professionals_operationalsituation", "changelist", q=obj.identifier), "Professionnels"),
            (named_address("quality_anomaly", "changelist", q=obj.identifier), "Anomalies"),
        ]
        adding = [
            (screen_address(Contact, "add", offer=obj.pk), "Ajouter un contact"),
            (screen_address(Place, "add", offer=obj.pk), "Ajouter un lieu"),
            (named_address("professionals_operationalsituation", "add", offer=obj.pk), "Ajouter un professionnel"),
        ]
        return [
            *beside,
            *(adding if self.has_change_permission(request, obj) else []),
            *super().tools(request, obj),
        ]


def _over(model: type[Model], request: HttpRequest, aggregate: Aggregate) -> Subquery:
    """`aggregate` of the rows of `model` that the viewer may know of at each place."""
    rows = model.objects.visible_to(request.viewer).filter(place=OuterRef("pk")).order_by()
    return Subquery(rows.values("place").annotate(found=aggregate).values("found"))
