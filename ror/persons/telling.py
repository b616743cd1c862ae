"""What persons and those who answer are told, and the mails that go with it."""

from django.http import HttpRequest
from django.urls import reverse

from confidentiality import viewer
from confidentiality.models import PerimeterUserPermission
from ror.accounts.models import User
from ror.dates import display_date
from ror.persons import mails
from ror.persons.links import FOLLOW, READ, token_of
from ror.persons.models import DESCRIBE, PERMISSION, PersonRequest, Route, Status
from structures.models import GeographicEntity

# How far the answer is, in the words of the person who asks.
STATES = {
    Status.RECEIVED: "Votre adresse électronique est à confirmer.",
    Status.IDENTITY: (
        "Nous devons nous assurer que c'est bien vous. Le délégué à la protection des données peut vous écrire."
    ),
    Status.CHECKED: "Votre identité est vérifiée. Votre demande est étudiée.",
    Status.ROUTED: "Votre demande est entre les mains de ceux qui peuvent y répondre.",
    Status.GRANTED: "Votre demande est acceptée.",
    Status.REFUSED: "Votre demande n'a pas pu être acceptée.",
    Status.DONE: "Votre demande est terminée.",
}
ROUTES = {
    Route.REGISTER: "Elle concerne le répertoire des professionnels (RPPS).",
    Route.DESCRIBER: "Elle est transmise aux personnes qui décrivent l'établissement.",
    Route.OFFICER: "Le délégué à la protection des données s'en charge.",
}


def followed(request: PersonRequest) -> dict[str, str]:
    """What the person reads of their own request."""
    return {
        "kind": request.get_kind_display(),
        "sent": display_date(request.created_at),
        "state": STATES[Status(request.status)],
        "route": ROUTES.get(request.route, "") if request.status == Status.ROUTED else "",
        "answer": request.answer,
        "ended": display_date(request.ended_at),
        "details": request.details,
    }


def tell_received(web: HttpRequest, request: PersonRequest) -> None:
    """To the person, the link to follow; to the officers, that a request waits."""
    mails.send("received", request.email, link=_link(web, "persons:follow", token_of(request, FOLLOW)))
    tell_officers(web)


def tell_officers(web: HttpRequest) -> int:
    """To the officers: a request waits for them. How many were told."""
    waiting = _link(web, "admin:persons_personrequest_changelist")
    return mails.send_each("waiting", _holders(PERMISSION, [(viewer.NATION, "FR")]), link=waiting)


def tell_answered(web: HttpRequest, request: PersonRequest) -> bool:
    """To the person: something changed, read it behind the link. Whether the message left."""
    return mails.send("answered", request.email, link=_link(web, "persons:follow", token_of(request, FOLLOW)))


def tell_open(web: HttpRequest, request: PersonRequest) -> bool:
    """To the person: the personal link to what is held. Whether the message left."""
    link = _link(web, "persons:read", token_of(request, READ))
    return mails.send("open", request.email, link=link, until=display_date(request.access_until))


def tell_describers(web: HttpRequest, request: PersonRequest) -> int:
    """To those who describe the establishment: a request waits. How many were told."""
    link = _link(web, "persons:routed", request.pk)
    return mails.send_each("routed", describers_of(request.geographic_entity), link=link)


def describers_of(entity: GeographicEntity) -> list[str]:
    """The addresses of those who describe the whole establishment today."""
    above = [(viewer.GEOGRAPHIC_ENTITY, entity.id_nat_struct)]
    if entity.legal_entity_id:
        above.append((viewer.LEGAL_ENTITY, entity.legal_entity.id_nat_struct))
    return _holders(DESCRIBE, above)


def _holders(permission: str, perimeters: list[tuple[str, str]]) -> list[str]:
    held: set[int] = set()
    for kind, code in perimeters:
        rows = PerimeterUserPermission.objects.filter(
            permission__codename=permission, content_object__kind=kind, content_object__code=code
        )
        held |= set(rows.values_list("user_id", flat=True))
    return sorted(User.objects.filter(pk__in=held, is_active=True).values_list("email", flat=True))


def _link(web: HttpRequest, name: str, *arguments: object) -> str:
    return web.build_absolute_uri(reverse(name, args=arguments))
