"""Answering a request: identity, routing, the personal link, granting or refusing. Each change leaves a step.

Every function takes the request as it was shown: whoever answers what someone else has changed meanwhile is told so
(`Changed`), nothing being written. The caller has checked that the author answers requests of persons.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from ror.accounts.models import User
from ror.persons.links import LASTS, READ
from ror.persons.models import (
    ENDED,
    OPEN_TO_ANSWER,
    IdentityMeans,
    PersonRequest,
    RequestStep,
    Route,
    Status,
    new_nonce,
)
from ror.persons.recognising import digest_of
from structures.models import Contact, GeographicEntity

REASON = "answering the request of a person: the row that the officer or the describer was shown"
UNANSWERABLE = "Cette demande est terminée : elle ne change plus."
CHECK_FIRST = "Vérifiez d'abord l'identité de la personne."
SOMEONE_ELSE = "Le compte de cette personne dit qui elle est : un autre professionnel ne peut pas être reconnu."
TO_REGISTER = (
    "Ces données viennent du répertoire des professionnels (RPPS) : le portail ne les modifie pas. Demandez leur "
    "correction à votre ordre, ou à l'agence régionale de santé si votre profession n'a pas d'ordre. Elles seront "
    "justes ici à la mise à jour suivante du répertoire."
)


class Changed(Exception):
    """Someone else has changed the request since it was shown."""


class NotAnswerable(ValueError):
    """The request cannot be answered so; the message says in French why."""


@dataclass(frozen=True)
class Shown:
    """A request as the author saw it."""

    key: UUID
    revision: int


def check_identity(shown: Shown, author: User, means: str, note: str = "") -> PersonRequest:
    """The person is who they say: by which means, never with a copy of a document."""

    def change(request: PersonRequest) -> str:
        if request.status != Status.IDENTITY:
            raise NotAnswerable("L'identité de cette personne est déjà vérifiée.")
        request.status, request.identity_means = Status.CHECKED, means
        request.identity_checked_at, request.identity_checked_by = timezone.now(), author
        return f"Identité vérifiée : {IdentityMeans(means).label}"

    return _change(shown, author, change, note)


def match(shown: Shown, author: User, id_nat_ps: str, contacts: list[UUID]) -> PersonRequest:
    """Who the person is in the record: a professional of the register, named contacts."""

    def change(request: PersonRequest) -> str:
        _demand_identity(request)
        request.id_nat_ps, request.matched_at = _professional_of(request, id_nat_ps), timezone.now()
        _recognise(request, contacts)
        people = "un professionnel" if request.id_nat_ps else "aucun professionnel"
        return f"Rapprochement : {people}, contacts : {len(request.contacts)}"

    return _change(shown, author, change)


def open_link(shown: Shown, author: User) -> PersonRequest:
    """A new personal link; the one before opens nothing more."""

    def change(request: PersonRequest) -> str:
        _demand_identity(request)
        request.access_nonce, request.access_until = new_nonce(), timezone.now() + LASTS[READ]
        if request.status == Status.CHECKED:
            request.status = Status.GRANTED
        return "Lien personnel ouvert"

    return _change(shown, author, change)


def revoke_link(shown: Shown, author: User) -> PersonRequest:
    """The link opens nothing more: possible as long as it opens, that is, even once the request is over."""

    def change(request: PersonRequest) -> str:
        request.access_nonce, request.access_until = "", None
        return "Lien personnel fermé"

    return _change(shown, author, change, among=(*OPEN_TO_ANSWER, *ENDED))


def route_to_register(shown: Shown, author: User, note: str = "") -> PersonRequest:
    """The register's word is the register's: the person is told where to ask."""

    def change(request: PersonRequest) -> str:
        _demand_identity(request)
        request.status, request.route, request.answer = Status.ROUTED, Route.REGISTER, TO_REGISTER
        return "Orientée vers le registre des professionnels"

    return _change(shown, author, change, note)


def route_to_describer(shown: Shown, author: User, entity: GeographicEntity, note: str = "") -> PersonRequest:
    """Those who describe the establishment correct the datum, by the ordinary forms."""

    def change(request: PersonRequest) -> str:
        _demand_identity(request)
        request.status, request.route, request.geographic_entity = Status.ROUTED, Route.DESCRIBER, entity
        return f"Transmise à ceux qui décrivent l'établissement {entity.id_nat_struct}"

    return _change(shown, author, change, note)


def keep(shown: Shown, author: User, note: str = "") -> PersonRequest:
    """The officer deals with it (opposition, erasure, what concerns several establishments)."""

    def change(request: PersonRequest) -> str:
        _demand_identity(request)
        request.status, request.route = Status.ROUTED, Route.OFFICER
        return "Prise en charge par le délégué à la protection des données"

    return _change(shown, author, change, note)


def corrected(shown: Shown, author: User, note: str = "") -> PersonRequest:
    """What was asked is done in the record; old values may then be blanked."""

    def change(request: PersonRequest) -> str:
        _demand_identity(request)
        request.status = Status.GRANTED
        return "Demande acceptée, fiche corrigée"

    return _change(shown, author, change, note)


def hand_back(shown: Shown, author: User, note: str) -> PersonRequest:
    """Those who describe the establishment say why they do not correct: the officer decides."""

    def change(request: PersonRequest) -> str:
        request.status, request.route = Status.ROUTED, Route.OFFICER
        return "Rendue par l'établissement, qui n'a pas corrigé"

    return _change(shown, author, change, note)


def refuse(shown: Shown, author: User, answer: str) -> PersonRequest:
    """The person is told why, and to whom to complain."""

    def change(request: PersonRequest) -> str:
        request.status, request.answer, request.ended_at = Status.REFUSED, answer, timezone.now()
        request.access_nonce, request.access_until = "", None
        return "Demande refusée"

    return _change(shown, author, change)


def finish(shown: Shown, author: User, answer: str) -> PersonRequest:
    def change(request: PersonRequest) -> str:
        _demand_identity(request)
        request.status, request.answer, request.ended_at = Status.DONE, answer, timezone.now()
        return "Demande terminée"

    return _change(shown, author, change)


def note_step(request: PersonRequest, author: User | None, what: str) -> None:
    RequestStep.objects.trusted(REASON).create(request=request, author=author, what=what)


def _change(
    shown: Shown,
    author: User,
    change: Callable[[PersonRequest], str],
    note: str = "",
    among: Collection[Status] = OPEN_TO_ANSWER,
) -> PersonRequest:
    """Lock the row, refuse what is no longer as shown or not `among` these states, change it and keep the step."""
    with transaction.atomic():
        rows = PersonRequest.objects.trusted(REASON).select_for_update()
        request = rows.get(pk=shown.key)
        if request.revision != shown.revision:
            raise Changed
        if request.status not in among:
            raise NotAnswerable(UNANSWERABLE)
        what = change(request)
        request.revision += 1
        request.save()
        RequestStep.objects.trusted(REASON).create(request=request, author=author, what=what[:200], note=note)
    return request


def _professional_of(request: PersonRequest, id_nat_ps: str) -> str:
    """The one chosen; that of the account, and nobody else, when the account said who the person is."""
    if request.identity_means != IdentityMeans.ACCOUNT:
        return id_nat_ps
    if id_nat_ps not in ("", request.id_nat_ps):
        raise NotAnswerable(SOMEONE_ELSE)
    return request.id_nat_ps


def _recognise(request: PersonRequest, contacts: list[UUID]) -> None:
    names = dict(Contact.objects.trusted(REASON).filter(pk__in=contacts).values_list("pk", "name"))
    request.contacts = list(names)
    request.contact_digests = [digest_of(name) for name in names.values()]


def _demand_identity(request: PersonRequest) -> None:
    if request.identity_checked_at is None:
        raise NotAnswerable(CHECK_FIRST)
