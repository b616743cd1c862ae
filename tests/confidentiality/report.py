"""The line that ends the report of a run of a matrix, also when other processes ran its parts (xdist)."""

from collections.abc import Iterator

LEAK_MATRIX, ADMIN_MATRIX = "leak_matrix", "admin_matrix"


def write_matrix(terminalreporter, matrix: str) -> None:
    """Print the figures that the parts recorded, added up; nothing when none of them ran."""
    parts = list(_figures(terminalreporter, matrix))
    if not parts:
        return
    total = {name: _added([part[name] for part in parts]) for name in parts[0]}
    terminalreporter.line(" ".join(f"{name}={value}" for name, value in total.items()))


def _figures(terminalreporter, matrix: str) -> Iterator[dict]:
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, figures in getattr(report, "user_properties", []):
                if name == matrix and report.when == "call":
                    yield figures


def _added(values: list) -> int:
    """The sum of counts, or the number of different names."""
    if isinstance(values[0], list):
        return len({name for names in values for name in names})
    return sum(values)
