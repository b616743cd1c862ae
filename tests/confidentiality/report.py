"""The line that ends the report of a run of the leak matrix, also when another process ran it (xdist)."""

LEAK_MATRIX = "leak_matrix"


def write_leak_matrix(terminalreporter) -> None:
    """Print the figures that the test recorded; nothing when it did not run."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, figures in getattr(report, "user_properties", []):
                if name == LEAK_MATRIX and report.when == "call":
                    terminalreporter.line(figures)
