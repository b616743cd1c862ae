"""What a person takes away: the same data as on the page, as CSV or JSON."""

import csv
import io
import json
from dataclasses import asdict

from django.utils import timezone

from ror.persons.holdings import Group
from ror.persons.readings import Reading
from ror.safe_cells import safe_cell

COLUMNS = ("Où", "Donnée", "Valeur", "Qui la voit", "Source", "Mise à jour")
READ = ("Lu le", "Rôle", "Organisation", "Données")


def as_csv(groups: list[Group], readings: list[Reading]) -> str:
    """Two tables, one under the other, for a French spreadsheet (semicolons, UTF-8 with its mark)."""
    out = io.StringIO()
    lines = csv.writer(out, delimiter=";")
    lines.writerow(COLUMNS)
    for group in groups:
        lines.writerows([*map(safe_cell, (group.title, *asdict(datum).values()))] for datum in group.data)
    lines.writerow([])
    lines.writerow(READ)
    lines.writerows([*map(safe_cell, (_moment(each), each.roles, each.organizations, each.data))] for each in readings)
    return f"\ufeff{out.getvalue()}"


def as_json(groups: list[Group], readings: list[Reading]) -> str:
    said = {
        "extrait_le": timezone.localtime().isoformat(timespec="seconds"),
        "donnees": [
            {"ou": group.title, "donnee": datum.label, "valeur": datum.value, "qui_la_voit": datum.level}
            | {"source": datum.source, "mise_a_jour": datum.updated}
            for group in groups
            for datum in group.data
        ],
        "consultations": [
            {"le": each.at.isoformat(), "role": each.roles, "organisation": each.organizations, "donnees": each.data}
            for each in readings
        ],
    }
    return json.dumps(said, ensure_ascii=False, indent=2)


FORMATS = {"csv": (as_csv, "text/csv; charset=utf-8"), "json": (as_json, "application/json")}


def _moment(reading: Reading) -> str:
    return f"{timezone.localtime(reading.at):%d/%m/%Y %H:%M}"
