"""The figures of beds and places of the offers, reported as everyone's are."""

from ror.demonstration.offers import Published
from ror.demonstration.tables import Line, table
from structures import beds
from structures.beds import Figure
from structures.models import Place

REASON = "load_demonstration: the places whose beds are reported"


def report_all(published: list[Published], *, author: str, channel: str) -> None:
    """Report the figures of each place, by the pattern of `beds.csv` that its offer or its portrait names."""
    patterns = {key: pattern for each in published for key, pattern in each.beds.items()}
    for place in Place.objects.trusted(REASON).filter(pk__in=patterns).order_by("pk"):
        figures = [_figure(line) for line in table("beds") if line["pattern"] == patterns[str(place.pk)]]
        beds.report(place, figures, author=author, channel=channel)


def _figure(line: Line) -> Figure:
    said = {name: value for name, value in line.items() if value and name != "pattern"}
    return Figure(**{**said, "number": int(line["number"])})
