"""The lines that end a run of the keyboard proof: one per entry model, whatever process filled it (xdist)."""

ENTRY_MODEL = "entry_model"


def write_entry_models(terminalreporter) -> None:
    """Print what each model cost to fill, then how many were filled; nothing when none was."""
    filled = sorted(
        line
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        for name, line in getattr(report, "user_properties", [])
        if name == ENTRY_MODEL and report.when == "call"
    )
    if not filled:
        return
    for line in filled:
        terminalreporter.line(line)
    terminalreporter.line(f"modèles={len(filled)}")
