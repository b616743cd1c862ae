"""Entité juridique (EJ)."""

from django.db import models
from django.db.models import Q

from confidentiality import viewer
from confidentiality.governed import GovernedManager
from confidentiality.models import Perimeter
from ror.history import frozen, timestamps, tracked
from ror.reference.fields import CodeField, guard_codes
from ror.reference.functions import Normalise
from ror.reference.models import Department, Region
from structures.models.base import (
    FINESS_SHAPE,
    RANK_SHAPE,
    Address,
    ClosableQuerySet,
    Recorded,
    closing_check,
    luhn_check,
    postcode_check,
    prefix_index,
    search_index,
)
from structures.models.triggers import closes_what_is_below, national_identifier


@tracked(exclude=["search"])
@guard_codes
class LegalEntity(Address, Recorded):
    """Entité juridique: the legal person. Identity comes from its register and is read-only here."""

    governance = {viewer.LEGAL_ENTITY: "perimeter_id", viewer.REGION: "region_id"}
    policy_category = "identification"

    perimeter = models.OneToOneField(Perimeter, models.PROTECT, editable=False, verbose_name="périmètre")
    id_nat_struct = models.CharField("identifiant national", max_length=15, unique=True, editable=False)
    finess = models.CharField(  # noqa: DJ001  unique, and absent for an office outside FINESS
        "numéro FINESS", max_length=9, null=True, unique=True, editable=False
    )
    siren = models.CharField("numéro SIREN", max_length=9, blank=True, editable=False)
    office_rank = models.CharField("numéro RPPS-rang ou ADELI-rang", max_length=14, blank=True, editable=False)
    legal_name = models.CharField("raison sociale", max_length=200, blank=True)
    legal_name_complement = models.CharField("complément de raison sociale", max_length=200, blank=True)
    legal_status = CodeField(value_set="J199", verbose_name="statut juridique", null=True, blank=True)
    legal_status_group = CodeField(
        value_set="J200", verbose_name="regroupement du statut juridique", null=True, blank=True
    )
    register_status_code = models.CharField("statut juridique au registre (code)", max_length=10, blank=True)
    register_status_label = models.CharField("statut juridique au registre", max_length=200, blank=True)
    register_phone = models.CharField("téléphone au registre", max_length=30, blank=True)
    creation_date = models.DateField("date de création", null=True, blank=True)
    closing_date = models.DateField("date de fermeture", null=True, blank=True)
    closing_type = CodeField(value_set="J201", verbose_name="type de fermeture", null=True, blank=True)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="département"
    )
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="région")
    number_only = models.BooleanField("connue par son seul numéro", default=False)
    gone_since = models.DateField("absente du registre depuis le", null=True, blank=True)
    search = models.GeneratedField(
        expression=Normalise("legal_name"), output_field=models.TextField(), db_persist=True, editable=False
    )

    objects = GovernedManager.from_queryset(ClosableQuerySet)()

    class Meta(Recorded.Meta):
        verbose_name = "entité juridique"
        verbose_name_plural = "entités juridiques"
        ordering = ["legal_name", "pk"]
        indexes = [search_index("legalentity_search"), prefix_index("siren", "legalentity_by_siren")]
        constraints = [
            luhn_check("legalentity", "finess", FINESS_SHAPE, unless=Q(finess=None)),
            luhn_check("legalentity", "siren", r"^[0-9]{9}$", unless=Q(siren="")),
            postcode_check("legalentity"),
            models.CheckConstraint(
                condition=Q(office_rank="") | Q(office_rank__regex=RANK_SHAPE), name="legalentity_office_rank_shape"
            ),
            closing_check("legalentity"),
        ]
        triggers = [
            timestamps(),
            frozen("perimeter_id", "id_nat_struct", "finess", "office_rank"),
            national_identifier("NEW.siren", prefix="2"),
            closes_what_is_below("structures_geographicentity", "legal_entity_id"),
        ]

    def __str__(self) -> str:
        return self.legal_name or f"Entité juridique {self.finess}"
