"""The steps of the form, in the official order, and how a step is read from a document and from what was typed."""

from dataclasses import dataclass, field

from django.http import QueryDict

from structures.document import MAX_ROWS, Document, join, new_id
from structures.schema import ESTABLISHMENT, OFFER, Rows

REVIEW = "relecture"


@dataclass(frozen=True)
class Step:
    """One page of the form: the data it asks for, and the words around them. `root` is the schema of the whole."""

    slug: str
    title: str
    fields: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    hint: str = ""
    root: Rows = OFFER
    schema: Rows = field(init=False)

    def __post_init__(self) -> None:
        rows = {name: self.root.rows[name] for name in self.rows}
        schema = Rows(self.title, {name: self.root.fields[name] for name in self.fields}, rows)
        object.__setattr__(self, "schema", schema)

    def part(self, document: Document) -> Document:
        """The part of the document that this step shows."""
        names = [*self.schema.fields, *self.schema.rows]
        return {name: document.get(name) for name in names}

    def holds(self, path: str) -> bool:
        """Whether the datum at `path` is asked here."""
        head = path.split(".", 1)[0]
        return head in self.schema.fields or head in self.schema.rows


STEPS = (
    Step(
        "informations",
        "Informations générales",
        ("name", "activity_field", "internal_organization", "sensitive", "sensitive_motive", "comment"),
        hint="Le nom de l'offre et ce qui ne changera plus ensuite.",
    ),
    Step(
        "accueil",
        "Accueil et prise en charge",
        (
            *("care_mode", "offer_type", "reception_temporality", "reception_modalities"),
            *("management_types", "annual_opening", "intervention_communes"),
        ),
        hint="Comment les personnes sont prises en charge.",
    ),
    Step(
        "patientele",
        "Patientèle",
        ("publics", "age_min", "age_min_unit", "age_max", "age_max_unit"),
        hint="Les personnes que vous pouvez recevoir.",
    ),
    Step(
        "specificites",
        "Activités et spécificités",
        (
            *("expertise_levels", "specific_acts", "outside_office_acts", "specialisations"),
            *("resource_professions", "specific_competences", "psychiatric_sectors", "involuntary_care"),
        ),
        ("activities",),
        hint="Ce que vous faites réellement, une ligne par activité.",
    ),
    Step("horaires", "Horaires", ("always_open",), ("hours",), hint="Quand l'offre est ouverte."),
    Step(
        "contacts",
        "Contacts",
        rows=("contacts", "mailboxes"),
        hint="Comment vous joindre, et qui voit chaque numéro.",
    ),
    Step(
        "lieux",
        "Lieux",
        rows=("places",),
        hint="Où l'offre est réalisée. Pour le domicile : l'adresse de la base.",
    ),
)
# What an establishment says of itself is published at once: these pages have no review.
ESTABLISHMENT_STEPS = (
    Step(
        "informations",
        "Informations et contacts",
        (
            *("usual_name", "accessibility", "comment", "public_service_participation", "financial_aids"),
            *("family_accommodation", "temporary_social_aid_places", "permanent_social_aid_places"),
            "health_territories",
        ),
        ("contacts",),
        hint="Ce que les gens doivent savoir de l'établissement entier ; chaque offre a ses propres contacts.",
        root=ESTABLISHMENT,
    ),
    Step(
        "tarifs",
        "Tarifs",
        rows=("tariffs",),
        hint="Les tarifs affichés par l'établissement, toutes taxes comprises, une ligne par tarif.",
        root=ESTABLISHMENT,
    ),
)


def step_of(path: str) -> Step:
    """The step where the datum at `path` is asked; the first one for what belongs to no step."""
    return next((step for step in STEPS if step.holds(path)), STEPS[0])


def step_named(slug: str, steps: tuple[Step, ...] = STEPS) -> Step | None:
    return next((step for step in steps if step.slug == slug), None)


def typed(step: Step, data: QueryDict) -> Document:
    """What was typed on the page of a step, as a document. Nothing is checked here, nothing is lost."""
    return _typed_row(step.schema, data, "")


def add_row(document: Document, path: str, schema: Rows = OFFER) -> str | None:
    """Add an empty row to the list at `path`; the path of the new row, None when there is no such list or no room."""
    parent, above = _parent(document, path, schema)
    name = path.rsplit(".", 1)[-1]
    if above is None or len(parent.get(name) or []) >= MAX_ROWS:
        return None
    row = {"id": new_id()} | dict.fromkeys(above.rows[name].fields)
    row |= {key: [] for key in above.rows[name].rows}
    if "level" in row:
        row["level"] = 2  # RG_EXP_032, 033
    parent[name] = [*(parent.get(name) or []), row]
    return f"{path}.{row['id']}"


def remove_row(document: Document, path: str, schema: Rows = OFFER) -> None:
    """Remove the row at `path`; nothing happens when it is already gone."""
    above_path, _, identifier = path.rpartition(".")
    parent, above = _parent(document, above_path, schema)
    if above is None:
        return
    name = above_path.rsplit(".", 1)[-1]
    parent[name] = [row for row in parent.get(name) or [] if row["id"] != identifier]


def html_name(path: str, name: str) -> str:
    """The name of a field in the page: its path in the document."""
    return join(path, name)


def list_path(path: str) -> str:
    """The path of the list that the row at `path` belongs to, without ids: « places.equipment »; empty at the top."""
    return ".".join(path.split(".")[::2]) if path else ""


def _typed_row(schema: Rows, data: QueryDict, path: str) -> Document:
    row: Document = {}
    for name, datum in schema.fields.items():
        row[name] = _without_nul(datum.widget.value_from_datadict(data, {}, html_name(path, name)))
    for name, child in schema.rows.items():
        below = join(path, name)
        row[name] = [
            {"id": identifier} | _typed_row(child, data, f"{below}.{identifier}")
            for identifier in dict.fromkeys(data.getlist(f"rows:{below}"))
        ]
    return row


def _without_nul(value):
    """The NUL character, which no one types and no database text holds, is the only one that is dropped."""
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    return value.replace("\x00", "") if isinstance(value, str) else value


def _parent(document: Document, path: str, schema: Rows) -> tuple[Document, Rows | None]:
    """The row that holds the list at `path`, and its schema; (…, None) when the path leads nowhere."""
    row, parts = document, path.split(".")
    while len(parts) > 2:
        name, identifier, *parts = parts
        if name not in schema.rows:
            return row, None
        found = next((child for child in row.get(name) or [] if child["id"] == identifier), None)
        if found is None:
            return row, None
        row, schema = found, schema.rows[name]
    return (row, schema) if len(parts) == 1 and parts[0] in schema.rows else (row, None)
