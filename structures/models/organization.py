"""Organisation interne: pôle, structure interne (service), unité fonctionnelle."""

import pgtrigger
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from confidentiality.governed import GovernedManager
from confidentiality.models import Perimeter
from ror.history import frozen, timestamps, tracked
from ror.reference.fields import CodeField, guard_codes
from ror.reference.functions import Normalise
from structures.models.base import (
    ClosableQuerySet,
    Recorded,
    closing_check,
    reopening_check,
    search_index,
    through,
)
from structures.models.geographic_entity import GeographicEntity
from structures.models.triggers import REFUSED, closes_what_is_below, only_below_what_is_open

POLE, SERVICE, UNIT = "R207:1", "R207:2", "R207:3"
TYPES = (POLE, SERVICE, UNIT)


@tracked(exclude=["search"])
@guard_codes
class InternalOrganization(Recorded):
    """Organisation interne of one establishment: a tree, pôle above structure interne above unité fonctionnelle.

    `identifier` is identifiantOI (`region/number`), and `perimeter` its own perimeter with the tree of those above;
    the database gives both, and neither ever changes.
    """

    governance = through("geographic_entity__", organization="perimeter_id")

    perimeter = models.OneToOneField(Perimeter, models.PROTECT, editable=False, db_default=None, null=True)
    identifier = models.CharField("identifiant", max_length=20, unique=True, editable=False, db_default="")
    geographic_entity = models.ForeignKey(
        GeographicEntity, models.PROTECT, related_name="organizations", verbose_name="établissement"
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="below", verbose_name="rattachée à"
    )
    type = CodeField(value_set="J203", verbose_name="type")
    name = models.CharField("nom", max_length=200)
    opening_date = models.DateField("date d'ouverture", null=True, blank=True)
    closing_type = CodeField(value_set="J185", verbose_name="type de fermeture", null=True, blank=True)
    closing_date = models.DateField("date de fermeture", null=True, blank=True)
    reopening_date = models.DateField("réouverture prévue le", null=True, blank=True)
    comment = models.TextField("commentaire de gestion", max_length=2000, blank=True)
    search = models.GeneratedField(
        expression=Normalise("name"), output_field=models.TextField(), db_persist=True, editable=False
    )

    objects = GovernedManager.from_queryset(ClosableQuerySet)()

    class Meta(Recorded.Meta):
        verbose_name = "organisation interne"
        verbose_name_plural = "organisations internes"
        ordering = ["name", "pk"]
        indexes = [search_index("internalorganization_search")]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="internalorganization_name_not_empty"),
            models.CheckConstraint(condition=Q(type__in=TYPES), name="internalorganization_type_known"),
            models.CheckConstraint(
                condition=Q(closing_date=None) | Q(opening_date=None) | Q(closing_date__gte=F("opening_date")),
                name="internalorganization_closes_after_opening",
            ),
            closing_check("internalorganization"),
            reopening_check("internalorganization"),
        ]
        triggers = [
            timestamps(),
            frozen("identifier", "perimeter_id", "geographic_entity_id"),
            pgtrigger.Trigger(
                name="identifier",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    NEW.identifier = COALESCE(
                        (SELECT region_id FROM structures_geographicentity WHERE id = NEW.geographic_entity_id), '00'
                    ) || '/' || nextval('structures_internal_organization_number');
                    INSERT INTO confidentiality_perimeter (kind, code, parent_id)
                    VALUES (
                        'internal_organization', NEW.identifier,
                        (SELECT perimeter_id FROM structures_internalorganization WHERE id = NEW.parent_id)
                    )
                    RETURNING id INTO NEW.perimeter_id;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="below_a_wider_one",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("parent_id", "type_id"),
                func=f"""
                    IF NEW.parent_id IS NOT NULL AND NOT EXISTS (
                        SELECT FROM structures_internalorganization AS above
                        WHERE above.id = NEW.parent_id AND above.geographic_entity_id = NEW.geographic_entity_id
                            AND above.type_id < NEW.type_id
                    ) THEN
                        RAISE EXCEPTION 'an organisation hangs on a wider one of its establishment'
                        USING ERRCODE = '{REFUSED}';
                    END IF;
                    IF TG_OP = 'UPDATE' AND EXISTS (
                        SELECT FROM structures_internalorganization AS lower
                        WHERE lower.parent_id = NEW.id AND lower.type_id <= NEW.type_id
                    ) THEN
                        RAISE EXCEPTION 'an organisation is wider than those below it' USING ERRCODE = '{REFUSED}';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="perimeter_follows",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("parent_id"),
                condition=pgtrigger.AnyChange("parent_id"),
                func="""
                    UPDATE confidentiality_perimeter SET parent_id =
                        (SELECT perimeter_id FROM structures_internalorganization WHERE id = NEW.parent_id)
                    WHERE id = NEW.perimeter_id;
                    RETURN NULL;
                """,
            ),
            only_below_what_is_open("structures_geographicentity", "geographic_entity_id"),
            only_below_what_is_open("structures_internalorganization", "parent_id", name="only_below_open_parent"),
            closes_what_is_below("structures_internalorganization", "parent_id"),
            closes_what_is_below(
                "structures_offer", "internal_organization_id", key="identifier", name="closes_offers"
            ),
        ]

    def __str__(self) -> str:
        return f"Organisation interne {self.identifier}"

    @property
    def slug(self) -> str:
        """The identifier as it stands in addresses."""
        return self.identifier.replace("/", "-")

    @classmethod
    def sensitive_rows(cls) -> Q:
        """An organisation all of whose own offers are sensitive says what they are: hidden with them."""
        return only_sensitive("pk")


def only_sensitive(organization: str) -> Q:
    """The rows whose organisation (at the lookup `organization`) has offers of its own, all sensitive.

    The other offers are looked for below each sensitive one, which are few: never among those of the whole country.
    """
    from structures.models.offer import Offer

    other = Offer.objects.filter(internal_organization=OuterRef("internal_organization"), sensitive_unit=None)
    sensitive = Offer.objects.filter(internal_organization__pk=OuterRef(organization), sensitive_unit__isnull=False)
    return Q(Exists(sensitive.filter(~Exists(other))))
