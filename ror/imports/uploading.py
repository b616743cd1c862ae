"""From an uploaded file to an import that waits for a worker."""

import hashlib
from pathlib import PurePath

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from confidentiality.viewer import Viewer
from ror.imports.jobs import queue
from ror.imports.models import Channel, ImportFile, ImportJob, Progress
from ror.imports.reading import LIMITS, Refused
from structures.models import GeographicEntity

MOST_UNENDED = 20  # imports of one person, each with its file
TOO_MANY = f"Vous avez déjà {MOST_UNENDED} imports en cours : appliquez-les ou abandonnez-les d'abord."
TOO_BIG = "Ce fichier est trop gros ({} Mo au plus) : partagez-le en plusieurs fichiers."


@transaction.atomic
def receive(
    upload: UploadedFile,
    viewer: Viewer,
    *,
    channel: Channel,
    entity: GeographicEntity | None = None,
    reason: str = "",
) -> ImportJob:
    """Keep the file and an import of it, put in the queue. Raises `Refused` when it is too big, or one too many."""
    if upload.size is None or upload.size > LIMITS.size:
        raise Refused(TOO_BIG.format(LIMITS.size // 1024 // 1024))
    if ImportJob.objects.filter(owner=viewer.user, ended_at=None).count() >= MOST_UNENDED:
        raise Refused(TOO_MANY)
    content = upload.read()
    name = PurePath(upload.name or "").name[-200:]
    job = ImportJob.objects.create(
        owner=viewer.user,
        proven=getattr(viewer, "proven", False),
        practises=getattr(viewer, "practises", False),
        channel=channel,
        geographic_entity=entity,
        file_name=name,
        sha256=hashlib.sha256(content).hexdigest(),
        reason=reason,
    )
    Progress.objects.create(job=job)
    ImportFile.objects.create(job=job, name=name, content=content)
    queue(job.pk)
    return job
