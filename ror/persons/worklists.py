"""What waits for those who answer persons."""

from django.urls import reverse

from confidentiality.viewer import Viewer
from ror.persons.models import ENDED, PERMISSION, PersonRequest
from ror.worklists import Work, worklist


@worklist
def requests_of_persons(viewer: Viewer) -> Work | None:
    if not viewer.may(PERMISSION):
        return None
    count = PersonRequest.objects.visible_to(viewer).exclude(status__in=ENDED).count()
    url = f"{reverse('admin:persons_personrequest_changelist')}?suite=en_cours"
    return Work("Demandes de personnes en cours", count, url)
