"""Who tries every door: one account for each distinct set of rights."""

import datetime
from dataclasses import dataclass, replace

from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from confidentiality.models import Perimeter, Role
from ror.accounts.models import User
from tests.confidentiality.channels import Request
from tests.confidentiality.expected import expected_reading
from tests.confidentiality.markers import Marker
from tests.confidentiality.planting import Planted
from tests.factories import AssignmentFactory, UserFactory, administrator, describer, holder, referent, territory

ADMINISTRATION = "administration"  # whoever manages accounts on the nation
REVIEWER = "relecteur"  # whoever reviews what establishments submit there
OFFICER = "délégué"  # whoever reads the journal, and answers persons
INSIDE = ("administrateur national", "administration, P0 (inventé)", "administration, P2 (inventé)")
OUTSIDE = ("public", "gestionnaire ici", "régulation ici")
# Pages where nothing but a permission gives anything, and who stands for those who hold none.
BY_PERMISSION = ("describing:", "colleagues:")
WITH_PERMISSION = ("gestionnaire ici", "gestionnaire ailleurs", "référent", "administrateur national", "relecteur ici")
WITHOUT_PERMISSION = ("public", "compte sans rôle", "régulation ici")
# What was planted below the pôle.
BELOW_THE_POLE = frozenset({"ordinaire", "ancienne version", "brouillon à côté", "pôle", "service", "unité", "compte"})
# Tried with every role only (the long suite): two who read as the public, and a profile close to P2.
LONG_ONLY = ("gestionnaire au rôle terminé", "régulation ailleurs", "P5 national")
ENTRANCE = ("admin:index", "describing:mine", "colleagues:list")


@dataclass(frozen=True)
class Reader:
    """A set of rights: its name, the profiles held on what was planted (roles.md), and the account, if any.

    `held_on` names the planted subjects where these profiles are held (everywhere, when it says nothing); `whole` that
    this reader tries everything, and leaves nothing to another with equal rights.
    """

    name: str
    profiles: frozenset[str]
    user: User | None = None
    held_on: frozenset[str] = frozenset()
    whole: bool = False

    def client(self, **options) -> Client:
        client = Client(raise_request_exception=False, **options)
        if self.user is not None:
            client.force_login(self.user)
        return client

    def tries(self, request: Request) -> bool:
        """Whether this reader tries it, or leaves it to another with equal rights there.

        Those who may not enter the administration have equal rights there: three of them try all of it for all. So do
        those without any permission on the pages where one describes or manages accounts. Who reviews reads elsewhere
        what P2 reads.
        """
        if self.whole or request.channel in ENTRANCE:
            return True
        if self.name == "relecteur ici":
            return request.channel.startswith("describing:")
        if request.channel.startswith(BY_PERMISSION):
            return self.name in (*WITH_PERMISSION, *WITHOUT_PERMISSION)
        if request.channel.startswith("admin"):
            bare_list = request.channel.endswith("changelist") and "?" not in request.path
            return bare_list or self.name in (*OUTSIDE, *INSIDE)
        return True

    def reads(self, marker: Marker) -> bool:
        """Whether the hand-written table lets this reader read the datum."""
        if marker.reading is None:
            return True
        table = expected_reading()
        held = self.profiles if not self.held_on or marker.subject in self.held_on else ()
        return any(table.get((profile, marker.reading), False) for profile in {"P0", *held})


def readers(planted: Planted) -> list[Reader]:
    """Each distinct set of rights, and two invented ones that enter the administration with less."""
    nation, here = territory("nation"), territory("region", "53")
    return [
        reader("public"),
        reader("compte sans rôle", user=UserFactory()),
        reader("gestionnaire ailleurs", user=describer(planted.elsewhere)),
        reader("gestionnaire ici", "OWN", user=describer(planted.entity)),
        reader("référent", "OWN", user=referent(planted.legal)),
        reader("P2 national", "P2", user=holder("health_professional", nation)),
        reader("P3 national", "P3", user=holder("social_orientation", nation)),
        reader("P4 national", "P4", user=holder("offer_steering", nation)),
        reader("régulation ici", "P1", user=holder("regulation", here)),
        reader("relecteur ici", "P2", REVIEWER, user=holder("regional_quality_manager", here)),
        reader(INSIDE[0], "P1", ADMINISTRATION, user=administrator()),
        reader(INSIDE[1], user=holder(invented_role("P0"), nation)),
        reader(INSIDE[2], "P2", user=holder(invented_role("P2"), nation)),
    ]


def readers_of_every_role(planted: Planted) -> list[Reader]:
    """The same, those of `LONG_ONLY`, and each role of roles.md on each kind of perimeter where it is given; nobody
    leaves anything out.
    """
    long_only = [
        reader(LONG_ONLY[0], user=former_describer(planted)),
        reader(LONG_ONLY[1], user=holder("regulation", territory("region", "28"))),
        reader(LONG_ONLY[2], "P5", user=holder("orientation_without_beds", territory("nation"))),
    ]
    perimeters = {
        "nation": territory("nation"),
        "region": territory("region", "53"),
        "department": territory("department", "35"),
        "legal_entity": planted.legal.perimeter,
        "geographic_entity": planted.entity.perimeter,
        "internal_organization": planted.organizations["pole"].perimeter,
    }
    roles = Role.objects.exclude(code="public").exclude(code__startswith="invented_").order_by("number")
    by_role = [
        Reader(
            name=f"{role.label} ({Perimeter.Kind(kind).label})",
            profiles=frozenset(profiles_of(role)),
            user=holder(role.code, perimeters[kind]),
            held_on=BELOW_THE_POLE if kind == "internal_organization" else frozenset(),
        )
        for role in roles
        for kind in role.perimeter_kinds
    ]
    return [replace(reader, whole=True) for reader in (*readers(planted), *long_only, *by_role)]


def profiles_of(role: Role) -> set[str]:
    """What the hand-written table calls those who hold a role: its profile, and what it administers."""
    held = set(role.permissions.values_list("codename", flat=True))
    return {
        role.profile,
        *([ADMINISTRATION] if role.code == "national_administrator" else []),
        *([REVIEWER] if "review_offer" in held else []),
        *([OFFICER] if "answer_persons" in held else []),
    }


def reader(name: str, *profiles: str, user: User | None = None) -> Reader:
    return Reader(name, frozenset(profiles), user)


def former_describer(planted: Planted) -> User:
    now = timezone.now()
    user = UserFactory()
    AssignmentFactory(
        user=user,
        perimeter=planted.entity.perimeter,
        starts_at=now - datetime.timedelta(days=9),
        ends_at=now - datetime.timedelta(days=1),
    )
    return user


def invented_role(profile: str) -> str:
    """A role that no one has: it enters the administration with no more than a profile."""
    number = Role.objects.order_by("-number").values_list("number", flat=True).first() + 1
    role = Role.objects.create(
        code=f"invented_{profile.lower()}",
        number=number,
        label=f"rôle inventé {profile}",
        profile=profile,
        perimeter_kinds=["nation"],
    )
    permissions = ("enter_admin", "read_registers", "administer_reference")
    role.permissions.set(Permission.objects.filter(codename__in=permissions))
    return role.code
