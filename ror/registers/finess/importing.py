"""One import from end to end: read, compared, then applied in one transaction, or only shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from ror.history import writing
from ror.registers import files
from ror.registers.files import RegisterFile
from ror.registers.finess import applying, difference
from ror.registers.finess.difference import Difference
from ror.registers.finess.findings import Findings
from ror.registers.finess.records import Header, read_header, read_records
from ror.registers.finess.reference import load_references
from ror.registers.finess.rows import Reader
from ror.registers.finess.scope import Scope
from ror.registers.finess.staging import Staged, stage
from ror.registers.finess.targets import ESTABLISHMENTS, LEGAL_ENTITIES
from ror.registers.models import Import

AUTHOR, CHANNEL = "import_finess", "register"
LOCK = 0x46494E455353  # « FINESS »: two imports at once wait for each other
KEPT_REFUSALS = 1_000
EXAMPLES = 10


@dataclass(frozen=True)
class Outcome:
    """What an import did, or would do."""

    file: RegisterFile
    header: Header
    scope: Scope
    establishments: Difference
    legal_entities: Difference
    number_only: int  # legal entities added by their number alone
    outside_scope: int
    cut: bool
    newest_before: date | None
    findings: Findings
    applied: bool = False


def preview_file(path: Path, scope: Scope, examples: int = EXAMPLES) -> Outcome:
    """Compute the difference and write nothing but the trace of the run. Raises FileRefused."""
    started = timezone.now()
    with transaction.atomic():
        outcome, _ = _compare(path, scope, examples)
        _trace(outcome, started).save()
    return outcome


def import_file(path: Path, scope: Scope, examples: int = EXAMPLES) -> Outcome:
    """Apply the file in one transaction; waits while another import runs. Raises FileRefused, nothing being applied."""
    started = timezone.now()
    with writing(AUTHOR, CHANNEL), _alone():
        outcome, staged = _compare(path, scope, examples)
        _apply(outcome, staged)
        outcome = replace(outcome, applied=True)
        _trace(outcome, started).save()
    return outcome


@contextmanager
def _alone() -> Iterator[None]:
    """One import at a time; the lock is let go with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    yield


def _compare(path: Path, scope: Scope, examples: int) -> tuple[Outcome, Staged]:
    file = files.inspect(path)
    lines = files.numbered_lines(file)
    header = read_header(lines)
    found = Findings()
    staged = stage(read_records(lines), Reader(load_references(), found))
    difference.propose_legal_entities()
    difference.propose_establishments(staged, found)
    outcome = Outcome(
        file=file,
        header=header,
        scope=scope,
        establishments=difference.compare(ESTABLISHMENTS, scope, staged, examples),
        legal_entities=difference.compare(LEGAL_ENTITIES, scope, staged, examples),
        number_only=difference.unknown_legal_entities(),
        outside_scope=difference.outside(scope),
        cut=staged.cut,
        newest_before=_newest_applied(),
        findings=found,
    )
    return outcome, staged


def _apply(outcome: Outcome, staged: Staged) -> None:
    applying.write_legal_entities()
    applying.link_establishments()
    applying.write_establishments()
    for target, found in ((LEGAL_ENTITIES, outcome.legal_entities), (ESTABLISHMENTS, outcome.establishments)):
        if found.gone:
            applying.flag_gone(target, outcome.scope, staged, outcome.header.day)


def _newest_applied() -> date | None:
    applied = Import.objects.filter(dry_run=False).order_by("-flow_date").values_list("flow_date", flat=True)
    return applied.first()


def _trace(outcome: Outcome, started: datetime) -> Import:
    """The trace of the run, not saved."""
    found, counts = outcome.findings, outcome.establishments
    return Import(
        file_name=outcome.file.path.name[:255],
        sha256=outcome.file.sha256,
        flow=outcome.header.flow,
        flow_date=outcome.header.day,
        scope=outcome.scope.code,
        dry_run=not outcome.applied,
        started_at=started,
        finished_at=timezone.now(),
        created=counts.created,
        modified=counts.modified,
        unchanged=counts.unchanged,
        gone=counts.gone,
        refused=len(found.refused),
        legal_entities_created=outcome.legal_entities.created + outcome.number_only,
        legal_entities_modified=outcome.legal_entities.modified,
        refusals=[[*refusal] for refusal in [*found.refused, *found.refused_legal_entities][:KEPT_REFUSALS]],
        warnings={kind: len(lines) for kind, lines in found.warnings().items()},
    )
