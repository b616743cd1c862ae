"""`manage.py check_rules`: each rule of the exposition model, where it is enforced, its test, and who breaks it."""

import ast
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from ror.quality.exposition import NOT_RULES, RULES, ExpositionRule
from ror.quality.exposition.guards import Catalogue, fallen


class Command(BaseCommand):
    """Exit code 1 when a rule is broken in the base, or when what enforces or tests it is not found."""

    help = "Vérifie chaque règle RG_EXP du modèle d'exposition : ce qui la tient, son test, et la base entière."

    def handle(self, *args, **options) -> None:
        catalogue = Catalogue.read()
        broken, absent = 0, 0
        for rule in RULES:
            breaches = rule.count()
            missing = _missing(rule, catalogue)
            broken += breaches
            absent += len(missing)
            self.stdout.write(_line(rule, breaches, missing))
        for number, why in sorted(NOT_RULES.items()):
            self.stdout.write(f"RG_EXP_{number} — {why}")
        self.stdout.write(f"règles={len(RULES)} manquements={broken}")
        if broken or absent:
            raise SystemExit(1)


def _line(rule: ExpositionRule, breaches: int, missing: list[str]) -> str:
    guards = ", ".join(map(str, rule.guards))
    said = f"RG_EXP_{rule.number} — {rule.statement} — {guards} — test {rule.test} — manquements={breaches}"
    return f"{said} — INTROUVABLE : {', '.join(missing)}" if missing else said


def _missing(rule: ExpositionRule, catalogue: Catalogue) -> list[str]:
    """What the rule names and nobody finds."""
    missing = [name for guard in rule.guards for name in fallen(guard, catalogue)]
    return missing if is_a_test(rule.test) else [*missing, f"test {rule.test}"]


def is_a_test(node: str) -> bool:
    """Whether the repository has this test (`tests/…/test_x.py::test_y`)."""
    path, _, name = node.partition("::")
    file: Path = settings.BASE_DIR / path
    if not file.is_file():
        return False
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return any(isinstance(part, ast.FunctionDef) and part.name == name for part in tree.body)
