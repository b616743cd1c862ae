"""The workbook that a person downloads, fills and gives back; and one sheet of it as a CSV file."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, closing
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from confidentiality.profiles import SOCIAL_FIELD
from confidentiality.viewer import Viewer
from ror.imports.reading import ColumnShape
from ror.imports.sheets import guide
from ror.imports.sheets.beside import BESIDE
from ror.imports.sheets.choices import TITLE as LISTS
from ror.imports.sheets.choices import YES_NO, Choices, column_cells, texts_of
from ror.imports.sheets.columns import DatumField
from ror.imports.sheets.disclosing import described
from ror.imports.sheets.layout import (
    FINESS_TITLE,
    HINT_TITLE,
    KEY_TITLE,
    LINE_TITLE,
    OFFERS,
    REMOVE_TITLE,
    SENSITIVE_TITLE,
    TITLES,
    ListPath,
    SheetResource,
    resources,
)
from ror.imports.sheets.mandatory import mandatory
from ror.imports.sheets.measuring import Measure
from ror.imports.sheets.people import NAME_TITLE, NUMBER_TITLE
from ror.imports.sheets.saying import LEVEL
from ror.imports.streaming import Rows, save
from ror.spreadsheets import TEXT_FORMAT, csv_lines
from structures.describing.entry_models.content import Content
from structures.describing.entry_models.model import EntryModel
from structures.fields import is_many
from structures.models import Offer

NEEDED_KEYS = {KEY_TITLE, NUMBER_TITLE}
STAR = " *"
RED, GREY, WHITE = "C9191E", "7B7B7B", "FFFFFF"
BLUE, LIGHT, PINK = "E3E3FD", "EEEEEE", "FFE9E9"
NARROW, USUAL, WIDE = 14, 24, 44
LINE_WIDTH = 38  # of an identifier that the portal gives
GUIDE_WIDTHS = (4, 110)
HINTS = {
    KEY_TITLE: "L'offre dont parle la ligne. Ne le changez pas. Pour une nouvelle offre, inventez-en un : N1, N2…",
    FINESS_TITLE: "À remplir pour une nouvelle offre. Pour les autres, ne le changez pas.",
    HINT_TITLE: "Le nom de l'offre, pour vous repérer. Cette colonne n'est pas lue.",
    LINE_TITLE: "Le repère de la ligne. Ne le changez pas. Pour une nouvelle ligne, laissez vide, ou inventez-en un.",
    NUMBER_TITLE: "Le professionnel dont parle la ligne : son numéro RPPS, ou ADELI s'il n'a pas de RPPS.",
    NAME_TITLE: "Le nom que donne le registre, pour vous repérer. Cette colonne n'est pas lue.",
    REMOVE_TITLE: "Écrivez « oui » pour retirer cette ligne du répertoire.",
    SENSITIVE_TITLE: "À remplir pour une nouvelle offre, où seul « non » est lu. Une unité sensible se signale dans le "
    "portail. Pour les autres offres, laissez vide.",
}
ABOVE = "La ligne de « {} » dont celle-ci dépend : reprenez sa « Ligne ». Laissez vide si l'offre n'en a qu'une."
SEVERAL = "Plusieurs valeurs possibles, séparées par un point-virgule. {}"
ONE_A_LINE = "Une valeur par ligne de la cellule (Alt + Entrée pour passer à la ligne)."
IN_LISTS = "Elles sont dans la feuille « Listes », colonne {}."
COMMUNES = "Codes INSEE, ou codes postaux et noms (35000 Rennes)."


def write_template(
    out: BinaryIO,
    viewer: Viewer,
    offers: Iterable[Offer],
    model: EntryModel | None = None,
    beside: Collection[ListPath] = (),
) -> None:
    """The workbook with what `viewer` may read of these offers, cut to what an entry model asks for.

    `beside` are the sheets of `BESIDE` that it has too.

    The offers come from `visible_to(viewer)`, with their establishment; memory stays flat when they come one by one
    (`iterator`). The journal keeps what is not public. Raises `Refused` for more than what is read back; `out` is then
    not to be kept.
    """
    shown, book = _Shown(model), Workbook()
    style = _text_style(book)
    choices, rows = Choices(), {}
    sheets = [*shown.resources(), *(BESIDE[path]() for path in BESIDE if path in beside)]
    _write_guide(book.active, [resource.layout.title for resource in sheets], model)
    for resource in sheets:
        sheet = book.create_sheet(resource.layout.title)
        _write_header(sheet, resource, shown, choices)
        rows[resource.layout.title] = Rows(2, len(resource.header()), style)
    _write_lists(book.create_sheet(LISTS), choices)
    with ExitStack() as parts:
        for each in rows.values():
            parts.enter_context(closing(each.xml))
        measure = Measure()
        for some, read in described(viewer, offers):
            for resource in sheets:
                title = resource.layout.title
                rows[title].add(measure.counted(title, resource.lines(viewer, some, read)))
            measure.weigh(0, sum(each.xml.tell() for each in rows.values()))
        save(book, rows, out)
    measure.weigh(out.tell(), 0)


def csv_sheet(viewer: Viewer, offers: Iterable[Offer], path: ListPath) -> Iterator[str]:
    """One sheet as the lines of a CSV file, whole: `path` is that of its layout, one of `BESIDE` included.

    Raises `Refused`, as they are read, at more lines than what is read back.
    """
    resource = BESIDE[path]() if path in BESIDE else resources()[path]
    return csv_lines(resource.header(), _all_lines(viewer, offers, resource))


def _all_lines(viewer: Viewer, offers: Iterable[Offer], resource: SheetResource) -> Iterator[list[str]]:
    measure = Measure()
    for some, read in described(viewer, offers):
        yield from measure.counted(resource.layout.title, resource.lines(viewer, some, read))


class _Shown:
    """What a template shows: everything, or what an entry model asks for and what the rules need."""

    def __init__(self, model: EntryModel | None) -> None:
        self.content: Content | None = model.read() if model else None
        fields = set(model.activity_fields) if model else set()
        social = None if not fields or (SOCIAL_FIELD in fields and len(fields) > 1) else fields == {SOCIAL_FIELD}
        self.needed = {(path, name) for path, name in mandatory(social=social) if name != LEVEL}
        if self.content:
            blocks = (path for path, effect in self.content.needed.items() if effect == "blocks")
            self.needed |= {(tuple(above), name) for *above, name in (path.split(".") for path in blocks)}

    def resources(self) -> list[SheetResource]:
        """The sheets, with their columns."""
        found = []
        for path, resource in resources().items():
            resource.keep(name for name in resource.fields if self._asks(path, name))
            if resource.fields and self._asks_list(path):
                found.append(resource)
        return found

    def is_needed(self, path: ListPath, name: str) -> bool:
        return (path, name) in self.needed

    def codes(self, path: ListPath, name: str) -> tuple[str, ...]:
        entry = self.content.entry(".".join((*path, name))) if self.content else None
        return entry.codes if entry else ()

    def _asks(self, path: ListPath, name: str) -> bool:
        if self.content is None or self.content.asks(".".join((*path, name))):
            return True
        return path == OFFERS and self.is_needed(path, name)

    def _asks_list(self, path: ListPath) -> bool:
        return not path or self.content is None or self.content.asks(".".join(path))


def _write_header(sheet: Worksheet, resource: SheetResource, shown: _Shown, choices: Choices) -> None:
    by_title = {field.column_name: field for field in resource.fields.values()}
    path = resource.layout.path
    sheet.freeze_panes = f"{get_column_letter(len(resource.layout.keys) + 1)}2"
    for rank, column in enumerate(resource.shape().columns, 1):
        field = by_title.get(column.name)
        texts = texts_of(field, shown.codes(path, field.name)) if field else ()
        needed = column.mandatory or shown.is_needed(path, field.name) if field else column.name in NEEDED_KEYS
        cell = sheet.cell(1, rank, column.name + (STAR if needed else ""))
        cell.font = Font(bold=True, color=RED if needed else GREY if not field else None)
        cell.fill = PatternFill("solid", fgColor=PINK if needed else LIGHT if not field else BLUE)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        letter = get_column_letter(rank)
        sheet.column_dimensions[letter].width = _width(field, column)
        sheet.column_dimensions[letter].number_format = TEXT_FORMAT
        said = (
            _comment(field, texts, choices)
            if field
            else HINTS.get(column.name) or ABOVE.format(TITLES[resource.layout.above])
        )
        if said:
            cell.comment = Comment(said, "ROR", width=320, height=110)
        if field is None and column.name == REMOVE_TITLE:
            texts = YES_NO[:1]
        if column.name == SENSITIVE_TITLE:
            texts = YES_NO[1:]
        if texts and not (field and is_many(field.datum)):
            sheet.add_data_validation(choices.validation(column.name, texts, column_cells(rank)))


def _comment(field: DatumField, texts: tuple[str, ...], choices: Choices) -> str:
    """What is to be known of a column, after what the form itself says."""
    told = [str(field.datum.help_text)] if field.datum.help_text else []
    if is_many(field.datum):
        told += [_several(field, texts, choices)]
    return "\n".join(told)


def _several(field: DatumField, texts: tuple[str, ...], choices: Choices) -> str:
    if texts:
        return SEVERAL.format(IN_LISTS.format(choices.add(field.column_name, texts)))
    return ONE_A_LINE if not field.of_communes else SEVERAL.format(COMMUNES)


def _width(field: DatumField | None, column: ColumnShape) -> int:
    if field is None:
        return {
            HINT_TITLE: USUAL,
            REMOVE_TITLE: NARROW,
            SENSITIVE_TITLE: NARROW,
            FINESS_TITLE: USUAL,
            KEY_TITLE: USUAL,
        }.get(column.name, LINE_WIDTH)
    longest = getattr(field.datum, "max_length", None) or 0
    return WIDE if longest >= 200 or is_many(field.datum) else USUAL


def _text_style(book: Workbook) -> int:
    """The number of the style of text cells, in this workbook."""
    cell = book.active.cell(1, 1)
    cell.number_format = TEXT_FORMAT
    return cell.style_id


def _write_guide(sheet: Worksheet, titles: list[str], model: EntryModel | None) -> None:
    sheet.title = guide.TITLE
    for rank, width in enumerate(GUIDE_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(rank)].width = width
    for number, (heading, text) in enumerate(guide.lines(titles, model.title if model else ""), 1):
        if heading:
            sheet.cell(number, 1, heading).font = Font(bold=True, size=13)
        else:
            sheet.cell(number, 2, text).alignment = Alignment(wrap_text=True, vertical="top")


def _write_lists(sheet: Worksheet, choices: Choices) -> None:
    """Shown, at the end: what has no drop-down list is looked up there."""
    sheet.freeze_panes = "A2"
    for rank, title in enumerate(choices.header(), 1):
        sheet.cell(1, rank, title).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(rank)].width = WIDE
    for number, row in enumerate(choices.rows(), 2):
        for rank, text in enumerate(row, 1):
            if text:
                cell = sheet.cell(number, rank, text)
                cell.data_type, cell.number_format = "s", TEXT_FORMAT
