"""From a file to staged lines: what each line would change, and everything that is wrong with all of them, at once."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from confidentiality.disclosure import disclose
from confidentiality.viewer import Viewer
from ror.imports.access import offers_of, viewer_now
from ror.imports.columns import KEY_TITLE, OfferResource
from ror.imports.models import ImportFile, ImportJob, Outcome, StagedLine
from ror.imports.progress import Progressing
from ror.imports.reading import Refused, Row, Severity, Sheet, clean_text, read
from structures import publishing, records
from structures.describing.wording import Words
from structures.differences import differences
from structures.document import Document, canonical
from structures.findings import Finding, blocking
from structures.models import Offer
from structures.reading import draft_subject

MOST = 500  # lines of one import: each is published whole, while one waits
TOO_MANY = "Ce fichier a {} lignes ; un import en prend {} au plus. Partagez-le en plusieurs fichiers."
NO_LINE = "Ce fichier n'a aucune ligne sous ses titres de colonnes."
NO_KEY = "L'identifiant de l'offre manque : reprenez-le de la liste exportée."
# One sentence for what does not exist and for what the person may not correct: neither tells of the other.
UNKNOWN = "Aucune offre que vous pouvez corriger ne porte cet identifiant."
TWICE = "Cette offre est déjà à la ligne {} : gardez une seule des deux lignes."
ELSEWHERE = "Une donnée de cette offre que vous ne lisez pas s'y oppose : demandez à l'établissement de la vérifier."
NOT_YOURS = (
    "Cette donnée de cette offre ne peut pas être changée par vous : reprenez la valeur exportée, ou ôtez la colonne."
)


def read_file(job: ImportJob) -> None:
    """Read the file of the import: what is to be said of it, in `job.remarks`.

    Raises `Refused`, with a sentence for the person, for a file that cannot be read.
    """
    sheet, job.remarks = _read(job, OfferResource())
    if len(sheet.rows) > MOST:
        raise Refused(TOO_MANY.format(len(sheet.rows), MOST))
    if not sheet.rows:
        raise Refused(NO_LINE)


def check(job: ImportJob, progress: Progressing) -> None:
    """Stage the lines of the file, compared with the offers that its owner may change; counts them on the job.

    Raises `Refused` and `RightsEnded`.
    """
    viewer = viewer_now(job)
    resource = OfferResource()
    sheet, _ = _read(job, resource)
    job.lines.all().delete()
    lines = []
    for line in _Comparison(resource, sheet, viewer, offers_of(job, viewer)).lines():
        line.job = job
        lines.append(line)
        progress(len(lines), len(sheet.rows))
    StagedLine.objects.bulk_create(lines)
    counts = Counter(line.outcome for line in lines)
    for outcome in Outcome:
        setattr(job, outcome.value, counts[outcome])


def _read(job: ImportJob, resource: OfferResource) -> tuple[Sheet, list[str]]:
    """The sheet of offers, and what is to be said of the file. The copy on disk goes at once."""
    upload = job.files.get(kind=ImportFile.Kind.UPLOADED)
    with tempfile.NamedTemporaryFile(prefix="ror-import-") as copy:
        copy.write(upload.content)
        copy.flush()
        book = read(Path(copy.name), upload.name, [resource.shape()])
    sheet = book.sheets[0]
    said = [*book.remarks, *sheet.remarks]
    wrong = [str(remark) for remark in said if remark.severity is Severity.ERROR]
    if wrong:
        raise Refused(" ".join(wrong))
    return sheet, [str(remark) for remark in said]


class _Comparison:
    """The lines of a sheet, beside the offers that they name, read in sets."""

    def __init__(self, resource: OfferResource, sheet: Sheet, viewer: Viewer, offers) -> None:
        self.sheet, self.viewer = sheet, viewer
        self.fields = resource.by_title()
        names = {self._key(row) for row in sheet.rows}
        found = offers.filter(identifier__in=names).select_related("geographic_entity")
        self.offers: dict[str, Offer] = {offer.identifier: offer for offer in found}
        self.documents = records.read_documents([offer.pk for offer in self.offers.values()])
        self.first: dict[str, int] = {}

    def lines(self) -> Iterator[StagedLine]:
        for row in self.sheet.rows:
            yield self._line(row)

    def _line(self, row: Row) -> StagedLine:
        identifier = self._key(row)
        line = StagedLine(number=row.number, identifier=identifier[:40], outcome=Outcome.REFUSED)
        wrong = (remark for remark in row.remarks if remark.severity is Severity.ERROR)
        problems = [self._problem(f"{remark.column}{row.number}", remark.name, remark.message) for remark in wrong]
        offer = self.offers.get(identifier)
        if offer is None:
            said = UNKNOWN if identifier else NO_KEY
            line.problems = [*problems, self._problem(self._cell(row, KEY_TITLE), KEY_TITLE, said)]
            return line
        if identifier in self.first:
            problems.append(self._problem(self._cell(row, KEY_TITLE), KEY_TITLE, TWICE.format(self.first[identifier])))
        self.first.setdefault(identifier, row.number)
        line.offer, line.version, line.geographic_entity = offer, offer.version, offer.geographic_entity
        return self._compare(line, row, offer, problems)

    def _compare(self, line: StagedLine, row: Row, offer: Offer, problems: list[dict]) -> StagedLine:
        base = self.documents[offer.pk]
        entity = offer.geographic_entity
        read = disclose(self.viewer, draft_subject(base, entity, offer.rights, offer.identifier))
        typed = self._typed(row, read)
        problems += (self._about(row, name, NOT_YOURS) for name in typed.keys() - read.keys())
        after, found = canonical(base | {name: value for name, value in typed.items() if name in read})
        changed = list(differences(base, after))
        if changed:
            found = publishing.tolerate(found + publishing.check(after, entity, base), after, base, entity)
            problems += (self._about(row, each.path, _told(each, read)) for each in blocking(found))
        line.problems = problems
        line.typed = {each.path: each.after for each in changed}
        words = Words([value for each in changed for value in (each.before, each.after)])
        line.changes = [words.difference_in_words(each, base, after) for each in changed]
        line.outcome = Outcome.REFUSED if problems else Outcome.CHANGED if changed else Outcome.UNCHANGED
        return line

    def _typed(self, row: Row, read: Document) -> Document:
        """What the line says otherwise than the export of what the person may read: the rest is an empty cell there,
        so that what is typed over it says nothing of it.
        """
        texts = self.sheet.by_name(row)
        cells = ((field, texts[title]) for title, field in self.fields.items() if title in texts)
        return {
            field.attribute: field.widget.clean(text) for field, text in cells if text != clean_text(field.export(read))
        }

    def _key(self, row: Row) -> str:
        return self.sheet.by_name(row).get(KEY_TITLE, "").strip()

    def _about(self, row: Row, path: str, message: str) -> dict:
        """A problem at the cell of its datum, or at the line when no column of the file holds it."""
        title = next((title for title, field in self.fields.items() if field.attribute == path), "")
        return self._problem(self._cell(row, title), title, message)

    def _problem(self, cell: str, title: str, message: str) -> dict:
        return {"sheet": self.sheet.shape.name, "cell": cell, "column": title, "message": message}

    def _cell(self, row: Row, title: str) -> str:
        known = {column.name for column in self.sheet.columns}
        return self.sheet.place(row, title) if title in known else f"ligne {row.number}"


def _told(finding: Finding, read: Document) -> str:
    """What stands in the way; of what the person may not read, only that there is something."""
    return finding.message if finding.path.partition(".")[0] in read else ELSEWHERE
