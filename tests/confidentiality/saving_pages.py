"""What the script of a step asks of the portal, tried by the leak matrix."""

from collections.abc import Iterator

from structures.describing.steps import STEPS
from tests.confidentiality.planting import Planted


def page_arguments(planted: Planted) -> dict[str, list[tuple]]:
    """Both addresses answer to what is posted only."""
    here = [({"pk": planted.draft_beside.pk, "step": "contacts"},)]
    return {"describing:autosave": here, "describing:presence": here}


def posts(planted: Planted) -> Iterator[tuple[str, dict, dict]]:
    """Address, arguments, what is sent."""
    for draft in planted.drafts:
        for step in STEPS:
            here = {"pk": draft.pk, "step": step.slug}
            yield "describing:presence", here, {}
            yield "describing:autosave", here, {"started_from": "faux"}
