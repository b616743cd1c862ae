"""Rules of what an establishment says of itself: its tariffs (those of contacts are in `contacts`)."""

from collections import Counter
from collections.abc import Iterator

from structures.document import Document
from structures.fields import EMPTY
from structures.findings import Effect, Finding
from structures.models.tariff import (
    ATTRIBUTES,
    EXTRA_SERVICE,
    HOUSING,
    REQUIRED,
    SINGLE_ROOM,
    SMR_SUPPLEMENT,
)
from structures.rules.book import ESTABLISHMENT, Facts, norm, portal, rule
from structures.schema import TARIFF

COMMON = ("kind", "amount", "unit", "valid_from")
NEEDED = {
    "kind": "Choisissez le type de tarif.",
    "amount": "Indiquez le montant.",
    "unit": "Choisissez l'unité de prix.",
}
MISSING = "Indiquez cette donnée : elle est demandée pour ce type de tarif."


@rule(106, ESTABLISHMENT)
def complete_tariffs(document: Document, facts: Facts) -> Iterator[Finding]:
    """RG_EXP_002: each kind of tariff has data of its own, some of them mandatory, and none of the others'."""
    for row in document["tariffs"]:
        path = f"tariffs.{row['id']}"
        for name, message in NEEDED.items():
            if row.get(name) in EMPTY:
                yield norm(2, f"{path}.{name}", message)
        kind = row.get("kind")
        for name in REQUIRED.get(kind, ()):
            if row.get(name) in EMPTY:
                yield norm(2, f"{path}.{name}", MISSING)
        for name in TARIFF.fields.keys() - {*COMMON, *ATTRIBUTES.get(kind, TARIFF.fields)}:
            if row.get(name) not in EMPTY:
                yield portal(
                    106, f"{path}.{name}", "Cette donnée ne concerne pas ce type de tarif : videz-la.", Effect.BLOCKS
                )


@rule(126, ESTABLISHMENT)
def one_housing_base(document: Document, facts: Facts) -> Iterator[Finding]:
    names = ("under_60", "residential_type", "reception_temporality", "condition")
    for row in _repeated(document, names, housing=True):
        yield norm(26, f"tariffs.{row['id']}.kind", "Ce forfait socle figure deux fois : gardez une ligne.")


@rule(127, ESTABLISHMENT)
def one_amount_per_combination(document: Document, facts: Facts) -> Iterator[Finding]:
    names = (
        *("kind", "unit", "reception_temporality", "condition", "dependency_group", "name", "management_type"),
        *("additional_service", "other_additional_service"),
    )
    for row in _repeated(document, names, housing=False):
        yield norm(27, f"tariffs.{row['id']}.kind", "Ce tarif figure deux fois : gardez une ligne.")


@rule(129, ESTABLISHMENT)
def supplement_for_single_room(document: Document, facts: Facts) -> Iterator[Finding]:
    for row in document["tariffs"]:
        if row.get("kind") == SMR_SUPPLEMENT and row.get("residential_type") not in (*EMPTY[:2], SINGLE_ROOM):
            yield norm(
                29, f"tariffs.{row['id']}.residential_type", "Ce supplément ne vaut que pour une chambre simple."
            )


@rule(136, ESTABLISHMENT)
def extra_service_named_once(document: Document, facts: Facts) -> Iterator[Finding]:
    for row in document["tariffs"]:
        if row.get("kind") != EXTRA_SERVICE:
            continue
        listed, other = row.get("additional_service"), row.get("other_additional_service")
        path = f"tariffs.{row['id']}.additional_service"
        if listed and other:
            yield norm(36, path, "Choisissez la prestation dans la liste, ou nommez-en une autre, pas les deux.")
        elif not listed and not other:
            yield norm(36, path, "Choisissez la prestation dans la liste, ou nommez-en une autre.")


def _repeated(document: Document, names: tuple[str, ...], *, housing: bool) -> Iterator[Document]:
    """The tariffs, of housing or others, that another one equals in all of `names`."""
    rows = [row for row in document["tariffs"] if row.get("kind") and (row["kind"] == HOUSING) is housing]
    counted = Counter(_key(row, names) for row in rows)
    return (row for row in rows if counted[_key(row, names)] > 1)


def _key(row: Document, names: tuple[str, ...]) -> tuple:
    return tuple(None if row.get(name) in EMPTY else row[name] for name in names)
