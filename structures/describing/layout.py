"""What of a description is shown at once, kept under « Plus de précisions », or left out when it makes no sense here.

A datum is left out only when it certainly makes no sense; one that holds a value, or is said to be wrong, is shown.
"""

from collections.abc import Callable
from dataclasses import dataclass

from confidentiality.profiles import SOCIAL_FIELD
from ror.reference.nomenclature import nomenclature
from structures.document import Document
from structures.models.geographic_entity import LegalKind
from structures.models.tariff import ATTRIBUTES, REQUIRED
from structures.rules import Facts
from structures.schema import ESTABLISHMENT, TARIFF, Rows

PSYCHIATRY, VILLE_FIELD, SOCIAL_ONLY_FIELD = "R227:03", "R227:05", "R227:06"
AT_HOME, TELEASSISTANCE = "R213:49", "R213:36"
HOME_HELP_CATEGORIES = frozenset({"R66:209", "R66:354", "R66:460"})


@dataclass(frozen=True)
class More:
    """What stands under « Plus de précisions » of one kind of row: the names, and what to expect there."""

    names: frozenset[str]
    about: str


def more(about: str, *names: str) -> More:
    return More(frozenset(names), about)


# By schema of the row, then by the path of its list without ids (empty for the page itself).
OFFER_MORE = {
    "": more(
        "",
        *("comment", "reception_modalities", "annual_opening", "expertise_levels", "specific_acts"),
        *("outside_office_acts", "specialisations", "resource_professions", "specific_competences"),
        *("psychiatric_sectors", "involuntary_care"),
    ),
    "hours": more("période précise", "period_start", "period_end"),
    "contacts": more("quand s'en servir", "description"),
    "contacts.telecoms": more("utilisation prévue", "usage"),
    "places": more(
        "étage, coordonnées, téléphone du lieu, habitations, équipements",
        *("delivery_point", "postal_box", "status", "latitude", "longitude", "coordinates_reliable"),
        *("external_sync_id", "external_sync_name", "comment", "telecoms", "housing", "equipment"),
    ),
    "places.telecoms": more("utilisation prévue", "usage"),
}
STEP_ABOUT = {
    "informations": "commentaire",
    "accueil": "modalités d'accueil, ouverture dans l'année",
    "specificites": "actes, niveaux d'expertise, spécialisations, professions, compétences",
}
ESTABLISHMENT_MORE = {
    "": more(
        "participation au service public, aides, hébergement des familles, territoires",
        *("public_service_participation", "financial_aids", "family_accommodation"),
        *("temporary_social_aid_places", "permanent_social_aid_places", "health_territories"),
    ),
    "contacts": OFFER_MORE["contacts"],
    "contacts.telecoms": OFFER_MORE["contacts.telecoms"],
    "tariffs": More(
        frozenset(TARIFF.fields.keys() - {"kind", "amount", "unit", "valid_from"}), "ce que demande le type choisi"
    ),
}


def more_of(root: Rows, slug: str, path: str) -> More:
    """What stands apart in the rows of the list at `path`, on the page `slug` of a document of schema `root`."""
    table = ESTABLISHMENT_MORE if root is ESTABLISHMENT else OFFER_MORE
    found = table.get(path, more(""))
    return More(found.names, STEP_ABOUT[slug]) if not path and table is OFFER_MORE and slug in STEP_ABOUT else found


def makes_no_sense(root: Rows, path: str, document: Document, facts: Facts) -> bool:
    """Whether the datum at `path` certainly says nothing in this document."""
    table = ESTABLISHMENT_SENSELESS if root is ESTABLISHMENT else OFFER_SENSELESS
    return path in table and table[path](document, facts)


def help_of(root: Rows, path: str) -> str:
    """What the page adds to the help of a datum: the types of tariff that it is for."""
    if root is not ESTABLISHMENT or not path.startswith("tariffs."):
        return ""
    name = path.rsplit(".", 1)[-1]
    kinds = [nomenclature().label(kind) for kind in kinds_with(name)]
    return f"Pour : {' ; '.join(kinds)}." if kinds else ""


def kinds_with(name: str) -> list[str]:
    """The types of tariff that have the attribute `name`; none for what every tariff says."""
    return [kind for kind, names in ATTRIBUTES.items() if name in names]


def asks_more(root: Rows, path: str, row: Document) -> bool:
    """Whether « Plus de précisions » holds something to answer: what the chosen type of tariff requires."""
    return root is ESTABLISHMENT and path == "tariffs" and bool(REQUIRED.get(row.get("kind") or ""))


def _other_field(*fields: str) -> Callable[[Document, Facts], bool]:
    """A chosen activity field that is none of these."""
    return lambda document, facts: document.get("activity_field") not in (None, "", *fields)


def _not_home_help(document: Document, facts: Facts) -> bool:
    if facts.category in HOME_HELP_CATEGORIES:
        return False
    other_mode = document.get("care_mode") not in (None, "", AT_HOME, TELEASSISTANCE)
    return other_mode or _other_field(SOCIAL_FIELD, SOCIAL_ONLY_FIELD)(document, facts)


OFFER_SENSELESS: dict[str, Callable[[Document, Facts], bool]] = {
    "outside_office_acts": lambda document, facts: facts.legal_kind in (LegalKind.HEALTH, LegalKind.SOCIAL),
    "psychiatric_sectors": _other_field(PSYCHIATRY),
    "involuntary_care": _other_field(PSYCHIATRY),
    "management_types": _not_home_help,
    "entry_model": lambda document, facts: True,
}
ESTABLISHMENT_SENSELESS: dict[str, Callable[[Document, Facts], bool]] = {
    "public_service_participation": lambda document, facts: facts.legal_kind in (LegalKind.SOCIAL, LegalKind.VILLE),
    "temporary_social_aid_places": lambda document, facts: facts.legal_kind == LegalKind.VILLE,
    "permanent_social_aid_places": lambda document, facts: facts.legal_kind == LegalKind.VILLE,
}
