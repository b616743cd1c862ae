"""What the portal holds on one person, datum by datum, with its level and its source: read by that person only.

The person is known by a national identifier (the register's) and by the contacts that the officer recognised as theirs.
Whoever calls has made sure of who reads. 9 queries at most, whatever the number of rows.
"""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Prefetch

from confidentiality import policy
from confidentiality.levels import Level
from confidentiality.viewer import Viewer
from professionals.models import (
    OperationalSituation,
    Practice,
    Professional,
    ProfessionalMailbox,
    Qualification,
    SituationExpertise,
    SituationHours,
    SituationTelecom,
)
from professionals.models.professional import CODE_BY_TYPE
from ror.accounts.models import User
from ror.dates import display_date
from ror.persons.recognising import Recognised, still_borne
from ror.reference.fields import CodeField, CodeSetField
from ror.reference.nomenclature import nomenclature
from structures.models import Contact, Telecom

REASON = "the person reads what the portal holds on them, once known by their account or by the officer"
REGISTER = "Répertoire des professionnels (RPPS)"
ESTABLISHMENT = "Décrit par l'établissement"
ACCOUNT = "Compte du portail"
OWN_READERS = "Vous, et ceux qui gèrent les comptes"

PROFESSIONAL = ("id_nat_ps", "rpps", "adeli", "civility")
PRACTICE = ("profession", "civility", "last_name", "first_name")
QUALIFICATION = ("type", *CODE_BY_TYPE.values(), "subspecialty")
SITUATION = ("exercise_mode", "convention_sector", "controlled_fees", "vitale_card", "comment")
SLOT = ("slot_type", "weekday", "opens_at", "closes_at", "period_start", "period_end")
TELECOM = ("channel", "address", "usage", "direct_line", "private_emergency_line")
CONTACT = ("function", "name", "description")


@dataclass(frozen=True)
class Datum:
    """One datum in words: `level` is the label of its level, as everyone reads it."""

    label: str
    value: str
    level: str
    source: str
    updated: str


@dataclass
class Group:
    """What is held in one place."""

    title: str
    data: list[Datum] = field(default_factory=list)


@dataclass(frozen=True)
class _Kept:
    """What the levels of a row depend on."""

    legal_kind: str
    sensitive: bool
    source: str


def held_on(viewer: Viewer, id_nat_ps: str, contacts: Recognised) -> list[Group]:
    """Everything held on a person; an empty list when nothing is. What is above level 1 is noted for the journal."""
    person = _person(id_nat_ps)
    groups = [] if person is None else list(_of_professional(viewer, person))
    return [*groups, *_of_contacts(viewer, contacts)]


def held_of_account(user: User) -> Group:
    """What the portal knows of an account: its own page changes it."""
    roles = [
        f"{line.role}, {line.perimeter}" for line in user.assignments.in_force().select_related("role", "perimeter")
    ]
    said = {
        "Adresse électronique": user.own_address,
        "Prénom": user.first_name,
        "Nom": user.last_name,
        "Rôles": " ; ".join(roles),
        "Compte ouvert": display_date(user.date_joined),
    }
    data = [Datum(label, value, OWN_READERS, ACCOUNT, "") for label, value in said.items() if value]
    return Group("Votre compte", data)


def names_of(id_nat_ps: str, contacts: Recognised) -> set[str]:
    """How the access journal may name what is held on the person (« OperationalSituation 53/12 »).

    A contact is read in the page of what it belongs to. 3 queries.
    """
    situations = OperationalSituation.objects.trusted(REASON).filter(practice__professional__id_nat_ps=id_nat_ps)
    practices = Practice.objects.trusted(REASON).filter(professional__id_nat_ps=id_nat_ps)
    names = {f"Professional {id_nat_ps}"} if id_nat_ps else set()
    if id_nat_ps:
        names |= {f"OperationalSituation {key}" for key in situations.values_list("identifier", flat=True)}
        names |= {f"Practice {key}" for key in practices.values_list("pk", flat=True)}
    for contact in _contacts(contacts):
        names |= {f"Contact {contact.pk}", _owner_name(contact)}
    return names


def _person(id_nat_ps: str) -> Professional | None:
    if not id_nat_ps:
        return None
    qualifications = Prefetch("qualifications", Qualification.objects.trusted(REASON))
    practices = Practice.objects.trusted(REASON).prefetch_related(qualifications)
    rows = Professional.objects.trusted(REASON).filter(id_nat_ps=id_nat_ps)
    return rows.prefetch_related(
        Prefetch("practices", practices), Prefetch("mailboxes", ProfessionalMailbox.objects.trusted(REASON))
    ).first()


def _situations(person: Professional) -> list[OperationalSituation]:
    rows = OperationalSituation.objects.trusted(REASON).filter(practice__professional=person)
    return list(
        rows.select_related("geographic_entity", "offer__sensitive_unit").prefetch_related(
            Prefetch("hours", SituationHours.objects.trusted(REASON)),
            Prefetch("telecom", SituationTelecom.objects.trusted(REASON), to_attr="own_telecom"),
            Prefetch("expertise", SituationExpertise.objects.trusted(REASON), to_attr="own_expertise"),
        )
    )


def _of_professional(viewer: Viewer, person: Professional) -> Iterator[Group]:
    situations = _situations(person)
    yield from _of_register(viewer, person, [_kept(situation) for situation in situations])
    for situation in situations:
        kept = [_kept(situation)]
        group = Group(f"Vous exercez dans « {situation.offer.name} », {situation.geographic_entity.name}")
        group.data += _data(situation, SITUATION, kept)
        for row, names in _below(situation):
            group.data += _data(row, names, kept)
        yield _noted(viewer, group, "OperationalSituation", situation.identifier)


def _of_register(viewer: Viewer, person: Professional, situations: list[_Kept]) -> Iterator[Group]:
    """The register's data have the least level of the person's situations; the strictest when there are none."""
    kept = [_Kept(each.legal_kind, each.sensitive, REGISTER) for each in situations] or [_Kept("", False, REGISTER)]
    identity = Group("Votre identité au registre", list(_data(person, PROFESSIONAL, kept)))
    for box in person.mailboxes.all():
        identity.data += _data(box, ("address",), kept)
    yield _noted(viewer, identity, "Professional", person.id_nat_ps)
    for practice in person.practices.all():
        group = Group(f"Votre exercice : {nomenclature().label(practice.profession_id)}")
        group.data += _data(practice, PRACTICE, kept)
        for qualification in practice.qualifications.all():
            group.data += _data(qualification, QUALIFICATION, kept)
        yield _noted(viewer, group, "Practice", str(practice.pk))


def _below(situation: OperationalSituation) -> Iterator[tuple[models.Model, tuple[str, ...]]]:
    if situation.own_expertise:
        yield situation.own_expertise, ("specific_competences",)
    for slot in situation.hours.all():
        yield slot, SLOT
    if situation.own_telecom:
        yield situation.own_telecom, TELECOM


def _of_contacts(viewer: Viewer, contacts: Recognised) -> Iterator[Group]:
    for contact in _contacts(contacts):
        kept = [_Kept(getattr(contact.geographic_entity, "legal_kind", ""), False, ESTABLISHMENT)]
        group = Group(f"Vous êtes un contact de {_owner_label(contact)}", list(_data(contact, CONTACT, kept)))
        for telecom in contact.telecoms.all():
            group.data += _data(telecom, TELECOM, kept)
        model, _, identifier = _owner_name(contact).partition(" ")
        yield _noted(viewer, group, model, identifier)


def _contacts(recognised: Recognised) -> list[Contact]:
    if not recognised:
        return []
    rows = Contact.objects.trusted(REASON).filter(pk__in=list(recognised))
    rows = rows.select_related("geographic_entity", "legal_entity", "internal_organization", "offer")
    found = rows.prefetch_related(Prefetch("telecoms", Telecom.objects.trusted(REASON)))
    return still_borne(found, recognised)


def _owner_name(contact: Contact) -> str:
    """The object that discloses the contact, as the journal names it."""
    if contact.offer_id:
        return f"Offer {contact.offer.identifier}"
    if contact.internal_organization_id:
        return f"InternalOrganization {contact.internal_organization.identifier}"
    if contact.legal_entity_id:
        return f"LegalEntity {contact.legal_entity.id_nat_struct}"
    return f"GeographicEntity {contact.geographic_entity.id_nat_struct}"


def _owner_label(contact: Contact) -> str:
    owner = contact.offer or contact.internal_organization
    if contact.legal_entity_id:
        return contact.legal_entity.legal_name
    return f"« {owner.name} », {contact.geographic_entity.name}" if owner else contact.geographic_entity.name


def _kept(situation: OperationalSituation) -> _Kept:
    sensitive = getattr(situation.offer, "sensitive_unit", None) is not None
    return _Kept(situation.geographic_entity.legal_kind, sensitive, ESTABLISHMENT)


def _data(row: models.Model, names: Iterable[str], kept: list[_Kept]) -> Iterator[Datum]:
    """The data of a row that say something. The level is the least that it has somewhere: others read it there."""
    stored = getattr(row, row.level_field or "", None)
    for name in names:
        value = _in_words(row, name)
        if not value:
            continue
        line = policy.datum(type(row).__name__, name)
        level = min(Level.CRISIS if each.sensitive else line.level(each.legal_kind, stored) for each in kept)
        yield Datum(_capital(line.label), value, Level(level).label, kept[0].source, display_date(row.updated_at))


def _in_words(row: models.Model, name: str) -> str:
    column = row._meta.get_field(name)
    value = getattr(row, column.attname)
    if isinstance(column, CodeField):
        return nomenclature().label(value) if value else ""
    if isinstance(column, CodeSetField):
        return ", ".join(nomenclature().label(key) for key in value or [])
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime.date):
        return display_date(value)
    if isinstance(value, datetime.time):
        return f"{value:%H:%M}"
    return str(_choice(row, name, value)) if value not in (None, "") else ""


def _choice(row: models.Model, name: str, value: Any) -> Any:
    shown = getattr(row, f"get_{name}_display", None)
    return shown() if shown else value


def _noted(viewer: Viewer, group: Group, model: str, identifier: str) -> Group:
    levels = {level.label: level.value for level in Level}
    strictest = max((levels[datum.level] for datum in group.data), default=Level.PUBLIC)
    if strictest > Level.PUBLIC:
        viewer.note_disclosure(model, identifier, strictest)
    return group


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]
