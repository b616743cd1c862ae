"""How far a description has come, by the seven criteria of the national follow-up, as `models.completeness` counts.

The same criteria, read in a document instead of in rows: the meter of a draft never says something else than what the
offer will count for once published.
"""

from dataclasses import dataclass

from ror.reference.nomenclature import nomenclature
from structures.document import Document
from structures.fields import EMPTY
from structures.models.completeness import AT_HOME, CRITERIA

# Where each criterion is answered in the document.
PATHS = {
    "activity_field": "activity_field",
    "care_mode": "care_mode",
    "ages": "age_min",
    "activities": "activities",
    "offer_type": "offer_type",
    "address": "places",
    "contacts": "contacts",
}


@dataclass(frozen=True)
class Completeness:
    """The criteria that concern an offer (`asked`) and those it does not meet yet (`unmet`), in the official order.

    A criterion that is not asked here counts as met, as in the national follow-up.
    """

    asked: tuple[str, ...]
    unmet: tuple[str, ...]

    @property
    def met(self) -> int:
        return len(self.asked) - len(self.unmet)

    @property
    def percent(self) -> int:
        """Part of the criteria asked that are met, of 100."""
        return 100 * self.met // len(self.asked)

    @property
    def status(self) -> str:
        """« Statut de peuplement » of the offer: all criteria, at least one, none."""
        if not self.unmet:
            return "finalisée"
        return "en cours" if self.met else "à faire"


def completeness_of(document: Document, category: str | None) -> Completeness:
    """The criteria that a canonical document meets; `category` is that of its establishment (R66), or None."""
    asked = asked_of(category)
    return Completeness(asked, tuple(name for name in asked if not _met(name, document)))


def asked_of(category: str | None) -> tuple[str, ...]:
    """The criteria that concern the offers of an establishment of this category."""
    return tuple(name for name in CRITERIA if name != "offer_type" or category in AT_HOME)


def _met(criterion: str, document: Document) -> bool:
    if criterion == "address":
        return any(_is_address(place) for place in document.get("places") or [])
    if criterion == "contacts":
        return any(_is_reachable(contact) for contact in document.get("contacts") or [])
    if criterion == "activities":
        return any(_current("J17", row.get("activity")) for row in document.get("activities") or [])
    if criterion == "ages":
        return all(isinstance(document.get(name), int) for name in ("age_min", "age_max"))  # else not said, or wrong
    if criterion == "offer_type":
        return _said(document, "offer_type")
    return _current({"activity_field": "J20", "care_mode": "J19"}[criterion], document.get(criterion))


def _current(value_set: str, code: object) -> bool:
    return isinstance(code, str) and code in nomenclature().members(value_set)


def _is_address(place: Document) -> bool:
    return (_said(place, "street_name") or _said(place, "place_name")) and _said(place, "postcode", "commune")


def _is_reachable(contact: Document) -> bool:
    known = _said(contact, "nature") or _said(contact, "function")
    return known and any(_said(telecom, "channel", "address", "level") for telecom in contact.get("telecoms") or [])


def _said(row: Document, *names: str) -> bool:
    return all(row.get(name) not in EMPTY for name in names)
