"""Rules of contacts and of the ways of reaching them, in an offer and in an establishment alike."""

from collections.abc import Iterator

from confidentiality.levels import Level, minimum_contact_level, minimum_telecom_level
from ror.phones import phone_problem
from structures.document import Document
from structures.findings import Effect, Finding
from structures.models.geographic_entity import LegalKind
from structures.rules.book import ESTABLISHMENT, OFFER, Facts, because, portal, rule

EMERGENCY_MODE = "R213:33"
ON_CALL_NATURES = frozenset({"R287:08", "R287:11", "R287:12", "R287:13", "R287:14"})
PHONE_CHANNELS = frozenset({"R200:1", "R200:2", "R200:6", "R200:8"})
KNOWN_LEVELS = frozenset(Level.values)
MAIL_CHANNELS = frozenset({"R200:3", "R200:9"})


@rule(8)
def one_contact_with_telecom(document: Document, facts: Facts) -> Iterator[Finding]:
    if not document["contacts"]:
        yield because(8, "contacts", "Ajoutez au moins un contact, avec un moyen de le joindre.")
    yield from every_contact_reachable(document, facts)


@rule(8, ESTABLISHMENT)
def every_contact_reachable(document: Document, facts: Facts) -> Iterator[Finding]:
    for contact in document["contacts"]:
        if not contact["telecoms"]:
            yield because(8, f"contacts.{contact['id']}.telecoms", "Ajoutez un moyen de joindre ce contact.")
    for _, telecom, path in _telecoms(document):
        yield from _telecom(telecom, path)


@rule(9, OFFER, ESTABLISHMENT)
def nature_or_person(document: Document, facts: Facts) -> Iterator[Finding]:
    for row in document["contacts"]:
        path = f"contacts.{row['id']}"
        person = row.get("function") or row.get("name")
        if row.get("nature") and person:
            yield because(
                9,
                f"{path}.nature",
                "Choisissez : soit la nature du contact, soit une fonction et un nom, pas les deux.",
            )
        elif not row.get("nature") and not person:
            yield because(9, f"{path}.nature", "Choisissez la nature du contact, ou une fonction et un nom.")
        elif not row.get("nature") and not row.get("function"):
            yield because(9, f"{path}.function", "Choisissez la fonction de cette personne.")
        elif not row.get("nature") and not row.get("name"):
            yield because(9, f"{path}.name", "Indiquez le nom de cette personne.")


@rule(10, OFFER, ESTABLISHMENT)
def levels(document: Document, facts: Facts) -> Iterator[Finding]:
    """Automatic in a sensitive unit (rule 13), where everything is published at level 3."""
    for contact in document["contacts"]:
        path = f"contacts.{contact['id']}"
        least = contact_minimum(contact, facts)
        if not contact.get("level"):
            yield because(10, f"{path}.level", "Choisissez qui voit ce contact.")
        elif document.get("sensitive") is not True and _level(contact) < least:
            yield because(10, f"{path}.level", f"Ce contact est au moins « {least.label} » : choisissez ce niveau.")
    for contact, telecom, path in _telecoms(document):
        yield from _telecom_level(document, contact, telecom, f"{path}.level")


@rule(11, OFFER, ESTABLISHMENT)
def line_questions(document: Document, facts: Facts) -> Iterator[Finding]:
    for _, telecom, path in _telecoms(document):
        if telecom.get("direct_line") is None:
            yield because(11, f"{path}.direct_line", "Dites si c'est la ligne directe d'un professionnel.")
        if telecom.get("private_emergency_line") is None:
            yield because(
                11, f"{path}.private_emergency_line", "Dites si c'est une ligne privée utilisable en urgence."
            )


@rule(20)
def on_call_contact(document: Document, facts: Facts) -> Iterator[Finding]:
    if facts.legal_kind != LegalKind.HEALTH or document.get("care_mode") != EMERGENCY_MODE:
        return
    if not any(row.get("nature") in ON_CALL_NATURES for row in document["contacts"]):
        yield because(
            20,
            "contacts",
            "Pour un accueil des urgences, un contact d'alerte, de garde ou d'astreinte est attendu.",
            Effect.WARNS,
        )


@rule(101)
def visible_to_public(document: Document, facts: Facts) -> Iterator[Finding]:
    """The portal's own warning: families would find no way to call."""
    if document.get("sensitive") is True or not document["contacts"]:
        return
    if not any(
        _level(contact) == Level.PUBLIC and any(_level(telecom) == Level.PUBLIC for telecom in contact["telecoms"])
        for contact in document["contacts"]
    ):
        yield portal(
            101,
            "contacts",
            "Aucun contact ne sera visible du grand public : les familles ne pourront pas vous joindre.",
        )


def contact_minimum(contact: Document, facts: Facts) -> Level:
    """The least level of a contact of the document, sensitivity apart."""
    return minimum_contact_level(
        nature=contact.get("nature"),
        names_person=bool(contact.get("name") or contact.get("function")),
        ville=facts.legal_kind == LegalKind.VILLE,
        sensitive=False,
    )


def telecom_minimum(contact: Document | None, telecom: Document) -> Level:
    """The least level of a telecom of the document, sensitivity apart; that of a place has no contact."""
    return minimum_telecom_level(
        channel=telecom.get("channel"),
        direct_line=telecom.get("direct_line") is True,
        private_emergency_line=telecom.get("private_emergency_line") is True,
        contact_level=_level(contact) if contact else Level.PUBLIC,
        sensitive=False,
    )


def _telecoms(document: Document) -> Iterator[tuple[Document | None, Document, str]]:
    """(contact, telecom, path) of each way of reaching a contact, or a place (no contact)."""
    for contact in document["contacts"]:
        for telecom in contact["telecoms"]:
            yield contact, telecom, f"contacts.{contact['id']}.telecoms.{telecom['id']}"
    for place in document.get("places") or []:
        for telecom in place["telecoms"]:
            yield None, telecom, f"places.{place['id']}.telecoms.{telecom['id']}"


def _telecom_level(document: Document, contact: Document | None, telecom: Document, path: str) -> Iterator[Finding]:
    if not telecom.get("level"):
        yield because(10, path, "Choisissez qui voit ce moyen de contact.")
        return
    least = telecom_minimum(contact, telecom)
    if document.get("sensitive") is not True and _level(telecom) < least:
        yield because(10, path, f"Ce moyen de contact est au moins « {least.label} » : choisissez ce niveau.")


def _telecom(telecom: Document, path: str) -> Iterator[Finding]:
    if not telecom.get("channel"):
        yield because(8, f"{path}.channel", "Choisissez le moyen de contact.")
    value = telecom.get("address")
    if not value:
        yield because(8, f"{path}.address", "Indiquez le numéro ou l'adresse.")
        return
    if telecom.get("channel") in PHONE_CHANNELS and (problem := phone_problem(value)):
        yield because(8, f"{path}.address", problem)
    if telecom.get("channel") in MAIL_CHANNELS and "@" not in str(value):
        yield because(8, f"{path}.address", f"« {value} » n'est pas une adresse électronique.")


def _level(row: Document) -> int:
    """The level of a contact or telecom; not chosen yet counts as the default, 2 (RG_EXP_032, 033)."""
    level = row.get("level")
    return level if level in KNOWN_LEVELS else Level.PROFESSIONAL
