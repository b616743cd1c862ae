"""Empty what a test wrote with real commits, without reloading the reference data that every test shares."""

from django.apps import apps
from django.db import connection, transaction

from structures.describing.entry_models.loading import load_entry_models

# Loaded once per test database by `load_reference`, and never written by a test that commits.
KEPT_APPS = {"reference", "auth", "contenttypes"}
KEPT_TABLES = {"confidentiality_role", "confidentiality_role_permissions", "confidentiality_perimeter"}
TERRITORIES = ("nation", "region", "department")


def clear_written() -> None:
    """Empty every table but those of the reference data; TRUNCATE passes where history refuses DELETE."""
    quoted = ", ".join(connection.ops.quote_name(table) for table in written_tables())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pghistory.context_id', gen_random_uuid()::text, true)")
        cursor.execute(f"TRUNCATE {quoted}")
        cursor.execute("DELETE FROM confidentiality_perimeter WHERE kind <> ALL(%s)", [list(TERRITORIES)])
        load_entry_models()  # they name accounts, so that they go with them


def written_tables() -> list[str]:
    """Tables of the models, and of their many-to-many links, that tests may fill."""
    models = [
        model
        for app in apps.get_app_configs()
        if app.label not in KEPT_APPS
        for model in app.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]
    return sorted({model._meta.db_table for model in models} - KEPT_TABLES)
