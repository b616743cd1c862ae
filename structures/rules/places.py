"""Rules of the places of an offer, their dwellings and their equipment."""

from collections.abc import Iterator

from structures.document import Document
from structures.findings import Effect, Finding
from structures.rules.book import Facts, because, norm, portal, rule


@rule(7)
def address(document: Document, facts: Facts) -> Iterator[Finding]:
    if not document["places"]:
        yield because(7, "places", "Indiquez l'adresse où l'offre est réalisée.")
    for row in document["places"]:
        path = f"places.{row['id']}"
        if not row.get("commune"):
            yield because(7, f"{path}.commune", "Indiquez la commune.")
        if not row.get("postcode"):
            yield because(7, f"{path}.postcode", "Indiquez le code postal.")
        if not (row.get("street_name") or row.get("place_name")):
            yield because(7, f"{path}.street_name", "Indiquez le nom de la voie, ou le lieu-dit.")


@rule(102)
def postcode_of_the_commune(document: Document, facts: Facts) -> Iterator[Finding]:
    """The portal's own warning: a commune chosen by mistake sends people to the wrong place. A CEDEX is not checked."""
    for row in document["places"]:
        name, postcodes = facts.communes.get(row.get("commune"), ("", ()))
        cedex = "CEDEX" in str(row.get("locality") or "").upper()
        if not postcodes or cedex or not row.get("postcode") or row["postcode"] in postcodes:
            continue
        yield portal(
            102,
            f"places.{row['id']}.commune",
            f"Le code postal {row['postcode']} n'est pas celui de la commune choisie, {name} "
            f"({', '.join(postcodes)}) : vérifiez l'un et l'autre.",
        )


@rule(104)
def complete_rows(document: Document, facts: Facts) -> Iterator[Finding]:
    """RG_EXP_002: a row without what makes it one says nothing."""
    for place in document["places"]:
        path = f"places.{place['id']}"
        for row in place["housing"]:
            if not row.get("residential_type"):
                yield norm(2, f"{path}.housing.{row['id']}.residential_type", "Choisissez le type d'habitation.")
        for row in place["equipment"]:
            if not row.get("equipment_type"):
                yield norm(2, f"{path}.equipment.{row['id']}.equipment_type", "Choisissez l'équipement.")
            for limit in row["limits"]:
                yield from _limit(limit, f"{path}.equipment.{row['id']}.limits.{limit['id']}")
        if (place.get("latitude") is None) != (place.get("longitude") is None):
            missing = "latitude" if place.get("latitude") is None else "longitude"
            yield norm(2, f"{path}.{missing}", "Indiquez la latitude et la longitude, ou aucune des deux.")
    for row in document["mailboxes"]:
        if not row.get("address"):
            yield norm(2, f"mailboxes.{row['id']}.address", "Indiquez l'adresse de cette boîte, ou retirez-la.")


@rule(105)
def said_once(document: Document, facts: Facts) -> Iterator[Finding]:
    """The portal's own: one place says each type of dwelling, of equipment, and each synchronisation key once."""
    for place in document["places"]:
        for name, datum in (("housing", "residential_type"), ("equipment", "equipment_type")):
            for row in _repeated(place[name], datum):
                path = f"places.{place['id']}.{name}.{row['id']}.{datum}"
                yield portal(105, path, "Ce type figure deux fois pour ce lieu : gardez une ligne.", Effect.BLOCKS)
    for place in _repeated(document["places"], "external_sync_id"):
        path = f"places.{place['id']}.external_sync_id"
        yield portal(105, path, "Deux lieux ont le même identifiant de synchronisation.", Effect.BLOCKS)


def _repeated(rows: list[Document], datum: str) -> Iterator[Document]:
    """The rows whose value of `datum` another one before them has too."""
    seen = set()
    for row in rows:
        value = row.get(datum)
        if value and value in seen:
            yield row
        seen.add(value)


def _limit(limit: Document, path: str) -> Iterator[Finding]:
    words = {
        "feature": "Choisissez la caractéristique limitée.",
        "value": "Indiquez la valeur limite.",
        "unit": "Choisissez l'unité.",
    }
    for name, message in words.items():
        if limit.get(name) is None:
            yield norm(2, f"{path}.{name}", message)
