"""Imports in the administration: a file is uploaded, looked at line by line, then applied or abandoned."""

import tempfile
from collections.abc import Mapping

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from confidentiality.admin.beside import beside_list
from confidentiality.admin.correcting import PERMISSION as CORRECT
from confidentiality.admin.correcting import WHY
from confidentiality.admin.model_admin import RorModelAdmin
from ror.imports.acting import act
from ror.imports.models import Channel, ImportJob
from ror.imports.preview import context_of
from ror.imports.reading import LIMITS, Refused
from ror.imports.reporting import as_file, report_of
from ror.imports.sheets import BESIDE, OFFERS, resources, write_template
from ror.imports.uploading import receive
from structures.models import Offer

PERMISSION = "import_lists"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_OFFERS = 20_000  # of one file
IN_MEMORY = 4 * 1024 * 1024  # bytes of a file kept in memory; a bigger one goes by a temporary file


class UploadForm(forms.Form):
    """Which file, and why."""

    upload = forms.FileField(
        label="Fichier",
        help_text=f"Un fichier .xlsx, .ods ou .csv, de {LIMITS.size // 1024 // 1024} Mo au plus : celui que « Exporter "
        "pour modifier » donne, une fois changé. Les feuilles, colonnes et lignes absentes ne changent rien.",
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.ods,.csv"}),
    )
    reason = forms.CharField(
        label="Motif",
        max_length=300,
        help_text=WHY,
        widget=forms.TextInput(attrs={"class": "vLargeTextField"}),
        error_messages={"required": "Indiquez le motif."},
    )


@admin.register(ImportJob)
class ImportJobAdmin(RorModelAdmin):
    """One's own imports only: what a file says is read by whoever uploaded it."""

    view_with = add_with = PERMISSION
    export_with = None
    list_display = ("created_at", "file_name", "state", "new", "changed", "unchanged", "refused")
    list_filter = ("state",)
    search_fields = ("file_name__icontains",)
    search_help_text = "Nom du fichier."
    ordering = ("-created_at",)
    fields = (
        "created_at",
        "file_name",
        "sha256",
        "reason",
        "state",
        "ended_at",
        "new",
        "changed",
        "unchanged",
        "refused",
    )
    change_form_template = "imports/job.html"

    def rows(self, request: HttpRequest, permission: str | None) -> QuerySet:
        return super().rows(request, permission).filter(owner=request.user.pk).select_related("progress")

    def get_urls(self) -> list:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path("modele/", self.admin_site.admin_view(self.template_view), name=f"{name}_template"),
            path("<uuid:pk>/appliquer/", self.admin_site.admin_view(self.apply_view), name=f"{name}_apply"),
            path("<uuid:pk>/abandonner/", self.admin_site.admin_view(self.abandon_view), name=f"{name}_abandon"),
            path("<uuid:pk>/resultats/", self.admin_site.admin_view(self.report_view), name=f"{name}_report"),
        ]
        return [*own, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context=None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            upload, reason = form.cleaned_data["upload"], form.cleaned_data["reason"]
            try:
                job = receive(upload, request.viewer, channel=Channel.ADMIN, reason=reason)
            except Refused as refused:
                form.add_error("upload", str(refused))
            else:
                return redirect(self._job_address("change", job))
        context = {
            **self.admin_site.each_context(request),
            "title": "Importer des offres",
            "opts": self.opts,
            "form": form,
            "columns": resources()[OFFERS].header(),
        }
        return TemplateResponse(request, "imports/upload.html", context)

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """The offers of the list, searched and filtered as its address says, as a file that may come back changed."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        listed = self.admin_site.get_model_admin(Offer).get_export_queryset(request)
        offers = listed.permitted(request.viewer, CORRECT).select_related("geographic_entity")
        if offers[MOST_OFFERS : MOST_OFFERS + 1].exists():
            messages.error(request, f"Cette liste a plus de {MOST_OFFERS} offres : filtrez-la, puis recommencez.")
            return redirect(f"{reverse('admin:structures_offer_changelist')}?{request.GET.urlencode()}")
        file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the answer closes it
        try:
            write_template(file, request.viewer, offers.iterator(chunk_size=500), beside=BESIDE)
        except Refused as refused:
            file.close()
            messages.error(request, str(refused))
            return redirect(f"{reverse('admin:structures_offer_changelist')}?{request.GET.urlencode()}")
        file.seek(0)
        name = f"offres-{timezone.localdate():%Y-%m-%d}.xlsx"
        return FileResponse(file, as_attachment=True, filename=name, content_type=WORKBOOK)

    def render_change_form(self, request: HttpRequest, context: dict, *args, **kwargs) -> HttpResponse:
        asked, number = request.GET.get("lignes", ""), request.GET.get("page")
        context |= context_of(kwargs["obj"], request.viewer, asked, number)
        return super().render_change_form(request, context, *args, **kwargs)

    def apply_view(self, request: HttpRequest, pk) -> HttpResponse:
        return self._act(request, pk, request.POST)

    def abandon_view(self, request: HttpRequest, pk) -> HttpResponse:
        return self._act(request, pk, {"quoi": "abandon"})

    def report_view(self, request: HttpRequest, pk) -> HttpResponse:
        """The file given back with what is said of its lines."""
        job = self._own_job(request, pk)
        try:
            report = report_of(job)
        except Refused as refused:
            messages.error(request, str(refused))
            return redirect(self._job_address("change", job))
        if report is None:
            raise Http404
        return as_file(report)

    def _act(self, request: HttpRequest, pk, said: Mapping[str, str]) -> HttpResponse:
        job = self._own_job(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        done, sentence = act(job, said, request.viewer)
        (messages.success if done else messages.error)(request, sentence)
        return redirect(self._job_address("change", job))

    def _own_job(self, request: HttpRequest, pk) -> ImportJob:
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = self.rows(request, PERMISSION).filter(pk=pk).first()
        if job is None:
            raise Http404
        return job

    def _job_address(self, page: str, *jobs: ImportJob) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=[job.pk for job in jobs])


@beside_list(Offer)
def export_to_edit(request: HttpRequest) -> tuple[str, str] | None:
    if not request.viewer.may(PERMISSION):
        return None
    return f"{reverse('admin:imports_importjob_template')}?{request.GET.urlencode()}", "Exporter pour modifier"


@beside_list(Offer)
def import_offers(request: HttpRequest) -> tuple[str, str] | None:
    if not request.viewer.may(PERMISSION):
        return None
    return reverse("admin:imports_importjob_add"), "Importer"
