"""Actions on many rows of the lists of the administration: what each shows before it is confirmed."""

from collections.abc import Iterator

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model
from django.urls import reverse

from confidentiality.admin.bulk import MARK
from structures import records, uniting
from structures.models import GeographicEntity, InternalOrganization, LegalEntity, Offer, Place
from structures.schema import OFFER
from tests.confidentiality.planting import Planted

SHOWN = {MARK: "1", "reason": "essai"}
CLOSED = {"closing_type": "R286:DEF", "closing_date": "2026-01-31"}
# What is typed on the page of each action; of closings, the pages of one row try the other lists.
TYPED: dict[str, dict[str, str]] = {
    "close_row": CLOSED,
    "reopen_row": {},
    "transfer_rows": {},
    "reassign_rows": {},
    "ask_to_check": {},
    "write_to_people": {"about": "check"},
}
UNITE, UNITE_PLACES = "unite_offers", "unite_places"
BY_ROW = (LegalEntity, InternalOrganization)


def posts(planted: Planted) -> Iterator[tuple[str, str, dict]]:
    """The channel, the address and what is sent, for each action. Raises KeyError for one that is not known here."""
    rows = {Offer: planted.offers, GeographicEntity: [planted.entity, planted.elsewhere]}
    for model, screen in admin.site._registry.items():
        for action in screen.actions or ():
            name = action.__name__
            if name == UNITE:
                yield from _unitings(planted)
            elif name == UNITE_PLACES:
                yield from _unitings_of_places(planted)
            elif model not in BY_ROW:
                yield _post(model, name, rows[model], {**SHOWN, **TYPED[name], **_target(planted, name)})


def _target(planted: Planted, name: str) -> dict[str, str]:
    """Where offers go."""
    if name == "transfer_rows":
        return {"number": planted.elsewhere.finess}
    return {"number": planted.ordinary.internal_organization_id or ""} if name == "reassign_rows" else {}


def _unitings(planted: Planted) -> Iterator[tuple[str, str, dict]]:
    """Both offers side by side, then what the second would make of the first."""
    for pair in ((planted.ordinary, planted.other), (planted.ordinary, planted.sensitive)):
        yield _post(Offer, UNITE, pair, {})
    pair = (planted.ordinary, planted.other)
    seen = uniting.fingerprint(records.read_documents([offer.pk for offer in pair]))
    chosen = dict.fromkeys([*OFFER.fields, *OFFER.rows, "keep"], "1")
    yield _post(Offer, UNITE, pair, {**chosen, **SHOWN, "seen": seen})


def _unitings_of_places(planted: Planted) -> Iterator[tuple[str, str, dict]]:
    """Two places of the establishment; then one with that of the sensitive unit."""
    ordinary, other, sensitive = (offer.place_links.first().place for offer in planted.offers)
    for pair in ((ordinary, other), (ordinary, sensitive)):
        yield _post(Place, UNITE_PLACES, pair, {})


def _post(model: type[Model], name: str, rows: list[Model], typed: dict) -> tuple[str, str, dict]:
    path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    keys = [str(row.pk) for row in rows]
    return f"admin {model.__name__} {name} (envoi)", path, {"action": name, ACTION_CHECKBOX_NAME: keys, **typed}
