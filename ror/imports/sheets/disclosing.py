"""Published offers as one person may read them: what a template is filled with, and what a file is compared with."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from confidentiality.disclosure import disclose
from confidentiality.viewer import Viewer
from ror.imports.sheets.lines import Described
from structures import records
from structures.document import Document
from structures.models import GeographicEntity, Offer, Place
from structures.reading import draft_subject

TOGETHER = 500  # offers read by one set of queries


def described(viewer: Viewer, offers: Iterable[Offer]) -> Iterator[tuple[list[Offer], list[Described]]]:
    """These offers, some hundreds at a time, with what `viewer` may read of each: one set of queries each time.

    They come from `visible_to(viewer)`, with their establishment (`select_related`).
    """
    left = iter(offers)
    while some := list(islice(left, TOGETHER)):
        read = read_by(viewer, some, records.read_documents([offer.pk for offer in some]))
        yield some, [Described(offer.identifier, _number(offer.geographic_entity), read[offer.pk]) for offer in some]


def _number(entity: GeographicEntity) -> str:
    """How a file names an establishment: by its FINESS number, else by its national one."""
    return entity.finess or entity.id_nat_struct


def read_by(
    viewer: Viewer,
    offers: Iterable[Offer],
    documents: Mapping[int, Document],
    names: Mapping[int, Collection[str]] | None = None,
) -> dict[int, Document]:
    """The published `documents` of these offers, by key, as `viewer` may read them; of each, these `names` only.

    The journal keeps what is not public.
    """
    offers = list(offers)
    kept = {offer.pk: _only(documents[offer.pk], names and names[offer.pk]) for offer in offers}
    wanted = {row["id"] for offer in offers for row in kept[offer.pk].get("places", [])}
    places = (
        Place.objects.visible_to(viewer).filter(pk__among=wanted) if wanted else Place.objects.visible_to(viewer).none()
    )
    seen = {str(key) for key in places.values_list("pk", flat=True)}
    return {offer.pk: _disclosed(viewer, offer, documents[offer.pk], kept[offer.pk], seen) for offer in offers}


def _only(document: Document, names: Collection[str] | None) -> Document:
    return document if names is None else {name: document[name] for name in names}


def _disclosed(viewer: Viewer, offer: Offer, document: Document, kept: Document, places: set[str]) -> Document:
    """What is kept of the document. A place where another offer is hidden from the person is hidden with it."""
    subject = draft_subject(document, offer.geographic_entity, offer.rights, offer.identifier)
    shown = {"places": [row for row in kept["places"] if row["id"] in places]} if "places" in kept else {}
    return disclose(viewer, replace(subject, values=kept | shown, origin=offer.origin))
