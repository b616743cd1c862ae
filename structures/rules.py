"""The one rule book of a description: every rule of the table of mandatory data that an offer can meet or break.

Each rule carries its number in the bundled table (`data/mandatory_data.csv`), which says its basis and its effect.
Forms, imports, API and `publish()` all ask `findings(document, facts)`; nothing else says what is mandatory.
"""

import csv
import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from confidentiality.levels import Level, minimum_contact_level, minimum_telecom_level
from confidentiality.profiles import SOCIAL_FIELD
from ror.phones import phone_problem
from ror.reference.models import Commune
from structures.document import Document
from structures.findings import Effect, Finding
from structures.models import CrisisAnswer, GeographicEntity
from structures.models.geographic_entity import LegalKind

DATA = Path(__file__).parent / "data"

EMERGENCY_MODE = "R213:33"
CLOSED_SLOT_TYPES = frozenset({"R252:08", "R252:09"})
ON_CALL_NATURES = frozenset({"R287:08", "R287:11", "R287:12", "R287:13", "R287:14"})
CATEGORIES_WITH_OFFER_TYPE = frozenset({"R66:209", "R66:354", "R66:460"})
ACCOMMODATION_MODES = frozenset({"R213:46", "R213:47", "R213:48"})
PHONE_CHANNELS = frozenset({"R200:1", "R200:2", "R200:6", "R200:8"})
MAIL_CHANNELS = frozenset({"R200:3", "R200:9"})
DAYS_BY_UNIT = {"d": 1, "wk": 7, "mo": 30, "a": 365}
OLDEST_AGE_DAYS = 130 * 365


@dataclass(frozen=True)
class Facts:
    """What the rules need to know besides the document itself."""

    legal_kind: str
    category: str | None
    orsan_answered: bool
    landing_zone_answered: bool
    today: datetime.date
    published_activity_field: str | None = None
    published_care_mode: str | None = None
    communes: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)  # INSEE code: name, postcodes


Check = Callable[[Document, Facts], Iterator[Finding]]

_checks: dict[int, Check] = {}


def rule(number: int) -> Callable[[Check], Check]:
    """Declare the check of one line of the table (above 100: the portal's own warnings)."""

    def declare(check: Check) -> Check:
        _checks[number] = check
        return check

    return declare


def findings(document: Document, facts: Facts) -> list[Finding]:
    """Everything that stands in the way of publication, and everything worth a warning, at once.

    `document` is canonical; a value still not valid counts as missing nowhere (its own finding says so already).
    """
    return [finding for number in sorted(_checks) for finding in _checks[number](document, facts)]


def mandatory_basis(number: int) -> str:
    """On which text, norm or portal rule line `number` rests, in the words of the table."""
    return _table()[number]["basis_label_fr"]


def facts_of(
    entity: GeographicEntity,
    crisis: CrisisAnswer | None,
    today: datetime.date,
    published: Document | None = None,
    communes: Iterable[Commune] = (),
) -> Facts:
    """The facts about `entity`; `published` is the record's document when the offer is already published.

    `communes` are those that the document names, so that their postcodes can be compared.
    """
    return Facts(
        legal_kind=entity.legal_kind,
        category=entity.category_id,
        orsan_answered=bool(crisis and crisis.orsan_answer),
        landing_zone_answered=bool(crisis and crisis.landing_zone is not None),
        today=today,
        published_activity_field=(published or {}).get("activity_field"),
        published_care_mode=(published or {}).get("care_mode"),
        communes={commune.pk: (commune.name, tuple(commune.postcodes)) for commune in communes},
    )


@cache
def _table() -> dict[int, dict[str, str]]:
    with (DATA / "mandatory_data.csv").open(encoding="utf-8", newline="") as lines:
        return {int(line["number"]): line for line in csv.DictReader(lines)}


def _finding(number: int, path: str, message: str, effect: Effect = Effect.BLOCKS) -> Finding:
    return Finding(path, message, mandatory_basis(number), effect, str(number))


# The rules, in the order of the table.


@rule(1)
def at_least_one_activity(document: Document, facts: Facts) -> Iterator[Finding]:
    if not any(row.get("activity") for row in document["activities"]):
        yield _finding(1, "activities", "Ajoutez au moins une activité opérationnelle.")
    for row in document["activities"]:
        if not row.get("activity") and row.get("family"):
            yield _finding(
                1, f"activities.{row['id']}.activity", "Choisissez l'activité de cette ligne, ou retirez-la."
            )
    pairs = [(row.get("activity"), row.get("family")) for row in document["activities"] if row.get("activity")]
    for row in document["activities"]:
        pair = (row.get("activity"), row.get("family"))
        if pairs.count(pair) > 1:
            yield _finding(1, f"activities.{row['id']}.activity", "Cette activité figure deux fois : gardez une ligne.")


@rule(2)
def family_in_social_field(document: Document, facts: Facts) -> Iterator[Finding]:
    if document.get("activity_field") != SOCIAL_FIELD:
        return
    for row in document["activities"]:
        if row.get("activity") and not row.get("family"):
            yield _finding(2, f"activities.{row['id']}.family", "Choisissez la famille de cette activité.")


@rule(3)
def one_care_mode(document: Document, facts: Facts) -> Iterator[Finding]:
    if not document.get("care_mode"):
        yield _finding(3, "care_mode", "Choisissez le mode de prise en charge.")
    elif facts.published_care_mode not in (None, document["care_mode"]):
        yield _finding(
            3,
            "care_mode",
            "Le mode de prise en charge d'une offre publiée ne change pas : décrivez une nouvelle offre.",
        )


@rule(4)
def ages(document: Document, facts: Facts) -> Iterator[Finding]:
    words = {
        "age_min": "Indiquez l'âge minimal des personnes accueillies.",
        "age_min_unit": "Choisissez l'unité de l'âge minimal.",
        "age_max": "Indiquez l'âge maximal des personnes accueillies.",
        "age_max_unit": "Choisissez l'unité de l'âge maximal.",
    }
    missing = [name for name in words if document.get(name) is None]
    for name in missing:
        yield _finding(4, name, words[name])
    if missing:
        return
    low, high = _age_in_days(document, "age_min"), _age_in_days(document, "age_max")
    if low is None or high is None:
        return
    if low > high:
        yield _finding(4, "age_max", "L'âge maximal est inférieur à l'âge minimal : corrigez l'un des deux.")
    for name, age in (("age_min", low), ("age_max", high)):
        if age > OLDEST_AGE_DAYS:
            yield _finding(4, name, "Cet âge dépasse 130 ans : vérifiez le nombre et l'unité.")


@rule(5)
def publics_in_social_field(document: Document, facts: Facts) -> Iterator[Finding]:
    if document.get("activity_field") == SOCIAL_FIELD and not document.get("publics"):
        yield _finding(5, "publics", "Choisissez au moins un public pris en charge.")


@rule(6)
def hours(document: Document, facts: Facts) -> Iterator[Finding]:
    yield from (finding for row in document["hours"] for finding in _slot(row))
    if document.get("always_open") is True:
        return
    if any(_counts(row, facts.today) for row in document["hours"]):
        return
    yield _finding(
        6, "hours", "Indiquez au moins une plage horaire en cours, ou répondez oui à « Ouvert 24 h/24, 7 j/7 ? »."
    )


@rule(7)
def address(document: Document, facts: Facts) -> Iterator[Finding]:
    if not document["places"]:
        yield _finding(7, "places", "Indiquez l'adresse où l'offre est réalisée.")
    for row in document["places"]:
        path = f"places.{row['id']}"
        if not row.get("commune"):
            yield _finding(7, f"{path}.commune", "Indiquez la commune.")
        if not row.get("postcode"):
            yield _finding(7, f"{path}.postcode", "Indiquez le code postal.")
        if not (row.get("street_name") or row.get("place_name")):
            yield _finding(7, f"{path}.street_name", "Indiquez le nom de la voie, ou le lieu-dit.")


@rule(8)
def one_contact_with_telecom(document: Document, facts: Facts) -> Iterator[Finding]:
    if not document["contacts"]:
        yield _finding(8, "contacts", "Ajoutez au moins un contact, avec un moyen de le joindre.")
    for contact in document["contacts"]:
        path = f"contacts.{contact['id']}"
        if not contact["telecoms"]:
            yield _finding(8, f"{path}.telecoms", "Ajoutez un moyen de joindre ce contact.")
        for telecom in contact["telecoms"]:
            yield from _telecom(telecom, f"{path}.telecoms.{telecom['id']}")


@rule(9)
def nature_or_person(document: Document, facts: Facts) -> Iterator[Finding]:
    for row in document["contacts"]:
        path = f"contacts.{row['id']}"
        person = row.get("function") or row.get("name")
        if row.get("nature") and person:
            yield _finding(
                9,
                f"{path}.nature",
                "Choisissez : soit la nature du contact, soit une fonction et un nom, pas les deux.",
            )
        elif not row.get("nature") and not person:
            yield _finding(9, f"{path}.nature", "Choisissez la nature du contact, ou une fonction et un nom.")
        elif not row.get("nature") and not row.get("function"):
            yield _finding(9, f"{path}.function", "Choisissez la fonction de cette personne.")
        elif not row.get("nature") and not row.get("name"):
            yield _finding(9, f"{path}.name", "Indiquez le nom de cette personne.")


@rule(10)
def levels(document: Document, facts: Facts) -> Iterator[Finding]:
    """Automatic in a sensitive unit (rule 13), where everything is published at level 3."""
    for contact in document["contacts"]:
        path = f"contacts.{contact['id']}"
        least = contact_minimum(contact, facts)
        if not contact.get("level"):
            yield _finding(10, f"{path}.level", "Choisissez qui voit ce contact.")
        elif document.get("sensitive") is not True and _level(contact) < least:
            yield _finding(10, f"{path}.level", f"Ce contact est au moins « {least.label} » : choisissez ce niveau.")
        for telecom in contact["telecoms"]:
            yield from _telecom_level(document, contact, telecom, f"{path}.telecoms.{telecom['id']}.level")


@rule(11)
def line_questions(document: Document, facts: Facts) -> Iterator[Finding]:
    for contact in document["contacts"]:
        for telecom in contact["telecoms"]:
            path = f"contacts.{contact['id']}.telecoms.{telecom['id']}"
            if telecom.get("direct_line") is None:
                yield _finding(11, f"{path}.direct_line", "Dites si c'est la ligne directe d'un professionnel.")
            if telecom.get("private_emergency_line") is None:
                yield _finding(
                    11, f"{path}.private_emergency_line", "Dites si c'est une ligne privée utilisable en urgence."
                )


@rule(12)
def sensitive_answered(document: Document, facts: Facts) -> Iterator[Finding]:
    if document.get("sensitive") is None:
        yield _finding(12, "sensitive", "Dites si cette offre est une unité sensible.")


@rule(14)
def one_activity_field(document: Document, facts: Facts) -> Iterator[Finding]:
    if not document.get("activity_field"):
        yield _finding(14, "activity_field", "Choisissez le champ d'activité.")
    elif facts.published_activity_field not in (None, document["activity_field"]):
        yield _finding(
            14,
            "activity_field",
            "Le champ d'activité d'une offre publiée ne change pas : décrivez une nouvelle offre.",
        )


@rule(15)
def name(document: Document, facts: Facts) -> Iterator[Finding]:
    if not document.get("name"):
        yield _finding(15, "name", "Donnez un nom à l'offre.")


@rule(18)
def orsan(document: Document, facts: Facts) -> Iterator[Finding]:
    if facts.legal_kind == LegalKind.HEALTH and not facts.orsan_answered:
        yield _finding(
            18, "establishment.orsan_answer", "Indiquez la désignation ORSAN de l'établissement.", _crisis(document)
        )


@rule(19)
def landing_zone(document: Document, facts: Facts) -> Iterator[Finding]:
    if facts.legal_kind == LegalKind.HEALTH and not facts.landing_zone_answered:
        yield _finding(
            19,
            "establishment.landing_zone",
            "Dites si l'établissement a une zone de poser pour hélicoptère.",
            _crisis(document),
        )


@rule(20)
def on_call_contact(document: Document, facts: Facts) -> Iterator[Finding]:
    if facts.legal_kind != LegalKind.HEALTH or document.get("care_mode") != EMERGENCY_MODE:
        return
    if not any(row.get("nature") in ON_CALL_NATURES for row in document["contacts"]):
        yield _finding(
            20,
            "contacts",
            "Pour un accueil des urgences, un contact d'alerte, de garde ou d'astreinte est attendu.",
            Effect.WARNS,
        )


@rule(23)
def offer_type(document: Document, facts: Facts) -> Iterator[Finding]:
    if facts.category in CATEGORIES_WITH_OFFER_TYPE and not document.get("offer_type"):
        yield _finding(23, "offer_type", "Le type d'offre est attendu pour ce service à domicile.", Effect.WARNS)
    social = document.get("activity_field") == SOCIAL_FIELD
    accommodation = document.get("care_mode") in ACCOMMODATION_MODES
    if social and accommodation and not document.get("reception_temporality"):
        yield _finding(
            23, "reception_temporality", "La temporalité d'accueil est attendue pour un hébergement.", Effect.WARNS
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
        yield Finding(
            "contacts",
            "Aucun contact ne sera visible du grand public : les familles ne pourront pas vous joindre.",
            "règle du portail",
            Effect.WARNS,
            "101",
        )


@rule(102)
def postcode_of_the_commune(document: Document, facts: Facts) -> Iterator[Finding]:
    """The portal's own warning: a commune chosen by mistake sends people to the wrong place. A CEDEX is not checked."""
    for row in document["places"]:
        name, postcodes = facts.communes.get(row.get("commune"), ("", ()))
        cedex = "CEDEX" in str(row.get("locality") or "").upper()
        if not postcodes or cedex or not row.get("postcode") or row["postcode"] in postcodes:
            continue
        yield Finding(
            f"places.{row['id']}.commune",
            f"Le code postal {row['postcode']} n'est pas celui de la commune choisie, {name} "
            f"({', '.join(postcodes)}) : vérifiez l'un et l'autre.",
            "règle du portail",
            Effect.WARNS,
            "102",
        )


@rule(103)
def inside_the_perimeter(document: Document, facts: Facts) -> Iterator[Finding]:
    """The portal's own warning: nothing is asked of such a structure, and its offer is not found by default."""
    if facts.legal_kind != LegalKind.OUTSIDE:
        return
    yield Finding(
        "name",
        "Cet établissement est hors du périmètre du ROR : rien ne vous oblige à le décrire, et la recherche du grand "
        "public ne montre pas son offre si on ne le demande pas.",
        "règle du portail",
        Effect.WARNS,
        "103",
    )


def contact_minimum(contact: Document, facts: Facts) -> Level:
    """The least level of a contact of the document, sensitivity apart."""
    return minimum_contact_level(
        nature=contact.get("nature"),
        names_person=bool(contact.get("name") or contact.get("function")),
        ville=facts.legal_kind == LegalKind.VILLE,
        sensitive=False,
    )


def telecom_minimum(contact: Document, telecom: Document) -> Level:
    """The least level of a telecom of the document, sensitivity apart."""
    return minimum_telecom_level(
        channel=telecom.get("channel"),
        direct_line=telecom.get("direct_line") is True,
        private_emergency_line=telecom.get("private_emergency_line") is True,
        contact_level=_level(contact),
        sensitive=False,
    )


def _telecom_level(document: Document, contact: Document, telecom: Document, path: str) -> Iterator[Finding]:
    if not telecom.get("level"):
        yield _finding(10, path, "Choisissez qui voit ce moyen de contact.")
        return
    least = telecom_minimum(contact, telecom)
    if document.get("sensitive") is not True and _level(telecom) < least:
        yield _finding(10, path, f"Ce moyen de contact est au moins « {least.label} » : choisissez ce niveau.")


def _telecom(telecom: Document, path: str) -> Iterator[Finding]:
    if not telecom.get("channel"):
        yield _finding(8, f"{path}.channel", "Choisissez le moyen de contact.")
    value = telecom.get("address")
    if not value:
        yield _finding(8, f"{path}.address", "Indiquez le numéro ou l'adresse.")
        return
    if telecom.get("channel") in PHONE_CHANNELS and (problem := phone_problem(value)):
        yield _finding(8, f"{path}.address", problem)
    if telecom.get("channel") in MAIL_CHANNELS and "@" not in str(value):
        yield _finding(8, f"{path}.address", f"« {value} » n'est pas une adresse électronique.")


def _slot(row: Document) -> Iterator[Finding]:
    path = f"hours.{row['id']}"
    if not row.get("slot_type"):
        yield _finding(6, f"{path}.slot_type", "Choisissez le type de plage horaire.")
    if not row.get("weekday") and not row.get("period_start"):
        yield _finding(6, f"{path}.weekday", "Choisissez un jour, ou une date de début.")
    if bool(row.get("opens_at")) != bool(row.get("closes_at")):
        missing = "closes_at" if row.get("opens_at") else "opens_at"
        yield _finding(6, f"{path}.{missing}", "Indiquez les deux heures, ou aucune.")
    if row.get("period_end") and not row.get("period_start"):
        yield _finding(6, f"{path}.period_start", "Indiquez aussi la date de début de la période.")
    elif row.get("period_end") and str(row["period_end"]) < str(row["period_start"]):
        yield _finding(6, f"{path}.period_end", "La période finit avant de commencer : corrigez l'une des dates.")


def _counts(row: Document, today: datetime.date) -> bool:
    """Whether the slot is one during which people are received, now or later (RG_EXP_018)."""
    if not row.get("slot_type") or row["slot_type"] in CLOSED_SLOT_TYPES:
        return False
    return not row.get("period_end") or str(row["period_end"]) >= today.isoformat()


def _crisis(document: Document) -> Effect:
    return Effect.BLOCKS if document.get("care_mode") == EMERGENCY_MODE else Effect.WARNS


def _level(row: Document) -> int:
    """The level of a contact or telecom; not chosen yet counts as the default, 2 (RG_EXP_032, 033)."""
    level = row.get("level")
    return level if level in Level.values else Level.PROFESSIONAL


def _age_in_days(document: Document, name: str) -> int | None:
    value, unit = document[name], document[f"{name}_unit"]
    if not isinstance(value, int) or unit not in DAYS_BY_UNIT:
        return None
    return value * DAYS_BY_UNIT[unit]
