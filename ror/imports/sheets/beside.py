"""The sheets that stand beside a description: what they say is written by ways of their own."""

from ror.imports.reading import SheetShape
from ror.imports.sheets.figures import PATH as FIGURES
from ror.imports.sheets.figures import FigureResource
from ror.imports.sheets.layout import ListPath, SheetResource, resources
from ror.imports.sheets.people import PATH as PEOPLE
from ror.imports.sheets.people import PersonResource

BESIDE: dict[ListPath, type[SheetResource]] = {FIGURES: FigureResource, PEOPLE: PersonResource}


def shapes() -> list[SheetShape]:
    """What an imported file may hold: any of these sheets."""
    return [each.shape() for each in (*resources().values(), *(resource() for resource in BESIDE.values()))]
