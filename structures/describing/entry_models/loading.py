"""The models bundled with the portal: demonstration models, loaded by `load_reference`, once per content."""

import json
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from structures.describing.entry_models.model import EntryModel

BUNDLED = Path(__file__).parents[1] / "data" / "entry_models"


def load_entry_models() -> str:
    """Load each bundled model, as a new version where the bundle changed; the message of the command.

    A model that an administrator made a later version of, or retired, stays as they left it.
    """
    with transaction.atomic():
        loaded = len(EntryModel.objects.bulk_create(filter(None, map(_next_version, bundled_models()))))
    if not loaded:
        return "Modèles de saisie : déjà chargés."
    return f"Modèles de saisie : {loaded} version{'s' if loaded > 1 else ''} ajoutée{'s' if loaded > 1 else ''}."


def bundled_models() -> list[dict[str, Any]]:
    """The bundled models, in the order of their files."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(BUNDLED.glob("*.json"))]


def _next_version(given: dict[str, Any]) -> EntryModel | None:
    """The version that the bundle adds, not saved yet; None when there is nothing to add."""
    last = EntryModel.objects.filter(slug=given["slug"]).select_for_update().order_by("-number").first()
    said = {name: given[name] for name in ("title", "categories", "activity_fields", "content")}
    if last and (not last.bundled or last.retired_at or all(getattr(last, name) == said[name] for name in said)):
        return None
    return EntryModel(
        slug=given["slug"],
        number=last.number + 1 if last else 1,
        position=last.position if last else given["position"],
        valid_from=timezone.localdate(),
        published_at=timezone.now(),
        bundled=True,
        **said,
    )
