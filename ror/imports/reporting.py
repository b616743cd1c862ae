"""The file of an import given back: the same, with what becomes of each line and what is wrong with it.

After the preview it is written when it is asked for; once the import is applied it is written once, and kept a week.
"""

import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import NamedTuple

from django.http import FileResponse, HttpResponse

from ror.imports.models import ImportFile, ImportJob, Outcome, Result
from ror.imports.reading import LIMITS, Refused, fold
from ror.imports.reading.running import child_says
from ror.imports.sheets import shapes

MODULE = "ror.imports.reading.annotating"
KEPT_ROWS = 5000  # of a workbook given back with its formatting
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
ENDING = "-resultat"
PLAIN = (
    "Votre classeur n'a pas pu être rendu avec sa mise en forme : celui-ci en reprend les feuilles lues, "
    "avec les mêmes colonnes."
)
NO_REPORT = "Le fichier n'a pas pu être rendu avec ses résultats : les lignes de cette page les disent toutes."
IN_TURN = 2000  # lines read from the database at once


class Report(NamedTuple):
    """A file given back."""

    name: str
    content: bytes
    content_type: str


def report_of(job: ImportJob) -> Report | None:
    """The file given back of an import that waits, written now, or of one that was applied. None when there is none.

    Raises `Refused` when it cannot be written.
    """
    kept = job.files.filter(kind=ImportFile.Kind.REPORT).first()
    if kept is not None:
        return Report(kept.name, bytes(kept.content), TYPES[kept.name.rpartition(".")[2]])
    return write(job) if job.has_report else None


def as_file(report: Report) -> HttpResponse:
    """The answer that gives it to its owner."""
    return FileResponse(
        io.BytesIO(report.content), as_attachment=True, filename=report.name, content_type=report.content_type
    )


def keep(job: ImportJob) -> None:
    """Write it once for all. What cannot be written is said, and stops nothing: the import is applied."""
    job.files.filter(kind=ImportFile.Kind.REPORT).delete()
    if not job.sheets:
        return
    try:
        report = write(job)
    except Refused:
        job.remarks = [*job.remarks, NO_REPORT]
        return
    ImportFile.objects.create(job=job, kind=ImportFile.Kind.REPORT, name=report.name, content=report.content)


def write(job: ImportJob) -> Report:
    """The file with two more columns. Opened and written by a limited process only. Raises `Refused`."""
    upload = job.files.get(kind=ImportFile.Kind.UPLOADED)
    with tempfile.TemporaryDirectory(prefix="ror-report-") as name:
        folder = Path(name)
        (folder / "upload").write_bytes(upload.content)
        _write_notes(job, folder / "notes")
        config = {
            "path": str(folder / "upload"),
            "name": upload.name,
            "sheets": [fold(each) for each in job.sheets],
            "headers": sorted(_headers()),
            "out": str(folder / "report"),
            "notes": str(folder / "notes"),
            "titles": job.sheets,
            "kept": KEPT_ROWS,
        }
        kind = _written(config)
        content = (folder / "report").read_bytes()
    return Report(f"{PurePath(upload.name).stem[:180]}{ENDING}.{kind}", content, TYPES[kind])


def _written(config: dict) -> str:
    """The kind of what was written: the same file, else a plain workbook that says so."""
    try:
        return _said_by_child({**config, "plain": False, "told": ""})
    except Refused:
        return _said_by_child({**config, "plain": True, "told": PLAIN})


def _said_by_child(config: dict) -> str:
    with child_says(MODULE, config, LIMITS) as lines:
        return list(lines)[-1]["kind"]


def _headers() -> set[str]:
    return {header for shape in shapes() for header in shape.by_header()}


def _write_notes(job: ImportJob, path: Path) -> None:
    lines = job.lines.values_list("rows", "outcome", "result", "problems").order_by("pk")
    with path.open("w", encoding="utf-8") as file:
        for rows, outcome, result, problems in lines.iterator(chunk_size=IN_TURN):
            for note in _notes(rows, _word(outcome, result), problems):
                file.write(json.dumps(note, ensure_ascii=False) + "\n")


def _notes(rows: list, word: str, problems: list[dict]) -> Iterator[list]:
    """Each row of an offer: the sheet, the row, what becomes of the offer, what is wrong in the row, in which cells."""
    places = [tuple(row) for row in rows]
    said: dict[tuple, list[dict]] = {place: [] for place in places}
    for problem in problems:
        place = (problem.get("sheet"), problem.get("row"))
        said[place if place in said else places[0]].append(problem)
    for sheet, row in places:
        found = said[sheet, row]
        cells = [each["cell"] for each in found if each["cell"] == _letters(each["cell"]) + str(row)]
        yield [sheet, row, word, "\n".join(map(_sentence, found)), cells]


def _letters(cell: str) -> str:
    letters = cell.rstrip("0123456789")
    return letters if letters.isalpha() and letters.isupper() else ""


def _sentence(problem: dict) -> str:
    column = f" ({problem['column']})" if problem.get("column") else ""
    return f"{problem['cell']}{column} : {problem['message']}"


def _word(outcome: str, result: str) -> str:
    kept = result in (Result.DRAFT, Result.SUBMITTED, Result.UNDONE)
    return str(Result(result).label if kept else Outcome(outcome).label)
