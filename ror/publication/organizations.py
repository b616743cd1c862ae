"""Internal organisations: the tree of an establishment, and its offers grouped by it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from confidentiality.disclosure import Disclosed, Subject, disclose
from confidentiality.viewer import Viewer
from ror.dates import display_date
from structures.models import InternalOrganization
from structures.presenting import closing_words, label, present_contacts, present_line, present_mailboxes
from structures.reading import ORGANIZATION_FIELDS, value_of

Organization = dict[str, Any]
NOWHERE: dict[str, Organization | None] = {"group": None, "organization": None}


def read_tree(viewer: Viewer, establishment: str) -> list[Disclosed]:
    """The organisations of one establishment that the viewer may know, without contacts nor mailboxes. One query."""
    rows = list(InternalOrganization.objects.visible_to(viewer).filter(geographic_entity__id_nat_struct=establishment))
    identifiers = {row.pk: row.identifier for row in rows}
    return [disclose(viewer, _subject(row, identifiers.get(row.parent_id))) for row in rows]


def present_tree(organizations: Iterable[Disclosed]) -> list[Organization]:
    """The organisations depth first, each after the one it hangs on, with the names of those above it.

    One that hangs on something that the viewer may not know stands at the top.
    """
    below: dict[str | None, list[Disclosed]] = defaultdict(list)
    found = list(organizations)
    known = {row["identifier"] for row in found}
    for row in found:
        parent = row.get("parent")
        below[parent if parent in known else None].append(row)
    tree: list[Organization] = []
    for root in below[None]:
        _add(tree, root, [], below)
    return tree


def nested(tree: list[Organization], depth: int = 0) -> list[Organization]:
    """The same organisations, each with those directly below it (`below`), for a list of lists."""
    tops = [row for row in tree if row["depth"] == depth]
    return [{**row, "below": nested(with_those_below(tree, row["identifier"])[1:], depth + 1)} for row in tops]


def above(tree: list[Organization], identifier: str | None) -> list[Organization]:
    """The organisation of that identifier after those above it, widest first; nothing when it is not in the tree."""
    position = next((rank for rank, row in enumerate(tree) if row["identifier"] == identifier), None)
    if position is None:
        return []
    chain = [tree[position]]
    for row in reversed(tree[:position]):
        if row["depth"] < chain[-1]["depth"]:
            chain.append(row)
    return chain[::-1]


def with_those_below(tree: list[Organization], identifier: str) -> list[Organization]:
    """The organisation of that identifier, which is in the tree, then all those below it."""
    position = next(rank for rank, row in enumerate(tree) if row["identifier"] == identifier)
    rest = tree[position + 1 :]
    end = next((rank for rank, row in enumerate(rest) if row["depth"] <= tree[position]["depth"]), len(rest))
    return [tree[position], *rest[:end]]


def grouped_lines(offers: Iterable[Disclosed], tree: list[Organization], depth: int = 0) -> list[dict[str, Any]]:
    """The lines of offers in the order of the tree, open ones first in each organisation; those of none come first.

    `group` is the organisation of that depth which they lie in, and `organization` their own when it is below it.
    """
    places = list(_places(tree, depth))
    ranks = {row["identifier"]: rank for rank, row in enumerate(tree)}
    lines = [(ranks.get(offer.get("internal_organization"), -1), present_line(offer)) for offer in offers]
    lines.sort(key=lambda found: (found[0], found[1]["is_closed"]))
    return [{**line, **(places[rank] if rank >= 0 else NOWHERE)} for rank, line in lines]


def present_organization(organization: Disclosed, place: Organization) -> dict[str, Any]:
    """What the page of one organisation says; `place` is what the tree says of it."""
    return {
        **place,
        "opening": display_date(organization.get("opening_date")),
        "comment": organization.get("comment") or "",
        "contacts": present_contacts(organization),
        "mailboxes": present_mailboxes(organization),
    }


def _places(tree: list[Organization], depth: int) -> Iterator[dict[str, Organization | None]]:
    """For each organisation of the tree, the one of that depth above it, and itself when they differ."""
    group = None
    for row in tree:
        group = row if row["depth"] == depth else group if row["depth"] > depth else None
        yield {"group": group, "organization": row if group and row is not group else None}


def _add(tree: list[Organization], row: Disclosed, names: list[str], below: dict[str | None, list[Disclosed]]) -> None:
    identifier, name = row["identifier"], row.get("name") or ""
    tree.append(
        {
            "identifier": identifier,
            "slug": identifier.replace("/", "-"),
            "name": name,
            "below_top": " › ".join([*names[1:], name]),
            "type": label(row.get("type")),
            "closing": closing_words(row),
            "depth": len(names),
        }
    )
    for child in below[identifier]:
        _add(tree, child, [*names, name], below)


def _subject(row: InternalOrganization, parent: str | None) -> Subject:
    values = {name: value_of(row, name) for name in ORGANIZATION_FIELDS} | {"parent": parent}
    return Subject("InternalOrganization", row.identifier, values, row.rights, legal_kind="")
