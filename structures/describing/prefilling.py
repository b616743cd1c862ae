"""What the register already knows of the establishment, offered to its describer: taken in one press, then checked.

Nothing is taken without being asked for: the register's phone may not be the one to publish for this offer.
"""

from collections.abc import Callable
from dataclasses import dataclass

from structures.describing.drafts import ADDRESS, address_of, propose_switchboard
from structures.describing.steps import Step
from structures.document import Document
from structures.fields import EMPTY
from structures.models import GeographicEntity
from structures.presenting import address_lines

SWITCHBOARD, NAME, PLACE = "switchboard", "name", "address"
PLACE_DATA = (*ADDRESS, "postcode", "locality", "commune")
LONGEST_NAME = 200


@dataclass(frozen=True)
class Proposal:
    """What one press puts in the draft, and what its button says."""

    key: str
    label: str


def proposals(step: Step, document: Document, entity: GeographicEntity) -> list[Proposal]:
    """What the register could fill on this step, and that the draft does not say yet."""
    found = []
    if "name" in step.fields and document.get("name") in EMPTY:
        found.append(Proposal(NAME, f"Reprendre le nom de l'établissement ({_name(entity)})"))
    if "contacts" in step.rows and entity.register_phone and not _has_phone(document, entity.register_phone):
        found.append(Proposal(SWITCHBOARD, f"Proposer le standard déclaré au FINESS ({entity.register_phone})"))
    if "places" in step.rows and not _has_address(document, entity):
        said = ", ".join(address_lines(_of_register(entity), {})) or entity.locality
        found.append(Proposal(PLACE, f"Ajouter l'adresse déclarée au FINESS ({said})"))
    return found


def take(document: Document, entity: GeographicEntity, key: str) -> None:
    """Put in the document what the button `key` offers; nothing for a key that no button has."""
    filling = FILLING.get(key)
    if filling is not None:
        filling(document, entity)


def _take_name(document: Document, entity: GeographicEntity) -> None:
    if document.get("name") in EMPTY:
        document["name"] = _name(entity)


def _take_switchboard(document: Document, entity: GeographicEntity) -> None:
    if entity.register_phone:
        propose_switchboard(document, entity.register_phone)


def _take_address(document: Document, entity: GeographicEntity) -> None:
    document["places"] = [*(document.get("places") or []), address_of(entity)]


def _name(entity: GeographicEntity) -> str:
    return (entity.usual_name or entity.name)[:LONGEST_NAME]


def _has_phone(document: Document, phone: str) -> bool:
    ways = (way for contact in document.get("contacts") or [] for way in contact.get("telecoms") or [])
    return any(_digits(way.get("address")) == _digits(phone) for way in ways)


def _digits(text: object) -> str:
    return "".join(character for character in str(text or "") if character.isdigit())


def _has_address(document: Document, entity: GeographicEntity) -> bool:
    wanted = _of_register(entity)
    return any(
        all((place.get(name) or None) == wanted[name] for name in PLACE_DATA) for place in document.get("places") or []
    )


def _of_register(entity: GeographicEntity) -> Document:
    return {name: value or None for name, value in address_of(entity).items() if name != "id"}


FILLING: dict[str, Callable[[Document, GeographicEntity], None]] = {
    NAME: _take_name,
    SWITCHBOARD: _take_switchboard,
    PLACE: _take_address,
}
