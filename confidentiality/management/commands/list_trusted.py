"""List every read made without a viewer, with its reason."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

ROOMS = ("ror", "structures", "professionals", "confidentiality")


class Command(BaseCommand):
    help = "Liste chaque lecture faite sans lecteur (`trusted`), avec sa raison."

    def handle(self, *args, **options) -> None:
        count = 0
        for room in ROOMS:
            for path in sorted((settings.BASE_DIR / room).rglob("*.py")):
                for line, reason in trusted_calls(path):
                    self.stdout.write(f"{path.relative_to(settings.BASE_DIR)}:{line}: {reason}")
                    count += 1
        self.stdout.write(f"lectures={count}")


def trusted_calls(path: Path) -> Iterator[tuple[int, str]]:
    """Line and reason of each `.trusted(...)` in a file; a reason held by a constant of the module is followed."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "trusted":
            yield node.lineno, _reason(node, constants)


def _reason(call: ast.Call, constants: dict[str, str]) -> str:
    argument = call.args[0] if call.args else None
    if isinstance(argument, ast.Constant):
        return str(argument.value)
    if isinstance(argument, ast.Name):
        return constants.get(argument.id, argument.id)
    return "?"
