"""Rules of an offer's own data, of its activities and of its hours, in the order of the table."""

import datetime
from collections.abc import Iterator

from confidentiality.profiles import SOCIAL_FIELD
from structures.document import Document
from structures.findings import Effect, Finding
from structures.models.geographic_entity import LegalKind
from structures.rules.book import Facts, because, portal, rule
from structures.rules.contacts import EMERGENCY_MODE

CLOSED_SLOT_TYPES = frozenset({"R252:08", "R252:09"})
CATEGORIES_WITH_OFFER_TYPE = frozenset({"R66:209", "R66:354", "R66:460"})
ACCOMMODATION_MODES = frozenset({"R213:46", "R213:47", "R213:48"})
DAYS_BY_UNIT = {"d": 1, "wk": 7, "mo": 30, "a": 365}
OLDEST_AGE_DAYS = 130 * 365


@rule(1)
def at_least_one_activity(document: Document, facts: Facts) -> Iterator[Finding]:
    if not any(row.get("activity") for row in document["activities"]):
        yield because(1, "activities", "Ajoutez au moins une activité opérationnelle.")
    for row in document["activities"]:
        if not row.get("activity") and row.get("family"):
            yield because(1, f"activities.{row['id']}.activity", "Choisissez l'activité de cette ligne, ou retirez-la.")
    pairs = [(row.get("activity"), row.get("family")) for row in document["activities"] if row.get("activity")]
    for row in document["activities"]:
        pair = (row.get("activity"), row.get("family"))
        if pairs.count(pair) > 1:
            yield because(1, f"activities.{row['id']}.activity", "Cette activité figure deux fois : gardez une ligne.")


@rule(2)
def family_in_social_field(document: Document, facts: Facts) -> Iterator[Finding]:
    if document.get("activity_field") != SOCIAL_FIELD:
        return
    for row in document["activities"]:
        if row.get("activity") and not row.get("family"):
            yield because(2, f"activities.{row['id']}.family", "Choisissez la famille de cette activité.")


@rule(3)
def one_care_mode(document: Document, facts: Facts) -> Iterator[Finding]:
    if not document.get("care_mode"):
        yield because(3, "care_mode", "Choisissez le mode de prise en charge.")
    elif facts.published_care_mode not in (None, document["care_mode"]):
        yield because(
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
        yield because(4, name, words[name])
    if missing:
        return
    low, high = _age_in_days(document, "age_min"), _age_in_days(document, "age_max")
    if low is None or high is None:
        return
    if low > high:
        yield because(4, "age_max", "L'âge maximal est inférieur à l'âge minimal : corrigez l'un des deux.")
    for name, age in (("age_min", low), ("age_max", high)):
        if age > OLDEST_AGE_DAYS:
            yield because(4, name, "Cet âge dépasse 130 ans : vérifiez le nombre et l'unité.")


@rule(5)
def publics_in_social_field(document: Document, facts: Facts) -> Iterator[Finding]:
    if document.get("activity_field") == SOCIAL_FIELD and not document.get("publics"):
        yield because(5, "publics", "Choisissez au moins un public pris en charge.")


@rule(6)
def hours(document: Document, facts: Facts) -> Iterator[Finding]:
    yield from (finding for row in document["hours"] for finding in _slot(row))
    if document.get("always_open") is True:
        return
    if any(_counts(row, facts.today) for row in document["hours"]):
        return
    yield because(
        6, "hours", "Indiquez au moins une plage horaire en cours, ou répondez oui à « Ouvert 24 h/24, 7 j/7 ? »."
    )


@rule(12)
def sensitive_answered(document: Document, facts: Facts) -> Iterator[Finding]:
    if document.get("sensitive") is None:
        yield because(12, "sensitive", "Dites si cette offre est une unité sensible.")


@rule(14)
def one_activity_field(document: Document, facts: Facts) -> Iterator[Finding]:
    if not document.get("activity_field"):
        yield because(14, "activity_field", "Choisissez le champ d'activité.")
    elif facts.published_activity_field not in (None, document["activity_field"]):
        yield because(
            14,
            "activity_field",
            "Le champ d'activité d'une offre publiée ne change pas : décrivez une nouvelle offre.",
        )


@rule(15)
def name(document: Document, facts: Facts) -> Iterator[Finding]:
    if not document.get("name"):
        yield because(15, "name", "Donnez un nom à l'offre.")


@rule(18)
def orsan(document: Document, facts: Facts) -> Iterator[Finding]:
    if facts.legal_kind == LegalKind.HEALTH and not facts.orsan_answered:
        yield because(
            18, "establishment.orsan_answer", "Indiquez la désignation ORSAN de l'établissement.", _crisis(document)
        )


@rule(19)
def landing_zone(document: Document, facts: Facts) -> Iterator[Finding]:
    if facts.legal_kind == LegalKind.HEALTH and not facts.landing_zone_answered:
        yield because(
            19,
            "establishment.landing_zone",
            "Dites si l'établissement a une zone de poser pour hélicoptère.",
            _crisis(document),
        )


@rule(23)
def offer_type(document: Document, facts: Facts) -> Iterator[Finding]:
    if facts.category in CATEGORIES_WITH_OFFER_TYPE and not document.get("offer_type"):
        yield because(23, "offer_type", "Le type d'offre est attendu pour ce service à domicile.", Effect.WARNS)
    social = document.get("activity_field") == SOCIAL_FIELD
    accommodation = document.get("care_mode") in ACCOMMODATION_MODES
    if social and accommodation and not document.get("reception_temporality"):
        yield because(
            23, "reception_temporality", "La temporalité d'accueil est attendue pour un hébergement.", Effect.WARNS
        )


@rule(103)
def inside_the_perimeter(document: Document, facts: Facts) -> Iterator[Finding]:
    """The portal's own warning: nothing is asked of such a structure, and its offer is not found by default."""
    if facts.legal_kind != LegalKind.OUTSIDE:
        return
    yield portal(
        103,
        "name",
        "Cet établissement est hors du périmètre du ROR : rien ne vous oblige à le décrire, et la recherche du grand "
        "public ne montre pas son offre si on ne le demande pas.",
    )


@rule(16)
def organization_of_the_establishment(document: Document, facts: Facts) -> Iterator[Finding]:
    if document.get("internal_organization") and document["internal_organization"] not in facts.organizations:
        yield because(
            16,
            "internal_organization",
            "Cette organisation interne n'est pas ouverte dans cet établissement : choisissez-en une autre, ou aucune.",
        )


def _slot(row: Document) -> Iterator[Finding]:
    path = f"hours.{row['id']}"
    if not row.get("slot_type"):
        yield because(6, f"{path}.slot_type", "Choisissez le type de plage horaire.")
    if not row.get("weekday") and not row.get("period_start"):
        yield because(6, f"{path}.weekday", "Choisissez un jour, ou une date de début.")
    if bool(row.get("opens_at")) != bool(row.get("closes_at")):
        missing = "closes_at" if row.get("opens_at") else "opens_at"
        yield because(6, f"{path}.{missing}", "Indiquez les deux heures, ou aucune.")
    if row.get("period_end") and not row.get("period_start"):
        yield because(6, f"{path}.period_start", "Indiquez aussi la date de début de la période.")
    elif row.get("period_end") and str(row["period_end"]) < str(row["period_start"]):
        yield because(6, f"{path}.period_end", "La période finit avant de commencer : corrigez l'une des dates.")


def _counts(row: Document, today: datetime.date) -> bool:
    """Whether the slot is one during which people are received, now or later (RG_EXP_018)."""
    if not row.get("slot_type") or row["slot_type"] in CLOSED_SLOT_TYPES:
        return False
    return not row.get("period_end") or str(row["period_end"]) >= today.isoformat()


def _crisis(document: Document) -> Effect:
    return Effect.BLOCKS if document.get("care_mode") == EMERGENCY_MODE else Effect.WARNS


def _age_in_days(document: Document, name: str) -> int | None:
    value, unit = document[name], document[f"{name}_unit"]
    if not isinstance(value, int) or unit not in DAYS_BY_UNIT:
        return None
    return value * DAYS_BY_UNIT[unit]
