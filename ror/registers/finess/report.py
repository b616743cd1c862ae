"""What an import says to whoever launched it, in French; the last line is made to be read by a program."""

from collections.abc import Iterator

from ror.registers.finess.difference import Changed, Difference, Named
from ror.registers.finess.findings import Findings, Refusal
from ror.registers.finess.importing import Outcome

SHOWN_LINES = 12  # line numbers listed for one kind of warning
ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "latin-1": "Windows-1252"}


def report_lines(outcome: Outcome, details: int) -> Iterator[str]:
    """The whole report; `details` examples of refused lines at most."""
    yield from _presentation(outcome)
    yield from _legal_entities(outcome)
    yield from _establishments(outcome.establishments)
    yield from _refusals(outcome.findings, details)
    yield from _warnings(outcome.findings)
    yield "Ces différences ont été enregistrées." if outcome.applied else "Essai à blanc : rien n'a été enregistré."
    yield last_line(outcome)


def last_line(outcome: Outcome) -> str:
    """Counts of geographic entities."""
    counts = outcome.establishments
    return (
        f"créés={counts.created} modifiés={counts.modified} inchangés={counts.unchanged} "
        f"disparus={counts.gone} refusés={len(outcome.findings.refused)}"
    )


def _presentation(outcome: Outcome) -> Iterator[str]:
    header, scope = outcome.header, outcome.scope
    yield (
        f"Fichier : {outcome.file.path.name} ({ENCODINGS[outcome.file.encoding]}). "
        f"Source : FINESS, ministère chargé de la santé, données du {header.day:%d/%m/%Y}."
    )
    if outcome.newest_before is not None and header.day < outcome.newest_before:
        yield (
            f"Attention : des données plus récentes, du {outcome.newest_before:%d/%m/%Y}, ont déjà été importées. "
            "Ce fichier les remplace là où il diffère."
        )
    yield f"Périmètre déclaré : {scope.label}." + ("" if scope.declared else " Aucune disparition n'est recherchée.")
    if outcome.outside_scope:
        yield (
            f"{outcome.outside_scope} établissements du fichier sont hors de ce département : ils sont importés aussi, "
            "les disparitions ne sont recherchées que dans le département."
        )
    if scope.declared and outcome.cut:
        yield "Le fichier s'arrête au milieu d'une ligne : il est incomplet, les disparitions ne sont pas recherchées."


def _legal_entities(outcome: Outcome) -> Iterator[str]:
    found, refused = outcome.legal_entities, outcome.findings.refused_legal_entities
    yield (
        f"Entités juridiques : {found.created} créées, {found.modified} modifiées, {found.unchanged} inchangées, "
        f"{found.gone} disparues, {len(refused)} refusées ; {outcome.number_only} créées par leur seul numéro."
    )
    yield from _examples(
        found, "Nouvelles entités juridiques", "Entités juridiques modifiées", "Entités juridiques disparues"
    )


def _establishments(found: Difference) -> Iterator[str]:
    yield from _examples(found, "Nouveaux établissements", "Établissements modifiés", "Établissements disparus")


def _examples(found: Difference, created: str, modified: str, gone: str) -> Iterator[str]:
    yield from _block(created, found.created, [_named(entity) for entity in found.created_examples])
    yield from _block(modified, found.modified, [line for item in found.modified_examples for line in _changed(item)])
    yield from _block(gone, found.gone, [_named(entity) for entity in found.gone_examples])


def _block(title: str, count: int, lines: list[str]) -> Iterator[str]:
    """A title and its examples; nothing when there is nothing to say."""
    if not count:
        return
    yield f"{title} ({count}){' :' if lines else '.'}"
    yield from lines


def _named(entity: Named) -> str:
    place = "" if entity.line is None else f" (ligne {entity.line})"
    return f"  {entity.finess} {entity.name}{place}"


def _changed(item: Changed) -> Iterator[str]:
    yield _named(item.entity)
    for change in item.changes:
        yield f"    {change.label} : {change.held} → {change.given}"


def _refusals(found: Findings, details: int) -> Iterator[str]:
    yield from _refused("Lignes d'établissements refusées", found.refused, details)
    yield from _refused("Lignes d'entités juridiques refusées", found.refused_legal_entities, details)


def _refused(title: str, refused: list[Refusal], details: int) -> Iterator[str]:
    yield from _block(title, len(refused), [f"  ligne {item.line} : {item.reason}" for item in refused[:details]])


def _warnings(found: Findings) -> Iterator[str]:
    warnings = found.warnings()
    total = sum(len(lines) for lines in warnings.values())
    yield from _block("Avertissements", total, [_warning(found, kind, lines) for kind, lines in warnings.items()])


def _warning(found: Findings, kind: str, lines: list[int]) -> str:
    shown = ", ".join(str(line) for line in lines[:SHOWN_LINES])
    more = "" if len(lines) <= SHOWN_LINES else "…"
    examples = " ; ".join(f"« {value} »" for value in found.examples(kind))
    values = f" ({examples})" if examples else ""
    return f"  {kind} : {len(lines)}{values}, {'ligne' if len(lines) == 1 else 'lignes'} {shown}{more}"
