"""Which sheets a workbook has, and which columns: one sheet per list of the description of an offer.

Every line names its offer; a line of a list has a name of its own, and that of the line above it when it hangs on one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from import_export.resources import Resource

from confidentiality.viewer import Viewer
from ror.imports.reading import ColumnShape, Kind, SheetShape
from ror.imports.sheets.columns import DatumField
from ror.imports.sheets.lines import Described, lines_of
from structures.models import Offer
from structures.schema import OFFER, Rows

ListPath = tuple[str, ...]
OFFERS: ListPath = ()
# The sheet of each list of an offer, in the order of the workbook.
TITLES: dict[ListPath, str] = {
    OFFERS: "Offres",
    ("activities",): "Activités",
    ("contacts",): "Contacts",
    ("contacts", "telecoms"): "Télécommunications des contacts",
    ("hours",): "Horaires",
    ("mailboxes",): "Boîtes MSS",
    ("places",): "Lieux",
    ("places", "telecoms"): "Télécommunications des lieux",
    ("places", "housing"): "Habitations",
    ("places", "equipment"): "Équipements",
    ("places", "equipment", "limits"): "Limites d'équipement",
}
# What no spreadsheet writes: the flag of a sensitive unit, which takes a motive and a person, and the portal's own.
NEVER_IMPORTED = frozenset({"sensitive", "sensitive_motive", "entry_model"})
KEY_TITLE = "Identifiant de l'offre"
FINESS_TITLE = "Établissement (n° FINESS)"
HINT_TITLE = "Offre (pour repère)"
LINE_TITLE = "Ligne"
REMOVE_TITLE = "Retirer"
SENSITIVE_TITLE = "Unité sensible"
KEY = ColumnShape(KEY_TITLE, synonyms=("identifier", "identifiant", "identifiant offre"), mandatory=True)
FINESS = ColumnShape(FINESS_TITLE, synonyms=("finess", "n° finess", "numéro finess", "établissement"), digits=9)
# Beside an identifier of the list, its name: for those who read the sheet, never read itself.
HINT = ColumnShape(HINT_TITLE)
LINE = ColumnShape(LINE_TITLE, mandatory=True)
REMOVE = ColumnShape(REMOVE_TITLE, kind=Kind.BOOLEAN)
# Only read of a new offer, which only says « non »: the flag itself never travels.
SENSITIVE = ColumnShape(SENSITIVE_TITLE, kind=Kind.BOOLEAN)


@dataclass(frozen=True)
class Layout:
    """One sheet: its title, where its lines stand in the document, and what the line above is called (« Contact »)."""

    path: ListPath
    title: str
    schema: Rows
    parent: str = ""

    @property
    def above(self) -> ListPath:
        """The list that its lines hang on."""
        return self.path[:-1]

    @property
    def keys(self) -> tuple[ColumnShape, ...]:
        """The columns before the data: what the line is about."""
        if self.path == OFFERS:
            return (KEY, FINESS)
        above = (ColumnShape(self.parent, mandatory=True),) if self.parent else ()
        return (KEY, HINT, *above, LINE)


class SheetResource(Resource):
    """The columns of one sheet: the data of one line, as the description declares them."""

    def __init__(self, layout: Layout, **kwargs) -> None:
        super().__init__(**kwargs)
        self.layout = layout
        for name, datum in layout.schema.fields.items():
            if name not in NEVER_IMPORTED:
                self.fields[name] = DatumField(name, datum)

    def get_export_order(self) -> list[str]:
        return list(self.fields)

    def keep(self, names: Iterable[str]) -> None:
        """Leave out the data that are not among these: an absent column says nothing."""
        kept = set(names)
        self.fields = {name: field for name, field in self.fields.items() if name in kept}

    @property
    def removes(self) -> bool:
        """Whether a line of this sheet may be taken away: an offer is never removed by a file."""
        return self.layout.path != OFFERS

    def shape(self) -> SheetShape:
        """What a sheet of these lines looks like."""
        ends = (REMOVE,) if self.removes else (SENSITIVE,)
        data = (field.shape for field in self.fields.values())
        return SheetShape(self.layout.title, (*self.layout.keys, *data, *ends), partial=True)

    def lines(self, viewer: Viewer, offers: list[Offer], read: list[Described]) -> Iterator[list[str]]:
        """The lines of these offers, of which `viewer` reads `read`, in the order of the header."""
        return lines_of(self, read)

    def header(self) -> list[str]:
        """The titles, in the order in which they are written."""
        return [column.name for column in self.shape().columns]


def layouts() -> list[Layout]:
    """Every sheet, in the order of the workbook."""
    found = {layout.path: layout for layout in _walk(OFFER, OFFERS, "")}
    return [found[path] for path in TITLES]


def resources() -> dict[ListPath, SheetResource]:
    """The resource of each sheet, by the path of its lines, new: what its columns remember is of one file."""
    return {layout.path: SheetResource(layout) for layout in layouts()}


def _walk(schema: Rows, path: ListPath, parent: str) -> Iterator[Layout]:
    yield Layout(path, TITLES[path], schema, parent)
    below = schema.label.capitalize() if path else ""
    for name, child in schema.rows.items():
        yield from _walk(child, (*path, name), below)
