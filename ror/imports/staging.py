"""From a file to staged lines: what each offer would become, and everything that is wrong with all of them, at once."""

import tempfile
from collections import Counter
from pathlib import Path

from ror import sets
from ror.imports.access import viewer_now
from ror.imports.comparing import Compared, by_hundreds, compare
from ror.imports.models import ImportFile, ImportJob, Outcome, StagedLine
from ror.imports.progress import Progressing
from ror.imports.reading import Refused, Severity, Workbook, read
from ror.imports.sheets import ASIDE, gather, shapes

TOGETHER = 1000  # offers compared by one set of queries
NO_LINE = "Ce fichier n'a aucune ligne sous ses titres de colonnes."
COLUMNS = (
    *("job", "number", "rows", "identifier", "reference", "offer", "geographic_entity"),
    *("version", "outcome", "typed", "changes", "problems"),
)


def read_file(job: ImportJob) -> None:
    """Read the file of the import: what is to be said of it, in `job.remarks`.

    Raises `Refused`, with a sentence for the person, for a file that cannot be read.
    """
    book = _book(job)
    said = [*book.remarks, *(remark for sheet in book.sheets for remark in sheet.remarks)]
    wrong = [str(remark) for remark in said if remark.severity is Severity.ERROR]
    if wrong:
        raise Refused(" ".join(wrong))
    if not any(sheet.rows for sheet in book.sheets):
        raise Refused(NO_LINE)
    job.remarks = [str(remark) for remark in said]
    job.sheets = {sheet.name or sheet.shape.name: sheet.header_row for sheet in book.sheets}


def check(job: ImportJob, progress: Progressing) -> None:
    """Stage the offers of the file, compared with those that its owner may change; counts them on the job.

    Raises `Refused` and `RightsEnded`.
    """
    viewer = viewer_now(job)
    offers = list(gather(_book(job)).values())
    job.lines.all().delete()
    counts: Counter[str] = Counter()
    done = 0
    for some in by_hundreds(offers, TOGETHER):
        lines = [_line(job, each) for each in compare(job, viewer, some)]
        sets.insert(StagedLine, COLUMNS, lines)
        counts.update(line[COLUMNS.index("outcome")] for line in lines)
        done += len(some)
        progress(done, len(offers))
    for outcome in Outcome:
        setattr(job, outcome.value, counts[outcome])


def _book(job: ImportJob) -> Workbook:
    """The sheets of the file. The copy on disk goes at once."""
    upload = job.files.get(kind=ImportFile.Kind.UPLOADED)
    with tempfile.NamedTemporaryFile(prefix="ror-import-") as copy:
        copy.write(upload.content)
        copy.flush()
        return read(Path(copy.name), upload.name, shapes(), aside=ASIDE)


def _line(job: ImportJob, compared: Compared) -> list:
    """One staged line, in the order of `COLUMNS`."""
    typed, offer, entity = compared.typed, compared.offer, compared.entity
    return [
        job.pk,
        typed.number or typed.lines[0][1],
        typed.lines,
        offer.identifier if offer else typed.reference[:40],
        typed.reference[:80],
        offer.pk if offer else None,
        entity.pk if entity else None,
        offer.version if offer else None,
        compared.outcome.value,
        compared.said if compared.differs or compared.problems else {},
        compared.also.to_json() if compared.also else [],
        compared.problems,
    ]
