"""The one way in for the professionals of an offer: `attach`, `describe`, `detach`.

What the register says of a person is never written here (RG_EXP_031). The three write inside `writing`, and raise
`NotPublishable` with every finding at once, nothing being written then; `revising` and `adding` surround changes made
on the rows themselves (the administration). The caller has checked the author's rights.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import models

from confidentiality.levels import Level, minimum_contact_level, minimum_telecom_level
from professionals.models import (
    OperationalSituation,
    Practice,
    SituationExpertise,
    SituationHours,
    SituationTelecom,
)
from professionals.models.situation import SLOT_TYPES
from ror.history import writing
from ror.phones import phone_problem
from ror.reference.forms import CodeChoiceField, CodeSetChoiceField
from structures.document import Document, canonical, new_id, value_at
from structures.fields import YesNoField, text
from structures.findings import Finding, NotPublishable
from structures.merging import same
from structures.models import Offer, SensitiveUnit
from structures.models.geographic_entity import LegalKind
from structures.publishing import Publication, follow
from structures.rules import MAIL_CHANNELS, PHONE_CHANNELS
from structures.schema import HOURS, TELECOM, Rows
from structures.storing import assign, row_of, value_of

REASON = "attach a professional: lock the offer and read what the rules need"
BASIS = "norme ANS"
PORTAL = "règle du portail"
OFFER_CLOSED = "Cette offre est fermée : rouvrez-la avant d'y ajouter un professionnel."
DATA = ("exercise_mode", "convention_sector", "controlled_fees", "vitale_card", "comment")
ONE_TELECOM = 1

# What can be said of a professional in an offer. Labels and kinds are those of forms and imports.
SITUATION = Rows(
    "professionnel",
    {
        "exercise_mode": CodeChoiceField("J217", label="Mode d'exercice dans l'offre"),
        "convention_sector": CodeChoiceField("J218", label="Secteur de conventionnement"),
        "controlled_fees": YesNoField(label="Pratique-t-il l'option de maîtrise des honoraires (OPTAM) ?"),
        "vitale_card": YesNoField(label="Accepte-t-il la carte Vitale ?"),
        "comment": text("Commentaire de gestion", 1000),
        "specific_competences": CodeSetChoiceField("J33", label="Compétences spécifiques"),
    },
    {"hours": HOURS, "telecoms": TELECOM},
)


def attach(
    practice: Practice, offer: Offer, *, author: models.Model | str, channel: str, **said: Any
) -> OperationalSituation:
    """The situation of `practice` in `offer`. `said` has the keys of `SITUATION`; `exercise_mode` is required."""
    with writing(author, channel):
        locked = _locked(offer)
        document, found = _checked(said, locked)
        found += _attachable(practice, locked)
        if found:
            raise NotPublishable(found)
        row = OperationalSituation(offer=locked, practice=practice, geographic_entity_id=locked.geographic_entity_id)
        for name in DATA:
            assign(row, name, document[name])
        row.save(force_insert=True)
        _write_below(row, document)
        return OperationalSituation.objects.trusted(REASON).get(pk=row.pk)


def describe(
    situation: OperationalSituation, *, author: models.Model | str, channel: str, **said: Any
) -> OperationalSituation:
    """Change what is said of a situation: the keys given, and nothing else. A list replaces the whole list."""
    with writing(author, channel):
        row = OperationalSituation.objects.trusted(REASON).get(pk=situation.pk)
        offer, current = _locked(row.offer_id), read_situation(row)
        document, found = _checked({**current, **said}, offer)
        if found := _new(found, document, *_checked(current, offer)):
            raise NotPublishable(found)
        before = {name: value_of(row, name) for name in DATA}
        if any(document[name] != before[name] for name in DATA):
            for name in DATA:
                assign(row, name, document[name])
            row.save(update_fields=DATA)
        _write_below(row, document)
        return OperationalSituation.objects.trusted(REASON).get(pk=row.pk)


@contextmanager
def revising(situation: OperationalSituation, *, author: models.Model | str, channel: str, reason: str) -> Iterator:
    """Check what the block changes in the rows of a situation (the administration).

    Raises `NotPublishable`, nothing being written, when it then breaks a rule that it did not break before.
    """
    with writing(author, channel, reason):
        offer = _locked(situation.offer_id)
        record, known = _checked(read_situation(situation), offer)
        yield
        row = OperationalSituation.objects.trusted(REASON).get(pk=situation.pk)
        document, found = _checked(read_situation(row), offer)
        if found := _new(found, document, record, known):
            raise NotPublishable(found)


@contextmanager
def adding(offer: Offer, *, author: models.Model | str, channel: str, reason: str) -> Iterator:
    """The same for the situations that the block adds to `offer`."""
    with writing(author, channel, reason):
        locked = _locked(offer)
        if locked.closing_type_id:
            raise NotPublishable([Finding("offer", OFFER_CLOSED, PORTAL)])
        rows = OperationalSituation.objects.trusted(REASON).filter(offer=locked)
        before = set(rows.values_list("pk", flat=True))
        yield
        for row in rows.exclude(pk__in=before):
            _, found = _checked(read_situation(row), locked)
            if found:
                raise NotPublishable(found)


def detach(situation: OperationalSituation, *, author: models.Model | str, channel: str) -> None:
    """The professional no longer practises in the offer. What the register says of them stays."""
    with writing(author, channel):
        _locked(situation.offer_id)
        for model in (SituationHours, SituationTelecom, SituationExpertise):
            model.objects.trusted(REASON).filter(situation=situation.pk).delete_rows()
        OperationalSituation.objects.trusted(REASON).filter(pk=situation.pk).delete_rows()


@follow
def close_lines_of_sensitive_units(publications: Sequence[Publication]) -> None:
    """Once an offer is a sensitive unit, the lines of its professionals are of level 3 too (RG_EXP_039)."""
    units = [each.offer.pk for each in publications if each.document.get("sensitive")]
    if units:
        lines = SituationTelecom.objects.trusted(REASON).filter(situation__offer__in=units)
        lines.exclude(level=Level.CRISIS).update(level=Level.CRISIS)


def attach_refused(practice: Practice, offer: Offer, **said: Any) -> list[Finding]:
    """What `attach` would refuse as things stand, without writing anything."""
    _, found = _checked(said, offer)
    return found + _attachable(practice, offer)


def describe_refused(situation: OperationalSituation, offer: Offer, **said: Any) -> list[Finding]:
    """What `describe` would refuse as things stand, without writing anything."""
    current = read_situation(situation)
    document, found = _checked({**current, **said}, offer)
    return _new(found, document, *_checked(current, offer))


def read_situation(situation: OperationalSituation) -> Document:
    """What is said of a situation, in the shape that `describe` takes. 3 queries."""
    expertise = SituationExpertise.objects.trusted(REASON).filter(situation=situation).first()
    hours = SituationHours.objects.trusted(REASON).filter(situation=situation)
    telecoms = SituationTelecom.objects.trusted(REASON).filter(situation=situation)
    return {
        **{name: value_of(situation, name) for name in DATA},
        "specific_competences": list(expertise.specific_competences) if expertise else [],
        "hours": [row_of(slot, HOURS) | {"id": new_id()} for slot in hours],
        "telecoms": [row_of(telecom, TELECOM) | {"id": new_id()} for telecom in telecoms],
    }


def _locked(offer: Offer | int) -> Offer:
    """The offer, locked: two people who attach to it at once come one after the other."""
    key = offer.pk if isinstance(offer, Offer) else offer
    rows = Offer.objects.trusted(REASON).select_related("geographic_entity")
    return rows.select_for_update(of=("self",)).get(pk=key)


def _attachable(practice: Practice, offer: Offer) -> list[Finding]:
    found = []
    if offer.closing_type_id:
        found.append(Finding("offer", OFFER_CLOSED, PORTAL))
    if OperationalSituation.objects.trusted(REASON).filter(offer=offer, practice=practice).exists():
        message = "Ce professionnel exerce déjà dans cette offre sous cette profession : modifiez sa situation."
        found.append(Finding("practice", message, PORTAL))
    return found


def _checked(said: dict[str, Any], offer: Offer) -> tuple[Document, list[Finding]]:
    """The canonical document and every finding on it, sensitivity included."""
    sensitive = SensitiveUnit.objects.trusted(REASON).filter(offer=offer).exists()
    document, found = canonical({**said, **_with_ids(said)}, SITUATION)
    if sensitive:
        for telecom in document["telecoms"]:
            telecom["level"] = int(Level.CRISIS)  # RG_EXP_039
    if not document["exercise_mode"]:
        found.append(Finding("exercise_mode", "Choisissez le mode d'exercice dans l'offre.", BASIS, rule="mode"))
    for row in document["hours"]:
        found += _slot(row)
    if len(document["telecoms"]) > ONE_TELECOM:
        message = "Un professionnel n'a qu'un moyen de contact dans une offre : gardez-en un."
        found.append(Finding("telecoms", message, BASIS, rule="telecom"))
    for row in document["telecoms"]:
        found += _telecom(row, ville=offer.geographic_entity.legal_kind == LegalKind.VILLE, sensitive=sensitive)
    return document, _once_each(found)


def _new(found: list[Finding], document: Document, record: Document, known: list[Finding]) -> list[Finding]:
    """The findings that the situation did not deserve before: a code closed since never blocks another correction."""
    deserved = {(finding.path, finding.rule) for finding in known}
    return [
        finding
        for finding in found
        if (finding.path, finding.rule) not in deserved
        or not same(value_at(document, finding.path), value_at(record, finding.path))
    ]


def _with_ids(said: dict[str, Any]) -> Document:
    """The rows with the ids that a document wants; these tables keep none."""
    return {
        name: [{"id": new_id(), **row} if isinstance(row, dict) else row for row in said.get(name) or []]
        for name in SITUATION.rows
    }


def _once_each(found: list[Finding]) -> list[Finding]:
    """One finding per datum, the first: what is not valid is not also said to be missing."""
    return list({finding.path: finding for finding in reversed(found)}.values())[::-1]


def _slot(row: Document) -> list[Finding]:
    path = f"hours.{row['id']}"
    found = []
    if not row["slot_type"]:
        found.append(Finding(f"{path}.slot_type", "Choisissez le type de plage horaire.", BASIS))
    elif row["slot_type"] not in SLOT_TYPES:
        message = (
            "Pour un professionnel, choisissez des horaires de garde, ou de consultation avec ou sans rendez-vous."
        )
        found.append(Finding(f"{path}.slot_type", message, "norme ANS RG_EXP_049", rule="RG_EXP_049"))
    if not row["weekday"] and not row["period_start"]:
        found.append(Finding(f"{path}.weekday", "Choisissez un jour, ou une date de début.", BASIS))
    if bool(row["opens_at"]) != bool(row["closes_at"]):
        missing = "closes_at" if row["opens_at"] else "opens_at"
        found.append(Finding(f"{path}.{missing}", "Indiquez les deux heures, ou aucune.", BASIS))
    if row["period_end"] and str(row["period_end"]) < str(row["period_start"] or "9999"):
        message = "La période finit avant de commencer, ou n'a pas de début : corrigez les dates."
        found.append(Finding(f"{path}.period_end", message, BASIS))
    return found


def _telecom(row: Document, *, ville: bool, sensitive: bool) -> list[Finding]:
    path = f"telecoms.{row['id']}"
    found = []
    if not row["channel"]:
        found.append(Finding(f"{path}.channel", "Choisissez le moyen de contact.", BASIS))
    address = row["address"]
    if not address:
        found.append(Finding(f"{path}.address", "Indiquez le numéro ou l'adresse.", BASIS))
    elif row["channel"] in PHONE_CHANNELS and (problem := phone_problem(address)):
        found.append(Finding(f"{path}.address", problem, BASIS))
    elif row["channel"] in MAIL_CHANNELS and "@" not in str(address):
        found.append(Finding(f"{path}.address", f"« {address} » n'est pas une adresse électronique.", BASIS))
    for name, question in (
        ("direct_line", "Dites si c'est la ligne directe d'un professionnel."),
        ("private_emergency_line", "Dites si c'est une ligne privée utilisable en urgence."),
    ):
        if row[name] is None:
            found.append(Finding(f"{path}.{name}", question, BASIS))
    least = _least_level(row, ville=ville, sensitive=sensitive)
    if not row["level"]:
        found.append(Finding(f"{path}.level", "Choisissez qui voit ce moyen de contact.", BASIS))
    elif row["level"] in Level.values and row["level"] < least:
        message = f"Ce moyen de contact est au moins « {least.label} » : choisissez ce niveau."
        found.append(Finding(f"{path}.level", message, "arrêté, article 2", rule="level"))
    return found


def _least_level(row: Document, *, ville: bool, sensitive: bool) -> Level:
    """The least level of a telecom that names a person (RG_EXP_032 to 034): that of the situation, at least."""
    named = minimum_contact_level(nature=None, names_person=True, ville=ville, sensitive=sensitive)
    return minimum_telecom_level(
        channel=row["channel"],
        direct_line=row["direct_line"] is True,
        private_emergency_line=row["private_emergency_line"] is True,
        contact_level=named,
        sensitive=sensitive,
    )


def _write_below(situation: OperationalSituation, document: Document) -> None:
    _write_expertise(situation, document["specific_competences"])
    _write_rows(situation, SituationHours, HOURS, document["hours"])
    _write_rows(situation, SituationTelecom, TELECOM, document["telecoms"])


def _write_expertise(situation: OperationalSituation, competences: list[str]) -> None:
    """A row of its own only when there is something to say."""
    rows = SituationExpertise.objects.trusted(REASON).filter(situation=situation)
    if not competences:
        rows.delete_rows()
    elif not (stored := rows.first()):
        SituationExpertise.objects.trusted(REASON).create(situation=situation, specific_competences=competences)
    elif stored.specific_competences != competences:
        rows.update(specific_competences=competences)


def _write_rows(
    situation: OperationalSituation, model: type[models.Model], schema: Rows, wanted: list[Document]
) -> None:
    """Replace the rows when they say something else: they have no identity of their own."""
    rows = model.objects.trusted(REASON).filter(situation=situation)
    if sorted(_said(row_of(row, schema)) for row in rows) == sorted(map(_said, wanted)):
        return
    rows.delete_rows()
    added = []
    for document in wanted:
        row = model(situation=situation)
        for name in schema.fields:
            assign(row, name, document[name])
        added.append(row)
    model.objects.trusted(REASON).bulk_create(added)


def _said(row: Document) -> str:
    return repr(sorted((name, str(value)) for name, value in row.items() if name != "id"))
