"""Tarif: the seven kinds of tariff that an establishment shows; they never belong to an offer."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from ror.history import timestamps, touches, tracked
from ror.reference.fields import CodeField, CodeSetField, guard_codes
from structures.models.geographic_entity import GeographicEntity
from structures.models.offer import EstablishmentRow

SMR_SUPPLEMENT, HOUSING, DEPENDENCE, EXTRA_SERVICE, DAY_CARE, HOME_HELP, MEALS = (
    *("R246:01", "R246:02", "R246:03", "R246:04"),
    *("R246:05", "R246:06", "R246:07"),
)
SINGLE_ROOM = "R242:02"

# What each kind may say besides its amount, unit and date: the attributes of each sub-class of the model.
ATTRIBUTES = {
    HOUSING: (
        *("under_60", "residential_type", "reception_temporality", "condition"),
        *("included_services", "other_included_services"),
    ),
    DAY_CARE: ("condition",),
    DEPENDENCE: ("dependency_group", "reception_temporality"),
    HOME_HELP: ("name", "condition", "management_type"),
    EXTRA_SERVICE: ("additional_service", "other_additional_service"),
    SMR_SUPPLEMENT: ("residential_type",),
    MEALS: ("name", "condition"),
}
REQUIRED = {
    HOUSING: ("under_60", "residential_type", "reception_temporality"),
    DEPENDENCE: ("dependency_group", "reception_temporality"),
    HOME_HELP: ("management_type",),
    SMR_SUPPLEMENT: ("residential_type",),
}
EMPTY = {
    "under_60": Q(under_60=None),
    "residential_type": Q(residential_type=None),
    "reception_temporality": Q(reception_temporality=None),
    "condition": Q(condition=None),
    "included_services": Q(included_services=[]),
    "other_included_services": Q(other_included_services=[]),
    "dependency_group": Q(dependency_group=None),
    "name": Q(name=""),
    "management_type": Q(management_type=None),
    "additional_service": Q(additional_service=None),
    "other_additional_service": Q(other_additional_service=""),
}


def says_what_its_kind_says() -> Q:
    """Each kind has its own attributes, some of them required, and none of the others'."""
    condition = Q()
    for kind, attributes in ATTRIBUTES.items():
        allowed = Q(kind=kind)
        for name, empty in EMPTY.items():
            if name not in attributes:
                allowed &= empty
        for name in REQUIRED.get(kind, ()):
            allowed &= Q(**{f"{name}__isnull": False})
        condition |= allowed
    return condition


@tracked()
@guard_codes
class Tariff(EstablishmentRow):
    """Tarif of an establishment, in euros, tax included; `kind` says which attributes it has."""

    geographic_entity = models.ForeignKey(
        GeographicEntity, models.CASCADE, related_name="tariffs", verbose_name="établissement"
    )
    kind = CodeField(value_set="J36", verbose_name="type de tarif")
    amount = models.DecimalField("montant (euros)", max_digits=9, decimal_places=2)
    unit = CodeField(value_set="J205", verbose_name="unité de prix")
    valid_from = models.DateField("en vigueur depuis le", null=True, blank=True)
    under_60 = models.BooleanField("tarif des moins de 60 ans", null=True, blank=True)
    residential_type = CodeField(value_set="J32", verbose_name="type d'habitation", null=True, blank=True)
    reception_temporality = CodeField(value_set="J30", verbose_name="temporalité d'accueil", null=True, blank=True)
    condition = CodeField(value_set="J39", verbose_name="condition tarifaire", null=True, blank=True)
    included_services = CodeSetField(value_set="J206", verbose_name="prestations incluses", blank=True)
    other_included_services = ArrayField(
        models.CharField(max_length=120), verbose_name="autres prestations incluses", default=list, blank=True
    )
    dependency_group = CodeField(value_set="J27", verbose_name="groupe de dépendance", null=True, blank=True)
    name = models.CharField("nom du tarif", max_length=120, blank=True)
    management_type = CodeField(value_set="J26", verbose_name="mode de gestion", null=True, blank=True)
    additional_service = CodeField(value_set="J206", verbose_name="prestation supplémentaire", null=True, blank=True)
    other_additional_service = models.CharField("autre prestation supplémentaire", max_length=120, blank=True)

    class Meta(EstablishmentRow.Meta):
        verbose_name = "tarif"
        verbose_name_plural = "tarifs"
        ordering = ["kind_id", "residential_type_id", "reception_temporality_id", "dependency_group_id", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="tariff_amount_not_negative"),
            models.CheckConstraint(condition=says_what_its_kind_says(), name="tariff_says_what_its_kind_says"),
            models.CheckConstraint(
                condition=~Q(kind=EXTRA_SERVICE)
                | Q(additional_service__isnull=False, other_additional_service="")
                | (Q(additional_service=None) & ~Q(other_additional_service="")),
                name="tariff_extra_service_named_once",  # RG_EXP_036
            ),
            models.CheckConstraint(
                condition=~Q(kind=SMR_SUPPLEMENT) | Q(residential_type=SINGLE_ROOM),
                name="tariff_supplement_for_single_room",  # RG_EXP_029
            ),
            models.UniqueConstraint(
                fields=["geographic_entity", "under_60", "residential_type", "reception_temporality", "condition"],
                condition=Q(kind=HOUSING),
                nulls_distinct=False,
                name="tariff_one_housing_base",  # RG_EXP_026
            ),
            models.UniqueConstraint(
                fields=[
                    *("geographic_entity", "kind", "unit", "reception_temporality", "condition", "dependency_group"),
                    *("name", "management_type", "additional_service", "other_additional_service"),
                ],
                condition=~Q(kind=HOUSING),
                nulls_distinct=False,
                name="tariff_one_amount_per_combination",  # RG_EXP_027
            ),
        ]
        triggers = [timestamps(), touches("structures_geographicentity", "geographic_entity_id")]

    def __str__(self) -> str:
        return "Tarif"
