"""Coordinates of the register to WGS 84 (EPSG:4326, degrees), by the projection that each line names."""

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from pyproj import CRS, Transformer

EPSG = re.compile(r"EPSG\s*:\s*([0-9]{4,5})", re.IGNORECASE)
# The legal projections of metropolitan France, the Antilles, Guyane, La Réunion, Mayotte, Saint-Pierre-et-Miquelon.
LEGAL = ("2154", "5490", "2972", "2975", "4471", "4467")
# Before 2022 the register gave a name instead of a number.
NAMES = {
    "LAMBERT_93": "2154",
    "UTM_N20": "5490",
    "UTM_N22": "2972",
    "UTM_S40": "2975",
    "UTM_S38": "4471",
    "UTM_N21": "4467",
}
MARGIN = 1.0  # degrees around the area where the projection is in use
DECIMALS = 6  # about 10 cm


class Point(NamedTuple):
    """Projected coordinates as the register writes them."""

    key: str
    x: float
    y: float


class Located(NamedTuple):
    """A point in degrees; both are None when the point falls far out of the projection's own area."""

    key: str
    latitude: str | None
    longitude: str | None


def projection(source: str) -> str | None:
    """The EPSG number that the source of a line names; None when it names none that is legal in France."""
    numbered = EPSG.search(source)
    if numbered is not None:
        return numbered[1] if numbered[1] in LEGAL else None
    upper = source.upper()
    return next((code for name, code in NAMES.items() if name in upper), None)


def read_number(text: str) -> float | None:
    """A coordinate, with a dot or a comma; None when it is not a finite number."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


class Batches:
    """Points waiting to be converted, by projection: one call of pyproj converts thousands."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Point]] = defaultdict(list)
        self.size = 0

    def add(self, code: str, point: Point) -> None:
        self._waiting[code].append(point)
        self.size += 1

    def drain(self) -> Iterator[Located]:
        """Convert and forget what is waiting."""
        for code, points in self._waiting.items():
            yield from convert(code, points)
        self._waiting.clear()
        self.size = 0


def convert(code: str, points: list[Point]) -> Iterator[Located]:
    """The same points in degrees."""
    transformer, area = _transformer(code)
    longitudes, latitudes = transformer.transform([point.x for point in points], [point.y for point in points])
    for point, longitude, latitude in zip(points, longitudes, latitudes, strict=True):
        if _inside(area, longitude, latitude):
            yield Located(point.key, f"{latitude:.{DECIMALS}f}", f"{longitude:.{DECIMALS}f}")
        else:
            yield Located(point.key, None, None)


@cache
def _transformer(code: str):
    system = CRS.from_epsg(int(code))
    return Transformer.from_crs(system, CRS.from_epsg(4326), always_xy=True), system.area_of_use


def _inside(area, longitude: float, latitude: float) -> bool:
    return (
        area.west - MARGIN <= longitude <= area.east + MARGIN and area.south - MARGIN <= latitude <= area.north + MARGIN
    )
