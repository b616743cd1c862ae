"""The table of the whole model, as `docs/modele.md` shows it."""

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby

from confidentiality.levels import Level
from confidentiality.policy import Datum, data_of, datum
from ror.quality.coverage.lines import DATA, DERIVED, FIXED, REGISTER, Line, field_of
from structures.rules import mandatory_basis

INTRODUCTION = """\
# Le modèle d'exposition dans le portail

Chaque attribut du modèle d'exposition 3.0.1, sa place dans le portail, son niveau de confidentialité et sa base.

Cette page est produite par `manage.py model_coverage --markdown` : ne la modifiez pas à la main. La correspondance \
s'écrit dans `ror/quality/data/coverage.csv`, les niveaux dans `confidentiality/data/policy.csv`, les obligations dans \
`structures/data/mandatory_data.csv`.

Niveaux, dans l'ordre des natures juridiques de l'article 2 du décret du 17 novembre 2023 (établissement de santé / \
structure sociale ou médico-sociale / offre de ville / structure de coordination) : 1 visible du grand public, \
2 visible par les professionnels, 3 visible par la régulation et la gestion de crise. « ligne » : le niveau est choisi \
et gardé avec chaque contact ou moyen de contact.
"""
COLUMNS = (
    *("Nom officiel", "Libellé", "Type", "Jeu de valeurs"),
    *("Obligatoire", "Niveau et base", "Chemin FHIR", "Dans le portail"),
)
MOST_LABELS = 3
DEDUCED = "déduit"
SOURCES = {
    REGISTER: "donnée du registre",
    DERIVED: "tenu par le portail",
    FIXED: "dit une fois, à la création",
    "": "",
}


def table(lines: Iterable[Line]) -> Iterator[str]:
    """The page, line by line."""
    lines = list(lines)
    yield INTRODUCTION
    yield "## Attributs modélisés"
    for owner, group in groupby((line for line in lines if line.modelled), key=lambda line: line.attribute.owner):
        yield f"\n### {owner}\n"
        yield _header(*COLUMNS)
        yield from map(_row, group)
    yield "\n## Attributs écartés\n"
    yield _header("Classe", "Nom officiel", "Raison")
    for line in lines:
        if not line.modelled:
            yield _cells(line.attribute.owner, line.attribute.name, line.note)


def _row(line: Line) -> str:
    attribute = line.attribute
    return _cells(
        attribute.name,
        _labels(line),
        f"{attribute.type} {attribute.cardinality}",
        attribute.nomenclature,
        _obligation(line),
        _levels(line),
        attribute.fhir_path,
        _place(line),
    )


def _labels(line: Line) -> str:
    """The words of the portal: those of the columns, or of the rows at the other end of a relation."""
    fields = map(field_of, line.columns)
    said = dict.fromkeys(
        str(field.verbose_name if field.concrete else field.related_model._meta.verbose_name_plural) for field in fields
    )
    first = list(said)[:MOST_LABELS]
    return ", ".join(first) + ("…" if len(said) > MOST_LABELS else "")


def _obligation(line: Line) -> str:
    parts = ["toujours (modèle)"] if line.attribute.required else []
    parts += [f"{_for_whom()[number]} ({mandatory_basis(number)})" for number in line.mandatory]
    return " ; ".join(parts)


def _levels(line: Line) -> str:
    """The levels of the columns by legal kind, with their basis, each said once."""
    return " ; ".join(dict.fromkeys(_level(found) for column in line.columns for found in _data(column)))


def _data(column: str) -> list[Datum]:
    """What the policy says of the column or, for a relation seen from above, of the data at its other end."""
    field = field_of(column)
    if field.concrete:
        return [datum(*column.split("."))]
    return [found for found in data_of(field.related_model._meta.object_name) if found.basis != DEDUCED]


def _level(line: Datum) -> str:
    levels = "ligne" if line.stored else "/".join(str(int(Level(level))) for level in line.levels.values())
    return f"{levels} ({line.basis})"


def _place(line: Line) -> str:
    places = ", ".join(f"`{column}`" for column in line.columns)
    return " — ".join(part for part in (places, SOURCES[line.source], line.note) if part)


def _header(*titles: str) -> str:
    return f"{_cells(*titles)}\n|{'---|' * len(titles)}"


def _cells(*values: str) -> str:
    cells = (str(value).replace("|", "\\|").replace("\n", " ") for value in values)
    return f"| {' | '.join(cells)} |"


@cache
def _for_whom() -> dict[int, str]:
    with (DATA / "mandatory_for.csv").open(encoding="utf-8", newline="") as lines:
        return {int(line["number"]): line["for_whom"] for line in csv.DictReader(lines, delimiter=";")}
