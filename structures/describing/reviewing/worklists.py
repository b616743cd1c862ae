"""What waits for those who review offers."""

from django.urls import reverse

from confidentiality.viewer import Viewer
from ror.worklists import Work, worklist
from structures.describing.reviewing.deciders import to_review
from structures.describing.reviewing.models import DECIDE


@worklist
def offers_to_review(viewer: Viewer) -> Work | None:
    if not viewer.may(DECIDE):
        return None
    return Work("Offres à relire", to_review(viewer).waiting().count(), reverse("describing:to_review"))
