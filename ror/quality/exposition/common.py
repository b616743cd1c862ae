"""Rules of every class: what is mandatory, when it was created and changed."""

import re
from collections.abc import Iterator

from django.apps import apps
from django.db.models import Exists, F, OuterRef, Q
from pghistory.core import event_models

from ror.quality.exposition.guards import Constraint, Everywhere, Function, Given, NotNull, Trigger
from ror.quality.exposition.rule import ExpositionRule, Sql, rows
from structures.models import BedCapacity, Contact, Offer, OfferActivity, OfferPlace, Place, Tariff, Telecom
from structures.models.base import Recorded

TESTS = "tests/quality/test_rg_common.py"
DATES = ("created_at", "updated_at")
OFFER = ("name", "activity_field", "care_mode", "age_min", "age_min_unit", "age_max", "age_max_unit")
# The parent, its key and the child's column, as the triggers of `ror.history.touches` name them.
TOUCHED = re.compile(r'UPDATE "(\w+)" .*?WHERE "(\w+)" IN \(SELECT "(\w+)" FROM', re.DOTALL)
BEDS = ("nature", "status", "temporality", "number", "source", "counted_at")


def recorded() -> Iterator[type[Recorded]]:
    """The models of every class of the exposition model."""
    return (model for model in apps.get_models() if issubclass(model, Recorded))


def with_trigger(prefix: str) -> Iterator[Trigger]:
    """The triggers of these models whose name starts so."""
    for model in recorded():
        for trigger in model._meta.triggers:
            if trigger.name.startswith(prefix):
                yield Trigger(model, trigger.name)


def changed_after_their_date() -> Iterator[Sql]:
    """Rows that the history saw change later than they say."""
    for event in event_models():
        model = event.pgh_tracked_model
        if issubclass(model, Recorded):
            yield Sql(
                f'SELECT DISTINCT row."{model._meta.pk.column}" FROM "{event._meta.db_table}" AS event'
                f' JOIN "{model._meta.db_table}" AS row ON row."{model._meta.pk.column}" = event.pgh_obj_id'
                " WHERE event.pgh_label = 'update' AND event.pgh_created_at > row.updated_at"
            )


def parents_untouched() -> Iterator[Sql]:
    """Rows that something left later than they say."""
    for event in event_models():
        for trigger in event.pgh_tracked_model._meta.triggers:
            if not trigger.name.startswith("touches"):
                continue
            parent, key, column = TOUCHED.search(trigger.func).groups()
            yield Sql(
                f'SELECT DISTINCT parent."{key}" FROM "{event._meta.db_table}" AS event'
                f' JOIN "{parent}" AS parent ON parent."{key}" = event."{column}"'
                " WHERE event.pgh_label = 'delete' AND event.pgh_created_at > parent.updated_at"
            )


RULES = (
    ExpositionRule(
        "002",
        "Un objet sans une donnée obligatoire n'est pas transmis, ni ce qui en dépend.",
        (
            NotNull(Offer, OFFER),
            NotNull(OfferActivity, ("activity",)),
            NotNull(BedCapacity, BEDS),
            NotNull(Contact, ("level",)),
            NotNull(Telecom, ("channel", "address", "level")),
            NotNull(Tariff, ("kind", "amount", "unit")),
            Constraint("place_commune_required"),
            Constraint("offer_name_not_empty"),
            Constraint("internalorganization_name_not_empty"),
            Constraint("telecom_address_not_empty"),
            Constraint("tariff_says_what_its_kind_says"),
            Function("structures.rules.offer.at_least_one_activity"),
            Function("structures.rules.places.address"),
            Function("structures.rules.places.complete_rows"),
            Function("structures.rules.establishment.complete_tariffs"),
        ),
        f"{TESTS}::test_rg_exp_002_nothing_enters_without_its_mandatory_data",
        lambda: [
            rows(Offer).filter(name=""),
            rows(Offer).exclude(Exists(rows(OfferActivity).filter(offer=OuterRef("pk")))),
            rows(Offer).exclude(Exists(rows(OfferPlace).filter(offer=OuterRef("pk")))),
            rows(Place).filter(commune=None),
            rows(Telecom).filter(address=""),
        ],
    ),
    ExpositionRule(
        "020",
        "Chaque objet porte sa date de création et sa date de mise à jour.",
        (Everywhere("dates obligatoires", tuple(NotNull(model, DATES) for model in recorded())),),
        f"{TESTS}::test_rg_exp_020_every_row_has_its_dates",
        lambda: [rows(model).filter(Q(created_at=None) | Q(updated_at=None)) for model in recorded()],
    ),
    ExpositionRule(
        "023",
        "À la création, les deux dates sont les mêmes.",
        (Everywhere("dates données par la base", tuple(Given(model, DATES) for model in recorded())),),
        f"{TESTS}::test_rg_exp_023_both_dates_are_the_same_at_first",
        lambda: [rows(model).filter(updated_at__lt=F("created_at")) for model in recorded()],
    ),
    ExpositionRule(
        "024",
        "Toute modification d'un objet change sa date de mise à jour.",
        (Everywhere("déclencheur updated_at", tuple(with_trigger("updated_at"))),),
        f"{TESTS}::test_rg_exp_024_every_change_moves_the_date",
        changed_after_their_date,
    ),
    ExpositionRule(
        "025",
        "La suppression d'un objet change la date de mise à jour de l'objet qui le porte.",
        (Everywhere("déclencheur touches", tuple(with_trigger("touches"))),),
        f"{TESTS}::test_rg_exp_025_a_deletion_moves_the_date_of_its_parent",
        parents_untouched,
    ),
)
