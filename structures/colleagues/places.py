"""The names of perimeters, as far as a viewer may know them, and those where it may give roles."""

from collections.abc import Iterable

from django.db.models import QuerySet

from confidentiality.delegation import Delegation
from confidentiality.disclosure import Subject, disclose
from confidentiality.models import Perimeter
from confidentiality.viewer import Viewer
from ror.reference.models import Department, Region
from ror.reference.text import normalise
from structures.models import GeographicEntity, InternalOrganization, LegalEntity

UNNAMED = "un lieu que vous ne pouvez pas voir"
MOST_ESTABLISHMENTS = 100

# A group of choices, as Django's select widgets take them: a label, then (value, label) pairs.
Group = tuple[str, list[tuple[int, str]]]


def names_of(viewer: Viewer, perimeters: Iterable[Perimeter], unnamed: str = UNNAMED) -> dict[int, str]:
    """The name of each perimeter by its id; `unnamed` for what the viewer may not know. 5 queries at most."""
    by_kind: dict[str, list[Perimeter]] = {}
    for perimeter in perimeters:
        by_kind.setdefault(perimeter.kind, []).append(perimeter)
    names: dict[int, str] = {}
    for kind, found in by_kind.items():
        known = _known(viewer, kind, found)
        names |= {perimeter.pk: known.get(perimeter.pk, unnamed) for perimeter in found}
    return names


def with_chosen(delegation: Delegation, groups: list[Group], chosen: Iterable[str]) -> list[Group]:
    """The same places, with those `chosen` before that another search no longer finds: nothing chosen is lost."""
    found = {str(key) for _, options in groups for key, _ in options}
    keys = [key for key in chosen if key.isascii() and key.isdigit() and len(key) < 10 and key not in found]
    rows = list(delegation.perimeters().filter(pk__in=keys)) if keys else []
    names = names_of(delegation.viewer, rows)
    return [*groups, *([("Déjà choisis", list(names.items()))] if names else [])]


def choices(delegation: Delegation, words: str = "") -> list[Group]:
    """The places where the viewer manages accounts, establishment by establishment: those named by `words`, the first
    `MOST_ESTABLISHMENTS` of each kind. 5 queries.
    """
    viewer, keys = delegation.viewer, delegation.perimeters().order_by().values("pk")
    found = _named(GeographicEntity.objects.visible_to(viewer).filter(perimeter__in=keys), words)
    establishments = {row.pk: row for row in found}
    units = InternalOrganization.objects.visible_to(viewer).open().filter(geographic_entity__in=establishments)
    groups: dict[int, Group] = {
        row.pk: (said(viewer, row), [(row.perimeter_id, f"{said(viewer, row)} (tout l'établissement)")])
        for row in establishments.values()
    }
    for unit in units.select_related("geographic_entity").order_by("name", "pk"):
        groups[unit.geographic_entity_id][1].append((unit.perimeter_id, said(viewer, unit)))
    return [*_wider(delegation, words), *groups.values()]


def whole_structures(delegation: Delegation) -> list[Group]:
    """The legal entities and establishments of which the viewer is référent, the first ones of each."""
    viewer, keys = delegation.viewer, delegation.mandating().order_by().values("pk")
    groups = []
    for label, model in (("Entités juridiques", LegalEntity), ("Établissements", GeographicEntity)):
        rows = _named(model.objects.visible_to(viewer).filter(perimeter__in=keys), "")
        groups.append((label, [(row.perimeter_id, said(viewer, row)) for row in rows]))
    return [group for group in groups if group[1]]


def _wider(delegation: Delegation, words: str) -> Iterable[Group]:
    """Territories and legal entities."""
    viewer, keys = delegation.viewer, delegation.perimeters().order_by().values("pk")
    kinds = Perimeter.Kind
    territories = list(
        Perimeter.objects.filter(pk__in=keys, kind__in=(kinds.NATION, kinds.REGION, kinds.DEPARTMENT)).order_by(
            "kind", "code"
        )
    )
    if territories and not words:
        names = names_of(viewer, territories)
        yield "Territoires", [(row.pk, names[row.pk]) for row in territories]
    entities = _named(LegalEntity.objects.visible_to(viewer).filter(perimeter__in=keys), words)
    labels = [(row.perimeter_id, f"{said(viewer, row)} (tous ses établissements)") for row in entities]
    if labels:
        yield "Entités juridiques", labels


def _named(rows: QuerySet, words: str) -> QuerySet:
    text = normalise(words)
    for word in text.split():
        rows = rows.filter(search__contains=word)
    return rows.order_by("search", "pk")[:MOST_ESTABLISHMENTS]


def _known(viewer: Viewer, kind: str, perimeters: list[Perimeter]) -> dict[int, str]:
    kinds = Perimeter.Kind
    if kind == kinds.NATION:
        return {row.pk: str(row) for row in perimeters}
    if kind in (kinds.REGION, kinds.DEPARTMENT):
        model = Region if kind == kinds.REGION else Department
        names = dict(model.objects.filter(pk__in=[row.code for row in perimeters]).values_list("pk", "name"))
        return {row.pk: f"{row.get_kind_display()} {names[row.code]}" for row in perimeters if row.code in names}
    keys = [row.pk for row in perimeters]
    if kind == kinds.INTERNAL_ORGANIZATION:
        units = InternalOrganization.objects.visible_to(viewer).filter(perimeter__in=keys)
        rows = units.select_related("geographic_entity")
        return {row.perimeter_id: f"{said(viewer, row)}, {row.geographic_entity}" for row in rows}
    model = LegalEntity if kind == kinds.LEGAL_ENTITY else GeographicEntity
    return {row.perimeter_id: said(viewer, row) for row in model.objects.visible_to(viewer).filter(perimeter__in=keys)}


def said(viewer: Viewer, row: LegalEntity | GeographicEntity | InternalOrganization) -> str:
    """The name of a structure read by `visible_to`, through the one door out."""
    if isinstance(row, LegalEntity):
        values, identifier, legal_kind = {"legal_name": row.legal_name}, row.id_nat_struct, ""
    elif isinstance(row, GeographicEntity):
        values, identifier, legal_kind = {"name": str(row)}, row.id_nat_struct, row.legal_kind
    else:
        values, identifier, legal_kind = {"name": row.name}, row.identifier, row.geographic_entity.legal_kind
    shown = disclose(viewer, Subject(type(row).__name__, identifier, values, rights=row.rights, legal_kind=legal_kind))
    return next(iter(shown.values()), UNNAMED)
