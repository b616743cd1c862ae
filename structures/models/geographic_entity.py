"""Entité géographique (EG) and its answers to the crisis questions."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Concat, Left

from confidentiality.governed import GovernedManager
from confidentiality.models import Perimeter
from ror.history import frozen, timestamps, tracked
from ror.reference.fields import CodeField, CodeSetField, code_set_index, guard_codes
from ror.reference.functions import Normalise
from ror.reference.models import Department, Region
from structures.models.base import (
    FINESS_SHAPE,
    LA_POSTE,
    RANK_SHAPE,
    Address,
    ClosableQuerySet,
    Position,
    Recorded,
    closing_check,
    coordinates_check,
    luhn_check,
    postcode_check,
    prefix_index,
    search_index,
    through,
)
from structures.models.legal_entity import LegalEntity
from structures.models.triggers import closes_what_is_below, national_identifier, only_below_what_is_open


class LegalKind(models.TextChoices):
    """Rank of the structure in the decree of 17 November 2023, article 2, I; the levels of the arrêté depend on it.

    Derived from the category by the bundled table (mandatory-data.md).
    """

    HEALTH = "I-1", "Établissement de santé (I, 1°)"
    SOCIAL = "I-2", "Structure sociale ou médico-sociale (I, 2°)"
    VILLE = "I-3", "Professionnels et cabinets, offre de ville (I, 3°)"
    COORDINATION = "I-4", "Structure de coordination (I, 4°)"
    OUTSIDE = "", "Hors périmètre ROR"


class GeographicEntityQuerySet(ClosableQuerySet):
    def described(self) -> Self:
        """Establishments with one open offer at least."""
        from structures.models.offer import Offer

        offers = Offer.objects.trusted("described: whether an establishment has an open offer").open()
        return self.filter(Exists(offers.filter(geographic_entity=OuterRef("pk"))))


@tracked(exclude=["search", "siren"])
@guard_codes
class GeographicEntity(Address, Position, Recorded):
    """Entité géographique: an establishment at an address.

    Identity comes from its register and is read-only here; what the establishment says of itself is described.
    """

    governance = through()
    policy_category = "identification"

    perimeter = models.OneToOneField(Perimeter, models.PROTECT, editable=False, verbose_name="périmètre")
    legal_entity = models.ForeignKey(
        LegalEntity, models.PROTECT, related_name="geographic_entities", verbose_name="entité juridique"
    )
    id_nat_struct = models.CharField("identifiant national", max_length=15, unique=True, editable=False)
    finess = models.CharField(  # noqa: DJ001  unique, and absent for an office outside FINESS
        "numéro FINESS", max_length=9, null=True, unique=True, editable=False
    )
    siret = models.CharField("numéro SIRET", max_length=14, blank=True)
    siren = models.GeneratedField(
        expression=Left("siret", 9), output_field=models.CharField("numéro SIREN", max_length=9), db_persist=True
    )
    office_rank = models.CharField("numéro RPPS-rang ou ADELI-rang", max_length=14, blank=True, editable=False)
    name = models.CharField("dénomination", max_length=200)
    name_complement = models.CharField("complément de dénomination", max_length=200, blank=True)
    usual_name = models.CharField("nom d'usage", max_length=200, blank=True)
    category = CodeField(value_set="J55", verbose_name="catégorie", null=True, blank=True)
    register_category_code = models.CharField("catégorie au registre (code)", max_length=10, blank=True)
    register_category_label = models.CharField("catégorie au registre", max_length=200, blank=True)
    legal_kind = models.CharField("nature juridique", max_length=3, choices=LegalKind, blank=True)
    in_perimeter = models.BooleanField("dans le périmètre ROR", default=False)
    public_service_participation = CodeField(
        value_set="J202", verbose_name="participation au service public hospitalier", null=True, blank=True
    )
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="département"
    )
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="région")
    register_phone = models.CharField("téléphone au registre", max_length=30, blank=True)
    opening_date = models.DateField("date d'ouverture", null=True, blank=True)
    closing_date = models.DateField("date de fermeture", null=True, blank=True)
    closing_type = CodeField(value_set="J201", verbose_name="type de fermeture", null=True, blank=True)
    register_updated_on = models.DateField("mise à jour au registre", null=True, blank=True)
    gone_since = models.DateField("absent du registre depuis le", null=True, blank=True)
    financial_aids = CodeSetField(value_set="J31", verbose_name="aides financières", blank=True)
    health_territories = CodeSetField(value_set="J249", verbose_name="territoires de santé", blank=True)
    family_accommodation = models.BooleanField("hébergement des familles possible", null=True, blank=True)
    temporary_social_aid_places = models.PositiveIntegerField(
        "places d'hébergement temporaire à l'aide sociale", null=True, blank=True
    )
    permanent_social_aid_places = models.PositiveIntegerField(
        "places d'hébergement permanent à l'aide sociale", null=True, blank=True
    )
    accessibility = CodeField(value_set="J50", verbose_name="accessibilité du lieu", null=True, blank=True)
    comment = models.TextField("commentaire", max_length=2000, blank=True)
    search = models.GeneratedField(
        expression=Normalise(Concat("name", Value(" "), "usual_name")),
        output_field=models.TextField(),
        db_persist=True,
        editable=False,
    )

    objects = GovernedManager.from_queryset(GeographicEntityQuerySet)()

    class Meta(Recorded.Meta):
        verbose_name = "établissement (entité géographique)"
        verbose_name_plural = "établissements (entités géographiques)"
        ordering = ["name", "pk"]
        indexes = [
            search_index("geographicentity_search"),
            models.Index(fields=["search", "id"], name="geographicentity_in_order"),
            code_set_index("financial_aids", "geographicentity_aids"),
            prefix_index("siret", "geographicentity_by_siret"),
            models.Index(  # the duty to describe oneself: read whole at each visit, without the rows themselves
                fields=["category", "department"],
                include=["id", "region"],
                condition=Q(closing_type=None, gone_since=None),
                name="geographicentity_followed",
            ),
            models.Index(
                fields=["region", "search", "id"],
                condition=Q(closing_type=None, gone_since=None),
                name="geographicentity_by_region",
            ),
            models.Index(  # the list of those to chase, in order, without the rows that are passed over
                fields=["search", "id", "category"],
                condition=Q(closing_type=None, gone_since=None),
                name="geographicentity_to_follow",
            ),
            models.Index(fields=["region"], include=["id"], name="geographicentity_of_region"),
            models.Index(fields=["region"], condition=Q(gone_since__isnull=False), name="geographicentity_gone"),
        ]
        constraints = [
            luhn_check("geographicentity", "finess", FINESS_SHAPE, unless=Q(finess=None)),
            luhn_check("geographicentity", "siret", r"^[0-9]{14}$", unless=Q(siret="") | Q(siret__startswith=LA_POSTE)),
            models.CheckConstraint(
                condition=Q(siret="") | Q(siret__regex=r"^[0-9]{14}$"), name="geographicentity_siret_14_digits"
            ),
            coordinates_check("geographicentity"),
            models.CheckConstraint(
                condition=Q(office_rank="") | Q(office_rank__regex=RANK_SHAPE),
                name="geographicentity_office_rank_shape",
            ),
            models.CheckConstraint(
                condition=Q(legal_kind__in=LegalKind.values), name="geographicentity_legal_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(closing_date=None) | Q(opening_date=None) | Q(closing_date__gte=models.F("opening_date")),
                name="geographicentity_closes_after_opening",
            ),
            closing_check("geographicentity"),
            postcode_check("geographicentity"),
        ]
        triggers = [
            timestamps(),
            frozen("perimeter_id", "id_nat_struct", "finess", "office_rank"),
            national_identifier("NEW.siret", prefix="3"),
            closes_what_is_below("structures_internalorganization", "geographic_entity_id"),
            closes_what_is_below("structures_offer", "geographic_entity_id", name="closes_offers"),
            only_below_what_is_open("structures_legalentity", "legal_entity_id"),
        ]

    def __str__(self) -> str:
        return self.usual_name or self.name


@tracked()
@guard_codes
class CrisisAnswer(Recorded):
    """Réponses de gestion de crise: ORSAN and landing zone, level 3 (arrêté, article 2, 1°), kept apart from the rest.

    The official code list has no « none », so that the answer and the code are two things.
    """

    class Orsan(models.TextChoices):
        FIRST = "first_line", "Première ligne"
        SECOND = "second_line", "Deuxième ligne"
        NONE = "none", "Non désigné"
        TO_CONFIRM = "to_confirm", "À confirmer par l'ARS"

    ORSAN_CODES = {Orsan.FIRST: "R284:1", Orsan.SECOND: "R284:4"}

    governance = through("geographic_entity__")
    policy_category = "crisis"

    geographic_entity = models.OneToOneField(
        GeographicEntity, models.CASCADE, primary_key=True, related_name="crisis_answer", verbose_name="établissement"
    )
    orsan_answer = models.CharField("désignation ORSAN", max_length=12, choices=Orsan, blank=True)
    orsan_level = CodeField(value_set="J204", verbose_name="niveau de recours ORSAN", null=True, blank=True)
    landing_zone = models.BooleanField("zone de poser pour hélicoptère", null=True, blank=True)

    class Meta(Recorded.Meta):
        verbose_name = "réponses de gestion de crise"
        verbose_name_plural = "réponses de gestion de crise"
        constraints = [
            models.CheckConstraint(
                condition=Q(orsan_answer="first_line", orsan_level__isnull=False, orsan_level="R284:1")
                | Q(orsan_answer="second_line", orsan_level__isnull=False, orsan_level="R284:4")
                | Q(orsan_answer__in=["", "none", "to_confirm"], orsan_level=None),
                name="crisisanswer_orsan_answer_and_code_agree",
            ),
        ]
        triggers = [timestamps()]

    def __str__(self) -> str:
        return "Réponses de gestion de crise"
