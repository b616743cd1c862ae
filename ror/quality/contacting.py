"""Writing to the people in charge of the establishments chosen in a list: one e-mail per person, about one thing.

A message names establishments as everyone reads them, and leads to the page where they are described. Nothing that
someone typed leaves in it, and no offer is named: not all its readers may know of every offer.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone

from confidentiality.viewer import Viewer
from ror.accounts.mails import deliver
from ror.accounts.models import User
from ror.quality import duty
from ror.quality.models import About, Reminder
from ror.quality.reminding import REST, Told, public_name
from structures.models import GeographicEntity


@dataclass
class Messages:
    """What would leave: the establishments that each address would be told of, and those left out, why."""

    about: About
    mails: dict[str, list[Told]] = field(default_factory=dict)
    without_referent: list[str] = field(default_factory=list)
    just_written: list[str] = field(default_factory=list)

    @property
    def establishments(self) -> list[Told]:
        """Each establishment once."""
        return list(dict.fromkeys(told for named in self.mails.values() for told in named))


def plan(viewer: Viewer, keys: Collection[int], about: About) -> Messages:
    """What writing about these establishments would do; those that the viewer does not follow are not there at all."""
    rows = GeographicEntity.objects.visible_to(viewer).permitted(viewer, duty.PERMISSION).filter(pk__in=keys)
    entities = list(rows.select_related("legal_entity").order_by("search", "pk"))
    people, last = duty.referents_of(entities), duty.reminded(entities, about)
    made, mails = Messages(about), defaultdict(list)
    for entity in entities:
        told = Told(entity.pk, public_name(entity))
        addresses = [person.email for person in people[entity.pk] if person.email]
        if not addresses:
            made.without_referent.append(told.name)
        elif entity.pk in last and timezone.now() - last[entity.pk] < REST:
            made.just_written.append(told.name)
        else:
            for address in addresses:
                mails[address].append(told)
    made.mails = dict(mails)
    return made


def send(made: Messages, *, author: User, reason: str, link: str) -> tuple[int, list[str]]:
    """Send the e-mails, and keep what was sent and why. How many left, and the addresses that none could reach."""
    refused: list[str] = []
    kept: set[Told] = set()
    for address, establishments in made.mails.items():
        said = {"names": [told.name for told in establishments], "link": link, "about": made.about.value}
        subject, body = render_to_string("admin/mails/write.txt", said).strip().split("\n", 1)
        if deliver(EmailMessage(subject, f"{body.strip()}\n", to=[address])):
            kept |= set(establishments)
        else:
            refused.append(address)
    Reminder.objects.bulk_create(
        Reminder(geographic_entity_id=told.key, about=made.about, reason=reason, sent_by=author)
        for told in made.establishments
        if told in kept
    )
    return len(made.mails) - len(refused), refused
