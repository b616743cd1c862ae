"""Territories of the official geographic code (COG): regions, departments, communes of today and of before.

Overseas collectivities (975, 977, 978, 986, 987, 988) have neither region nor department in the COG: here each is a
department and a region of its own, both under its three-figure code, so that every commune has both.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from ror.reference.functions import Normalise


class Region(models.Model):
    """Région (code INSEE: 53), or an overseas collectivity under its own code (978)."""

    code = models.TextField("code", primary_key=True)
    name = models.TextField("nom")

    class Meta:
        verbose_name = "région"
        verbose_name_plural = "régions"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    """Département (code INSEE: 35, 2A, 974), with the code that FINESS gives it (9D for La Réunion).

    Saint-Barthélemy and Saint-Martin have no FINESS code of their own: FINESS files them under Guadeloupe (9A).
    """

    code = models.TextField("code", primary_key=True)
    name = models.TextField("nom")
    region = models.ForeignKey(Region, models.PROTECT, related_name="departments", verbose_name="région")
    finess_code = models.TextField("code FINESS", null=True, blank=True, unique=True)

    class Meta:
        verbose_name = "département"
        verbose_name_plural = "départements"
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Commune(models.Model):
    """Commune of the COG (35238), or a part of one that has a code: then `parent` is the present commune."""

    class Kind(models.TextChoices):
        COMMUNE = "commune", "commune"
        MUNICIPAL_DISTRICT = "municipal_district", "arrondissement municipal"
        DELEGATED = "delegated", "commune déléguée"
        ASSOCIATED = "associated", "commune associée"
        FORMER = "former", "ancienne commune"

    code = models.TextField("code INSEE", primary_key=True)
    name = models.TextField("nom")
    department = models.ForeignKey(Department, models.PROTECT, related_name="communes", verbose_name="département")
    postcodes = ArrayField(models.TextField(), verbose_name="codes postaux", default=list, blank=True)
    kind = models.TextField("nature", choices=Kind, default=Kind.COMMUNE)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
        verbose_name="commune actuelle",
    )
    population = models.PositiveIntegerField("population", default=0, help_text="0 : inconnue.")
    normalised = models.GeneratedField(expression=Normalise("name"), output_field=models.TextField(), db_persist=True)

    class Meta:
        verbose_name = "commune"
        verbose_name_plural = "communes"
        ordering = ["normalised", "code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="commune", parent=None)
                | (~models.Q(kind="commune") & models.Q(parent__isnull=False)),
                name="commune_parent_goes_with_kind",
            )
        ]
        indexes = [
            GinIndex(fields=["postcodes"], name="commune_postcodes"),
            GinIndex(
                fields=["normalised"],
                opclasses=["gin_trgm_ops"],
                name="commune_normalised_trigram",
            ),
            models.Index(fields=["normalised"], name="commune_normalised"),
        ]

    def __str__(self) -> str:
        return self.name


class FormerCommune(models.Model):
    """A code that no longer exists in the COG, and the commune that holds its territory today."""

    code = models.TextField("ancien code INSEE", primary_key=True)
    commune = models.ForeignKey(
        Commune,
        models.PROTECT,
        related_name="former_codes",
        verbose_name="commune actuelle",
    )

    class Meta:
        verbose_name = "ancien code de commune"
        verbose_name_plural = "anciens codes de communes"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code
