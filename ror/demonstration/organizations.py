"""The internal organisations of the portraits: pôles, services, units, with their contacts and mailboxes."""

from collections.abc import Iterator

from ror.demonstration.contacts import add_contacts
from ror.demonstration.portraits import portrait_of
from ror.demonstration.rows import Said, day
from structures import organizations
from structures.models import GeographicEntity, InternalOrganization, SecureMailbox

Organizations = dict[tuple[str, str | None], str]  # identifiers by establishment and key of its portrait


def create_all(entities: dict[str, GeographicEntity], *, author: str, channel: str) -> Organizations:
    """Write the trees of the portraits of these establishments, and give the identifier of each organisation."""
    return {
        (slug, said["key"]): organization.identifier
        for slug, entity in entities.items()
        for said, organization in _tree(entity, portrait_of(slug).organizations, None, (author, channel))
    }


def _tree(
    entity: GeographicEntity, rows: list[Said], parent: InternalOrganization | None, writer: tuple[str, str]
) -> Iterator[tuple[Said, InternalOrganization]]:
    author, channel = writer
    for said in rows:
        organization = organizations.create(
            entity,
            type=said["type"],
            name=said["name"],
            parent=parent,
            opening_date=day(said.get("opening_date")),
            comment=said.get("comment", ""),
            author=author,
            channel=channel,
        )
        add_contacts(said.get("contacts", []), entity=entity, internal_organization=organization)
        SecureMailbox.objects.bulk_create(
            SecureMailbox(
                geographic_entity=entity, internal_organization=organization, address=address, position=position
            )
            for position, address in enumerate(said.get("mailboxes", []))
        )
        yield said, organization
        yield from _tree(entity, said.get("below", []), organization, writer)
