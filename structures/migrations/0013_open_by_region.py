"""An index for the open establishments of a region, by name."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("structures", "0012_search_by_numbers")]

    operations = [
        migrations.AddIndex(
            model_name="geographicentity",
            index=models.Index(
                condition=models.Q(closing_type=None, gone_since=None),
                fields=["region", "search", "id"],
                name="geographicentity_by_region",
            ),
        ),
    ]
