"""Structures and offers as the administration shows them: to read only.

Identity comes from the registers; an offer is written by `publish()` alone, from the pages of the portal.
"""

from django.contrib import admin
from django.db.models import Case, OuterRef, Prefetch, Q, QuerySet, Subquery, TextField, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from confidentiality.admin.exposure import EMPTY, discloses
from confidentiality.admin.model_admin import NUL, RorModelAdmin, RorStackedInline, RorTabularInline
from confidentiality.delegation import PERMISSION, Delegation
from confidentiality.disclosure import Subject
from confidentiality.models import Perimeter
from confidentiality.profiles import SOCIAL_FIELD
from confidentiality.viewer import Viewer
from ror.reference.models import Department, Region
from ror.reference.nomenclature import nomenclature
from ror.reference.text import normalise
from structures.models import (
    Contact,
    CrisisAnswer,
    GeographicEntity,
    LegalEntity,
    Offer,
    OfferActivity,
    OfferPlace,
    OpeningHours,
    Place,
    SensitiveUnit,
    Telecom,
)

ADDRESS = (
    *("street_number", "street_number_suffix", "street_type", "street_name", "place_name"),
    *("address_complement", "postcode", "locality", "commune", "department", "region"),
)


@admin.register(LegalEntity)
class LegalEntityAdmin(RorModelAdmin):
    list_display = ("denomination", "finess", "siren", "department", "number_only", "gone_since")
    list_select_related = ("department",)
    list_filter = ("number_only", "region", ("gone_since", admin.EmptyFieldListFilter))
    search_fields = ("search__contains", "finess__startswith", "siren__startswith")
    search_help_text = "Raison sociale, numéro FINESS ou numéro SIREN."
    ordering = ("finess", "pk")
    fieldsets = (
        ("Identité", {"fields": ("legal_name", "legal_name_complement", "id_nat_struct", "finess", "siren")}),
        ("Adresse", {"fields": ADDRESS}),
        (
            "Au registre",
            {
                "fields": (
                    *("legal_status", "register_status_code", "register_status_label", "register_phone"),
                    *("creation_date", "number_only", "gone_since", "created_at", "updated_at"),
                )
            },
        ),
    )

    @discloses("legal_name", "finess", description="raison sociale", ordering="legal_name")
    def denomination(self, entity: LegalEntity) -> str:
        return str(entity)

    def identifier_of(self, obj: LegalEntity) -> str:
        return obj.id_nat_struct


class CrisisAnswerInline(RorStackedInline):
    """Level 3: absent for those who may not read it."""

    model = CrisisAnswer
    fields = ("orsan_answer", "orsan_level", "landing_zone", "updated_at")


@admin.register(GeographicEntity)
class GeographicEntityAdmin(RorModelAdmin):
    inlines = (CrisisAnswerInline,)
    list_display = ("name", "finess", "category", "legal_kind", "locality", "department", "in_perimeter", "gone_since")
    list_select_related = ("department",)
    list_filter = ("in_perimeter", "legal_kind", "region", ("gone_since", admin.EmptyFieldListFilter))
    search_fields = ("search__contains", "finess__startswith", "siret__startswith")
    search_help_text = "Nom, numéro FINESS ou numéro SIRET."
    ordering = ("finess", "pk")
    fieldsets = (
        (
            "Identité",
            {
                "fields": (
                    *("public_page", "name", "name_complement", "usual_name", "legal_entity"),
                    *("id_nat_struct", "finess", "siret"),
                )
            },
        ),
        ("Nature", {"fields": ("category", "legal_kind", "in_perimeter", "public_service_participation")}),
        ("Adresse", {"fields": (*ADDRESS, "latitude", "longitude")}),
        ("Ouverture et fermeture", {"fields": ("opening_date", "closing_date", "closing_type")}),
        (
            "Au registre",
            {
                "fields": (
                    *("register_category_code", "register_category_label", "register_phone"),
                    *("register_updated_on", "gone_since", "created_at", "updated_at"),
                )
            },
        ),
    )

    @discloses("id_nat_struct", description="page publique")
    def public_page(self, entity: GeographicEntity) -> SafeString:
        return _link(reverse("publication:establishment", args=[entity.id_nat_struct]), "Voir l'établissement")

    def identifier_of(self, obj: GeographicEntity) -> str:
        return obj.id_nat_struct

    def legal_kind_of(self, obj: GeographicEntity) -> str:
        return obj.legal_kind


class SensitiveUnitInline(RorStackedInline):
    """Level 3: absent for those who may not know that sensitive units exist."""

    model = SensitiveUnit
    fields = ("motive", "created_at")


class ActivityInline(RorTabularInline):
    model = OfferActivity
    fields = ("activity", "family")


class HoursInline(RorTabularInline):
    model = OpeningHours
    fields = ("slot_type", "weekday", "opens_at", "closes_at", "period_start", "period_end")


class ContactInline(RorTabularInline):
    """The contacts that the viewer may read, each with those of its telecoms that they may read."""

    model = Contact
    fields = ("nature", "function", "name", "level", "telecom_lines")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        telecoms = Telecom.objects.visible_to(request.viewer)
        return super().get_queryset(request).prefetch_related(Prefetch("telecoms", telecoms))

    @discloses("Telecom.channel", "Telecom.address", "Telecom.level", description="télécommunications")
    def telecom_lines(self, contact: Contact) -> str:
        codes = nomenclature()
        lines = [
            f"{codes.label(row.channel_id)} : {row.address} ({row.get_level_display()})"
            for row in contact.telecoms.all()
        ]
        return "\n".join(lines) or EMPTY

    def level_shown(self, subject: Subject, row: Contact) -> int:
        return max([super().level_shown(subject, row), *(telecom.level for telecom in row.telecoms.all())])


class PlaceInline(RorTabularInline):
    """The places of the offer; those that a sensitive unit shares are unknown to those who may not know it."""

    model = OfferPlace
    fields = ("address",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        places = Place.objects.visible_to(request.viewer).select_related("commune")
        return super().get_queryset(request).filter(place__in=places).prefetch_related(Prefetch("place", places))

    @discloses(*(f"Place.{name}" for name in ADDRESS[:-2]), description="adresse")
    def address(self, link: OfferPlace) -> str:
        place = link.place
        street = [place.street_number, place.street_number_suffix, place.get_street_type_display().lower()]
        lines = [
            place.address_complement,
            " ".join(filter(None, [*street, place.street_name])),
            place.place_name,
            " ".join(filter(None, [place.postcode, place.locality or str(place.commune)])),
        ]
        return "\n".join(filter(None, lines))


@admin.register(Offer)
class OfferAdmin(RorModelAdmin):
    inlines = (SensitiveUnitInline, ActivityInline, HoursInline, ContactInline, PlaceInline)
    list_display = ("name", "identifier", "geographic_entity", "activity_field", "published_at")
    list_filter = ("activity_field", "closing_type")
    search_fields = ("search__contains", "identifier__startswith", "geographic_entity__finess__startswith")
    search_help_text = "Nom de l'offre, identifiant, ou numéro FINESS de l'établissement."
    ordering = ("-pk",)
    fieldsets = (
        ("Offre", {"fields": ("public_page", "name", "identifier", "geographic_entity", "published_at", "version")}),
        (
            "Accueil et prise en charge",
            {"fields": ("activity_field", "care_mode", "offer_type", "reception_temporality", "always_open")},
        ),
        ("Public", {"fields": ("age_min", "age_min_unit", "age_max", "age_max_unit", "publics")}),
        ("Fermeture", {"fields": ("closing_type", "closing_date", "reopening_date")}),
    )

    @discloses("identifier", description="page publique")
    def public_page(self, offer: Offer) -> SafeString:
        return _link(reverse("publication:offer", args=[offer.slug]), "Voir l'offre")

    def identifier_of(self, obj: Offer) -> str:
        return obj.identifier

    def legal_kind_of(self, obj: Offer) -> str:
        return obj.geographic_entity.legal_kind if obj.geographic_entity else ""

    def is_social(self, obj: Offer) -> bool:
        return obj.activity_field_id == SOCIAL_FIELD


@admin.register(Perimeter)
class PerimeterAdmin(RorModelAdmin):
    """Territories, and the structures that the viewer may know of; made with them, never here.

    Registered here because only this room knows the names of the structures.
    """

    view_with = PERMISSION
    list_display = ("name", "kind", "code")
    list_filter = ("kind",)
    search_fields = ("code__startswith",)
    search_help_text = "Nom, code du territoire, ou identifiant national de la structure (1 et le numéro FINESS)."
    fields = ("name", "kind", "code")

    def rows(self, request: HttpRequest, permission: str | None) -> QuerySet:
        held = permission is not None and request.viewer.may(permission)
        return Delegation.of(request).perimeters() if held else Perimeter.objects.none()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(shown_name=_perimeter_name(request.viewer))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        for word in search_term.replace(NUL, "").split():
            queryset = queryset.filter(_perimeter_named(request.viewer, word))
        return queryset, False

    @admin.display(description="nom")
    def name(self, perimeter: Perimeter) -> str:
        return perimeter.shown_name or EMPTY

    def choice_label(self, obj: Perimeter) -> str:
        if obj.kind == Perimeter.Kind.NATION:
            return str(obj)
        return f"{obj.shown_name or EMPTY} · {obj.get_kind_display()} {obj.code}"


def _perimeter_name(viewer: Viewer) -> Case:
    """The name of what the perimeter delimits, as far as the viewer may know it."""
    code, key = OuterRef("code"), OuterRef("pk")
    legal_entities = LegalEntity.objects.visible_to(viewer).filter(perimeter=key)
    establishments = GeographicEntity.objects.visible_to(viewer).filter(perimeter=key)
    return Case(
        When(kind=Perimeter.Kind.NATION, then=Value(Perimeter.Kind.NATION.label)),
        When(kind=Perimeter.Kind.REGION, then=Subquery(Region.objects.filter(pk=code).values("name"))),
        When(kind=Perimeter.Kind.DEPARTMENT, then=Subquery(Department.objects.filter(pk=code).values("name"))),
        When(kind=Perimeter.Kind.LEGAL_ENTITY, then=Subquery(legal_entities.order_by().values("legal_name"))),
        When(kind=Perimeter.Kind.GEOGRAPHIC_ENTITY, then=Subquery(establishments.order_by().values("name"))),
        default=Value(""),
        output_field=TextField(),
    )


def _perimeter_named(viewer: Viewer, word: str) -> Q:
    """A union rather than alternatives: the database then reads what matches, not every perimeter."""
    kind, text = Perimeter.Kind, normalise(word)
    nation = Q(kind=kind.NATION) if text in normalise(kind.NATION.label) else Q(pk__in=[])
    territories = Perimeter.objects.filter(
        Q(code__startswith=word.upper())
        | nation
        | Q(kind=kind.REGION, code__in=Region.objects.filter(name__icontains=word).values("pk"))
        | Q(kind=kind.DEPARTMENT, code__in=Department.objects.filter(name__icontains=word).values("pk"))
    )
    structures = [
        model.objects.visible_to(viewer).filter(search__contains=text).order_by().values("perimeter")
        for model in (LegalEntity, GeographicEntity)
        if text
    ]
    return Q(pk__in=territories.order_by().values("pk").union(*structures))


def _link(address: str, text: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', address, text)
