"""One account per role that the portal serves today, all with the same password."""

import datetime
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from confidentiality import viewer
from confidentiality.models import Assignment, Perimeter, Role
from ror.accounts.models import User
from ror.demonstration.tables import Line, by_key, geographic_identifier, legal_identifier, table

PASSWORD = "Demonstration-2026"
REASON = "compte de démonstration"
ADMINISTRATOR = "administrateur@demo.example.org"


@dataclass(frozen=True)
class Account:
    """What a person needs to try the portal under one role."""

    role: str
    email: str
    password: str = PASSWORD

    def __str__(self) -> str:
        return f"compte: {self.role} {self.email} {self.password}"


def accounts() -> list[Account]:
    """Every account of the demonstration, with the French label of its role."""
    labels = dict(Role.objects.values_list("code", "label"))
    return [Account(labels[line["role"]], line["email"]) for line in table("accounts")]


def add_missing() -> list[User]:
    """Open the accounts that are not there yet, with their role. Those already there keep what they hold."""
    lines = by_key("accounts")
    known = set(User.objects.filter(email__in=lines).values_list("email", flat=True))
    missing = [line for email, line in lines.items() if email not in known]
    if not missing:
        return []
    password = make_password(PASSWORD)  # one hash for all: it is slow on purpose
    users = User.objects.bulk_create(
        User(email=line["email"], first_name=line["first_name"], last_name=line["last_name"], password=password)
        for line in missing
    )
    administrator = User.objects.get_by_natural_key(ADMINISTRATOR)
    Assignment.objects.bulk_create(
        _assignment(line, user, administrator) for line, user in zip(missing, users, strict=True)
    )
    return users


def _assignment(line: Line, user: User, administrator: User) -> Assignment:
    now = timezone.now()
    return Assignment(
        user=user,
        role_id=line["role"],
        perimeter=Perimeter.objects.get(kind=line["kind"], code=_perimeter_code(line)),
        starts_at=now - datetime.timedelta(days=1),  # in force at once, even within this transaction
        ends_at=now + datetime.timedelta(days=int(line["days"])) if line["days"] else None,
        given_by=None if user == administrator else administrator,
        reason=REASON,
    )


def _perimeter_code(line: Line) -> str:
    if line["kind"] == viewer.LEGAL_ENTITY:
        return legal_identifier(by_key("legal_entities")[line["perimeter"]])
    if line["kind"] == viewer.GEOGRAPHIC_ENTITY:
        return geographic_identifier(by_key("establishments")[line["perimeter"]])
    return line["perimeter"]
