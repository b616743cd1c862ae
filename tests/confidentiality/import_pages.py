"""The doors of bulk import, for the leak matrix."""

from collections.abc import Iterator

from django.core.files.uploadedfile import SimpleUploadedFile

from ror.imports.models import ImportJob
from ror.imports.sheets import TITLES
from tests.confidentiality.planting import Planted


def page_arguments(planted: Planted) -> dict[str, list[tuple]]:
    """For each named page, the arguments and queries to try. The import is a colleague's, for whoever else looks."""
    jobs = [({"pk": job.pk},) for job in ImportJob.objects.order_by("created_at")]
    entities = [{"etablissement": each.id_nat_struct} for each in (planted.entity, planted.elsewhere, planted.gone)]
    sheets = [{"feuille": title} for title in TITLES.values()]
    return {
        "imports:start": [({},), *(({}, entity) for entity in entities)],
        "imports:template": [({}, asked) for asked in ({}, *entities, *sheets)],
        "imports:job": [*jobs, *((arguments, {"lignes": "toutes"}) for (arguments,) in jobs)],
        "imports:report": jobs,
        "imports:progress": jobs,
    }


def posts(planted: Planted) -> Iterator[tuple[str, dict, dict]]:
    """Every form, sent by whoever."""
    for identifier in ("", planted.entity.id_nat_struct, planted.elsewhere.id_nat_struct):
        yield "imports:start", {}, {"etablissement": identifier}
        file = SimpleUploadedFile("offres.csv", b"Offre;Nom de l'offre\r\n00/1;essai\r\n")
        yield "imports:start", {}, {"etablissement": identifier, "upload": file}
    for job in ImportJob.objects.order_by("created_at"):
        others = ({"quoi": what} for what in ("check", "retry", "undo", "abandon"))
        for pressed in ({"quoi": "apply", "mode": "valid"}, *others):
            yield "imports:job", {"pk": job.pk}, pressed
