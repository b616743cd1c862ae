"""The cache that every process shares: counts of attempts, and the codes already used."""

from django.db import migrations

TABLE = """
CREATE TABLE ror_cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
)
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_lower_case_email")]

    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE ror_cache"),
        migrations.RunSQL("CREATE INDEX ror_cache_expires ON ror_cache (expires)", migrations.RunSQL.noop),
    ]
