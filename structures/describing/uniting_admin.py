"""« Fusionner deux offres », from their list: the one kept is published anew, the other is closed for good."""

from dataclasses import replace

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from confidentiality.admin.bulk import add_actions, as_action, chosen_rows
from confidentiality.admin.model_admin import CHANNEL
from confidentiality.disclosure import Disclosed, disclose
from confidentiality.profiles import SENSITIVE_MASK
from confidentiality.viewer import Viewer
from ror.dates import display_date
from structures import records, uniting
from structures.describing.access import open_organizations
from structures.describing.comparing import Sides
from structures.describing.models import Draft
from structures.describing.uniting_page import Uniting, unite_on_page
from structures.describing.wording import Words
from structures.document import Document
from structures.models import GeographicEntity, Offer, Place
from structures.reading import draft_subject
from structures.schema import OFFER
from structures.uniting import PLACES, United, problems_between, unite

TITLE = "Fusionner deux offres qui décrivent la même chose"
TWO = "Choisissez deux offres que vous pouvez corriger. Pour en réunir trois, fusionnez-en deux, puis recommencez."
REASON = "unite: the establishment of both offers, for their levels"
BEDS_WITHDRAWN = "107"  # rule of `structures.records`


class OffersUniting(Uniting):
    """Two offers, each with its `rights`: the first is the one published last."""

    title = TITLE
    keep = "Offre gardée, avec son identifiant et son adresse"
    about = (
        "Les deux offres deviennent une seule : l'une est gardée, l'autre est fermée définitivement. Pour chaque "
        "donnée qui diffère, la plus récemment publiée est proposée."
    )
    help = (
        "Vous comparez ce que vous pouvez lire : le reste demeure, dans chaque offre, ce qu'il y est.",
        "Une ligne choisie ou retirée l'est en entier. Un lieu gardé l'est avec ses lits et places ; un lieu retiré de "
        "l'offre gardée, et où rien d'autre n'est proposé, disparaît avec eux.",
        "Les professionnels et les versions de l'offre fermée restent avec elle.",
    )
    fate = "L'offre {kept} est gardée. L'offre {other} est fermée définitivement."

    def __init__(self, request: HttpRequest, offers: list[Offer]) -> None:
        self.request = request
        self.rows = sorted(_with_establishment(offers), key=lambda offer: offer.published_at, reverse=True)
        self.names = [f"{offer.name} ({offer.identifier})" for offer in self.rows]
        self.changed = [f"publiée le {display_date(offer.published_at)}" for offer in self.rows]
        self.establishment = str(self.rows[0].geographic_entity)
        documents = records.read_documents([offer.pk for offer in offers])
        self.seen = uniting.fingerprint(documents)
        self.sensitive = {key for key, document in documents.items() if document["sensitive"]}
        shown = [self._read(offer, documents[offer.pk]) for offer in self.rows]
        organizations = open_organizations(request.viewer, self.rows[0].geographic_entity)
        words = Words(shown, organizations=organizations)
        self.sides = Sides(OFFER, [documents[offer.pk] for offer in self.rows], shown, words)

    def write(self, kept: int, document: Document, reason: str, seen: str) -> United:
        return unite(
            self.rows[kept],
            self.rows[1 - kept],
            document,
            seen=seen,
            author=self.request.user,
            channel=CHANNEL,
            reason=reason,
        )

    def after(self, kept: int) -> Disclosed:
        offer = self.rows[kept]
        return self._read(offer, records.read_document(offer))

    def left(self, kept: int, done: United) -> list[str]:
        closed = self.rows[1 - kept]
        return [*_figures(closed, done), *uniting.remainders(self.request.viewer, closed)]

    def said(self, kept: int, done: United) -> str:
        offer, closed = self.rows[kept], self.rows[1 - kept]
        return (
            f"C'est fait : l'offre {offer.identifier} est gardée (version {done.publication.version}),"
            f" l'offre {closed.identifier} est fermée définitivement."
        )

    def _read(self, offer: Offer, document: Document) -> Disclosed:
        """What the viewer may read of a document of one of the two."""
        keys = [row["id"] for row in document[PLACES]]
        rows = Place.objects.visible_to(self.request.viewer).filter(pk__in=keys)
        known = {str(key) for key in rows.values_list("pk", flat=True)}
        places = [row for row in document[PLACES] if row["id"] in known]
        subject = draft_subject({**document, PLACES: places}, offer.geographic_entity, offer.rights, offer.identifier)
        return disclose(self.request.viewer, replace(subject, origin=offer.origin))


def unite_offers(screen, request: HttpRequest, rows: QuerySet) -> HttpResponse | None:
    offers = chosen_rows(screen, request, rows)
    if not offers:
        return None
    if len(offers) != 2:
        messages.error(request, TWO)
        return None
    made = OffersUniting(request, offers)
    problems = problems_between(*made.rows, made.sensitive)
    for problem in problems:
        messages.error(request, problem)
    return None if problems else unite_on_page(screen, request, made)


def _with_establishment(offers: list[Offer]) -> list[Offer]:
    """The rows, each with its establishment, whose legal kind says the levels."""
    keys = {offer.geographic_entity_id for offer in offers}
    entities = GeographicEntity.objects.trusted(REASON).in_bulk(keys)
    for offer in offers:
        offer.geographic_entity = entities[offer.geographic_entity_id]
    return offers


def _figures(closed: Offer, united: United) -> list[str]:
    """The figures that go or become 0; as when closing, not told to those who may not know of sensitive units."""
    if not closed.rights & SENSITIVE_MASK:
        return []
    said = [finding.message for finding in united.publication.warnings if finding.rule == BEDS_WITHDRAWN]
    count = united.closing.figures
    if count:
        said.append(f"Chiffres disponibles remis à zéro, sur les lieux qui restent à l'offre fermée : {count}")
    return said


@uniting.remainder
def drafts_left(viewer: Viewer, closed: Offer) -> str:
    """A draft beside the closed offer."""
    left = Draft.objects.visible_to(viewer).filter(offer=closed.pk).exists()
    return "Un brouillon en cours reste avec l'offre fermée." if left else ""


add_actions(Offer, as_action(unite_offers, "unite_offers", TITLE))
