"""Every address of the administration, tried by every role, against a table written by hand (`admin_expected.csv`).

The first line of the table that says something of a case is the one that holds. An address that no line speaks of is a
failure, and so is a line that speaks of nothing.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import quote
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from confidentiality.models import Perimeter, Role
from tests.confidentiality import admin_world
from tests.confidentiality.admin_world import ANY, World
from tests.confidentiality.channels import addresses
from tests.confidentiality.report import ADMIN_MATRIX
from tests.factories import holder, territory

TABLE = Path(__file__).parent / "admin_expected.csv"
INSIDE = ("national_administrator", "regional_quality_manager", "data_protection_officer")
METHODS = ("GET", "POST")
SITE = ("index", "login", "logout", "jsi18n", "policy", "policy_csv", "duty", "duty_remind", "autocomplete")
OF_OBJECTS = frozenset(
    {"change", "history", "delete", "close", "reopen", "preview", "version", "retire", "answer", "blank"}
    | {"apply", "abandon", "report"}
)
PARTS = 4


@dataclass(frozen=True)
class Case:
    """One address, or one action of a list: what the table calls it, where it leads, and what is sent there."""

    screen: str
    page: str
    kind: str
    path: str
    methods: tuple[str, ...] = METHODS
    sent: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    screens: frozenset[str]
    page: str
    method: str
    kind: str
    statuses: dict[str, str]

    def speaks_of(self, case: Case, method: str, column: str) -> bool:
        return (
            bool(self.statuses[column])
            and bool({case.screen, "*"} & self.screens)
            and self.page in (case.page, "*")
            and self.method in (method, "*")
            and self.kind in (case.kind, "*")
        )


def table() -> list[Line]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return [
            Line(
                frozenset(row["screens"].split()),
                row["page"],
                row["method"],
                row["object"],
                {column: row[column] for column in (*INSIDE, "others", "public")},
            )
            for row in csv.DictReader(lines, delimiter=";")
        ]


def cases(world: World) -> list[Case]:
    """Every address of the administration. Raises AssertionError for one that is not known here."""
    found, unknown = [], []
    for name, route in addresses():
        if not (name.startswith("admin:") or route.startswith("admin/")):
            continue
        made = list(_cases_of(world, name.removeprefix("admin:"), route))
        found += made
        unknown += [] if made else [name or route]
    assert unknown == [], "addresses without a case"
    return [*found, *_actions(world)]


def _actions(world: World) -> Iterator[Case]:
    """Each action of each list, with one row of each kind chosen."""
    for model, screen in admin.site._registry.items():
        label = model._meta
        path = reverse(f"admin:{label.app_label}_{label.model_name}_changelist")
        for action in screen.actions or ():
            for kind, row in world.rows[model].items():
                sent = {"action": action.__name__, ACTION_CHECKBOX_NAME: str(row.pk)}
                yield Case(label.label_lower, action.__name__, kind, path, ("POST",), sent)


def _cases_of(world: World, name: str, route: str) -> Iterator[Case]:
    if name in SITE:
        yield Case("site", name, "-", reverse(f"admin:{name}"))
        if name == "autocomplete":
            yield from _autocompletes()
    elif name == "duty_file":
        yield from (Case("site", name, "-", reverse("admin:duty_file", args=[form])) for form in ("csv", "xlsx"))
    elif name == "app_list":
        labels = sorted({model._meta.app_label for model in admin.site._registry})
        yield from (Case("site", f"app_{label}", "-", reverse("admin:app_list", args=[label])) for label in labels)
    elif route.endswith("(?P<url>.*)$"):
        yield Case("site", "elsewhere", "-", "/admin/n-existe-pas/")
    else:
        for model in admin.site._registry:
            yield from _of_screen(world, model, name, route)


def _autocompletes() -> Iterator[Case]:
    for name in ("user", "perimeter"):
        asked = {"app_label": "confidentiality", "model_name": "assignment", "field_name": name, "term": ""}
        path = f"{reverse('admin:autocomplete')}?{urlencode(asked)}"
        yield Case("site", f"autocomplete_{name}", "-", path, ("GET",))


def _of_screen(world: World, model: type[Model], name: str, route: str) -> Iterator[Case]:
    label, prefix = model._meta.label_lower, f"{model._meta.app_label}_{model._meta.model_name}_"
    old = f"admin/{model._meta.app_label}/{model._meta.model_name}/<path:object_id>/"
    page = name.removeprefix(prefix) if name.startswith(prefix) else "legacy" if not name and route == old else ""
    if page in ("changelist", "add", "export", "template"):
        yield Case(label, page, "-", reverse(f"admin:{name}"))
    elif page in OF_OBJECTS or page == "legacy":
        assert model in world.rows, f"no row to open: {label}"
        for kind, row in world.rows[model].items():
            path = old.replace("<path:object_id>", str(quote(row.pk))) if page == "legacy" else None
            yield Case(label, page, kind, f"/{path}" if path else reverse(f"admin:{name}", args=[quote(row.pk)]))


def people() -> dict[str, tuple[str, Client]]:
    """A browser for each role on each kind of perimeter where it is given, with its column of the table."""
    clients = {"public": ("public", Client(raise_request_exception=False))}
    for role in Role.objects.exclude(code="public").order_by("number"):
        kind = "region" if "region" in role.perimeter_kinds else role.perimeter_kinds[0]
        perimeter = _perimeter(kind)
        client = Client(raise_request_exception=False)
        client.force_login(holder(role.code, perimeter))
        clients[role.code] = (role.code if role.code in INSIDE else "others", client)
    return clients


def _perimeter(kind: str) -> Perimeter:
    if kind in ("nation", "region"):
        return territory(kind, admin_world.HERE if kind == "region" else "FR")
    if kind == "department":
        return territory(kind, "35")
    return Perimeter.objects.filter(kind=kind).order_by("pk").first()


def status(client: Client, method: str, case: Case) -> str:
    """What is answered, everything that it wrote being undone."""
    with transaction.atomic():
        answer = client.get(case.path) if method == "GET" else client.post(case.path, case.sent)
        for part in getattr(answer, "streaming_content", ()):
            assert part is not None
        transaction.set_rollback(True)
    return str(answer.status_code)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("share", range(PARTS))
def test_admin_matrix(share, record_property):
    every, lines = cases(admin_world.build()), table()
    mine = every[share::PARTS]
    known = people()
    wrong, tried = [], 0
    for case in mine:
        for method in case.methods:
            for role, (column, client) in known.items():
                rank = next((i for i, line in enumerate(lines) if line.speaks_of(case, method, column)), None)
                said = "—" if rank is None else lines[rank].statuses[column]
                tried += 1
                found = status(client, method, case)
                if found != said:
                    wrong.append(f"{case.screen} {case.page} {method} {case.kind}, {role} : {found} au lieu de {said}")
    figures = {
        "urls": [case.path for case in mine],
        "rôles": list(known),
        "cas": tried,
        "écarts": len(wrong),
    }
    record_property(ADMIN_MATRIX, figures)
    assert wrong == [], "\n".join(wrong)


@pytest.mark.django_db
def test_no_line_of_the_table_is_left_over():
    """A line that speaks of no case, or that an earlier one hides, says nothing."""
    world, lines, used = admin_world.build(), table(), set()
    for case in cases(world):
        for method in case.methods:
            for column in (*INSIDE, "others", "public"):
                used.add(next((i for i, line in enumerate(lines) if line.speaks_of(case, method, column)), None))
    assert None not in used, "a case that no line speaks of"
    assert sorted(set(range(len(lines))) - used) == []
    assert ANY in world.rows[Role]
