"""Indexes for what the administration's lists search and count at national scale."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("reference", "0002_commune_population"), ("structures", "0011_confirmed_at")]

    operations = [
        migrations.AddIndex(
            model_name="contact",
            index=GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="contact_by_name"),
        ),
        migrations.AddIndex(
            model_name="geographicentity",
            index=models.Index(
                OpClass(models.F("siret"), name="varchar_pattern_ops"), name="geographicentity_by_siret"
            ),
        ),
        migrations.AddIndex(
            model_name="geographicentity",
            index=models.Index(
                condition=models.Q(closing_type=None, gone_since=None),
                fields=["category", "department"],
                include=["id", "region"],
                name="geographicentity_followed",
            ),
        ),
        migrations.AddIndex(
            model_name="geographicentity",
            index=models.Index(
                condition=models.Q(gone_since__isnull=False), fields=["region"], name="geographicentity_gone"
            ),
        ),
        migrations.AddIndex(
            model_name="legalentity",
            index=models.Index(OpClass(models.F("siren"), name="varchar_pattern_ops"), name="legalentity_by_siren"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(condition=models.Q(closing_type=None), fields=["geographic_entity"], name="offer_open"),
        ),
        migrations.AddIndex(
            model_name="place",
            index=GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="place_by_name"),
        ),
        migrations.AddIndex(
            model_name="securemailbox",
            index=GinIndex(OpClass(Upper("address"), name="gin_trgm_ops"), name="securemailbox_by_address"),
        ),
        migrations.AddIndex(
            model_name="telecom",
            index=models.Index(OpClass(models.F("address"), name="varchar_pattern_ops"), name="telecom_by_address"),
        ),
    ]
