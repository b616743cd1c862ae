"""What several classes of the exposition model share."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from confidentiality import viewer
from confidentiality.governed import GovernedModel
from ror.reference.fields import CodeField
from ror.reference.functions import Luhn
from ror.reference.models import Commune

FINESS_SHAPE = r"^[0-9][0-9AB][0-9]{7}$"
LA_POSTE = "356000000"  # its SIRET do not follow Luhn


class Recorded(GovernedModel):
    """Métadonnée: creation and last change, kept by the database to the second (RG_EXP_020, 023 to 025)."""

    created_at = models.DateTimeField("créé le", db_default=Now(), editable=False)
    updated_at = models.DateTimeField("mis à jour le", db_default=Now(), editable=False)

    class Meta(GovernedModel.Meta):
        abstract = True


class Address(models.Model):
    """Adresse, in the parts of the official model that an envelope needs."""

    street_number = models.CharField("numéro", max_length=10, blank=True)
    street_number_suffix = models.CharField("indice de répétition", max_length=10, blank=True)
    street_type = CodeField(value_set="J219", verbose_name="type de voie", null=True, blank=True)
    street_name = models.CharField("nom de la voie", max_length=120, blank=True)
    place_name = models.CharField("lieu-dit ou boîte postale", max_length=120, blank=True)
    address_complement = models.CharField("complément d'adresse", max_length=120, blank=True)
    postcode = models.CharField("code postal", max_length=5, blank=True)
    locality = models.CharField("localité", max_length=80, blank=True)
    commune = models.ForeignKey(
        Commune, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="commune"
    )

    class Meta:
        abstract = True


def postcode_check(model: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(postcode="") | Q(postcode__regex=r"^[0-9]{5}$"), name=f"{model}_postcode_five_digits"
    )


def luhn_check(model: str, field: str, pattern: str, *, unless: Q) -> models.CheckConstraint:
    """The identifier has the shape of `pattern` and a right Luhn key, `unless` it is empty or exempt."""
    return models.CheckConstraint(
        condition=unless | (Q(**{f"{field}__regex": pattern}) & Q(Luhn(field))), name=f"{model}_{field}_key"
    )


def closing_check(model: str) -> models.CheckConstraint:
    """RG_EXP_043: a closing date if and only if a closing type."""
    return models.CheckConstraint(
        condition=Q(closing_type=None, closing_date=None) | Q(closing_type__isnull=False, closing_date__isnull=False),
        name=f"{model}_closing_type_with_date",
    )


def search_index(name: str) -> GinIndex:
    """Substring search on the normalised name."""
    return GinIndex(OpClass(F("search"), name="gin_trgm_ops"), name=name)


def through(prefix: str = "") -> dict[str, str]:
    """How a row that leads to its geographic entity by `prefix` meets each kind of perimeter (design §5)."""
    return {
        viewer.REGION: f"{prefix}region_id",
        viewer.DEPARTMENT: f"{prefix}department_id",
        viewer.LEGAL_ENTITY: f"{prefix}legal_entity__perimeter_id",
        viewer.GEOGRAPHIC_ENTITY: f"{prefix}perimeter_id",
    }
