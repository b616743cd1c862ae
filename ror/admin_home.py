"""The home of the administration, ordered by what one does there rather than by the rooms of the code."""

from functools import cache
from typing import Any

from confidentiality.models import Assignment, Perimeter
from confidentiality.viewer import Viewer
from ror.reference.models import Department, Region

MOST_ROLES = 2  # said in the header; the account's page has them all

# What one comes to do, and the screens for it, in their order. A screen that no group names comes last.
GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "structures",
        "Structures et offres",
        (
            *("LegalEntity", "GeographicEntity", "InternalOrganization", "Offer", "OfferVersion", "Place"),
            *("Contact", "Telecom", "SecureMailbox", "Tariff"),
            *("CareCapacity", "BedCapacity", "HousingCapacity", "SpecificEquipment"),
        ),
    ),
    ("professionnels", "Professionnels", ("Professional", "Practice", "OperationalSituation")),
    ("qualite", "Qualité", ("Anomaly", "RegionSettings")),
    ("droits", "Personnes et droits", ("User", "Assignment", "Role", "Perimeter", "PersonRequest")),
    (
        "referentiels",
        "Référentiels",
        ("EntryModel", "CodeSystem", "ValueSet", "Concept", "Region", "Department", "Commune"),
    ),
    ("suivi", "Suivi", ("ImportJob", "Import", "AccessRecord", "Blanking")),
)
OTHERS = ("autres", "Autres écrans")


def grouped(app_list: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The screens of Django's own list that the viewer may open, by group; groups without a screen are left out."""
    screens = {screen["object_name"]: screen for app in app_list for screen in app["models"]}
    groups = [
        _group(key, title, [screens.pop(name) for name in names if name in screens]) for key, title, names in GROUPS
    ]
    groups.append(_group(*OTHERS, list(screens.values())))
    return [group for group in groups if group["models"]]


def _group(key: str, title: str, screens: list[dict[str, Any]]) -> dict[str, Any]:
    return {"app_label": key, "name": title, "app_url": "", "has_module_perms": True, "models": screens}


def who(viewer: Viewer) -> str:
    """The roles of the viewer and where they are held, in words: « Administrateur national (France entière) »."""
    if not viewer.is_authenticated:
        return ""
    said = list(dict.fromkeys(f"{line.role} ({_place(line)})" for line in viewer.assignments))
    more = len(said) - MOST_ROLES
    return ", ".join([*said[:MOST_ROLES], *([f"et {more} autre{'s' if more > 1 else ''}"] if more > 0 else [])])


def _place(line: Assignment) -> str:
    perimeter = line.perimeter
    if perimeter.kind == Perimeter.Kind.NATION:
        return "France entière"
    if perimeter.kind in (Perimeter.Kind.REGION, Perimeter.Kind.DEPARTMENT):
        return _territory(perimeter.kind, perimeter.code)
    return str(perimeter.get_kind_display()).lower()


@cache
def _territory(kind: str, code: str) -> str:
    model = Region if kind == Perimeter.Kind.REGION else Department
    return model.objects.values_list("name", flat=True).get(pk=code)
