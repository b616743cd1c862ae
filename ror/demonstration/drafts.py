"""Two descriptions in progress in one nursing home: a new offer with mistakes in it, a change to a published one."""

from ror.accounts.models import User
from ror.demonstration.offers import MARK
from structures.describing import drafts
from structures.describing.models import Draft
from structures.document import Document, new_id
from structures.models import GeographicEntity, Offer

ESTABLISHMENT = "ehpad-glycines"
DESCRIBER = "gestionnaire.ehpad@demo.example.org"


def add(entities: dict[str, GeographicEntity], offers: list[Offer]) -> list[Draft]:
    """The drafts, when their establishment has just been added; later, drafts belong to those who use the portal."""
    entity = entities.get(ESTABLISHMENT)
    if entity is None:
        return []
    author = User.objects.get_by_natural_key(DESCRIBER)
    offer = next(offer for offer in offers if offer.geographic_entity_id == entity.pk)
    return [_new_offer(entity, author), _change(offer, author)]


def _new_offer(entity: GeographicEntity, author: User) -> Draft:
    """Half filled: an age in letters, an impossible time, a number too short, and much still to say."""
    draft = drafts.start(entity, author)
    typed: Document = {
        "name": "Accueil de nuit" + MARK,
        "activity_field": "R227:04",
        "care_mode": "R213:48",
        "age_min": "soixante",
        "publics": ["R239:01"],
        "hours": [
            {
                "id": new_id(),
                "slot_type": "R252:01",
                "weekday": 1,
                "opens_at": "19:00",
                "closes_at": "25:00",
                "period_start": None,
                "period_end": None,
            }
        ],
        "contacts": [
            {
                "id": new_id(),
                "nature": "R287:01",
                "function": None,
                "name": None,
                "level": 1,
                "telecoms": [
                    {
                        "id": new_id(),
                        "channel": "R200:2",
                        "address": "02 61 91",
                        "direct_line": None,
                        "private_emergency_line": None,
                        "level": 1,
                    }
                ],
            }
        ],
    }
    return _saved(draft, typed)


def _change(offer: Offer, author: User) -> Draft:
    draft = drafts.beside(offer, author)
    return _saved(draft, {"name": "Hébergement permanent et répit" + MARK})


def _saved(draft: Draft, typed: dict) -> Draft:
    draft.document = {**draft.document, **typed}
    draft.save()
    return draft
