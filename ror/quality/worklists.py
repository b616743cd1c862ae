"""What waits for those who follow the quality of the record."""

from django.urls import reverse
from django.utils import timezone

from confidentiality.viewer import Viewer
from ror.quality.asking import TO_CHECK
from ror.quality.duty import PERMISSION, undescribed
from ror.quality.models import Anomaly
from ror.worklists import Work, worklist
from structures.models import GeographicEntity

ADMIN = "enter_admin"


@worklist
def overdue_anomalies(viewer: Viewer) -> Work | None:
    if not viewer.may(ADMIN):
        return None
    rows = Anomaly.objects.visible_to(viewer).permitted(viewer, ADMIN).overdue(timezone.localdate())
    return Work("Anomalies en retard", rows.count(), f"{reverse('admin:quality_anomaly_changelist')}?echeance=passee")


@worklist
def checks_asked_for(viewer: Viewer) -> Work | None:
    if not viewer.may(PERMISSION):
        return None
    rows = Anomaly.objects.visible_to(viewer).permitted(viewer, ADMIN).open().filter(rule=TO_CHECK)
    url = f"{reverse('admin:quality_anomaly_changelist')}?verification=demandee"
    return Work("Vérifications demandées, sans réponse", rows.count(), url)


@worklist
def establishments_without_offer(viewer: Viewer) -> Work | None:
    if not viewer.may(PERMISSION):
        return None
    rows = undescribed(viewer)
    return Work("Établissements suivis sans offre publiée", rows.count(), f"{reverse('admin:duty')}#liste")


@worklist
def gone_from_the_register(viewer: Viewer) -> Work | None:
    if not viewer.may(ADMIN):
        return None
    rows = GeographicEntity.objects.visible_to(viewer).permitted(viewer, ADMIN).exclude(gone_since=None)
    url = f"{reverse('admin:structures_geographicentity_changelist')}?gone_since__isempty=0"
    return Work("Établissements absents du registre", rows.count(), url)
