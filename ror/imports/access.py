"""What the owner of an import may read and change, read again at each step: rights that have ended stop it."""

from confidentiality.admin.correcting import PERMISSION as CORRECT
from confidentiality.session import SessionViewer
from confidentiality.viewer import Viewer
from ror.imports.models import Channel, ImportJob
from structures.models import GeographicEntity, Offer

DESCRIBE, PUBLISH = "describe_offer", "publish_offer"
# By channel: what lets one prepare, and what lets one publish. Who describes without publishing makes drafts only.
ASKED = {Channel.IMPORT: (DESCRIBE, PUBLISH), Channel.ADMIN: (CORRECT, CORRECT)}
ENDED = "Vos droits ont pris fin : cet import est abandonné, et rien n'a été écrit."


class RightsEnded(Exception):
    """The owner of the import may change nothing any more of what it is about."""


def viewer_of(job: ImportJob) -> Viewer:
    """The owner of the import as a reader: what they hold today, with what their session had proven."""
    return SessionViewer(job.owner, proven=job.proven, practises=job.practises)


def viewer_now(job: ImportJob) -> Viewer:
    """The same; raises RightsEnded when nothing is left of what the import asks for."""
    viewer = viewer_of(job)
    if not establishments_of(job, viewer).exists():
        raise RightsEnded
    return viewer


def establishments_of(job: ImportJob, viewer: Viewer):
    """The establishments that the import may describe."""
    return _of_job(job, GeographicEntity, viewer, ASKED[job.channel][0])


def offers_of(job: ImportJob, viewer: Viewer):
    """The offers that the import may change, were it by a draft."""
    return _of_job(job, Offer, viewer, ASKED[job.channel][0])


def published_by(job: ImportJob, viewer: Viewer):
    """The establishments for which the import may publish; elsewhere it makes drafts."""
    return _of_job(job, GeographicEntity, viewer, ASKED[job.channel][1])


def _of_job(job: ImportJob, model, viewer: Viewer, permission: str):
    rows = model.objects.visible_to(viewer).permitted(viewer, permission)
    if job.geographic_entity_id is None:
        return rows
    return rows.filter(**{"pk" if model is GeographicEntity else "geographic_entity": job.geographic_entity_id})
