"""Load the bundled roles, their permissions and the territorial perimeters."""

import csv
from pathlib import Path

from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Permission
from django.db import transaction

from confidentiality import viewer
from confidentiality.models import Perimeter, Role
from ror.reference.models import Department, Region

DATA = Path(__file__).parent / "data"
PROFILE_NAMES = {"own": "OWN"}
# A role is given by someone of a strictly lower rank; 0 is the national administrator.
RANKS = {"national_administrator": 0, "grades": 10, "referent": 20, "describer": 30, "bed_manager": 40}
DEFAULT_RANK = 30


@transaction.atomic
def load_roles() -> None:
    """Roles, permissions and perimeters of the nation, regions and departments. Idempotent."""
    _load_perimeters()
    _load_roles()
    _load_permissions()


def _load_perimeters() -> None:
    perimeters = [Perimeter(kind=viewer.NATION, code="FR")]
    perimeters += [Perimeter(kind=viewer.REGION, code=code) for code in Region.objects.values_list("pk", flat=True)]
    perimeters += [
        Perimeter(kind=viewer.DEPARTMENT, code=code) for code in Department.objects.values_list("pk", flat=True)
    ]
    Perimeter.objects.bulk_create(perimeters, ignore_conflicts=True)


def _load_roles() -> None:
    roles = [
        Role(
            code=line["code"],
            number=int(line["number"]),
            label=line["label_fr"],
            profile=PROFILE_NAMES.get(line["profile"], line["profile"]),
            perimeter_kinds=line["perimeter_kinds"].split(),
            writes=line["writes"],
            basis=line["basis"],
            rank=RANKS.get(line["code"], DEFAULT_RANK),
        )
        for line in _lines("roles.csv", ",")
    ]
    Role.objects.bulk_create(
        roles,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["number", "label", "profile", "perimeter_kinds", "writes", "basis", "rank"],
    )


def _load_permissions() -> None:
    from django.apps import apps

    create_permissions(apps.get_app_config("confidentiality"), verbosity=0)
    ids = dict(
        Permission.objects.filter(
            content_type__app_label="confidentiality", content_type__model="perimeter"
        ).values_list("codename", "pk")
    )
    links = Role.permissions.through
    wanted = {(line["role"], ids[line["permission"]]) for line in _lines("role_permissions.csv", ";")}
    held = set(links.objects.values_list("role_id", "permission_id"))
    for role, permission in held - wanted:
        links.objects.filter(role_id=role, permission_id=permission).delete()
    links.objects.bulk_create([links(role_id=role, permission_id=permission) for role, permission in wanted - held])


def _lines(name: str, delimiter: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=delimiter))
