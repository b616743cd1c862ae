"""The lines of a file in temporary tables, by COPY, a few thousand at a time: memory stays flat whatever the file."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection, models

from ror.reference.identifiers import FINESS
from ror.registers.files import FileRefused
from ror.registers.finess import findings
from ror.registers.finess.coordinates import Batches, Point, projection, read_number
from ror.registers.finess.findings import Findings, Refusal
from ror.registers.finess.records import (
    EstablishmentLine,
    LegalEntityLine,
    LocationLine,
    Record,
    TruncatedLine,
)
from ror.registers.finess.rows import EstablishmentRow, LegalEntityRow, Reader, clean, finess_problem
from structures.models import GeographicEntity, LegalEntity

BATCH = 5_000
ESTABLISHMENT_LINES, LEGAL_ENTITY_LINES, LOCATIONS = "finess_et_line", "finess_ej_line", "finess_location"
LOCATION_COLUMNS = ("finess", "line", "latitude", "longitude")
# Columns of the lines that are no column of the model, with their type.
OTHER_TYPES = {"line": "integer", "legal_finess": "varchar(9)"}


@dataclass
class Staged:
    """What the temporary tables hold, and what the file was seen to hold."""

    findings: Findings
    establishments: int = 0
    legal_entities: int = 0
    has_establishments: bool = False
    has_legal_entities: bool = False
    has_locations: bool = False
    cut: bool = False  # the last line stops too early: the rest of the file may be missing
    refused_numbers: set[str] = field(default_factory=set)


def stage(records: Iterator[tuple[int, Record]], reader: Reader) -> Staged:
    """Read every line into new temporary tables, gone at commit. Raises FileRefused. Must run in a transaction."""
    create_line_table(ESTABLISHMENT_LINES, GeographicEntity, EstablishmentRow._fields)
    create_line_table(LEGAL_ENTITY_LINES, LegalEntity, LegalEntityRow._fields)
    create_line_table(LOCATIONS, GeographicEntity, LOCATION_COLUMNS)
    staging = _Staging(reader)
    for number, record in records:
        staging.add(number, record)
    return staging.finish()


def create_line_table(table: str, model: type[models.Model], columns: tuple[str, ...]) -> None:
    """An empty temporary table whose columns have the types of the model's own."""
    selected = ", ".join(
        f'NULL::{OTHER_TYPES[name]} AS "{name}"' if name in OTHER_TYPES else f'"{name}"' for name in columns
    )
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TABLE IF EXISTS pg_temp."{table}"')
        cursor.execute(
            f'CREATE TEMPORARY TABLE "{table}" ON COMMIT DROP AS '
            f'SELECT {selected} FROM "{model._meta.db_table}" WITH NO DATA'
        )


def index_by_number(table: str) -> None:
    """Without it, and before the portal's own tables are analysed, joins of a first load would be quadratic."""
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE INDEX ON "{table}" (finess)')
        cursor.execute(f'ANALYZE "{table}" (finess)')


class _Staging:
    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.staged = Staged(reader.findings)
        self._establishments: list[tuple] = []
        self._legal_entities: list[tuple] = []
        self._located: dict[str, int] = {}
        self._points = Batches()
        self._seen: dict[str, dict[str, int]] = {"structureet": {}, "structureej": {}}

    def add(self, line: int, record: Record) -> None:
        self.staged.cut = False
        if isinstance(record, EstablishmentLine):
            self._add_establishment(line, record)
        elif isinstance(record, LocationLine):
            self._add_location(line, record)
        elif isinstance(record, LegalEntityLine):
            self._add_legal_entity(line, record)
        else:
            self._add_truncated(line, record)

    def finish(self) -> Staged:
        self._flush_establishments()
        self._flush_legal_entities()
        self._flush_locations()
        staged = self.staged
        staged.establishments = len(self._seen["structureet"])
        staged.legal_entities = len(self._seen["structureej"])
        self._refuse_foreign_file()
        for table in (ESTABLISHMENT_LINES, LEGAL_ENTITY_LINES, LOCATIONS):
            index_by_number(table)
        return staged

    def _add_establishment(self, line: int, raw: EstablishmentLine) -> None:
        self.staged.has_establishments = True
        finess, legal_finess = clean(raw.nofinesset).upper(), clean(raw.nofinessej).upper()
        reason = self._problem("structureet", finess)
        if reason is None and (problem := finess_problem(legal_finess)) is not None:
            reason = f"entité juridique : {problem}"
        if reason is not None:
            self._refuse(self.reader.findings.refused, line, finess, reason)
            return
        self._seen["structureet"][finess] = line
        self._establishments.append(self.reader.establishment(line, raw, finess, legal_finess))
        if len(self._establishments) >= BATCH:
            self._flush_establishments()

    def _add_legal_entity(self, line: int, raw: LegalEntityLine) -> None:
        self.staged.has_legal_entities = True
        finess = clean(raw.nofiness).upper()
        reason = self._problem("structureej", finess)
        if reason is not None:
            self._refuse(self.reader.findings.refused_legal_entities, line, finess, reason)
            return
        self._seen["structureej"][finess] = line
        self._legal_entities.append(self.reader.legal_entity(line, raw, finess))
        if len(self._legal_entities) >= BATCH:
            self._flush_legal_entities()

    def _add_location(self, line: int, raw: LocationLine) -> None:
        self.staged.has_locations = True
        found, finess = self.reader.findings, clean(raw.nofinesset).upper()
        if not FINESS.fullmatch(finess):
            found.warn(findings.LOCATION_ALONE, line, finess)
            return
        if finess in self._located:
            found.warn(findings.LOCATION_TWICE, line, finess)
            return
        code = projection(raw.sourcecoordet)
        if code is None:
            found.warn(findings.PROJECTION, line, clean(raw.sourcecoordet))
            return
        x, y = read_number(raw.coordxet), read_number(raw.coordyet)
        if x is None or y is None:
            found.warn(findings.COORDINATES, line, f"{clean(raw.coordxet)} ; {clean(raw.coordyet)}")
            return
        self._located[finess] = line
        self._points.add(code, Point(finess, x, y))
        if self._points.size >= BATCH:
            self._flush_locations()

    def _add_truncated(self, line: int, record: TruncatedLine) -> None:
        found, number = self.reader.findings, record.number.upper()
        self.staged.cut = True
        if record.record == "geolocalisation":
            self.staged.has_locations = True
            found.warn(findings.COORDINATES, line, number)
            return
        found.truncated += 1
        reason = f"ligne coupée : {record.found} champs au lieu de {record.expected}"
        if record.record == "structureet":
            self.staged.has_establishments = True
            self._refuse(found.refused, line, number, reason)
        else:
            self.staged.has_legal_entities = True
            self._refuse(found.refused_legal_entities, line, number, reason)

    def _problem(self, kind: str, finess: str) -> str | None:
        problem = finess_problem(finess)
        if problem is not None:
            return problem
        first = self._seen[kind].get(finess)
        return None if first is None else f"doublon de la ligne {first}"

    def _refuse(self, refused: list[Refusal], line: int, number: str, reason: str) -> None:
        refused.append(Refusal(line, number[:30], reason))
        self.staged.refused_numbers.add(number)

    def _refuse_foreign_file(self) -> None:
        staged, found = self.staged, self.reader.findings
        if not staged.has_establishments and not staged.has_legal_entities:
            raise FileRefused(
                "Le fichier ne contient ni établissement (structureet) ni entité juridique (structureej)."
            )
        refused = [*found.refused, *found.refused_legal_entities]
        if staged.establishments + staged.legal_entities == 0 and found.truncated == len(refused):
            raise FileRefused(f"{refused[0].reason}. Aucune ligne n'a la forme attendue.", refused[0].line)

    def _flush_establishments(self) -> None:
        _copy(ESTABLISHMENT_LINES, EstablishmentRow._fields, self._establishments)
        self._establishments = []

    def _flush_legal_entities(self) -> None:
        _copy(LEGAL_ENTITY_LINES, LegalEntityRow._fields, self._legal_entities)
        self._legal_entities = []

    def _flush_locations(self) -> None:
        rows = []
        for located in self._points.drain():
            line = self._located[located.key]
            if located.latitude is None:
                self.reader.findings.warn(findings.COORDINATES, line, located.key)
                continue
            rows.append((located.key, line, located.latitude, located.longitude))
        _copy(LOCATIONS, LOCATION_COLUMNS, rows)


def _copy(table: str, columns: tuple[str, ...], rows: list[tuple]) -> None:
    if not rows:
        return
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)
