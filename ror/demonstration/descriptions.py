"""What the establishments of the portraits, and their legal entities, say of themselves."""

from ror.demonstration.contacts import add_contacts
from ror.demonstration.portraits import portrait_of
from ror.demonstration.rows import data_of, rows_of
from structures.establishments import describe_establishment
from structures.models import GeographicEntity
from structures.schema import ESTABLISHMENT


def describe_all(entities: dict[str, GeographicEntity], *, author: str, channel: str) -> None:
    """Describe these establishments, given by slug, as far as their portraits do."""
    for slug, entity in entities.items():
        portrait = portrait_of(slug)
        if portrait.legal_entity_contacts:
            add_contacts(portrait.legal_entity_contacts, entity=entity, legal_entity=entity.legal_entity)
        if portrait.establishment:
            document = data_of(ESTABLISHMENT, portrait.establishment)
            document |= {
                name: rows_of(schema, portrait.establishment.get(name, []))
                for name, schema in ESTABLISHMENT.rows.items()
            }
            describe_establishment(document, entity=entity, author=author, channel=channel)
