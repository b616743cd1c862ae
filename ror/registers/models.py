"""The trace of each import of a register."""

from django.db import models
from django.db.models import Q


class Import(models.Model):
    """One run of an import: which file, within which scope, and what it changed.

    Counts are of geographic entities. A refused file leaves no trace, since nothing of it entered the portal.
    """

    register = models.CharField("registre", max_length=20, default="finess")
    file_name = models.CharField("fichier", max_length=255)
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    flow = models.CharField("numéro du flux", max_length=20, blank=True)
    flow_date = models.DateField("données du")
    scope = models.CharField(
        "périmètre déclaré", max_length=10, blank=True, help_text="« nation », le code d'un département, ou rien."
    )
    dry_run = models.BooleanField("essai à blanc", default=False)
    started_at = models.DateTimeField("commencé le")
    finished_at = models.DateTimeField("terminé le")
    created = models.PositiveIntegerField("créés", default=0)
    modified = models.PositiveIntegerField("modifiés", default=0)
    unchanged = models.PositiveIntegerField("inchangés", default=0)
    gone = models.PositiveIntegerField("disparus", default=0)
    refused = models.PositiveIntegerField("refusés", default=0)
    legal_entities_created = models.PositiveIntegerField("entités juridiques créées", default=0)
    legal_entities_modified = models.PositiveIntegerField("entités juridiques modifiées", default=0)
    refusals = models.JSONField(
        "lignes refusées", default=list, blank=True, help_text="Ligne, numéro, raison ; les 1 000 premières."
    )
    warnings = models.JSONField("avertissements", default=dict, blank=True, help_text="Nombre de lignes par motif.")

    class Meta:
        verbose_name = "import de registre"
        verbose_name_plural = "imports de registres"
        ordering = ["-started_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(finished_at__gte=models.F("started_at")), name="import_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.flow_date:%d/%m/%Y})"
