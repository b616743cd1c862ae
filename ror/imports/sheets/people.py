"""The sheet « Professionnels »: who practises in an offer, through `professionals.attaching`.

A line says one situation: a person that the register knows, and what is said of them in this offer. Nothing of what the
register says is written; the name and the profession only tell who it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Q

from confidentiality.viewer import Viewer
from professionals import attaching
from professionals.attaching import SITUATION
from professionals.models import OperationalSituation, Practice, SituationTelecom
from professionals.reading import situations_in
from ror.imports.reading import ColumnShape
from ror.imports.sheets.columns import DatumField
from ror.imports.sheets.layout import HINT, KEY, OFFERS, Layout, ListPath, SheetResource
from ror.imports.sheets.lines import Described
from ror.imports.sheets.saying import LEAST_LEVEL, LEVEL, NOT_YOURS, Applied
from ror.imports.sheets.typed import Spot, TypedRow
from ror.reference.forms import CodeChoiceField
from structures.document import Document, new_id
from structures.fields import EMPTY
from structures.findings import NotPublishable, blocking
from structures.merging import same
from structures.models import Offer
from structures.schema import TELECOM, Rows

PATH: ListPath = ("situations",)  # no list of the description has this name
TITLE = "Professionnels"
NUMBER_TITLE, NAME_TITLE = "N° RPPS ou ADELI", "Nom (pour repère)"
PROFESSION = "profession"
REASON = "imports: find in the register the people that a file names"
NO_NUMBER = "Indiquez le numéro RPPS du professionnel, ou son numéro ADELI s'il n'en a pas."
UNKNOWN = "Aucun professionnel ne porte ce numéro dans le registre, avec cette profession : vérifiez l'un et l'autre."
WHICH = "Ce professionnel a plusieurs professions : indiquez laquelle."
TWICE = "Ce professionnel est déjà à la ligne {} pour cette offre : gardez une seule des deux lignes."
CHANGED = "Ce professionnel a changé dans cette offre depuis la vérification : déposez de nouveau le fichier."
CHANGED_SINCE = "Ce professionnel a changé dans cette offre depuis l'import : il reste comme il est."
LEFT = "Ce professionnel a été retiré de l'offre, avec ce qu'elle en disait : ajoutez-le de nouveau, s'il le faut."
NEW_OFFER = "Cette offre n'est pas encore dans le répertoire : importez-la d'abord, puis ses professionnels."
# What tells who it is, what is said of them in the offer, and their only way of being reached there.
PERSON = Rows(
    "professionnel",
    {PROFESSION: CodeChoiceField("J229", label="Profession")} | SITUATION.fields | TELECOM.fields,
)


class PersonLayout(Layout):
    @property
    def above(self) -> ListPath:
        return OFFERS

    @property
    def keys(self) -> tuple[ColumnShape, ...]:
        number = ColumnShape(NUMBER_TITLE, synonyms=("rpps", "n° rpps", "numéro rpps", "adeli"), mandatory=True)
        return (KEY, HINT, number, ColumnShape(NAME_TITLE))


class PersonResource(SheetResource):
    """The columns of « Professionnels »."""

    def __init__(self, **kwargs) -> None:
        super().__init__(PersonLayout(PATH, TITLE, PERSON, NUMBER_TITLE), **kwargs)

    def lines(self, viewer: Viewer, offers: list[Offer], read: list[Described]) -> Iterator[list[str]]:
        known = situations_of(viewer, offers)
        for described in read:
            for each in known[described.identifier]:
                data = [column.written(each.said.get(name)) for name, column in self.fields.items()]
                name = str(described.document.get("name") or "")
                yield [described.identifier, name, each.number, each.name, *data, ""]


@dataclass(frozen=True)
class Situation:
    """A professional in an offer, as a person reads it: `said` has the data of `PERSON` that are read."""

    identifier: str
    number: str
    name: str
    said: Document


class Change(NamedTuple):
    """What a file says of one professional in one offer.

    `identifier` is that of the situation, empty for someone who comes; `practice` the key of who comes; `said` what is
    said otherwise, as `professionals.attaching` takes it (None: who leaves). `shown` is what was read of it before.
    """

    identifier: str
    practice: int | None
    name: str
    said: Document | None
    shown: Document
    spot: Spot


@dataclass
class Practising:
    """What a file says of the professionals of one offer."""

    changes: list[Change] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> list[dict[str, Any]]:
        """What is to be kept between the preview and the writing."""
        return [change._asdict() for change in self.changes]

    @classmethod
    def from_json(cls, said: Iterable[dict[str, Any]]) -> "Practising":
        return cls([Change(**each | {"spot": Spot(*each["spot"])}) for each in said])

    def in_words(self) -> list[dict[str, str]]:
        """Each change: who, and which datum; who comes or leaves says it whole."""
        return [words for change in self.changes for words in _in_words(change)]


def situations_of(viewer: Viewer, offers: Iterable[Offer]) -> dict[str, list[Situation]]:
    """The professionals of these offers that `viewer` may read, by identifier of the offer."""
    found: dict[str, list[Situation]] = defaultdict(list)
    for offer, row in situations_in(viewer, [offer.pk for offer in offers]):
        telecom = next(iter(row.get("telecoms") or ()), dict.fromkeys(TELECOM.fields))
        said = {name: row[name] for name in (PROFESSION, *SITUATION.fields) if name in row} | telecom
        name = " ".join(filter(None, (row.get("last_name"), row.get("first_name"))))
        found[offer].append(Situation(row["identifier"], row.get("rpps") or row.get("adeli") or "", name, said))
    return found


def practices_of(typed: Iterable[Applied]) -> dict[str, list[Practice]]:
    """What the register says of all the people that these offers name, by number. One query."""
    numbers = {line.parent for said in typed for line in said.typed.rows.get(PATH, ()) if line.parent}
    held = Q(professional__rpps__in=numbers) | Q(professional__rpps=None, professional__adeli__in=numbers)
    found: dict[str, list[Practice]] = defaultdict(list)
    for practice in Practice.objects.trusted(REASON).filter(held).select_related("professional"):
        found[practice.professional.rpps or practice.professional.adeli].append(practice)
    return found


def practising(
    said: Applied, offer: Offer | None, known: list[Situation], practices: dict[str, list[Practice]]
) -> Practising:
    """What the file says of the professionals of an offer, of which `known` is read; with all that is wrong."""
    done, first = Practising(), dict[tuple[str, str], int]()
    for line in said.typed.rows.get(PATH, ()):
        problem = _line(line, offer, known, practices, first, done)
        if problem:
            done.problems.append(problem)
    wrong = {(each["sheet"], each["cell"]) for each in said.problems}
    done.problems = [each for each in done.problems if (each["sheet"], each["cell"]) not in wrong]
    return done


def undone(done: Practising, offer: Offer, known: list[Situation]) -> tuple[Practising, list[dict[str, Any]]]:
    """What puts these people back as they were, and what cannot be. `known` are those read in the offer today."""
    back, problems = Practising(), []
    practices = {change.practice for change in done.changes if not change.identifier}
    rows = OperationalSituation.objects.trusted(REASON).filter(offer=offer, practice__in=practices)
    came = dict(rows.values_list("practice", "identifier")) if practices else {}
    for change in done.changes:
        identifier = change.identifier or came.get(change.practice, "")
        today = next((each.said for each in known if each.identifier == identifier), None)
        after = change.shown | _flat(change.said or {})
        if change.said is None:
            problems.append(change.spot.problem(LEFT))
        elif today is None or not all(same(today.get(name), value) for name, value in after.items() if name != LEVEL):
            problems.append(change.spot.problem(CHANGED_SINCE))
        else:
            before = {name: change.shown.get(name) for name in _flat(change.said)}
            said = _said(before, today) if change.identifier else None
            back.changes.append(Change(identifier, None, change.name, said, today, change.spot))
    return back, problems


def write(
    done: Practising, offer: Offer, known: list[Situation], *, author: models.Model | str, channel: str
) -> list[dict[str, Any]]:
    """Write them, in the transaction of the caller, which keeps nothing when problems are returned.

    `known` is what is read today: what is no longer what was shown is a problem.
    """
    problems = []
    today = {each.identifier: each.said for each in known}
    for change in done.changes:
        if change.identifier and today.get(change.identifier) != change.shown:
            problems.append(change.spot.problem(CHANGED))
            continue
        try:
            _write(change, offer, author=author, channel=channel)
        except NotPublishable as refusal:
            problems += (change.spot.problem(finding.message) for finding in blocking(refusal.findings))
    return problems


def _line(
    line: TypedRow,
    offer: Offer | None,
    known: list[Situation],
    practices: dict[str, list[Practice]],
    first: dict[tuple[str, str], int],
    done: Practising,
) -> dict[str, Any] | None:
    """Keep what one line says; the problem that stops it, if any."""
    number = line.view.spot(line.number, NUMBER_TITLE)
    text = line.data.get(PROFESSION, "")
    column = line.view.fields[PROFESSION]
    if not line.parent or offer is None:
        return number.problem(NEW_OFFER if line.parent else NO_NUMBER)
    here = [each for each in known if each.number == line.parent and (not text or _is_profession(column, text, each))]
    wanted = column.meaning(text)
    there = [each for each in practices.get(line.parent, ()) if not text or each.profession_id == wanted.value]
    if len(here or there) > 1:
        return line.spot(PROFESSION).problem(WHICH)
    if not here and (wanted.message or (not there and not line.removed)):
        return line.spot(PROFESSION).problem(wanted.message) if wanted.message else number.problem(UNKNOWN)
    who = (line.parent, here[0].identifier if here else str([each.pk for each in there]))
    if first.setdefault(who, line.number) != line.number:
        return number.problem(TWICE.format(first[who]))
    if here:
        _say_known(line, offer, here[0], done)
    elif not line.removed:
        _say_new(line, offer, there[0], done)
    return None


def _is_profession(column: Any, text: str, situation: Situation) -> bool:
    stored = situation.said.get(PROFESSION)
    return text == column.read_back(stored) or column.meaning(text).value == stored


def _say_known(line: TypedRow, offer: Offer, situation: Situation, done: Practising) -> None:
    spot = line.view.spot(line.number, NUMBER_TITLE)
    told = (situation.identifier, None, situation.name)
    if line.removed:
        done.changes.append(Change(*told, None, situation.said, spot))
        return
    values, problems = _values(line, situation.said)
    done.problems += problems
    said = _said(values, situation.said)
    if said and not problems:
        row = OperationalSituation.objects.trusted(REASON).get(identifier=situation.identifier)
        if "telecoms" in said and _holds_what_is_not_read(row, situation):
            done.problems.append(line.spot("address").problem(NOT_YOURS))
            return
        found = attaching.describe_refused(row, offer, **said)
        done.problems += (_about(line, finding) for finding in blocking(found))
        done.changes.append(Change(*told, said, situation.said, spot))


def _holds_what_is_not_read(row: OperationalSituation, situation: Situation) -> bool:
    """Whether the person has a way of being reached that is hidden here: it is never replaced unseen."""
    read = situation.said.get("channel") or situation.said.get("address")
    return not read and SituationTelecom.objects.trusted(REASON).filter(situation=row).exists()


def _say_new(line: TypedRow, offer: Offer, practice: Practice, done: Practising) -> None:
    values, problems = _values(line, dict.fromkeys(PERSON.fields))
    done.problems += problems
    said = _said(values, {})
    if not problems:
        found = attaching.attach_refused(practice, offer, **said)
        done.problems += (_about(line, finding) for finding in blocking(found))
    name = f"{practice.last_name} {practice.first_name}".strip()
    spot = line.view.spot(line.number, NUMBER_TITLE)
    done.changes.append(Change("", practice.pk, name, said, {}, spot))


def _values(line: TypedRow, shown: Document) -> tuple[Document, list[dict[str, Any]]]:
    """What the line says otherwise than what is read, and what is wrong in it."""
    values, problems = {}, []
    for name, text in line.data.items():
        column, stored = line.view.fields[name], shown.get(name)
        if name == PROFESSION or text == column.read_back(stored):
            continue
        if name not in shown:
            problems.append(line.spot(name).problem(NOT_YOURS))
            continue
        meaning = column.meaning(text, stored)
        if meaning.message:
            problems.append(line.spot(name).problem(meaning.message))
        elif not same(meaning.value, stored):
            values[name] = meaning.value
    return values, problems


def _said(values: Document, shown: Document) -> Document:
    """As `attaching` takes it: the data of the situation, and its only way of being reached, whole."""
    said = {name: value for name, value in values.items() if name in SITUATION.fields}
    if values.keys() & TELECOM.fields.keys():
        row = {name: values.get(name, shown.get(name)) for name in TELECOM.fields}
        reached = any(value not in EMPTY for name, value in row.items() if name != LEVEL)
        row[LEVEL] = row[LEVEL] or LEAST_LEVEL
        said["telecoms"] = [{"id": new_id()} | row] if reached else []
    return said


def _about(line: TypedRow, finding: Any) -> dict[str, Any]:
    """A finding at the cell of its datum, else at the line."""
    name = finding.path.rpartition(".")[2]
    spot = line.spot(name) if name in line.view.fields else line.view.spot(line.number, NUMBER_TITLE)
    return spot.problem(finding.message)


def _in_words(change: Change) -> Iterator[dict[str, str]]:
    who = f"Professionnel {change.name}".strip()
    columns = {name: DatumField(name, datum) for name, datum in PERSON.fields.items()}
    after = _flat(change.said or {})
    if not change.identifier or change.said is None:
        row = change.shown if change.said is None else after
        told = [
            f"{columns[name].column_name} : {columns[name].written(row[name])}" for name in columns if row.get(name)
        ]
        whole = " ; ".join(told) or change.name
        yield {"label": who, "before": whole if change.identifier else "", "after": "" if change.identifier else whole}
        return
    for name, value in after.items():
        before, text = columns[name].written(change.shown.get(name)), columns[name].written(value)
        if before != text:
            yield {"label": f"{who} — {columns[name].column_name}", "before": before, "after": text}


def _flat(said: Document) -> Document:
    """What is said, with the only way of being reached as data of the line."""
    found = {name: value for name, value in said.items() if name in PERSON.fields}
    if "telecoms" in said:
        row = next(iter(said["telecoms"]), {})
        found |= {name: row.get(name) for name in TELECOM.fields}
    return found


def _write(change: Change, offer: Offer, **said: Any) -> None:
    if not change.identifier:
        practice = Practice.objects.trusted(REASON).get(pk=change.practice)
        attaching.attach(practice, offer, **said, **change.said)
        return
    row = OperationalSituation.objects.trusted(REASON).get(identifier=change.identifier, offer=offer)
    if change.said is None:
        attaching.detach(row, **said)
        return
    attaching.describe(row, **said, **change.said)
