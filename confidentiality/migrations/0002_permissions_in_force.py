"""The view that guardian reads: assignments in force times the permissions of their role; groups give none."""

from django.db import migrations

IN_FORCE = """
CREATE VIEW confidentiality_permission_in_force AS
SELECT (assignment.id << 16) | link.permission_id AS id,
       assignment.user_id,
       link.permission_id,
       assignment.perimeter_id AS content_object_id
FROM confidentiality_assignment AS assignment
JOIN confidentiality_role_permissions AS link ON link.role_id = assignment.role_id
WHERE assignment.starts_at <= now() AND (assignment.ends_at IS NULL OR assignment.ends_at > now())
"""
NONE = """
CREATE VIEW confidentiality_group_permission_none AS
SELECT 0::bigint AS id, 0 AS group_id, 0 AS permission_id, 0::bigint AS content_object_id WHERE false
"""


class Migration(migrations.Migration):
    dependencies = [("confidentiality", "0001_initial")]

    operations = [
        migrations.RunSQL(IN_FORCE, "DROP VIEW confidentiality_permission_in_force"),
        migrations.RunSQL(NONE, "DROP VIEW confidentiality_group_permission_none"),
    ]
