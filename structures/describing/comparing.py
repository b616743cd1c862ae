"""Two offers side by side, as one viewer may read them: what differs, in words, and what is chosen of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from confidentiality.disclosure import Disclosed, disclose
from confidentiality.viewer import Viewer
from structures import records, uniting
from structures.describing.access import open_organizations
from structures.describing.wording import Words, changes_in_words
from structures.document import Document, join
from structures.fields import EMPTY
from structures.merging import same
from structures.models import Offer, Place
from structures.reading import draft_subject
from structures.schema import OFFER, Rows
from structures.uniting import PLACES, says

REASON = "unite: the documents that are compared, shown through disclose"
FIRST, SECOND, BOTH = "0", "1", "2"


@dataclass(frozen=True)
class Choice:
    """One datum, or one list of rows, that the two do not say alike: its label and both sides in words."""

    name: str
    label: str
    sides: tuple[list[str], list[str]]
    is_list: bool = False


class Comparison:
    """What `viewer` may compare of two offers, each with its `rights`: the first is the one published last."""

    def __init__(self, viewer: Viewer, offers: list[Offer]) -> None:
        self.viewer = viewer
        self.offers = sorted(offers, key=lambda offer: offer.published_at, reverse=True)
        self.documents = records.read_documents([offer.pk for offer in offers])
        self.seen = uniting.fingerprint(self.documents)
        self.shown = [self.read(offer, self.documents[offer.pk]) for offer in self.offers]
        self.words = self._words(*self.shown)
        self.choices = [*self._data(), *self._lists()]

    @property
    def sensitive(self) -> set[int]:
        """The keys of those that are sensitive units."""
        return {key for key, document in self.documents.items() if document["sensitive"]}

    def read(self, offer: Offer, document: Document) -> Disclosed:
        """What the viewer may read of a document of one of the two."""
        keys = [row["id"] for row in document[PLACES]]
        known = {
            str(key) for key in Place.objects.visible_to(self.viewer).filter(pk__in=keys).values_list("pk", flat=True)
        }
        places = [row for row in document[PLACES] if row["id"] in known]
        subject = draft_subject({**document, PLACES: places}, offer.geographic_entity, offer.rights, offer.identifier)
        return disclose(self.viewer, replace(subject, origin=offer.origin))

    def compose(self, kept: int, chosen: Mapping[str, str]) -> Document:
        """The document that the choices make, for the offer kept (its rank among the two)."""
        documents = [self.documents[offer.pk] for offer in self.offers]
        other = 1 - kept
        data = dict(uniting.data_to_choose())
        taken = [name for key in data if chosen.get(key) == str(other) for name in data[key]]
        rows = {name: self._ids(name, kept, chosen[name]) for name in OFFER.rows if name in chosen}
        return uniting.composed(documents[kept], documents[other], taken, rows)

    def left(self, kept: int, chosen: Mapping[str, str]) -> Iterator[str]:
        """The rows of the other that the offer kept does not take, in words."""
        for choice in filter(lambda choice: choice.is_list, self.choices):
            schema, ids = OFFER.rows[choice.name], self._ids(choice.name, kept, chosen[choice.name])
            held = [says(row, schema) for shown in self.shown for row in shown[choice.name] if row["id"] in ids]
            for row in self.shown[1 - kept][choice.name]:
                if row["id"] not in ids and (choice.name == PLACES or says(row, schema) not in held):
                    yield f"{schema.label.capitalize()} : {self._row(choice.name, row)}"

    def changes(self, kept: int, after: Document) -> list[dict[str, str]]:
        """What changes in the offer kept, in words."""
        offer = self.offers[kept]
        shown = self.read(offer, after)
        return changes_in_words(self.shown[kept], shown, self.words.organizations)

    def _words(self, *documents: Document) -> Words:
        organizations = open_organizations(self.viewer, self.offers[0].geographic_entity)
        return Words(documents, organizations=organizations)

    def _data(self) -> Iterator[Choice]:
        one, other = self.shown
        for key, names in uniting.data_to_choose():
            known = all(name in one and name in other for name in names)
            if known and not all(same(one[name], other[name]) for name in names):
                sides = tuple([" ".join(self._value(name, shown[name]) for name in names)] for shown in self.shown)
                yield Choice(key, str(OFFER.fields[key].label), sides)

    def _lists(self) -> Iterator[Choice]:
        one, other = self.shown
        for name, schema in OFFER.rows.items():
            if name not in one or name not in other:
                continue
            said = [sorted((says(row, schema) for row in shown[name]), key=repr) for shown in self.shown]
            ids = [{row["id"] for row in shown[name]} for shown in self.shown]
            if said[0] != said[1] or (name == PLACES and ids[0] != ids[1]):
                sides = tuple([self._row(name, row) for row in shown[name]] for shown in self.shown)
                yield Choice(name, f"{schema.label.capitalize()} : toute la liste", sides, is_list=True)

    def _ids(self, name: str, kept: int, side: str) -> set[str]:
        """The ids of the rows chosen in one list. What the viewer may not read of the offer kept stays there.

        Of two rows that say the same, only that of the offer kept stays, but for places, which have their own figures.
        """
        own, others = self.shown[kept][name], self.shown[1 - kept][name]
        known = {row["id"] for row in own}
        ids = {row["id"] for row in self.documents[self.offers[kept].pk][name]} - known
        if side in (str(kept), BOTH):
            ids |= known
        if side == str(1 - kept):
            ids |= {row["id"] for row in others}
        if side == BOTH:
            held = [] if name == PLACES else [says(row, OFFER.rows[name]) for row in own]
            ids |= {row["id"] for row in others if says(row, OFFER.rows[name]) not in held}
        return ids

    def _value(self, name: str, value: Any) -> str:
        return self.words.in_words(name, value)

    def _row(self, name: str, row: Document) -> str:
        return _row_in_words(self.words, OFFER.rows[name], f"{name}.{row['id']}", row)


def _row_in_words(words: Words, schema: Rows, path: str, row: Document) -> str:
    """What a row says, in the order of its form; the rows below it in brackets. Of a question, only a yes is said."""
    said = []
    for name, datum in schema.fields.items():
        value = row.get(name)
        if value is True:
            said.append(f"{str(datum.label).rstrip(' ?')} : oui")
        elif value is not False and value not in EMPTY:
            said.append(words.in_words(join(path, name), value))
    for name, below in schema.rows.items():
        rows = [
            _row_in_words(words, below, join(path, f"{name}.{child['id']}"), child) for child in row.get(name) or []
        ]
        said += [f"({each})" for each in rows]
    return ", ".join(said)
