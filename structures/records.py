"""Between the rows of the record and the documents: read one from the other, write one into the other.

Only `structures.publishing` and `structures.establishments` write here, in sets: one offer or twenty thousand. It is
the portal's own work; what people see goes through `confidentiality.disclosure`.
"""

import copy
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Model

from ror import sets
from structures.document import Document, new_id, to_json, to_json_all, walk
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
from structures.storing import (
    REASON,
    Owner,
    as_stored,
    assign,
    columns_said,
    read_rows,
    selected,
    stored_form,
    taken,
    value_of,
    write_below,
    write_rows,
)
from structures.tables import ESTABLISHMENT_TABLES, OFFER_TABLES, PLACES

SYNC_KEY = ("geographic_entity", "external_sync_id")
LINK = ("pk", "offer", "place")
NUMBERING = ("published_at", "origin", "version")
SENSITIVITY_FIELDS = ("sensitive", "sensitive_motive")
# The sets of codes that stand in tables of their own, because they are not level 1 everywhere.
EXPERTISE: dict[type[Model], tuple[str, ...]] = {
    OfferExpertise: ("specific_acts", "specialisations", "resource_professions", "specific_competences"),
    OutsideOfficeActs: ("outside_office_acts",),
}
EXPERTISE_FIELDS = tuple(name for names in EXPERTISE.values() for name in names)
BELOW = (*SENSITIVITY_FIELDS, *EXPERTISE_FIELDS, *OFFER_TABLES, "places")  # what is said elsewhere than in its columns
WITH_ROWS = (*BELOW, "internal_organization")  # what decides of rows below the offer
OFFER_FIELDS = [name for name in OFFER.fields if name not in (*SENSITIVITY_FIELDS, *EXPERTISE_FIELDS)]


def read_document(offer: Offer) -> Document:
    """The published document of `offer`, in canonical form, read afresh whatever the age of the instance."""
    found = read_documents([offer.pk])
    if offer.pk not in found:
        raise Offer.DoesNotExist
    return found[offer.pk]


def read_documents(keys: Collection[int], names: Collection[str] | None = None) -> dict[int, Document]:
    """The published documents of these offers, by key. 14 queries at most, whatever the number of offers and rows.

    `names` are the sets of codes apart and the lists that one needs, all of them by default: the others are absent.
    """
    wanted = {*EXPERTISE_FIELDS, *OFFER_TABLES, "places"} if names is None else set(names)
    offers = _columns_of(Offer, keys, OFFER_FIELDS)
    units = _columns_of(SensitiveUnit, offers, ["motive"])
    expertise = {model: names for model, names in EXPERTISE.items() if wanted.intersection(names)}
    apart = {model: _columns_of(model, offers, names) for model, names in expertise.items()}
    lists = {name: read_rows(table, offers) for name, table in OFFER_TABLES.items() if name in wanted}
    if "places" in wanted:
        lists["places"] = _places_of(list(offers))
    documents = {}
    for key, document in offers.items():
        document["sensitive"] = key in units
        document["sensitive_motive"] = units[key]["motive"] if key in units else None
        for model, columns in expertise.items():
            document |= apart[model].get(key) or {name: [] for name in columns}
        documents[key] = document | {name: rows[key] for name, rows in lists.items()}
    return documents


def fill(offer: Offer, document: Document, before: Document | None) -> None:
    """Set the offer's own columns from the document, those that it says otherwise than `before`."""
    for name in OFFER_FIELDS:
        if before is None or document.get(name) != before[name]:
            assign(offer, name, document.get(name))


@dataclass(frozen=True)
class Said:
    """What the rows below one offer are to say, and what they said (None for a new offer)."""

    offer: Offer
    document: Document
    before: Document | None

    @property
    def sensitive(self) -> bool:
        return self.document.get("sensitive") is True

    @property
    def owner(self) -> Owner:
        return Owner(self.offer.geographic_entity_id, self.sensitive)

    def changes(self, *names: str) -> bool:
        """Whether these data or lists are said otherwise than they are; all of them are, around a sensitive unit."""
        return self.before is None or self.sensitive or not self._changed.isdisjoint(names)

    @cached_property
    def _changed(self) -> frozenset[str]:
        before = self.before or {}
        return frozenset(name for name in WITH_ROWS if self.document.get(name) != before.get(name))

    @property
    def changes_below(self) -> bool:
        """Whether something else than the columns of the offer itself may change."""
        return self.changes(*BELOW)


def write_offers(offers: Sequence[Offer], documents: Sequence[Document]) -> None:
    """Save the columns of these offers; a new one has then its key and the identifier that the database gives it."""
    names = (*OFFER_FIELDS, "geographic_entity", *NUMBERING)
    added = [offer for offer in offers if offer._state.adding]
    for offer, key in zip(added, sets.new_keys(Offer, len(added)) if added else (), strict=True):
        offer.pk = key
    lines = {
        offer.pk: [
            offer.pk,
            *(stored_form(Offer, name, document.get(name)) for name in OFFER_FIELDS),
            offer.geographic_entity_id,
            *(getattr(offer, name) for name in NUMBERING),
        ]
        for offer, document in zip(offers, documents, strict=True)
    }
    new = {offer.pk for offer in added}
    sets.insert(Offer, ["id", *names], [line for key, line in lines.items() if key in new])
    sets.update(Offer, names, [line for key, line in lines.items() if key not in new])
    given = dict(Offer.objects.trusted(REASON).filter(pk__among=new).values_list("pk", "identifier")) if new else {}
    for offer in added:
        offer.identifier, offer._state.adding = given[offer.pk], False


def write_numbering(offers: Sequence[Offer]) -> None:
    """Save that these offers have a new version, and whence."""
    sets.update(Offer, NUMBERING, [[offer.pk, *(getattr(offer, name) for name in NUMBERING)] for offer in offers])


def read_again(said: Collection[Said]) -> dict[int, Document]:
    """What these offers say once written. Only the lists whose rows may have changed are read."""
    changed = [each for each in said if each.changes_below]
    names = {name for each in changed for name in BELOW if each.changes(name)}
    again = read_documents([each.offer.pk for each in changed], names) if changed else {}
    return {each.offer.pk: (each.before or {}) | again.get(each.offer.pk, _own_data(each.document)) for each in said}


def write_children(said: Collection[Said]) -> None:
    """Make the rows below these offers say what their documents say, in sets."""
    said = [each for each in said if each.changes_below or each.changes("internal_organization")]
    _write_sensitivity([each for each in said if each.changes(*SENSITIVITY_FIELDS)])
    for model, names in EXPERTISE.items():
        _write_expertise(model, names, [each for each in said if each.changes(*names)])
    for name, table in OFFER_TABLES.items():
        concerned = [each for each in said if each.changes(name)]
        if concerned:
            rows = {each.offer.pk: each.document[name] for each in concerned}
            write_rows(table, rows, {each.offer.pk: each.owner for each in concerned})
    _write_places([each for each in said if each.changes("places", "internal_organization")])


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
        write_rows(table, {entity.pk: document[name]}, {entity.pk: Owner(entity.pk)})


@dataclass(frozen=True)
class Proposed:
    """A document about to be published for `offer` (None: a new one) of `entity`, and what was `published`."""

    document: Document
    entity: GeographicEntity
    offer: Offer | None = None
    published: Document | None = None


def remarks(proposed: Sequence[Proposed]) -> list[list[Finding]]:
    """For each, what the stored rows say against it: ids and keys that belong elsewhere, beds that would go."""
    found: list[list[Finding]] = [[] for _ in proposed]
    for index, finding in (*_foreign_rows(proposed), *_sync_ids_taken(proposed), *_beds_withdrawn(proposed)):
        found[index].append(finding)
    return found


def foreign_establishment_rows(document: Document, entity: GeographicEntity) -> list[Finding]:
    """A finding for each row whose id belongs to something else than `entity`: a forged id is never adopted."""
    strange: set[tuple[str, str]] = set()
    for name, table in ESTABLISHMENT_TABLES.items():
        strange |= taken(table, [(entity.pk, row) for row in document[name]])
    owners = dict.fromkeys(ESTABLISHMENT.rows, entity.pk)
    return list(_not_recognised(document, ESTABLISHMENT, strange, owners))


def _foreign_rows(proposed: Sequence[Proposed]) -> Iterator[tuple[int, Finding]]:
    """A finding for each row whose id belongs to another offer, or to another of these: it is never adopted."""
    strange: set[tuple[str, str]] = set()
    for name, table in {**OFFER_TABLES, "places": PLACES}.items():
        new = [(at, each, row) for at, each in enumerate(proposed) for row in _new(each, name)]
        strange |= taken(table, [(_owner(each, at, name), row) for at, each, row in new])
    for at, each in enumerate(proposed) if strange else ():
        owners = {name: _owner(each, at, name) for name in (*OFFER_TABLES, "places")}
        for finding in _not_recognised(each.document, OFFER, strange, owners):
            yield at, finding


def _owner(proposed: Proposed, at: int, name: str) -> Any:
    """What the rows of a list hang on; a new offer has no key yet."""
    if name == "places":
        return proposed.entity.pk
    return proposed.offer.pk if proposed.offer is not None and proposed.offer.pk else f"new {at}"


def _new(proposed: Proposed, name: str) -> list[Document]:
    """The rows of a list that the record does not say already, word for word."""
    published = (proposed.published or {}).get(name) or []
    if proposed.document[name] == published:
        return []
    known = {row["id"]: row for row in published}
    return [row for row in proposed.document[name] if known.get(row["id"]) != row]


def _not_recognised(
    document: Document, schema: Rows, strange: set[tuple[str, str]], owners: Mapping[str, Any]
) -> Iterator[Finding]:
    """`owners` says what the rows of each list hang on; those below hang on a row."""
    message = "Cette ligne n'a pas été reconnue : retirez-la et ajoutez-la de nouveau."
    for path in (path for path, _, _ in walk(document, schema) if path):
        *above, name, key = path.split(".")
        if (above[-1] if above else str(owners[name]), key) in strange:
            yield Finding(path, message, "règle du portail")


def _sync_ids_taken(proposed: Sequence[Proposed]) -> Iterator[tuple[int, Finding]]:
    """A finding for each synchronisation key that another place of the establishment has: software would mix them."""
    wanted = [
        (at, each.entity.pk, row)
        for at, each in enumerate(proposed)
        for row in _new(each, "places")
        if row.get("external_sync_id")
    ]
    if not wanted:
        return
    keys = {row["external_sync_id"] for _, _, row in wanted}
    places = Place.objects.trusted(REASON).filter(
        geographic_entity__in={entity for _, entity, _ in wanted}, external_sync_id__in=keys
    )
    holders = {(entity, key): str(place) for entity, key, place in places.values_list(*SYNC_KEY, "pk")}
    message = "Un autre lieu de l'établissement a déjà cet identifiant : choisissez-en un autre, ou videz-le."
    for at, entity, row in wanted:
        given_up = holders.get((entity, row["external_sync_id"])) in _gone(proposed[at])
        holder = holders.setdefault((entity, row["external_sync_id"]), row["id"])
        if holder != row["id"] and not given_up:
            yield at, Finding(f"places.{row['id']}.external_sync_id", message, "règle du portail", rule="105")


def _beds_withdrawn(proposed: Sequence[Proposed]) -> Iterator[tuple[int, Finding]]:
    """A warning when a place that leaves an offer takes figures of beds and places with it."""
    leaving = {at: gone for at, each in enumerate(proposed) if (gone := _gone(each))}
    if not leaving:
        return
    places = set().union(*leaving.values())
    links = OfferPlace.objects.trusted(REASON).filter(place__in=places)
    leavers = {(proposed[at].offer.pk, place) for at, gone in leaving.items() for place in gone}
    kept = {str(place) for offer, place in links.values_list("offer", "place") if (offer, str(place)) not in leavers}
    cares = CareCapacity.objects.trusted(REASON).filter(place__in=places - kept)
    lost = {str(place) for place in cares.values_list("place", flat=True)}
    message = "Un lieu retiré porte des lits ou des places : leurs chiffres seront retirés avec lui."
    for at, gone in leaving.items():
        if gone & lost:
            yield at, Finding("places", message, "règle du portail", Effect.WARNS, "107")


def _gone(proposed: Proposed) -> set[str]:
    """The places that leave the offer."""
    kept = {row["id"] for row in proposed.document["places"]}
    return {row["id"] for row in (proposed.published or {}).get("places") or []} - kept


def _rows_of_places(keys: Collection[Any]) -> dict[str, Document]:
    """The documents of these places, by their key."""
    if not keys:
        return {}
    own = _columns_of(Place, keys, list(PLACES.schema.fields))
    below = {name: read_rows(table, own) for name, table in PLACES.below.items()}
    return {key: {"id": key, **row, **{name: rows[key] for name, rows in below.items()}} for key, row in own.items()}


def _own_data(document: Document) -> Document:
    """What the columns of an offer say once they hold what this document says."""
    return {name: to_json(stored_form(Offer, name, document.get(name))) for name in OFFER_FIELDS}


def _columns_of(model: type[Model], keys: Collection[int], names: Sequence[str]) -> dict[int, Document]:
    """These columns of these rows, by key, as documents have them."""
    lines = model.objects.trusted(REASON).filter(pk__among=keys).values_list(*selected(model, "pk", *names))
    return {key: dict(zip(names, to_json_all(values), strict=True)) for key, *values in lines}


def _places_of(offers: list[int]) -> dict[int, list[Document]]:
    """The places of each of these offers, in its order; one that several share is in each."""
    links = OfferPlace.objects.trusted(REASON).filter(offer__among=offers).order_by("position", "place_id")
    pairs = list(links.values_list(*selected(OfferPlace, "offer", "place")))
    rows = _rows_of_places({place for _, place in pairs})
    found: dict[int, list[Document]] = {offer: [] for offer in offers}
    given: set[str] = set()
    for offer, place in pairs:
        row = rows[place]
        found[offer].append(copy.deepcopy(row) if place in given else row)
        given.add(place)
    return found


def _write_sensitivity(said: Sequence[Said]) -> None:
    wanted = {each.offer.pk: [each.document.get("sensitive_motive") or ""] for each in said if each.sensitive}
    _write_apart(SensitiveUnit, ("motive",), wanted, said)


def _write_expertise(model: type[Model], names: tuple[str, ...], said: Sequence[Said]) -> None:
    """A row of its own only when there is something to say: most offers have none."""
    wanted = {}
    for each in said:
        values = [each.document.get(name) or [] for name in names]
        if any(values):
            wanted[each.offer.pk] = [*values, each.offer.geographic_entity_id]
    _write_apart(model, (*names, "geographic_entity"), wanted, said)


def _write_apart(
    model: type[Model], names: tuple[str, ...], wanted: dict[int, list[Any]], said: Sequence[Said]
) -> None:
    """Have these rows beside these offers, whose key they share, and no other."""
    known = [each.offer.pk for each in said if each.before is not None]
    columns = [model._meta.get_field(name).attname for name in names]
    rows = model.objects.trusted(REASON)
    stored = {key: values for key, *values in rows.filter(pk__among=known).values_list("pk", *columns)} if known else {}
    sets.insert(model, ["offer", *names], [[key, *line] for key, line in wanted.items() if key not in stored])
    changed = [[key, *line] for key, line in wanted.items() if key in stored and stored[key] != line]
    sets.update(model, names, changed)
    gone = stored.keys() - wanted.keys()
    if gone:
        rows.filter(pk__among=gone).delete_rows()


def _write_places(said: Sequence[Said]) -> None:
    if not any(each.document["places"] or (each.before or {}).get("places") for each in said):
        return
    links = OfferPlace.objects.trusted(REASON)
    offers = {each.offer.pk for each in said}
    linked = {
        (offer, place): key
        for key, offer, place in links.filter(offer__among=offers).values_list(*selected(OfferPlace, *LINK))
    }
    rows, owners, new_links = {}, {}, []
    for each, wanted in zip(said, _own_places(said), strict=True):
        for position, (key, row) in enumerate(wanted.items()):
            rows[key], owners[key] = row, each.owner
            if linked.pop((each.offer.pk, key), None) is None:
                new_links.append([each.offer.pk, key, position, each.offer.geographic_entity_id])
    if linked:
        links.filter(pk__among=linked.values()).delete_rows()
        left = {place for _, place in linked}
        orphans = Place.objects.trusted(REASON).filter(pk__among=left, offer_links=None)
        _delete_places(list(orphans.values_list("pk", flat=True)))
    _write_place_rows(rows, owners)
    sets.insert(OfferPlace, ["offer", "place", "position", "geographic_entity"], new_links)
    give_places_their_organization(list(rows))


def _write_place_rows(rows: dict[str, Document], owners: dict[str, Owner]) -> None:
    """Write these places, those that an offer has already and new ones, with what hangs on them."""
    names = PLACES.written
    places = Place.objects.trusted(REASON).filter(pk__among=rows)
    stored = {key: as_stored(values) for key, *values in places.values_list(*selected(Place, "pk", *names))}
    lines = {
        key: [*columns_said(Place, PLACES.schema, row, owners[key]), owners[key].geographic_entity_id]
        for key, row in rows.items()
    }
    sets.insert(Place, ["id", *names], [[key, *line] for key, line in lines.items() if key not in stored])
    changed = [[key, *line] for key, line in lines.items() if key in stored and stored[key] != line]
    sets.update(Place, names, changed)
    write_below(PLACES, rows, stored, owners)


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
    links = OfferPlace.objects.trusted(REASON).filter(place__among=places).order_by()
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
    return _rows_of_places([place.pk for place in places])


def replace_place(kept: Place, other: Place, row: Document, *, sensitive: bool) -> None:
    """Make `kept` say what `row` says, wherever `other` was given too, and delete `other` with all that hangs on it.

    The figures of beds of `other` follow when `kept` has none: two sets of figures are never added up.
    """
    links = OfferPlace.objects.trusted(REASON)
    held = links.filter(place=kept).values("offer")
    links.filter(place=other, offer__in=held).delete_rows()
    links.filter(place=other).update(place=kept)
    if not CareCapacity.objects.trusted(REASON).filter(place=kept).exists():
        CareCapacity.objects.trusted(REASON).filter(place=other).update(place=kept)
    _delete_places([other.pk])
    _write_place_rows({str(kept.pk): row}, {str(kept.pk): Owner(kept.geographic_entity_id, sensitive)})
    give_places_their_organization([str(kept.pk)])


def _delete_places(places: list[Any]) -> None:
    """These places with all that hangs on them, figures of beds included."""
    if not places:
        return
    write_below(PLACES, {}, places)
    BedCapacity.objects.trusted(REASON).filter(care_capacity__place__in=places).delete_rows()
    CareCapacity.objects.trusted(REASON).filter(place__in=places).delete_rows()
    Place.objects.trusted(REASON).filter(pk__in=places).delete_rows()


def _own_places(said: Sequence[Said]) -> Iterator[dict[str, Document]]:
    """The places as each offer says them: one that others share and that changes here becomes a place of its own.

    Publishing an offer never moves another one, whose rules and version were not asked. The figures of beds stay where
    they are, and with them the key that the software of the beds knows. Offers come one after the other: the last one
    that still has a place changes it where it is.
    """
    named = {row["id"] for each in said for row in each.document["places"]}
    links = OfferPlace.objects.trusted(REASON).filter(place__among=named)
    offers: dict[str, set[int]] = defaultdict(set)
    for offer, place in links.values_list(*selected(OfferPlace, "offer", "place")):
        offers[place].add(offer)
    shared = {row["id"] for each in said for row in each.document["places"] if offers[row["id"]] - {each.offer.pk}}
    known = _rows_of_places(shared)
    for each in said:
        wanted = {}
        for row in each.document["places"]:
            others = offers[row["id"]] - {each.offer.pk}
            if others and not same_row(row, known[row["id"]], PLACES.schema):
                offers[row["id"]].discard(each.offer.pk)
                row = copied({**row, "external_sync_id": None, "external_sync_name": None}, PLACES.schema)
            offers[row["id"]].add(each.offer.pk)
            wanted[row["id"]] = row
        for key in {row["id"] for row in (each.before or {}).get("places") or []} - wanted.keys():
            offers[key].discard(each.offer.pk)
        yield wanted


def copied(row: Document, schema: Rows) -> Document:
    """The same row and those below it, under new ids."""
    below = {name: [copied(child, rows) for child in row.get(name) or []] for name, rows in schema.rows.items()}
    return {**row, **below, "id": new_id()}
