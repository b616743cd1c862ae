"""« Importer un tableur »: download a template, upload it filled, look at what it changes, have it applied."""

import tempfile
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views import View

from confidentiality.disclosure import Disclosed, disclose
from ror.imports.access import DESCRIBE, PUBLISH
from ror.imports.acting import act
from ror.imports.models import Channel, ImportJob
from ror.imports.preview import context_of, progress_of
from ror.imports.reading import LIMITS, Refused
from ror.imports.reporting import as_file, report_of
from ror.imports.sheets import BESIDE, TITLES, csv_sheet, write_template
from ror.imports.uploading import receive
from structures.describing.access import DescriberMixin
from structures.describing.entry_models.model import EntryModel
from structures.models import GeographicEntity, Offer
from structures.reading import establishment_subject

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
LIST_LIMIT = 200
JOBS_PER_PAGE = 20
MOST_OFFERS = 20_000  # of one template
TOO_MANY = (
    f"Ce modèle aurait plus de {MOST_OFFERS} offres : choisissez un établissement, "
    "ou déposez vos fichiers établissement par établissement."
)
IN_MEMORY = 4 * 1024 * 1024  # bytes of a template kept in memory; a bigger one goes by a temporary file
BY_SHEET = {layout_title: path for path, layout_title in TITLES.items()} | {
    resource().layout.title: path for path, resource in BESIDE.items()
}


class UploadForm(forms.Form):
    """Which file, for which establishment."""

    upload = forms.FileField(
        label="Fichier rempli",
        help_text=f"Un fichier .xlsx, .ods ou .csv, de {LIMITS.size // 1024 // 1024} Mo au plus.",
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.ods,.csv", "class": "fr-upload"}),
    )


class Start(DescriberMixin, View):
    """Download, upload, and the imports of whoever looks."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return _start_page(request, UploadForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        entity = _entity_or_404(request, request.POST.get("etablissement", ""))
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return _start_page(request, form, status=422)
        try:
            job = receive(form.cleaned_data["upload"], request.viewer, channel=Channel.IMPORT, entity=entity)
        except Refused as refused:
            form.add_error("upload", str(refused))
            return _start_page(request, form, status=422)
        return redirect("imports:job", job.pk)


class Template(DescriberMixin, View):
    """The template, filled with what whoever asks may read and describe."""

    def get(self, request: HttpRequest) -> HttpResponse:
        offers = _offers(request, _entity_or_404(request, request.GET.get("etablissement", "")))
        if offers[MOST_OFFERS : MOST_OFFERS + 1].exists():
            messages.error(request, TOO_MANY)
            return redirect("imports:start")
        name = f"offres-{timezone.localdate():%Y-%m-%d}"
        sheet = request.GET.get("feuille", "")
        if sheet and sheet not in BY_SHEET:
            raise Http404
        model = _model(request)
        file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the answer closes it
        rows = offers.iterator(chunk_size=500)
        try:
            if sheet:
                file.writelines(line.encode() for line in csv_sheet(request.viewer, rows, BY_SHEET[sheet]))
            else:
                write_template(file, request.viewer, rows, model, BESIDE)
        except Refused as refused:
            file.close()
            messages.error(request, str(refused))
            return redirect("imports:start")
        file.seek(0)
        ending, kind = ("csv", CSV) if sheet else ("xlsx", WORKBOOK)
        return FileResponse(file, as_attachment=True, filename=f"{name}.{ending}", content_type=kind)


class Job(DescriberMixin, View):
    """One import: how far it is, then its lines, then what came of it."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        job = _job_or_404(request, pk)
        asked = request.GET.get("lignes", "")
        return render(
            request, "imports/portal_job.html", context_of(job, request.viewer, asked, request.GET.get("page"))
        )

    def post(self, request: HttpRequest, pk) -> HttpResponse:
        job = _job_or_404(request, pk)
        done, sentence = act(job, request.POST, request.viewer)
        (messages.success if done else messages.error)(request, sentence)
        return redirect("imports:job", job.pk)


class Given(DescriberMixin, View):
    """The file given back with what is said of its lines."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        job = _job_or_404(request, pk)
        try:
            report = report_of(job)
        except Refused as refused:
            messages.error(request, str(refused))
            return redirect("imports:job", job.pk)
        if report is None:
            raise Http404
        return as_file(report)


class Progressed(DescriberMixin, View):
    """How far it is, for the script of its page."""

    def get(self, request: HttpRequest, pk) -> HttpResponse:
        return JsonResponse(progress_of(_found_or_404(_mine(request), pk)))


def _start_page(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    described = _described(request)
    mine = _mine(request).filter(channel=Channel.IMPORT)
    entities = list(described.order_by("name", "pk")[:LIST_LIMIT])
    context = {
        "form": form,
        "establishments": [_said(request, entity) for entity in entities],
        "limit": LIST_LIMIT,
        "models": EntryModel.objects.in_force(),
        "sheets": list(BY_SHEET),
        "asked": request.POST.get("etablissement") or request.GET.get("etablissement", ""),
        "page": Paginator(mine, JOBS_PER_PAGE).get_page(request.GET.get("page")),
        "drafts_only": not request.viewer.may(PUBLISH),
        "drafts_somewhere": described.exclude(pk__in=_published(request).values("pk")).exists(),
    }
    if not entities and not context["page"].object_list:
        raise Http404
    return render(request, "imports/start.html", context, status=status)


def _described(request: HttpRequest) -> QuerySet[GeographicEntity]:
    return GeographicEntity.objects.visible_to(request.viewer).permitted(request.viewer, DESCRIBE)


def _published(request: HttpRequest) -> QuerySet[GeographicEntity]:
    return GeographicEntity.objects.visible_to(request.viewer).permitted(request.viewer, PUBLISH)


def _said(request: HttpRequest, entity: GeographicEntity) -> Disclosed:
    return disclose(request.viewer, establishment_subject(entity))


def _entity_or_404(request: HttpRequest, identifier: str) -> GeographicEntity | None:
    """The establishment named, None for all of them; 404 when whoever asks does not describe it, or nothing at all."""
    described = _described(request)
    if not identifier:
        if not described.exists():
            raise Http404
        return None
    found = described.filter(id_nat_struct=identifier.replace("\x00", "")).first()
    if found is None:
        raise Http404
    return found


def _offers(request: HttpRequest, entity: GeographicEntity | None) -> QuerySet[Offer]:
    rows = Offer.objects.visible_to(request.viewer).permitted(request.viewer, DESCRIBE)
    if entity is not None:
        rows = rows.filter(geographic_entity=entity)
    return rows.select_related("geographic_entity").order_by("geographic_entity__name", "geographic_entity", "pk")


def _model(request: HttpRequest) -> EntryModel | None:
    """The entry model asked for; None for all that an offer may say."""
    key = request.GET.get("modele", "")
    if not key:
        return None
    found: dict[str, Any] = {model.key: model for model in EntryModel.objects.in_force()}
    if key not in found:
        raise Http404
    return found[key]


def _job_or_404(request: HttpRequest, pk) -> ImportJob:
    """One's own import of the portal; those of the administration are looked at there."""
    return _found_or_404(_mine(request).filter(channel=Channel.IMPORT), pk)


def _mine(request: HttpRequest) -> QuerySet[ImportJob]:
    return ImportJob.objects.filter(owner=request.user.pk).select_related("progress", "geographic_entity")


def _found_or_404(jobs: QuerySet[ImportJob], pk) -> ImportJob:
    """404 for someone else's, as for one that does not exist."""
    found = jobs.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
