"""Offers as a file that may come back changed: the same columns are read by an import."""

import io
from collections.abc import Iterable, Iterator

from confidentiality.disclosure import disclose
from confidentiality.viewer import Viewer
from ror.imports.columns import OfferResource
from ror.spreadsheets import write_workbook
from structures import records
from structures.models import Offer
from structures.reading import draft_subject

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def offers_workbook(viewer: Viewer, offers: Iterable[Offer]) -> bytes:
    """One line per offer, each datum that `viewer` may read in words; the journal keeps what is not public."""
    resource, out = OfferResource(), io.BytesIO()
    write_workbook(out, resource.sheet, resource.header(), _lines(resource, viewer, list(offers)))
    return out.getvalue()


def _lines(resource: OfferResource, viewer: Viewer, offers: list[Offer]) -> Iterator[list[str]]:
    documents = records.read_documents([offer.pk for offer in offers])
    for offer in offers:
        subject = draft_subject(documents[offer.pk], offer.geographic_entity, offer.rights, offer.identifier)
        yield resource.line(offer.identifier, disclose(viewer, subject))
