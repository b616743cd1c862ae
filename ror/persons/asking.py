"""Asking, with or without an account, and proving the address to answer to."""

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from ror.accounts.models import User
from ror.accounts.second_factor import proven
from ror.persons.links import CONFIRM, request_of
from ror.persons.models import IdentityMeans, PersonRequest, RequestStep, Status

MOST_PER_ADDRESS = 3
WITHIN = datetime.timedelta(days=1)
REASON = "a person asks: nothing of the record is read"
SENT, PROVEN, SIGNED_IN, RECOGNISED = (
    "Demande envoyée",
    "Adresse électronique confirmée par la personne",
    "Demande envoyée depuis un compte ouvert à cette adresse",
    "Identité reconnue par le compte, relié à l'identifiant national",
)


@dataclass(frozen=True)
class Asked:
    """What the form says."""

    kind: str
    last_name: str
    first_name: str
    email: str
    number: str = ""
    place: str = ""
    details: str = ""


@transaction.atomic
def ask(asked: Asked, user: User | None = None, identity: str = "") -> PersonRequest:
    """Keep a request. Its address is to be proven, unless it is that of the account of `user`.

    `identity` is the national identifier that this session proves: the person is then the account's, whatever the
    names and the number typed.
    """
    request = PersonRequest(account=user, **vars(asked))
    if identity:
        _name_as(request, user, identity)
    steps = [SENT]
    if user is not None and user.email == asked.email:
        steps += [SIGNED_IN, *_prove(request)]
    request.save(force_insert=True)
    _note(request, user, steps)
    return request


@transaction.atomic
def confirm(token: str) -> PersonRequest | None:
    """The request whose address the token proves; None when the token proves nothing."""
    request = request_of(token, CONFIRM, locked=True)
    if request is None or request.status != Status.RECEIVED:
        return request
    steps = [PROVEN, *_prove(request)]
    request.revision += 1
    request.save()
    _note(request, None, steps)
    return request


def mail_is_spared(request: PersonRequest) -> bool:
    """Whether enough mails went to this address within the day. The request is kept all the same.

    Requests that nobody confirmed, which anyone may send, take nothing from whoever has proven the address.
    """
    since = timezone.now() - WITHIN
    others = PersonRequest.objects.trusted(REASON).filter(email=request.email, created_at__gt=since)
    others = others.exclude(pk=request.pk)
    waits = Q(status=Status.RECEIVED)
    alike = others.filter(waits) if request.status == Status.RECEIVED else others.exclude(waits)
    return alike.count() >= MOST_PER_ADDRESS


def national_identifier(user: User) -> str:
    """idNat_PS of the professional whose account it is, as Pro Santé Connect said; empty when nothing said it."""
    return user.national_id or ""


def identity_proven(web: HttpRequest) -> str:
    """The national identifier of whoever is signed in, once this very session has a second factor (or the card).

    Empty for a password alone (an account that a card once opened is not the card), or when the account has no names.
    """
    user = web.user
    named = user.is_authenticated and user.last_name and user.first_name
    return national_identifier(user) if named and proven(web) else ""


def _name_as(request: PersonRequest, user: User, identity: str) -> None:
    """The person is the account's: a name typed would lead the officer to someone else's data."""
    request.last_name, request.first_name = user.last_name[:120], user.first_name[:120]
    request.number, request.id_nat_ps = "", identity


def _prove(request: PersonRequest) -> list[str]:
    """The address is the person's; so is their identity when the session in which they asked proved it."""
    request.status, request.confirmed_at = Status.IDENTITY, timezone.now()
    if not request.id_nat_ps:
        return []
    request.status = Status.CHECKED
    request.identity_checked_at, request.identity_means = timezone.now(), IdentityMeans.ACCOUNT
    return [RECOGNISED]


def _note(request: PersonRequest, author: User | None, steps: list[str]) -> None:
    for what in steps:
        RequestStep.objects.trusted(REASON).create(request=request, author=author, what=what)
