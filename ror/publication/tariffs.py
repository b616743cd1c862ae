"""Tariffs of an establishment as its page shows them: one table per kind."""

from itertools import groupby
from typing import Any

from confidentiality.disclosure import Disclosed
from ror.dates import display_date
from structures.models.tariff import (
    DAY_CARE,
    DEPENDENCE,
    EXTRA_SERVICE,
    HOME_HELP,
    HOUSING,
    MEALS,
    SMR_SUPPLEMENT,
)
from structures.presenting import NARROW_SPACE, decimal_of, label, labels, rows_of, text_of

ORDER = (HOUSING, DEPENDENCE, DAY_CARE, EXTRA_SERVICE, SMR_SUPPLEMENT, HOME_HELP, MEALS)
UNITS = {"R228:1": "par heure", "R228:2": "par jour", "R228:3": "par mois", "R228:4": "l'unité"}
WHO = {True: "moins de 60 ans", False: "60 ans et plus"}


def present_tariffs(establishment: Disclosed) -> list[dict[str, Any]]:
    """The tariffs that were disclosed, by kind, in the order in which people ask for them."""
    rows = [row for row in rows_of(establishment, "tariffs") if row.get("kind")]
    groups = [
        _group(kind, list(lines)) for kind, lines in groupby(sorted(rows, key=_rank), key=lambda row: row["kind"])
    ]
    return [group for group in groups if group["lines"]]


def euros(amount: Any) -> str:
    """« 1 250,00 € »; nothing when there is no amount."""
    number = decimal_of(amount)
    if number is None:
        return ""
    return f"{number:,.2f}".replace(",", NARROW_SPACE).replace(".", ",") + "\u00a0€"


def _rank(row: dict) -> tuple[int, str]:
    kind = row["kind"]
    return (ORDER.index(kind) if kind in ORDER else len(ORDER), str(kind))


def _group(kind: str, rows: list[dict]) -> dict[str, Any]:
    lines = [_line(row) for row in rows if euros(row.get("amount"))]
    return {
        "title": label(kind),
        "lines": lines,
        "with_condition": any(line["condition"] for line in lines),
        "with_services": any(line["services"] for line in lines),
    }


def _line(row: dict) -> dict[str, Any]:
    parts = [
        text_of(row.get("name")),
        label(row.get("additional_service")) or text_of(row.get("other_additional_service")),
        label(row.get("dependency_group")),
        label(row.get("residential_type")),
        label(row.get("reception_temporality")).lower(),
        label(row.get("management_type")).lower(),
        WHO.get(row.get("under_60"), ""),
    ]
    return {
        "title": ", ".join(part for part in parts if part) or label(row["kind"]),
        "amount": euros(row.get("amount")),
        "unit": UNITS.get(row.get("unit"), label(row.get("unit")).lower()),
        "since": display_date(row.get("valid_from")),
        "condition": label(row.get("condition")),
        "services": [*labels(row.get("included_services")), *map(str, rows_of(row, "other_included_services"))],
    }
