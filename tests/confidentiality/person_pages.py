"""The doors of the persons described, of those who describe them and of the officer, for the leak matrix.

Personal links are tried on requests that hold no marker: whoever has such a link reads what it opens, which the tests
of `persons` cover.
"""

from uuid import UUID

from django.utils import timezone

from ror.persons.links import CONFIRM, FOLLOW, READ, token_of
from ror.persons.models import Blanking, IdentityMeans, Kind, PersonRequest, RequestStep, Route, Status
from tests.confidentiality.markers import Markers
from tests.confidentiality.planting import Planted

REQUESTS = "demandes des personnes"
TEXTS = ("last_name", "first_name", "place", "details", "answer")
LINKED = "lien@example.org"
TYPED = {
    "kind": Kind.ACCESS,
    "last_name": "Essai",
    "first_name": "Essai",
    "email": "essai@example.org",
    "number": "",
    "place": "",
    "details": "",
}


def plant(planted: Planted) -> None:
    """A request with a marker in each of its data, one that links open, one routed, and the trace of a blanking."""
    # The first of the screen, whose pages are opened.
    request = _request(id=UUID(int=1), **{name: _marker(planted.markers, name) for name in TEXTS})
    RequestStep.objects.create(request=request, what="essai", note=_marker(planted.markers, "steps"))
    now = timezone.now()
    _request(email=LINKED, access_nonce="essai", access_until=now + timezone.timedelta(days=1))
    _request(status=Status.ROUTED, route=Route.DESCRIBER, geographic_entity=planted.entity)
    subject = planted.markers.text("effacement/Blanking.subject", reading=REQUESTS)
    Blanking.objects.create(author_name="essai", datum="autre", subject=subject, reason="essai")


def page_arguments() -> dict[str, list[tuple]]:
    """For each named page of persons, the arguments and queries to try."""
    linked = PersonRequest.objects.get(email=LINKED)
    read, forged = {"token": token_of(linked, READ)}, {"token": "faux"}
    forms = ("csv", "json", "autre")
    return {
        "persons:about": [({},)],
        "persons:ask": [({},), ({}, {"demande": "access"})],
        "persons:sent": [({},)],
        "persons:confirm": [({"token": token_of(linked, CONFIRM)},), (forged,)],
        "persons:follow": [({"token": token_of(linked, FOLLOW)},), (forged,)],
        "persons:read": [(read,), (forged,)],
        "persons:export": [*(({**read, "form": form},) for form in forms), ({**forged, "form": "csv"},)],
        "persons:mine": [({},)],
        "persons:export_mine": [({"form": form},) for form in forms],
        "persons:routed_list": [({},)],
        "persons:routed": [({"pk": request.pk},) for request in PersonRequest.objects.all()],
    }


def posts() -> list[tuple[str, dict, dict]]:
    """Forms sent: name of the page, its arguments, what is typed."""
    answers = [
        ("persons:routed", {"pk": request.pk}, {"revision": request.revision, **pressed})
        for request in PersonRequest.objects.all()
        for pressed in ({"corrected": "1"}, {"hand_back": "1"})
    ]
    return [("persons:ask", {}, TYPED), ("persons:ask", {}, {}), *answers]


def _marker(markers: Markers, name: str) -> str:
    return markers.text(f"demande/PersonRequest.{name}", reading=REQUESTS)


def _request(**changes) -> PersonRequest:
    now = timezone.now()
    known = {"confirmed_at": now, "identity_checked_at": now, "identity_means": IdentityMeans.CALL}
    said = {"kind": Kind.ACCESS, "status": Status.CHECKED, "last_name": "Essai", "email": "essai@example.org"}
    return PersonRequest.objects.create(**known | said | changes)
