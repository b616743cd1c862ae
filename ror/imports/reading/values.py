"""What a cell says, given what its column expects: one way of writing each date, hour, number and yes."""

import datetime
import re
from typing import NamedTuple

from ror.imports.reading.book import Severity
from ror.imports.reading.shapes import ColumnShape, Kind
from ror.imports.reading.texts import fold

YES, NO = "oui", "non"
SAID_YES = {"oui", "o", "yes", "y", "vrai", "true", "x", "1"}
SAID_NO = {"non", "n", "no", "faux", "false", "0"}
EPOCH = datetime.date(1899, 12, 30)  # day 0 of spreadsheets, as they count since March 1900
SERIALS = range(2_200, 2_958_466)  # days from 1906 to 9999; below, a number is more likely a year
MONTHS = (
    ("janvier", "janv"), ("fevrier", "fevr"), ("mars",), ("avril", "avr"), ("mai",), ("juin",),
    ("juillet", "juil"), ("aout",), ("septembre", "sept"), ("octobre", "oct"), ("novembre", "nov"),
    ("decembre", "dec"),
)  # fmt: skip
MONTH = {name: number for number, names in enumerate(MONTHS, 1) for name in names}
FRENCH_DATE = re.compile(r"([0-9]{1,2})\s?[/.\- ]\s?([0-9]{1,2})\s?[/.\- ]\s?([0-9]{2}|[0-9]{4})")
WORDED_DATE = re.compile(r"([0-9]{1,2})(?:er)? ([^\W\d_]+)\.? ([0-9]{4})", re.IGNORECASE)
ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?")
HOUR = re.compile(r"([0-9]{1,2})\s?(?:[hH:]|heures?)\s?([0-9]{2})?(?:[:mM]\s?(00)?)?")
NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")
BARE = re.compile(r"[0-9]+")
FIGURES = re.compile(r"0|[1-9][0-9]{0,14}")  # as a spreadsheet writes a number
LOST = 10**15  # above, a spreadsheet keeps fifteen figures and puts zeros for the others
NOT_A_DAY = "« {} » n'est pas une date. Écrivez le jour, le mois et l'année : 31/12/2026."
SHORT_YEAR = "L'année de « {} » doit avoir ses quatre chiffres : 31/12/2026."
YEAR_ALONE = "« {} » n'est pas une date entière. Écrivez le jour, le mois et l'année : 31/12/2026."
NOT_AN_HOUR = "« {} » n'est pas une heure. Écrivez l'heure et les minutes : 08:30."
NOT_YES_OR_NO = "« {} » : écrivez « oui » ou « non »."
NOT_A_NUMBER = "« {} » n'est pas un nombre. Écrivez-le en chiffres."
BROKEN = "Cette cellule est en erreur ({}). Remplacez-la par une valeur."
NOT_COMPUTED = (
    "Le résultat de cette formule n'est pas enregistré dans le fichier. Ouvrez-le dans votre tableur et "
    "enregistrez-le de nouveau, ou remplacez la formule par sa valeur."
)
FIGURES_LOST = (
    "Le tableur n'a gardé que quinze chiffres de ce nombre : les derniers sont perdus. "
    "Mettez la cellule au format Texte, puis saisissez-le de nouveau."
)
ZEROS_BACK = "Le tableur avait retiré les zéros du début : ils ont été remis."
HOUR_LEFT = "Seul le jour a été gardé, sans l'heure."
TAKEN_FOR_A_DATE = "Le tableur a pris cette valeur pour une date. Vérifiez-la, ou mettez la cellule au format Texte."


class Understood(NamedTuple):
    """The text of a cell, and what is to be said of it: no severity, nothing. An error leaves the text as typed."""

    text: str
    severity: Severity | None = None
    message: str = ""


def understand(cell: object, shape: ColumnShape, *, untyped: bool = False) -> Understood:
    """What a cell of this column says. `cell` is as `child` tells it: text, number, truth, or pair.

    `untyped` is for CSV files, which do not say whether a cell is a number: figures alone are taken for one.
    """
    if cell == "":
        return Understood("")
    if isinstance(cell, list):
        return _pair(*cell, shape)
    if untyped and isinstance(cell, str) and FIGURES.fullmatch(cell) and shape.kind != Kind.TEXT:
        return _of_number(int(cell), shape)
    if untyped and shape.kind == Kind.TEXT and isinstance(cell, str):
        return _digits(cell, shape)
    if isinstance(cell, str):
        return FROM_TEXT[shape.kind](cell)
    if isinstance(cell, bool):
        return _truth(cell, shape)
    return _of_number(cell, shape)


def shown(number: float) -> str:
    """A number as people read it here: 1234,5; no « .0 », no more figures than a spreadsheet shows."""
    return str(number) if isinstance(number, int) else _decimal(number).replace(".", ",")


def _decimal(number: float) -> str:
    text = f"{number:.15g}"
    return text if "e" not in text else f"{number:.15f}".rstrip("0").rstrip(".")


# From texts


def _text(text: str) -> Understood:
    return Understood(text)


def _text_date(text: str) -> Understood:
    if found := ISO_DATE.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif found := FRENCH_DATE.fullmatch(text):
        if len(found[3]) == 2:
            return Understood(text, Severity.ERROR, SHORT_YEAR.format(text))
        day, month, year = map(int, found.groups())
    elif (found := WORDED_DATE.fullmatch(text)) and fold(found[2]) in MONTH:
        day, month, year = int(found[1]), MONTH[fold(found[2])], int(found[3])
    else:
        return Understood(text, Severity.ERROR, NOT_A_DAY.format(text))
    try:
        return Understood(datetime.date(year, month, day).isoformat())
    except ValueError:
        return Understood(text, Severity.ERROR, NOT_A_DAY.format(text))


def _text_time(text: str) -> Understood:
    found = HOUR.fullmatch(text)
    if not found:
        return Understood(text, Severity.ERROR, NOT_AN_HOUR.format(text))
    return _hour(int(found[1]), int(found[2] or 0), text)


def _text_truth(text: str) -> Understood:
    said = fold(text)
    if said in SAID_YES:
        return Understood(YES)
    return Understood(NO) if said in SAID_NO else Understood(text, Severity.ERROR, NOT_YES_OR_NO.format(text))


def _text_number(text: str) -> Understood:
    figures = text.replace(" ", "")
    if not NUMBER.fullmatch(figures):
        return Understood(text, Severity.ERROR, NOT_A_NUMBER.format(text))
    return Understood(figures.replace(",", ".").removeprefix("+"))


FROM_TEXT = {
    Kind.TEXT: _text,
    Kind.DATE: _text_date,
    Kind.TIME: _text_time,
    Kind.BOOLEAN: _text_truth,
    Kind.NUMBER: _text_number,
}


# From numbers


def _of_number(number: float, shape: ColumnShape) -> Understood:
    match shape.kind:
        case Kind.DATE:
            return _serial_date(number)
        case Kind.TIME:
            return _fraction_of_day(number)
        case Kind.BOOLEAN:
            return _text_truth(shown(number))
        case Kind.NUMBER:
            return Understood(str(number) if isinstance(number, int) else _decimal(number))
    if abs(number) >= LOST:
        return Understood(f"{number:.0f}", Severity.ERROR, FIGURES_LOST)
    return _digits(shown(number), shape)


def _digits(figures: str, shape: ColumnShape) -> Understood:
    """Zeros put back where no more are missing than such a number may begin with; anything else stays as typed."""
    missing = shape.digits - len(figures)
    if not 0 < missing <= shape.zeros or not BARE.fullmatch(figures):
        return Understood(figures)
    return Understood(figures.zfill(shape.digits), Severity.REPAIR, ZEROS_BACK)


def _serial_date(number: float) -> Understood:
    typed = shown(number)
    if 1_000 <= number < SERIALS.start and number == int(number):
        return Understood(typed, Severity.ERROR, YEAR_ALONE.format(typed))
    if int(number) not in SERIALS:
        return Understood(typed, Severity.ERROR, NOT_A_DAY.format(typed))
    day = (EPOCH + datetime.timedelta(days=int(number))).isoformat()
    return Understood(day) if number == int(number) else Understood(day, Severity.REPAIR, HOUR_LEFT)


def _fraction_of_day(number: float) -> Understood:
    """A part of a day, to the minute. Whole numbers do not tell hours from days: only 0 and 1 (24:00) of a time."""
    typed = shown(number)
    if isinstance(number, int) or not 0 < number < 1:
        return Understood(typed, Severity.ERROR, NOT_AN_HOUR.format(typed))
    seconds = round(number * 86_400)
    if seconds % 60:
        return Understood(typed, Severity.ERROR, NOT_AN_HOUR.format(typed))
    return _hour(*divmod(seconds // 60, 60), typed)


def _truth(truth: bool, shape: ColumnShape) -> Understood:
    match shape.kind:
        case Kind.BOOLEAN:
            return Understood(YES if truth else NO)
        case Kind.TEXT:
            return Understood("VRAI" if truth else "FAUX")
    return FROM_TEXT[shape.kind]("VRAI" if truth else "FAUX")


# From dates, hours, errors


def _pair(what: str, written: str, shape: ColumnShape) -> Understood:
    match what:
        case "error":
            return Understood(written, Severity.ERROR, BROKEN.format(written or "sans valeur"))
        case "formula":
            return Understood("", Severity.ERROR, NOT_COMPUTED)
        case "date":
            return _typed_moment(f"{written}T00:00:00", shape)
        case "moment":
            return _typed_moment(written, shape)
    return _typed_time(written, shape)


def _typed_moment(written: str, shape: ColumnShape) -> Understood:
    moment = datetime.datetime.fromisoformat(written)
    midnight = moment.time() == datetime.time()
    match shape.kind:
        case Kind.DATE if midnight:
            return Understood(moment.date().isoformat())
        case Kind.DATE:
            return Understood(moment.date().isoformat(), Severity.REPAIR, HOUR_LEFT)
        case Kind.TIME if moment.year <= 1900:  # an hour of the first days of spreadsheets; the first ends at 24:00
            return Understood("24:00") if midnight else _typed_time(f"{moment:%H:%M:%S}", shape)
    typed = f"{moment:%d/%m/%Y}" if midnight else f"{moment:%d/%m/%Y %H:%M}"
    if shape.kind == Kind.TEXT:
        return Understood(typed, Severity.REPAIR, TAKEN_FOR_A_DATE)
    return FROM_TEXT[shape.kind](typed)


def _typed_time(written: str, shape: ColumnShape) -> Understood:
    """An hour typed as such; in a column of texts, as people read it."""
    hour, minute, second = (int(part) for part in written.split(":"))
    typed = f"{hour:02}:{minute:02}" if not second else written
    if shape.kind == Kind.TIME and second:
        return Understood(typed, Severity.ERROR, NOT_AN_HOUR.format(typed))
    return FROM_TEXT[shape.kind](typed)


def _hour(hour: int, minute: int, typed: str) -> Understood:
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return Understood(typed, Severity.ERROR, NOT_AN_HOUR.format(typed))
    return Understood(f"{hour:02}:{minute:02}")
