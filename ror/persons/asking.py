"""Asking, with or without an account, and proving the address to answer to."""

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from ror.accounts.models import User
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


class TooMany(Exception):
    """So many requests wait for this address already that no other message is sent to it."""


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
def ask(asked: Asked, user: User | None = None) -> PersonRequest:
    """Keep a request. Its address is to be proven, unless it is that of the account of `user`.

    Raises `TooMany` when requests of the day to the same address were not confirmed.
    """
    _refuse_flood(asked.email)
    request = PersonRequest(account=user, **vars(asked))
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


def national_identifier(user: User) -> str:
    """idNat_PS of the professional whose account it is, as Pro Santé Connect said; empty when nothing said it."""
    return user.national_id or ""


def _prove(request: PersonRequest) -> list[str]:
    """The address is the person's; so is their identity when they asked from an account known by a card."""
    request.status, request.confirmed_at = Status.IDENTITY, timezone.now()
    identifier = national_identifier(request.account) if request.account else ""
    if not identifier:
        return []
    request.status, request.id_nat_ps = Status.CHECKED, identifier
    request.identity_checked_at, request.identity_means = timezone.now(), IdentityMeans.ACCOUNT
    return [RECOGNISED]


def _note(request: PersonRequest, author: User | None, steps: list[str]) -> None:
    for what in steps:
        RequestStep.objects.trusted(REASON).create(request=request, author=author, what=what)


def _refuse_flood(email: str) -> None:
    waiting = PersonRequest.objects.trusted(REASON).filter(
        email=email, status=Status.RECEIVED, created_at__gt=timezone.now() - WITHIN
    )
    if waiting.count() >= MOST_PER_ADDRESS:
        raise TooMany
