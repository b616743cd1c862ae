"""The doors of what spares typing twice, for the leak matrix."""

from collections.abc import Iterator

from tests.confidentiality.planting import Planted


def page_arguments(planted: Planted) -> dict[str, list[tuple]]:
    """For each named page, the arguments and queries to try."""
    offers = [({"slug": offer.slug},) for offer in planted.offers]
    establishments = [({"identifier": entity.id_nat_struct},) for entity in (planted.entity, planted.elsewhere)]
    return {
        "describing:confirm": offers,
        "describing:confirm_many": establishments,
    }


def posts(planted: Planted) -> Iterator[tuple[str, dict, dict]]:
    """Every form, sent by whoever."""
    entity = {"identifier": planted.entity.id_nat_struct}
    shown = [f"{offer.slug}:{offer.version}" for offer in planted.offers]
    yield "describing:confirm_many", entity, {"toutes": "1", "offre-affichee": shown}
    for offer in planted.offers:
        yield "describing:confirm", {"slug": offer.slug}, {"version": offer.version}
