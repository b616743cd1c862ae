"""The document of an offer: what a draft holds, what a version keeps, what every channel hands to `publish()`.

A document is JSON: its keys are the policy's datum names, and each child row carries a stable id (a UUID). The fields
below are the one place where the type, label and help of a datum are said; forms, imports and API use them.
Requiredness is not said here: it belongs to the rules (`structures.rules`).
"""

import datetime
import math
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from confidentiality.levels import Level
from ror.reference.forms import CodeChoiceField, CodeSetChoiceField, StoredCommuneField
from structures.findings import Finding
from structures.models.offer import AgeUnit, OpeningHours

FORMAT = 1
MAX_ROWS = 200
Document = dict[str, Any]

EMPTY = (None, "", [])


class YesNoWidget(forms.RadioSelect):
    template_name = "structures/yes_no.html"


class YesNoField(forms.Field):
    """A question that must be answered by oui or non: no answer is neither."""

    answers = {"true": True, "oui": True, "1": True, "false": False, "non": False, "0": False}

    def __init__(self, **kwargs) -> None:
        kwargs.setdefault("widget", YesNoWidget(choices=[("true", "Oui"), ("false", "Non")]))
        super().__init__(required=False, **kwargs)

    def to_python(self, value) -> bool | None:
        if value in EMPTY:
            return None
        answer = self.answers.get(str(value).strip().lower())
        if answer is None:
            raise ValidationError("Répondez par oui ou par non.")
        return answer

    def prepare_value(self, value):
        return {True: "true", False: "false"}.get(value, value)


class ChoiceField(forms.TypedChoiceField):
    """A short list of choices; an unknown value is named in the message."""

    default_error_messages = {"invalid_choice": "« %(value)s » n'est pas proposé ici. Choisissez dans la liste."}

    def __init__(self, *, choices, coerce=str, empty_label: str = "Choisir", **kwargs) -> None:
        super().__init__(
            choices=[("", empty_label), *choices], coerce=coerce, empty_value=None, required=False, **kwargs
        )


class IdField(forms.UUIDField):
    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)


def text(label: str, length: int, **kwargs) -> forms.CharField:
    return forms.CharField(label=label, max_length=length, required=False, **kwargs)


def number(label: str, **kwargs) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        error_messages={"invalid": "Écrivez un nombre entier, en chiffres."},
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        **kwargs,
    )


def day(label: str, **kwargs) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y"],
        error_messages={"invalid": "Écrivez une date, par exemple 31/12/2026."},
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        **kwargs,
    )


def hour(label: str) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        input_formats=["%H:%M", "%H:%M:%S", "%Hh%M", "%H h %M", "%Hh"],
        error_messages={"invalid": "Écrivez une heure, par exemple 08:30."},
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )


@dataclass(frozen=True)
class Rows:
    """A list of child rows: their singular label, their own fields, the rows below them."""

    label: str
    fields: dict[str, forms.Field]
    rows: dict[str, "Rows"] = field(default_factory=dict)


LEVEL_HELP = "Un niveau plus strict que le minimum imposé par la donnée est toujours possible."

TELECOM = Rows(
    "moyen de contact",
    {
        "channel": CodeChoiceField("J225", label="Moyen de contact"),
        "address": text("Numéro, adresse électronique ou site", 255),
        "direct_line": YesNoField(
            label="Est-ce la ligne directe d'un professionnel ?",
            help_text="Si oui, elle n'est jamais visible du grand public.",
        ),
        "private_emergency_line": YesNoField(
            label="Est-ce une ligne privée, utilisable en urgence ?",
            help_text="Si oui, seules la régulation et la gestion de crise la voient.",
        ),
        "level": ChoiceField(label="Visible par", choices=Level.choices, coerce=int, help_text=LEVEL_HELP),
    },
)

CONTACT = Rows(
    "contact",
    {
        "nature": CodeChoiceField(
            "J221", label="Nature du contact", help_text="Un service : accueil, secrétariat, standard…"
        ),
        "function": CodeChoiceField(
            "J220", label="Ou fonction de la personne", help_text="Une personne : sa fonction, puis son nom."
        ),
        "name": text("Nom de la personne", 120),
        "level": ChoiceField(label="Visible par", choices=Level.choices, coerce=int, help_text=LEVEL_HELP),
    },
    {"telecoms": TELECOM},
)

ACTIVITY = Rows(
    "activité",
    {
        "activity": CodeChoiceField("J17", label="Activité opérationnelle"),
        "family": CodeChoiceField("J51", label="Famille d'activité", help_text="Demandée pour le médico-social."),
    },
)

HOURS = Rows(
    "plage horaire",
    {
        "slot_type": CodeChoiceField("J41", label="Type de plage"),
        "weekday": ChoiceField(label="Jour", choices=OpeningHours.Weekday.choices, coerce=int),
        "opens_at": hour("De"),
        "closes_at": hour("À"),
        "period_start": day("À partir du", help_text="Facultatif : pour une période précise."),
        "period_end": day("Jusqu'au"),
    },
)

PLACE = Rows(
    "lieu",
    {
        "street_number": text("Numéro", 10),
        "street_number_suffix": text("Bis, ter…", 10),
        "street_type": CodeChoiceField("J219", label="Type de voie"),
        "street_name": text("Nom de la voie", 120),
        "place_name": text("Lieu-dit ou boîte postale", 120),
        "address_complement": text("Complément d'adresse", 120),
        "postcode": forms.RegexField(
            r"^[0-9]{5}$", label="Code postal", required=False, error_messages={"invalid": "Écrivez cinq chiffres."}
        ),
        "locality": text("Localité de distribution", 80),
        "commune": StoredCommuneField(label="Commune"),
    },
)

OFFER = Rows(
    "offre",
    {
        "name": text("Nom de l'offre", 200, help_text="Tel que le cherchent les familles et les professionnels."),
        "activity_field": CodeChoiceField(
            "J20", label="Champ d'activité", help_text="Ne change plus une fois l'offre publiée."
        ),
        "sensitive": YesNoField(
            label="Est-ce une unité sensible ?",
            help_text="Une unité dont la description présente un risque d'usage malveillant. "
            "Si oui, l'offre entière n'est visible que de la régulation et de la gestion de crise.",
        ),
        "sensitive_motive": text("Motif, si l'unité est sensible", 300),
        "care_mode": CodeChoiceField(
            "J19", label="Mode de prise en charge", help_text="Ne change plus une fois l'offre publiée."
        ),
        "offer_type": CodeChoiceField("J238", label="Type d'offre"),
        "reception_temporality": CodeChoiceField("J30", label="Temporalité d'accueil"),
        "age_min": number("Âge minimal", min_value=0, max_value=1500),
        "age_min_unit": ChoiceField(label="Unité de l'âge minimal", choices=AgeUnit.choices),
        "age_max": number("Âge maximal", min_value=0, max_value=1500),
        "age_max_unit": ChoiceField(label="Unité de l'âge maximal", choices=AgeUnit.choices),
        "publics": CodeSetChoiceField("J29", label="Publics pris en charge"),
        "always_open": YesNoField(label="Ouvert 24 h/24, 7 j/7 ?"),
    },
    {"activities": ACTIVITY, "hours": HOURS, "contacts": CONTACT, "places": PLACE},
)


def new_id() -> str:
    return str(uuid.uuid4())


def canonical(document: Document) -> tuple[Document, list[Finding]]:
    """The same document with every valid value in its canonical form, and a finding for each value that is not valid.

    What is not valid stays as it was typed, so that nothing is lost. Unknown keys are findings too: no channel may
    write what the document does not declare.
    """
    findings: list[Finding] = []
    return _canonical_rows(OFFER, document, "", findings), findings


def to_json(value: Any) -> Any:
    """The JSON form of a cleaned value."""
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if value == "":
        return None
    return value


def walk(document: Document, schema: Rows = OFFER, path: str = "") -> Iterator[tuple[str, Rows, Document]]:
    """Each row of the document with its path and its schema, the document itself first."""
    yield path, schema, document
    for name, child in schema.rows.items():
        for row in document.get(name) or []:
            yield from walk(row, child, join(path, f"{name}.{row['id']}"))


def value_at(document: Document, path: str) -> Any:
    """What the document says at `path`: a value, a row, a list of rows; None when there is nothing."""
    found: Any = document
    for part in path.split("."):
        if isinstance(found, list):
            found = next((row for row in found if row.get("id") == part), None)
        elif isinstance(found, dict):
            found = found.get(part)
    return found


def join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _canonical_rows(schema: Rows, row: Document, path: str, findings: list[Finding]) -> Document:
    result: Document = {"id": row["id"]} if "id" in row else {}
    for name in row.keys() - schema.fields.keys() - schema.rows.keys() - {"id"}:
        findings.append(Finding(join(path, str(name)), f"« {name} » n'est pas une donnée de cette description.", ""))
    for name, datum in schema.fields.items():
        result[name] = _canonical_value(datum, row.get(name), join(path, name), findings)
    for name, child in schema.rows.items():
        result[name] = _canonical_list(child, row.get(name) or [], join(path, name), findings)
    return result


def _canonical_value(datum: forms.Field, value: Any, path: str, findings: list[Finding]) -> Any:
    value = _shaped(datum, value)
    try:
        return to_json(datum.clean(value))
    except ValidationError as error:
        findings.append(Finding(path, " ".join(error.messages), ""))
        return value


def _shaped(datum: forms.Field, value: Any) -> Any:
    """The value in the one shape that its field, the rules and the pages hold: a list of texts for a set, else no list.

    What is written by hand in a file or sent by a program may have any shape; no text of the database holds NUL.
    """
    if isinstance(datum, CodeSetChoiceField):
        items = value if isinstance(value, list) else [value]
        return [_text(item) for item in items if item not in EMPTY]
    if isinstance(value, float) and not math.isfinite(value):
        return _text(value)  # JSON has no such number
    return value if value is None or isinstance(value, (bool, int, float)) else _text(value)


def _text(value: Any) -> str:
    return str(value).replace("\x00", "")


def _canonical_list(schema: Rows, rows: Any, path: str, findings: list[Finding]) -> list[Document]:
    if not isinstance(rows, list):
        findings.append(Finding(path, "Une liste est attendue ici.", ""))
        return []
    if len(rows) > MAX_ROWS:
        findings.append(Finding(path, f"Cette liste a plus de {MAX_ROWS} lignes : retirez-en.", ""))
    result, seen = [], set()
    for row in rows:
        identifier = _row_id(row)
        if identifier is None or identifier in seen:
            identifier = new_id()  # kept as a row of its own: nothing typed is dropped
            findings.append(Finding(f"{path}.{identifier}", f"Vérifiez cette ligne ({schema.label}).", ""))
        seen.add(identifier)
        content = {**(row if isinstance(row, dict) else {}), "id": identifier}
        result.append(_canonical_rows(schema, content, f"{path}.{identifier}", findings))
    return result


def _row_id(row: Any) -> str | None:
    try:
        return str(uuid.UUID(str(row["id"])))
    except (KeyError, TypeError, ValueError):
        return None
