"""The contacts of legal entities and of internal organisations, by the rules of those of an establishment."""

from typing import Any

from django.utils import timezone

from ror.demonstration.rows import Said, rows_of
from structures import rules
from structures.document import Document, canonical
from structures.findings import NotPublishable, blocking
from structures.models import Contact, GeographicEntity, Telecom
from structures.models.base import Recorded
from structures.schema import CONTACT, Rows

CONTACTS = Rows("contacts", {}, {"contacts": CONTACT})


def add_contacts(said: list[Said], *, entity: GeographicEntity, **owner: Recorded) -> None:
    """Write the contacts of `owner` (`legal_entity=` or `internal_organization=`), with their ways of being reached.

    `entity` is the establishment, or one of those of the legal entity. Raises `NotPublishable` when a rule is broken.
    """
    document, found = canonical({"contacts": rows_of(CONTACT, said)}, CONTACTS)
    facts = rules.facts_of(entity, None, timezone.localdate())
    found += rules.findings({**document, "tariffs": []}, facts, rules.ESTABLISHMENT)
    if blocking(found):
        raise NotPublishable(found)
    governing = {"geographic_entity": None if "legal_entity" in owner else entity}
    for position, row in enumerate(document["contacts"]):
        contact = Contact.objects.create(position=position, **governing, **owner, **_columns(Contact, row, CONTACT))
        for rank, telecom in enumerate(row["telecoms"]):
            columns = _columns(Telecom, telecom, CONTACT.rows["telecoms"])
            Telecom.objects.create(contact=contact, position=rank, **governing, **columns)


def _columns(model: type[Recorded], row: Document, schema: Rows) -> dict[str, Any]:
    """The columns of a row; what is not said keeps the column's own default."""
    values = {model._meta.get_field(name).attname: row[name] for name in schema.fields if row[name] is not None}
    return {"id": row["id"], **values}
