"""Reminding the people in charge that an establishment must describe itself: one e-mail per person."""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone

from confidentiality.disclosure import disclose
from confidentiality.viewer import Viewer
from ror.accounts.mails import deliver
from ror.accounts.models import User
from ror.quality import duty
from ror.quality.duty import ALL, Criteria
from ror.quality.models import Reminder
from structures.models import GeographicEntity
from structures.reading import establishment_subject

MOST = 200  # establishments reminded at once
REST = datetime.timedelta(days=1)  # two presses of one button, or two colleagues: nobody is written to twice a day


@dataclass(frozen=True)
class Told:
    """An establishment as a message names it: what everyone may read of it."""

    key: int
    name: str


@dataclass
class Plan:
    """What a reminder would do: the establishments that each address would be told of, and those left out, why."""

    mails: dict[str, list[Told]] = field(default_factory=dict)
    without_referent: list[str] = field(default_factory=list)
    just_reminded: list[str] = field(default_factory=list)
    described: list[str] = field(default_factory=list)

    @property
    def establishments(self) -> list[Told]:
        """Each establishment once."""
        return list(dict.fromkeys(told for named in self.mails.values() for told in named))


def plan(viewer: Viewer, keys: list[int]) -> Plan:
    """What reminding these establishments would do; those that the viewer does not chase are not there at all."""
    entities = list(duty.listed(viewer, Criteria(state=ALL)).filter(pk__in=keys[:MOST]))
    people, last = duty.referents_of(entities), duty.reminded(entities)
    described = duty.described_among(viewer, entities)
    made = Plan()
    mails: dict[str, list[Told]] = defaultdict(list)
    for entity in entities:
        told = Told(entity.pk, public_name(entity))
        addresses = [person.email for person in people[entity.pk] if person.email]
        if entity.pk in described:
            made.described.append(told.name)
        elif not addresses:
            made.without_referent.append(told.name)
        elif entity.pk in last and timezone.now() - last[entity.pk] < REST:
            made.just_reminded.append(told.name)
        else:
            for address in addresses:
                mails[address].append(told)
    made.mails = dict(mails)
    return made


def send(made: Plan, author: User, link: str) -> tuple[int, list[str]]:
    """Send the e-mails and keep that they were sent. How many left, and the addresses that none could reach.

    A message names the establishments (level 1) and leads to the page where they are described: nothing else.
    """
    refused: list[str] = []
    kept: set[Told] = set()
    for address, establishments in made.mails.items():
        names = [told.name for told in establishments]
        subject, body = (
            render_to_string("admin/mails/remind.txt", {"names": names, "link": link}).strip().split("\n", 1)
        )
        if not deliver(EmailMessage(subject, f"{body.strip()}\n", to=[address])):
            refused.append(address)
            continue
        new = [told for told in establishments if told not in kept]
        Reminder.objects.bulk_create(Reminder(geographic_entity_id=told.key, sent_by=author) for told in new)
        kept |= set(new)
    return len(made.mails) - len(refused), refused


def public_name(entity: GeographicEntity) -> str:
    """How a message names an establishment: by what everyone reads of it."""
    shown = disclose(Viewer.public(), establishment_subject(entity))
    return shown.get("usual_name") or shown["name"]
