"""What the lines of the register are read against: territories, codes and legal kinds, loaded once per import."""

from dataclasses import dataclass
from pathlib import Path

import structures
from ror.reference.copying import bundled_rows
from ror.reference.models import Commune, Department
from ror.reference.nomenclature import Nomenclature, nomenclature
from ror.reference.territories import present_codes

CATEGORIES = Path(structures.__file__).parent / "data"
CATEGORY_SET, STREET_TYPE_SET, SPH_SET, LEGAL_STATUS_SET = "J55", "J219", "J202", "J199"
# FINESS files these two islands under Guadeloupe; their own postcodes tell them apart.
ISLANDS = {"97133": "977", "97150": "978"}
GUADELOUPE = "971"
# The codes that both bore as communes of Guadeloupe, until 2008, which FINESS still writes.
ISLAND_COMMUNES = {"97123": "97701", "97127": "97801"}


@dataclass(frozen=True)
class References:
    """Maps from the register's codes to the portal's."""

    codes: Nomenclature
    communes: dict[str, str]  # any INSEE code, of today or of the past → today's
    islands: dict[str, str]  # commune of Saint-Barthélemy or Saint-Martin → its department
    departments: dict[str, str]  # code of FINESS, or of INSEE → code of INSEE
    regions: dict[str, str]  # department → region
    legal_kinds: dict[str, str]  # category → legal kind, for those in the perimeter only

    def key(self, value_set: str, systems: tuple[str, ...], code: str) -> str | None:
        """The concept of `code` in the value set; None when the set never held it."""
        for system in systems:
            if code and self.codes.is_known(value_set, f"{system}:{code}"):
                return f"{system}:{code}"
        return None

    def category(self, code: str) -> str | None:
        return self.key(CATEGORY_SET, ("R66", "R02", "R316"), code)

    def department(self, code: str, postcode: str, commune: str | None) -> str | None:
        """INSEE code of the department that the line means."""
        known = self.departments.get(code.upper())
        if known != GUADELOUPE:
            return known
        return self.islands.get(commune or "") or ISLANDS.get(postcode, known)

    def commune(self, department: str, commune: str) -> str | None:
        """Today's INSEE code for a commune given without its department, as FINESS does; None when unknown.

        Overseas the three digits begin with the third digit of the department: 411 in 9D is 97411.
        """
        return self.communes.get(_insee_prefix(department.upper()) + commune)


def load_references() -> References:
    """Five queries, whatever the size of the file."""
    departments, regions = {}, {}
    for code, finess, region in Department.objects.values_list("code", "finess_code", "region_id"):
        departments[code] = code
        regions[code] = region
        if finess:
            departments[finess] = code
    return References(
        codes=nomenclature(),
        communes=ISLAND_COMMUNES | present_codes(),
        islands=dict(Commune.objects.filter(department__in=ISLANDS.values()).values_list("code", "department_id")),
        departments=departments,
        regions=regions,
        legal_kinds=legal_kinds(),
    )


def legal_kinds() -> dict[str, str]:
    """Legal kind by category; a category without one is outside the perimeter of the ROR and is not listed."""
    rows = bundled_rows("establishment_categories.csv", CATEGORIES)
    return {row["code"]: row["legal_kind"] for row in rows if row["legal_kind"]}


def _insee_prefix(department: str) -> str:
    if department == "9J":
        return "98"
    return "97" if department.startswith("9") and department[1:].isalpha() else department
