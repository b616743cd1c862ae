"""Between the rows of the record and the documents: read one from the other, write one into the other.

Only `structures.publishing` and `structures.establishments` write here. Every read is of one offer or establishment at
a time, for the portal's own work; what people see goes through `confidentiality.disclosure`.
"""

import copy
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import Exists, Model, OuterRef

from structures.document import Document, new_id, to_json, walk
from structures.findings import Effect, Finding
from structures.merging import same_row
from structures.models import (
    BedCapacity,
    CareCapacity,
    GeographicEntity,
    Offer,
    OfferExpertise,
    OfferPlace,
    OutsideOfficeActs,
    Place,
    SensitiveUnit,
)
from structures.schema import ESTABLISHMENT, OFFER, Rows
from structures.storing import REASON, assign, read_rows, row_of, set_row, taken, value_of, write_below, write_rows
from structures.tables import ESTABLISHMENT_TABLES, OFFER_TABLES, PLACES

SENSITIVITY_FIELDS = ("sensitive", "sensitive_motive")
# The sets of codes that stand in tables of their own, because they are not level 1 everywhere.
EXPERTISE: dict[type[Model], tuple[str, ...]] = {
    OfferExpertise: ("specific_acts", "specialisations", "resource_professions", "specific_competences"),
    OutsideOfficeActs: ("outside_office_acts",),
}
EXPERTISE_FIELDS = tuple(name for names in EXPERTISE.values() for name in names)
OFFER_FIELDS = [name for name in OFFER.fields if name not in (*SENSITIVITY_FIELDS, *EXPERTISE_FIELDS)]


def read_document(offer: Offer) -> Document:
    """The published document of `offer`, in canonical form, read afresh whatever the age of the instance."""
    found = read_documents([offer.pk])
    if offer.pk not in found:
        raise Offer.DoesNotExist
    return found[offer.pk]


def read_documents(keys: Collection[int]) -> dict[int, Document]:
    """The published documents of these offers, by key. 14 queries at most, whatever the number of offers and rows."""
    offers = {offer.pk: offer for offer in Offer.objects.trusted(REASON).filter(pk__in=keys)}
    units = {unit.pk: unit for unit in SensitiveUnit.objects.trusted(REASON).filter(pk__in=offers)}
    apart = {model: {row.pk: row for row in model.objects.trusted(REASON).filter(pk__in=offers)} for model in EXPERTISE}
    lists = {name: read_rows(table, offers) for name, table in OFFER_TABLES.items()}
    places = _places_of(list(offers))
    documents = {}
    for key, offer in offers.items():
        document = {name: value_of(offer, name) for name in OFFER_FIELDS}
        document["sensitive"] = key in units
        document["sensitive_motive"] = to_json(units[key].motive) if key in units else None
        for model, names in EXPERTISE.items():
            row = apart[model].get(key) or model()
            document |= {name: value_of(row, name) for name in names}
        document |= {name: rows[key] for name, rows in lists.items()}
        documents[key] = document | {"places": places[key]}
    return documents


def fill(offer: Offer, document: Document) -> None:
    """Set the offer's own columns from the document."""
    for name in OFFER_FIELDS:
        assign(offer, name, document.get(name))


def write_children(offer: Offer, document: Document) -> None:
    """Make the rows below `offer` say what the document says, in sets."""
    columns = {"geographic_entity_id": offer.geographic_entity_id}
    sensitive = document.get("sensitive") is True
    _write_sensitivity(offer, document)
    _write_expertise(offer, document)
    for name, table in OFFER_TABLES.items():
        write_rows(table, {offer.pk: document[name]}, columns, sensitive=sensitive)
    _write_places(offer, _own_places(offer, document["places"]), columns, sensitive=sensitive)


def read_establishment_document(entity: GeographicEntity) -> Document:
    """What `entity` says of itself, in canonical form. 4 queries."""
    entity = GeographicEntity.objects.trusted(REASON).get(pk=entity.pk)
    document = {name: value_of(entity, name) for name in ESTABLISHMENT.fields}
    for name, table in ESTABLISHMENT_TABLES.items():
        document[name] = read_rows(table, [entity.pk])[entity.pk]
    return document


def write_establishment(entity: GeographicEntity, document: Document) -> None:
    """Make the columns and rows of `entity` say what the document says, register data apart."""
    for name in ESTABLISHMENT.fields:
        assign(entity, name, document.get(name))
    entity.save(update_fields=[*ESTABLISHMENT.fields])
    for name, table in ESTABLISHMENT_TABLES.items():
        write_rows(table, {entity.pk: document[name]}, {"geographic_entity_id": entity.pk}, sensitive=False)


def foreign_rows(document: Document, offer: Offer | None, entity: GeographicEntity) -> list[Finding]:
    """A finding for each row whose id belongs to another offer: a forged or copied id is never adopted."""
    owners = [offer.pk] if offer and offer.pk else []
    strange = [key for name, table in OFFER_TABLES.items() for key in taken(table, document[name], owners)]
    strange += taken(PLACES, document["places"], [entity.pk])
    return _not_recognised(strange, document, OFFER)


def foreign_establishment_rows(document: Document, entity: GeographicEntity) -> list[Finding]:
    """The same for an establishment."""
    strange = [key for name, table in ESTABLISHMENT_TABLES.items() for key in taken(table, document[name], [entity.pk])]
    return _not_recognised(strange, document, ESTABLISHMENT)


def sync_ids_taken(document: Document, entity: GeographicEntity) -> list[Finding]:
    """A finding for each synchronisation key that another place of the establishment has: software would mix them."""
    wanted = {row["external_sync_id"]: row["id"] for row in document["places"] if row.get("external_sync_id")}
    if not wanted:
        return []
    others = Place.objects.trusted(REASON).filter(geographic_entity=entity, external_sync_id__in=wanted)
    others = others.exclude(pk__in=[row["id"] for row in document["places"]])
    message = "Un autre lieu de l'établissement a déjà cet identifiant : choisissez-en un autre, ou videz-le."
    return [
        Finding(f"places.{wanted[key]}.external_sync_id", message, "règle du portail", rule="105")
        for key in others.values_list("external_sync_id", flat=True)
    ]


def beds_withdrawn(document: Document, offer: Offer | None) -> list[Finding]:
    """A warning when a place that leaves the offer takes figures of beds and places with it."""
    if offer is None or not offer.pk:
        return []
    kept = [row["id"] for row in document["places"]]
    links = OfferPlace.objects.trusted(REASON).filter(offer=offer).exclude(place__in=kept)
    elsewhere = OfferPlace.objects.trusted(REASON).filter(place=OuterRef("place")).exclude(offer=offer)
    lost = CareCapacity.objects.trusted(REASON).filter(place__in=links.exclude(Exists(elsewhere)).values("place"))
    if not lost.exists():
        return []
    message = "Un lieu retiré porte des lits ou des places : leurs chiffres seront retirés avec lui."
    return [Finding("places", message, "règle du portail", Effect.WARNS, "107")]


def _not_recognised(ids: list[str], document: Document, schema: Rows) -> list[Finding]:
    paths = {row["id"]: path for path, _, row in walk(document, schema) if path}
    message = "Cette ligne n'a pas été reconnue : retirez-la et ajoutez-la de nouveau."
    return [Finding(paths[key], message, "règle du portail") for key in ids]


def _places(places: list[Place]) -> list[Document]:
    """The documents of these places, in their order."""
    below = {name: read_rows(table, [place.pk for place in places]) for name, table in PLACES.below.items()}
    return [row_of(place, PLACES.schema) | {name: rows[place.pk] for name, rows in below.items()} for place in places]


def _places_of(offers: list[int]) -> dict[int, list[Document]]:
    """The places of each of these offers, in its order; one that several share is in each."""
    links = OfferPlace.objects.trusted(REASON).filter(offer__in=offers).order_by("position", "place_id")
    pairs = list(links.values_list("offer", "place"))
    stored = Place.objects.trusted(REASON).filter(pk__in={place for _, place in pairs})
    rows = {row["id"]: row for row in _places(list(stored))}
    found: dict[int, list[Document]] = {offer: [] for offer in offers}
    for offer, place in pairs:
        found[offer].append(copy.deepcopy(rows[str(place)]))
    return found


def _write_sensitivity(offer: Offer, document: Document) -> None:
    units = SensitiveUnit.objects.trusted(REASON).filter(offer=offer)
    if document.get("sensitive") is not True:
        units.delete_rows()
        return
    motive = document.get("sensitive_motive") or ""
    if not units.update(motive=motive):
        SensitiveUnit.objects.trusted(REASON).create(offer=offer, motive=motive)


def _write_expertise(offer: Offer, document: Document) -> None:
    for model, names in EXPERTISE.items():
        values = {name: document.get(name) or [] for name in names}
        _write_apart(model, offer, values)


def _write_apart(model: type[Model], offer: Offer, values: dict[str, list[str]]) -> None:
    """A row of its own only when there is something to say: most offers have none."""
    rows = model.objects.trusted(REASON).filter(offer=offer)
    if not any(values.values()):
        rows.delete_rows()
        return
    columns = {**values, "geographic_entity_id": offer.geographic_entity_id}
    stored = rows.first()
    if stored is None:
        model.objects.trusted(REASON).create(offer=offer, **columns)
    elif any(getattr(stored, name) != value for name, value in columns.items()):
        rows.update(**columns)


def _write_places(offer: Offer, rows: list[Document], columns: dict[str, Any], *, sensitive: bool) -> None:
    linked = {str(link.place_id): link for link in OfferPlace.objects.trusted(REASON).filter(offer=offer)}
    wanted = {row["id"]: row for row in rows}
    dropped = [key for key in linked if key not in wanted]
    OfferPlace.objects.trusted(REASON).filter(offer=offer, place_id__in=dropped).delete_rows()
    orphans = Place.objects.trusted(REASON).filter(pk__in=dropped, offer_links=None)
    _delete_places(list(orphans.values_list("pk", flat=True)), columns)
    existing = Place.objects.trusted(REASON).filter(pk__in=wanted)  # those that another offer has already too
    _write_place_rows({str(place.pk): place for place in existing}, wanted, columns, sensitive=sensitive)
    links = [
        OfferPlace(offer=offer, place_id=key, position=position, **columns)
        for position, key in enumerate(wanted)
        if key not in linked
    ]
    OfferPlace.objects.trusted(REASON).bulk_create(links)
    give_places_their_organization(list(wanted))


def _write_place_rows(
    stored: dict[str, Place], wanted: dict[str, Document], columns: dict[str, Any], *, sensitive: bool
) -> None:
    added, changed = [], []
    for key, row in wanted.items():
        place = stored.get(key) or Place(pk=key)
        if set_row(place, row, PLACES.schema, columns, sensitive=sensitive):
            (changed if key in stored else added).append(place)
    Place.objects.trusted(REASON).bulk_create(added)
    if changed:
        Place.objects.trusted(REASON).bulk_update(changed, [*PLACES.schema.fields, "geographic_entity"])
    write_below(PLACES, wanted, stored, columns, sensitive=sensitive)


def add_place(offer: Offer, place: Place) -> None:
    """Give `offer` in `place` too, after its other places."""
    links = OfferPlace.objects.trusted(REASON)
    links.create(
        offer=offer,
        place=place,
        position=links.filter(offer=offer).count(),
        geographic_entity_id=place.geographic_entity_id,
    )
    give_places_their_organization([str(place.pk)])


def give_places_their_organization(places: list[str]) -> None:
    """The organisation of a place is that of its offers, when it is the same for all."""
    links = OfferPlace.objects.trusted(REASON).filter(place__in=places).order_by()
    organizations: dict[Any, set] = defaultdict(set)
    stored = {}
    for place, organization, current in links.values_list(
        "place", "offer__internal_organization__pk", "place__internal_organization"
    ):
        organizations[place].add(organization)
        stored[place] = current
    for place, found in organizations.items():
        common = found.pop() if len(found) == 1 else None
        if common != stored[place]:
            Place.objects.trusted(REASON).filter(pk=place).update(internal_organization=common)


def read_places(places: list[Place]) -> dict[str, Document]:
    """The documents of these places, by their key."""
    return {row["id"]: row for row in _places(places)}


def replace_place(kept: Place, other: Place, row: Document, *, sensitive: bool) -> None:
    """Make `kept` say what `row` says, wherever `other` was given too, and delete `other` with all that hangs on it.

    The figures of beds of `other` follow when `kept` has none: two sets of figures are never added up.
    """
    columns = {"geographic_entity_id": kept.geographic_entity_id}
    links = OfferPlace.objects.trusted(REASON)
    held = links.filter(place=kept).values("offer")
    links.filter(place=other, offer__in=held).delete_rows()
    links.filter(place=other).update(place=kept)
    if not CareCapacity.objects.trusted(REASON).filter(place=kept).exists():
        CareCapacity.objects.trusted(REASON).filter(place=other).update(place=kept)
    _delete_places([other.pk], columns)
    _write_place_rows({str(kept.pk): kept}, {str(kept.pk): row}, columns, sensitive=sensitive)
    give_places_their_organization([str(kept.pk)])


def _delete_places(places: list[Any], columns: dict[str, Any]) -> None:
    """These places with all that hangs on them, figures of beds included."""
    write_below(PLACES, {}, places, columns, sensitive=False)
    BedCapacity.objects.trusted(REASON).filter(care_capacity__place__in=places).delete_rows()
    CareCapacity.objects.trusted(REASON).filter(place__in=places).delete_rows()
    Place.objects.trusted(REASON).filter(pk__in=places).delete_rows()


def _own_places(offer: Offer, rows: list[Document]) -> list[Document]:
    """The places as this offer says them: one that others share and that changes here becomes a place of its own.

    Publishing an offer never moves another one, whose rules and version were not asked. The figures of beds stay where
    they are, and with them the key that the software of the beds knows.
    """
    shared = Place.objects.trusted(REASON).filter(
        Exists(OfferPlace.objects.trusted(REASON).filter(place=OuterRef("pk")).exclude(offer=offer)),
        pk__in=[row["id"] for row in rows],
    )
    others = {row["id"]: row for row in _places(list(shared))}
    return [
        copied({**row, "external_sync_id": None, "external_sync_name": None}, PLACES.schema)
        if row["id"] in others and not same_row(row, others[row["id"]], PLACES.schema)
        else row
        for row in rows
    ]


def copied(row: Document, schema: Rows) -> Document:
    """The same row and those below it, under new ids."""
    below = {name: [copied(child, rows) for child in row.get(name) or []] for name, rows in schema.rows.items()}
    return {**row, **below, "id": new_id()}
