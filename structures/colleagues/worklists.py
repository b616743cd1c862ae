"""What waits for those who manage accounts."""

from django.urls import reverse

from confidentiality.delegation import PERMISSION, Delegation
from confidentiality.viewer import Viewer
from ror.worklists import Work, worklist
from structures.colleagues.reviewing import to_review


@worklist
def roles_to_confirm(viewer: Viewer) -> Work | None:
    if not viewer.may(PERMISSION):
        return None
    count = to_review(Delegation(viewer)).count()
    return Work("Rôles donnés depuis plus d'un an, à confirmer", count, reverse("colleagues:review"))
