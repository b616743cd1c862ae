"""The doors of what spares typing twice, for the leak matrix."""

from collections.abc import Iterator

from django.core import signing

from structures.describing.many_views import SALT
from tests.confidentiality.planting import Planted


def page_arguments(planted: Planted) -> dict[str, list[tuple]]:
    """For each named page, the arguments and queries to try."""
    offers = [({"slug": offer.slug},) for offer in planted.offers]
    establishments = [({"identifier": entity.id_nat_struct},) for entity in (planted.entity, planted.elsewhere)]
    sources = ["etablissement", *(offer.slug for offer in planted.offers)]
    copies = [({"pk": draft.pk}, {"source": source}) for draft in planted.drafts[:2] for source in sources]
    targets = [planted.entity, planted.elsewhere]
    return {
        "describing:change_many": [({},), *(({}, {"q": offer.name}) for offer in planted.offers)],
        "describing:duplicate": [*offers, *((offers[0][0], {"vers": entity.id_nat_struct}) for entity in targets)],
        "describing:copy_hours": copies,
        "describing:copy_contacts": copies,
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
        yield "describing:duplicate", {"slug": offer.slug}, {"contacts": "1"}
        yield "describing:copy_hours", {"pk": planted.drafts[0].pk}, {"source": offer.slug, "comment": "remplacer"}
        contacts = [str(key) for key in offer.contacts.values_list("pk", flat=True)]
        yield "describing:copy_contacts", {"pk": planted.drafts[0].pk}, {"source": offer.slug, "ligne": contacts}
        change = {"quoi": "commentaire", "offre": offer.slug}
        yield "describing:change_many", {}, {"quoi": "horaires", "offre": offer.slug}
        yield "describing:change_many", {}, {**change, "said": "1", "comment": "essai"}
        agreed = {"kind": "commentaire", "said": {"comment": "essai"}, "shown": {offer.slug: offer.version}}
        yield "describing:change_many", {}, {"apply": signing.dumps({"user": 0, **agreed}, salt=SALT)}
