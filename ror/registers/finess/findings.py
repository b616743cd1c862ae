"""What an import has to say of single lines: those refused, and the values set aside."""

from collections import defaultdict
from typing import NamedTuple

LONGEST_VALUE = 60  # characters of a wrong value that are worth showing
KEPT_EXAMPLES = 3  # values shown for one kind of warning

PHONE = "téléphone inutilisable, laissé vide"
SIRET = "numéro SIRET inutilisable, laissé vide"
SIREN = "numéro SIREN inutilisable, laissé vide"
DAY = "date inutilisable, laissée vide"
OPENING_AFTER_CLOSING = "date d'ouverture postérieure à la fermeture connue, laissée vide"
COMMUNE = "commune inconnue, laissée vide"
DEPARTMENT = "département inconnu, laissé vide"
POSTCODE = "code postal inutilisable, laissé vide"
POSTCODE_ELSEWHERE = "code postal d'un autre département, gardé"
PROJECTION = "projection inconnue, coordonnées laissées vides"
COORDINATES = "coordonnées inutilisables, laissées vides"
LOCATION_TWICE = "coordonnées données deux fois, les premières sont gardées"
LOCATION_ALONE = "coordonnées d'un établissement que le fichier ne contient pas, ignorées"
NAME = "dénomination absente, remplacée par le libellé de la catégorie"
LONG_TEXT = "texte trop long, coupé"
CATEGORY = "catégorie absente de la liste du ROR, établissement hors périmètre"


class Refusal(NamedTuple):
    """A line that is not applied. `number` is its FINESS number as far as it was read."""

    line: int
    number: str
    reason: str


class Findings:
    """Refused lines and warnings, in the order of the file."""

    def __init__(self) -> None:
        self.refused: list[Refusal] = []
        self.refused_legal_entities: list[Refusal] = []
        self.truncated = 0
        self._lines: dict[str, list[int]] = defaultdict(list)
        self._examples: dict[str, list[str]] = defaultdict(list)

    def warn(self, kind: str, line: int, value: str) -> None:
        """Set `value` aside; `kind` is one of the sentences above."""
        self._lines[kind].append(line)
        examples, shown = self._examples[kind], value[:LONGEST_VALUE]
        if shown and shown not in examples and len(examples) < KEPT_EXAMPLES:
            examples.append(shown)

    def warnings(self) -> dict[str, list[int]]:
        """Lines by kind of warning, the most frequent kind first."""
        return dict(sorted(self._lines.items(), key=lambda item: -len(item[1])))

    def examples(self, kind: str) -> list[str]:
        """A few of the values set aside."""
        return self._examples[kind]
