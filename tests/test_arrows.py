"""Arrows between rooms go one way: imports, foreign keys and migrations."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

ROOT = Path(settings.BASE_DIR)
# Each room, by its application label, and the rooms that it may know. Django's own applications are known by all.
MAY_KNOW = {
    "reference": set(),
    "accounts": set(),
    "confidentiality": {"reference", "accounts"},
    "structures": {"confidentiality", "reference", "accounts"},
    "describing": {"structures", "confidentiality", "reference", "accounts"},
    "colleagues": {"structures", "confidentiality", "reference", "accounts"},
    "professionals": {"structures", "confidentiality", "reference", "accounts"},
    "imports": {"structures", "describing", "professionals", "confidentiality", "reference", "accounts"},
    "registers": {"structures", "describing", "professionals", "confidentiality", "reference", "accounts"},
    "quality": {"structures", "professionals", "confidentiality", "reference", "accounts"},
    # Blanking an old value looks for it in the lines of imports too.
    "persons": {"structures", "describing", "imports", "professionals", "confidentiality", "reference", "accounts"},
    "publication": {"structures", "describing", "professionals", "confidentiality", "reference", "accounts"},
    "ror": {"structures", "describing", "professionals", "confidentiality", "reference", "accounts"},
}
FOLDERS = {"ror", "structures", "professionals", "confidentiality"}


def test_every_room_is_drawn():
    rooms = {app.label for app in apps.get_app_configs() if app.name.split(".")[0] in FOLDERS}
    assert rooms == set(MAY_KNOW)


def test_imports_follow_the_arrows():
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("label", MAY_KNOW)
def test_foreign_keys_follow_the_arrows(label):
    wrong = {
        f"{model.__name__}.{field.name} → {field.related_model._meta.label}"
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        for field in [*model._meta.fields, *model._meta.many_to_many]
        if field.is_relation and points_wrongly(label, field.related_model._meta.app_label)
    }
    assert wrong == set()


def test_migrations_follow_the_arrows():
    loader = MigrationLoader(None, ignore_no_migrations=True)
    wrong = {
        f"{label}.{name} → {other}"
        for (label, name), migration in loader.disk_migrations.items()
        if label in MAY_KNOW
        for other, _ in migration.dependencies
        if points_wrongly(label, settings.AUTH_USER_MODEL.split(".")[0] if other == "__setting__" else other)
    }
    assert wrong == set()


def test_nothing_imports_the_publication_but_the_addresses_of_the_site():
    importing = {
        str(path.relative_to(ROOT))
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if (ROOT / "ror" / "publication") not in path.parents
        if any(name == "ror.publication" or name.startswith("ror.publication.") for name in named(path))
    }
    assert importing <= {"ror/settings.py", "ror/urls.py"}, "settings.py installs it, urls.py mounts it"


def points_wrongly(label: str, other: str) -> bool:
    return other in MAY_KNOW and other != label and other not in MAY_KNOW[label]


def named(path: Path) -> set[str]:
    """Modules that a file imports, or names in a text (an application, an include)."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(node.value)
    return names
