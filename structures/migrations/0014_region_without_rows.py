"""Indexes that tell the establishments of a region, and those to chase in order, without reading the rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("structures", "0013_open_by_region")]

    operations = [
        migrations.AddIndex(
            model_name="geographicentity",
            index=models.Index(
                condition=models.Q(closing_type=None, gone_since=None),
                fields=["search", "id", "category"],
                name="geographicentity_to_follow",
            ),
        ),
        migrations.AddIndex(
            model_name="geographicentity",
            index=models.Index(fields=["region"], include=["id"], name="geographicentity_of_region"),
        ),
    ]
