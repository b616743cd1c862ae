"""What several classes of the exposition model share."""

from typing import Self

import pgtrigger
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, Upper

from confidentiality import viewer
from confidentiality.governed import GovernedManager, GovernedModel, GovernedQuerySet
from confidentiality.models import Perimeter, organizations_below
from ror.reference.fields import CodeField
from ror.reference.functions import Luhn
from ror.reference.models import Commune

FINESS_SHAPE = r"^[0-9][0-9AB][0-9]{7}$"
LA_POSTE = "356000000"  # its SIRET do not follow Luhn
RANK_SHAPE = r"^([0-9]{14}|[0-9A-Z]{11})$"  # RPPS-rang, ADELI-rang
DEFINITIVE = "R286:DEF"
CODES_WITH_REOPENING = ["R286:PRO", "R286:PRE"]


class RecordedQuerySet(GovernedQuerySet):
    def within(self, perimeter: Perimeter) -> Self:
        """The rows that lie below this perimeter, organisations below an organisation included.

        It chooses, and discloses nothing: `visible_to` still says who may read what is chosen.
        """
        if perimeter.kind == viewer.NATION:
            return self.all()
        keys = {perimeter.key}
        if perimeter.kind == viewer.INTERNAL_ORGANIZATION:
            keys = organizations_below(keys)[perimeter.pk]
        return self.filter(viewer.governed_by(self.model.governance, perimeter.kind, keys))


class ClosableQuerySet(RecordedQuerySet):
    def open(self) -> Self:
        """What is neither closed nor announced to be: only there may something open be added."""
        return self.filter(closing_type=None)


class Recorded(GovernedModel):
    """Métadonnée: creation and last change, kept by the database to the second (RG_EXP_020, 023 to 025)."""

    created_at = models.DateTimeField("créé le", db_default=Now(), editable=False)
    updated_at = models.DateTimeField("mis à jour le", db_default=Now(), editable=False)

    objects = GovernedManager.from_queryset(RecordedQuerySet)()

    class Meta(GovernedModel.Meta):
        abstract = True


class Address(models.Model):
    """Adresse, in the parts of the official model (lines of NF Z 10-011)."""

    delivery_point = models.CharField("point de remise (étage, appartement, chez…)", max_length=120, blank=True)
    address_complement = models.CharField("bâtiment, entrée, résidence", max_length=120, blank=True)
    street_number = models.CharField("numéro", max_length=10, blank=True)
    street_number_suffix = models.CharField("indice de répétition", max_length=10, blank=True)
    street_type = CodeField(value_set="J219", verbose_name="type de voie", null=True, blank=True)
    street_name = models.CharField("nom de la voie", max_length=120, blank=True)
    place_name = models.CharField("lieu-dit", max_length=120, blank=True)
    postal_box = models.CharField("boîte postale (BP, CS, TSA)", max_length=80, blank=True)
    postcode = models.CharField("code postal", max_length=5, blank=True)
    locality = models.CharField("localité", max_length=80, blank=True)
    commune = models.ForeignKey(
        Commune, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="commune"
    )

    class Meta:
        abstract = True


class Position(models.Model):
    """Coordonnée géographique, WGS84 in decimal degrees, and whether it can be trusted."""

    latitude = models.DecimalField("latitude", max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField("longitude", max_digits=9, decimal_places=6, null=True, blank=True)
    coordinates_reliable = models.BooleanField("coordonnées fiables", null=True, blank=True)

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


def coordinates_check(model: str) -> models.CheckConstraint:
    """Both coordinates or none, within the globe."""
    return models.CheckConstraint(
        condition=Q(latitude=None, longitude=None)
        | Q(
            latitude__isnull=False,  # a comparison with nothing is unknown, and what is unknown passes
            longitude__isnull=False,
            latitude__gte=-90,
            latitude__lte=90,
            longitude__gte=-180,
            longitude__lte=180,
        ),
        name=f"{model}_coordinates_both_in_range",
    )


def closing_check(model: str) -> models.CheckConstraint:
    """RG_EXP_043: a closing date if and only if a closing type."""
    return models.CheckConstraint(
        condition=Q(closing_type=None, closing_date=None) | Q(closing_type__isnull=False, closing_date__isnull=False),
        name=f"{model}_closing_type_with_date",
    )


def reopening_check(model: str) -> models.CheckConstraint:
    """RG_EXP_045 and 046: a reopening date for a temporary closing only, not before it."""
    return models.CheckConstraint(
        condition=Q(reopening_date=None)
        | Q(
            closing_type__isnull=False,  # IN alone is unknown for an open row, and what is unknown passes
            closing_type__in=CODES_WITH_REOPENING,
            reopening_date__gte=F("closing_date"),
        ),
        name=f"{model}_reopening_only_after_temporary_closing",
    )


def numbered_by_region(sequence: str) -> pgtrigger.Trigger:
    """`identifier` is `region/number`: given by the database, never reused (identifiantOffre, identifiantOI)."""
    return pgtrigger.Trigger(
        name="identifier",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
            NEW.identifier = COALESCE(
                (SELECT region_id FROM structures_geographicentity WHERE id = NEW.geographic_entity_id), '00'
            ) || '/' || nextval('{sequence}');
            RETURN NEW;
        """,
    )


def search_index(name: str) -> GinIndex:
    """Substring search on the normalised name."""
    return GinIndex(OpClass(F("search"), name="gin_trgm_ops"), name=name)


def text_index(field: str, name: str) -> GinIndex:
    """Substring search on a text as it is typed (`icontains`)."""
    return GinIndex(OpClass(Upper(field), name="gin_trgm_ops"), name=name)


def prefix_index(field: str, name: str) -> models.Index:
    """Search of a number by its first characters (`startswith`)."""
    return models.Index(OpClass(F(field), name="varchar_pattern_ops"), name=name)


def through(prefix: str = "", organization: str | tuple[str, ...] = ()) -> dict[str, str | tuple[str, ...]]:
    """How a row that leads to its geographic entity by `prefix` meets each kind of perimeter (design §5).

    `organization` is the lookup that leads to its internal organisation, when it has one.
    """
    lookups: dict[str, str | tuple[str, ...]] = {
        viewer.REGION: f"{prefix}region_id",
        viewer.DEPARTMENT: f"{prefix}department_id",
        viewer.LEGAL_ENTITY: f"{prefix}legal_entity__perimeter_id",
        viewer.GEOGRAPHIC_ENTITY: f"{prefix}perimeter_id",
    }
    if organization:
        lookups[viewer.INTERNAL_ORGANIZATION] = organization
    return lookups
