"""Lieu de réalisation de l'offre, its dwellings and its equipment."""

from django.db import models
from django.db.models import Exists, OuterRef, Q

from confidentiality.profiles import SOCIAL_FIELD
from ror.history import frozen, timestamps, touches, tracked
from ror.reference.fields import CodeField, guard_codes
from structures.models.base import (
    Address,
    Position,
    coordinates_check,
    numbered_by_region,
    postcode_check,
    text_index,
    through,
)
from structures.models.offer import EstablishmentRow, Offer, OfferChild
from structures.models.organization import InternalOrganization


@tracked()
class OfferPlace(OfferChild):
    """The link between an offer and a place: a place may serve several offers."""

    id = models.BigAutoField(primary_key=True)
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="place_links", verbose_name="offre")
    place = models.ForeignKey("Place", models.CASCADE, related_name="offer_links", verbose_name="lieu")
    position = models.PositiveSmallIntegerField("rang", default=0, editable=False)

    class Meta(OfferChild.Meta):
        verbose_name = "lieu de l'offre"
        verbose_name_plural = "lieux de l'offre"
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["offer", "place"], name="offerplace_unique")]
        triggers = [timestamps(), touches("structures_offer", "offer_id")]

    def __str__(self) -> str:
        return "Lieu de l'offre"


@tracked()
@guard_codes
class Place(Address, Position, EstablishmentRow):
    """Lieu de réalisation: where an offer is given. Hidden as soon as one sensitive offer takes place there.

    `identifier` is given by the database. `internal_organization` is that of its offers, when it is the same for all:
    it governs the place for those whose perimeter is an organisation.
    """

    governance = through("geographic_entity__", organization="internal_organization__perimeter_id")

    identifier = models.CharField("identifiant du lieu", max_length=20, unique=True, editable=False, db_default="")
    internal_organization = models.ForeignKey(
        InternalOrganization, models.PROTECT, null=True, related_name="+", editable=False
    )
    external_sync_id = models.CharField("identifiant externe de synchronisation", max_length=80, blank=True)
    external_sync_name = models.CharField("nom externe de synchronisation", max_length=120, blank=True)
    name = models.CharField("nom du lieu", max_length=120, blank=True)
    description = models.TextField("comment s'y rendre", max_length=1000, blank=True)
    function = CodeField(value_set="J198", verbose_name="fonction du lieu", null=True, blank=True)
    status = CodeField(value_set="J224", verbose_name="statut du lieu", null=True, blank=True)
    comment = models.TextField("commentaire", max_length=1000, blank=True)

    class Meta(EstablishmentRow.Meta):
        verbose_name = "lieu"
        verbose_name_plural = "lieux"
        indexes = [text_index("name", "place_by_name")]
        constraints = [
            models.CheckConstraint(condition=Q(commune__isnull=False), name="place_commune_required"),
            models.UniqueConstraint(
                fields=["geographic_entity", "external_sync_id"],
                condition=~Q(external_sync_id=""),
                name="place_external_sync_id_unique",
            ),
            coordinates_check("place"),
            postcode_check("place"),
        ]
        triggers = [timestamps(), frozen("identifier"), numbered_by_region("structures_place_number")]

    def __str__(self) -> str:
        return f"Lieu, {self.locality}"

    @classmethod
    def sensitive_rows(cls) -> Q:
        return given_at("pk", offer__sensitive_unit__isnull=False)

    @classmethod
    def social_rows(cls) -> Q:
        return given_at("pk", offer__activity_field=SOCIAL_FIELD)

    @classmethod
    def rows_from(cls, origins: frozenset[str]) -> Q:
        return given_at("pk", offer__origin__in=origins)


class PlaceRow(EstablishmentRow):
    """A row of a place, hidden with it, and read as médico-social when one of its offers is."""

    governance = through("geographic_entity__", organization="place__internal_organization__perimeter_id")

    place = models.ForeignKey(Place, models.CASCADE, related_name="%(class)s_set", verbose_name="lieu")

    class Meta(EstablishmentRow.Meta):
        abstract = True

    @classmethod
    def sensitive_rows(cls) -> Q:
        return given_at("place", offer__sensitive_unit__isnull=False)

    @classmethod
    def social_rows(cls) -> Q:
        return given_at("place", offer__activity_field=SOCIAL_FIELD)

    @classmethod
    def rows_from(cls, origins: frozenset[str]) -> Q | None:
        return given_at("place", offer__origin__in=origins)


def given_at(place: str, **offers) -> Q:
    """The rows whose place (at the lookup `place`) serves an offer such as `offers` says."""
    return Q(Exists(OfferPlace.objects.filter(place=OuterRef(place), **offers)))


@tracked()
@guard_codes
class HousingCapacity(PlaceRow):
    """Capacité d'habitation: how many dwellings of one type the place has."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="housing", verbose_name="lieu")
    residential_type = CodeField(value_set="J32", verbose_name="type d'habitation")
    count = models.PositiveIntegerField("nombre d'habitations", null=True, blank=True)

    class Meta(PlaceRow.Meta):
        verbose_name = "capacité d'habitation"
        verbose_name_plural = "capacités d'habitation"
        ordering = ["residential_type_id", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "residential_type"],
                deferrable=models.Deferrable.DEFERRED,
                name="housingcapacity_type_once_per_place",
            )
        ]
        triggers = [timestamps(), touches("structures_place", "place_id")]

    def __str__(self) -> str:
        return "Capacité d'habitation"


@tracked()
@guard_codes
class SpecificEquipment(PlaceRow):
    """Équipement spécifique of a place, level 2 (arrêté, article 2, 2°)."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="equipment", verbose_name="lieu")
    equipment_type = CodeField(value_set="J18", verbose_name="type d'équipement")
    in_service = models.PositiveIntegerField("nombre en service", null=True, blank=True)

    class Meta(PlaceRow.Meta):
        verbose_name = "équipement spécifique"
        verbose_name_plural = "équipements spécifiques"
        ordering = ["equipment_type_id", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "equipment_type"],
                deferrable=models.Deferrable.DEFERRED,
                name="specificequipment_type_once_per_place",
            )
        ]
        triggers = [timestamps(), touches("structures_place", "place_id")]

    def __str__(self) -> str:
        return "Équipement spécifique"


class LimitUnit(models.TextChoices):
    """Unit of a limit, UCUM (TRE_R247)."""

    KILOGRAM = "kg", "kg"
    CENTIMETRE = "cm", "cm"
    METRE = "m", "m"


@tracked()
@guard_codes
class EquipmentLimit(EstablishmentRow):
    """Limite d'une caractéristique d'équipement: the most favourable value among the equipment of this type."""

    governance = through("geographic_entity__", organization="equipment__place__internal_organization__perimeter_id")

    equipment = models.ForeignKey(
        SpecificEquipment, models.CASCADE, related_name="limits", verbose_name="équipement spécifique"
    )
    feature = CodeField(value_set="J228", verbose_name="caractéristique")
    value = models.DecimalField("valeur limite", max_digits=9, decimal_places=2)
    unit = models.CharField("unité", max_length=4, choices=LimitUnit)

    class Meta(EstablishmentRow.Meta):
        verbose_name = "limite d'équipement"
        verbose_name_plural = "limites d'équipement"
        ordering = ["feature_id", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(unit__in=LimitUnit.values), name="equipmentlimit_unit_known"),
            models.CheckConstraint(condition=Q(value__gt=0), name="equipmentlimit_value_positive"),
        ]
        triggers = [timestamps(), touches("structures_specificequipment", "equipment_id")]

    def __str__(self) -> str:
        return "Limite d'équipement"

    @classmethod
    def sensitive_rows(cls) -> Q:
        return given_at("equipment__place", offer__sensitive_unit__isnull=False)

    @classmethod
    def social_rows(cls) -> Q:
        return given_at("equipment__place", offer__activity_field=SOCIAL_FIELD)

    @classmethod
    def rows_from(cls, origins: frozenset[str]) -> Q:
        return given_at("equipment__place", offer__origin__in=origins)
