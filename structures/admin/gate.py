"""The gate of the record for the administration: what a correction touches is checked as a whole, whatever the screen.

An offer, with all that hangs on it, goes through `revising`; an establishment's own description through
`revising_establishment`; the rest is held by the constraints of the database.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from django.db.models import Model

from confidentiality.admin.model_admin import CHANNEL
from confidentiality.admin.refusals import Refused
from confidentiality.levels import Level
from ror.accounts.models import User
from ror.history import writing
from structures.establishments import revising_establishment
from structures.findings import Finding, NotPublishable, blocking
from structures.locking import hold_open
from structures.models import Contact, GeographicEntity, Offer, Place, SensitiveUnit, Tariff, Telecom
from structures.publishing import revising
from structures.schema import ESTABLISHMENT, OFFER

REASON = "admin: the whole record that a correction touches, for the rules"
HOLDERS = ("offer", "contact", "place")  # what a row of the record hangs on, up to its offers


@contextmanager
def record_gate(row: Model | None, author: User, reason: str) -> Iterator[None]:
    """Check and keep what the block changes at `row` or below it. Raises `Refused`, and then writes nothing."""
    try:
        with _gate(row, author, reason):
            yield
    except NotPublishable as error:
        raise Refused(*map(words_of, blocking(error.findings))) from error


def offers_of(row: Model | None) -> list[Offer]:
    """The offers whose document says something of `row`."""
    if isinstance(row, Offer):
        return [row]
    if isinstance(row, Place):
        return list(Offer.objects.trusted(REASON).filter(place_links__place=row.pk))
    holder = _holder(row)
    return offers_of(holder) if holder is not None else []


def words_of(finding: Finding) -> str:
    """A finding, with the name of the datum or of the list that it speaks of."""
    first = finding.path.partition(".")[0]
    for schema in (OFFER, ESTABLISHMENT):
        if first in schema.fields:
            return f"{schema.fields[first].label} : {finding.message}"
        if first in schema.rows:
            label = schema.rows[first].label
            return f"{label[:1].upper()}{label[1:]} : {finding.message}"
    return finding.message


def close_levels(offer: Offer) -> None:
    """RG_EXP_039: the contacts and telecoms of a sensitive unit are all at level 3."""
    if not SensitiveUnit.objects.trusted(REASON).filter(offer=offer).exists():
        return
    open_telecoms = Telecom.objects.trusted(REASON).filter(level__lt=Level.CRISIS)
    open_telecoms.filter(contact__offer=offer).update(level=Level.CRISIS)
    open_telecoms.filter(place__offer_links__offer=offer).update(level=Level.CRISIS)
    Contact.objects.trusted(REASON).filter(offer=offer, level__lt=Level.CRISIS).update(level=Level.CRISIS)


def _gate(row: Model | None, author: User, reason: str) -> AbstractContextManager:
    offers = offers_of(row)
    if offers:
        return revising(offers, author=author, channel=CHANNEL, reason=reason)
    entity = _establishment_of(row)
    if entity is not None:
        return revising_establishment(entity, author=author, channel=CHANNEL, reason=reason)
    return _writing_below(row, author, reason)


@contextmanager
def _writing_below(row: Model | None, author: User, reason: str) -> Iterator[None]:
    """What no document says: nobody closes nor moves its establishment meanwhile."""
    with writing(author, CHANNEL, reason):
        key = getattr(row, "geographic_entity_id", None)
        hold_open(GeographicEntity, [key] if key else [])
        yield


def _holder(row: Model | None) -> Model | None:
    for name in HOLDERS:
        key = getattr(row, f"{name}_id", None)
        if key is not None:
            model = row._meta.get_field(name).related_model
            return model.objects.trusted(REASON).get(pk=key)
    return None


def _establishment_of(row: Model | None) -> GeographicEntity | None:
    """The establishment whose own description says something of `row`."""
    if isinstance(row, GeographicEntity):
        return row
    if isinstance(row, Telecom) and row.contact_id:
        return _establishment_of(_holder(row))
    own = isinstance(row, Tariff) or (
        isinstance(row, Contact) and not (row.offer_id or row.internal_organization_id or row.legal_entity_id)
    )
    return GeographicEntity.objects.trusted(REASON).get(pk=row.geographic_entity_id) if own else None
