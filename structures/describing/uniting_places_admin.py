"""« Fusionner deux lieux », from their list: one place stays, where all that was offered in both is offered."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from confidentiality.admin.bulk import add_actions, as_action, chosen_rows
from confidentiality.admin.model_admin import CHANNEL
from confidentiality.disclosure import Disclosed, Subject, disclose
from ror.dates import display_date
from structures import records
from structures.describing.comparing import Sides
from structures.describing.uniting_page import Uniting, unite_on_page
from structures.describing.wording import Words
from structures.document import Document
from structures.models import BedCapacity, GeographicEntity, Offer, Place
from structures.schema import OFFER
from structures.uniting_places import UnitedPlaces, problems_between, seen_of, unite_places

TITLE = "Fusionner deux lieux qui sont le même"
TWO = "Choisissez deux lieux que vous pouvez corriger. Pour en réunir trois, fusionnez-en deux, puis recommencez."
REASON = "unite: the establishment of both places, for their levels"
PLACE = OFFER.rows["places"]


class PlacesUniting(Uniting):
    """Two places, each with its `rights`: the first is the one changed last."""

    title = TITLE
    keep = "Lieu gardé, avec son identifiant et ses lits et places"
    about = (
        "Les deux lieux deviennent un seul, pour toutes les offres de l'un et de l'autre. Pour chaque donnée qui "
        "diffère, celle du lieu modifié en dernier est proposée."
    )
    help = (
        "Vous comparez ce que vous pouvez lire : le reste demeure, dans le lieu gardé, ce qu'il y est ; celui de "
        "l'autre disparaît avec lui, et reste dans les versions des offres.",
        "Les lits et places du lieu gardé restent. S'il n'en a pas, ceux de l'autre le suivent ; sinon ils sont "
        "retirés : deux comptes ne s'additionnent pas.",
    )
    fate = "Le lieu {kept} est gardé. Le lieu {other} est retiré."

    def __init__(self, request: HttpRequest, places: list[Place]) -> None:
        self.request = request
        self.rows = sorted(places, key=lambda place: place.updated_at, reverse=True)
        self.names = [f"{place.name or place.locality} ({place.identifier})" for place in self.rows]
        self.changed = [f"modifié le {display_date(place.updated_at)}" for place in self.rows]
        self.entity = GeographicEntity.objects.trusted(REASON).get(pk=self.rows[0].geographic_entity_id)
        self.establishment = str(self.entity)
        self.seen = seen_of(self.rows)
        stored = records.read_places(self.rows)
        documents = [stored[str(place.pk)] for place in self.rows]
        shown = [self._read(place, document) for place, document in zip(self.rows, documents, strict=True)]
        self.sides = Sides(PLACE, documents, shown, Words(shown, PLACE))

    def write(self, kept: int, document: Document, reason: str, seen: str) -> UnitedPlaces:
        return unite_places(
            self.rows[kept],
            self.rows[1 - kept],
            document,
            seen=seen,
            author=self.request.user,
            channel=CHANNEL,
            reason=reason,
        )

    def after(self, kept: int) -> Disclosed:
        place = Place.objects.trusted(REASON).get(pk=self.rows[kept].pk)
        return self._read(self.rows[kept], records.read_places([place])[str(place.pk)])

    def left(self, kept: int, done: UnitedPlaces) -> list[str]:
        beds = BedCapacity.objects.visible_to(self.request.viewer)
        known = beds.filter(care_capacity__place=self.rows[1 - kept].pk).exists()
        said = (
            [f"Chiffres de lits ou places retirés avec l'autre lieu : {done.figures}"] if known and done.figures else []
        )
        given = Offer.objects.visible_to(self.request.viewer).filter(place_links__place=self.rows[1 - kept].pk)
        names = [f"{offer.name} ({offer.identifier})" for offer in given.order_by("name", "pk")]
        return [*said, *(f"Offre qui passe au lieu gardé : {name}" for name in names)]

    def said(self, kept: int, done: UnitedPlaces) -> str:
        return (
            f"C'est fait : le lieu {self.rows[kept].identifier} est gardé,"
            f" le lieu {self.rows[1 - kept].identifier} est retiré."
        )

    def _read(self, place: Place, document: Document) -> Disclosed:
        subject = Subject(
            model="Place",
            identifier=place.identifier,
            values=document,
            rights=place.rights,
            legal_kind=self.entity.legal_kind,
            sensitive=getattr(place, "in_sensitive_unit", False),
        )
        return disclose(self.request.viewer, subject)


def unite_places_chosen(screen, request: HttpRequest, rows: QuerySet) -> HttpResponse | None:
    places = chosen_rows(screen, request, rows)
    if not places:
        return None
    if len(places) != 2:
        messages.error(request, TWO)
        return None
    problems = problems_between(*places)
    for problem in problems:
        messages.error(request, problem)
    return None if problems else unite_on_page(screen, request, PlacesUniting(request, places))


add_actions(Place, as_action(unite_places_chosen, "unite_places", TITLE))
