"""Reminding the people in charge that an establishment must describe itself: one e-mail per person."""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone

from confidentiality.viewer import Viewer
from ror.accounts.mails import deliver
from ror.accounts.models import User
from ror.quality import duty
from ror.quality.duty import ALL, Criteria
from ror.quality.models import Reminder
from structures.models import GeographicEntity

MOST = 200  # establishments reminded at once
REST = datetime.timedelta(days=1)  # two presses of one button, or two colleagues: nobody is written to twice a day


@dataclass
class Plan:
    """What a reminder would do: the establishments that each address would be told of, and those left out, why."""

    mails: dict[str, list[GeographicEntity]] = field(default_factory=dict)
    without_referent: list[str] = field(default_factory=list)
    just_reminded: list[str] = field(default_factory=list)
    described: list[str] = field(default_factory=list)

    @property
    def entities(self) -> list[GeographicEntity]:
        return list({entity.pk: entity for told in self.mails.values() for entity in told}.values())


def plan(viewer: Viewer, keys: list[int]) -> Plan:
    """What reminding these establishments would do; those that the viewer does not chase are not there at all."""
    entities = list(duty.listed(viewer, Criteria(state=ALL)).filter(pk__in=keys[:MOST]))
    people, last = duty.referents_of(entities), duty.reminded(entities)
    made = Plan()
    mails: dict[str, list[GeographicEntity]] = defaultdict(list)
    for entity in entities:
        addresses = [person.email for person in people[entity.pk] if person.email]
        if entity.described:
            made.described.append(entity.usual_name or entity.name)
        elif not addresses:
            made.without_referent.append(entity.usual_name or entity.name)
        elif entity.pk in last and timezone.now() - last[entity.pk] < REST:
            made.just_reminded.append(entity.usual_name or entity.name)
        else:
            for address in addresses:
                mails[address].append(entity)
    made.mails = dict(mails)
    return made


def send(made: Plan, author: User, link: str) -> tuple[int, list[str]]:
    """Send the e-mails and keep that they were sent. How many left, and the addresses that none could reach.

    A message names the establishments (level 1) and leads to the page where they are described: nothing else.
    """
    refused: list[str] = []
    told: set[int] = set()
    for address, entities in made.mails.items():
        names = [entity.usual_name or entity.name for entity in entities]
        subject, body = (
            render_to_string("admin/mails/remind.txt", {"names": names, "link": link}).strip().split("\n", 1)
        )
        if not deliver(EmailMessage(subject, f"{body.strip()}\n", to=[address])):
            refused.append(address)
            continue
        new = [entity for entity in entities if entity.pk not in told]
        Reminder.objects.bulk_create(Reminder(geographic_entity=entity, sent_by=author) for entity in new)
        told |= {entity.pk for entity in new}
    return len(made.mails) - len(refused), refused
