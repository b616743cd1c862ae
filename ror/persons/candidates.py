"""Who, in the record, may be the person who asks: what the officer chooses from, by name or by number."""

from dataclasses import dataclass

from django.db.models import Q

from confidentiality.levels import Level
from confidentiality.viewer import Viewer
from professionals.models import Practice
from ror.persons.models import IdentityMeans, PersonRequest
from ror.reference.nomenclature import nomenclature
from ror.reference.text import normalise
from structures.models import Contact

REASON = "the officer looks for the person who asks, whose identity is checked"
MOST = 30


@dataclass(frozen=True)
class Candidate:
    key: str
    label: str


def professionals_like(viewer: Viewer, asked: PersonRequest) -> list[Candidate]:
    """Professionals with the number given, else with these names. What is shown is noted for the journal."""
    rows = Practice.objects.trusted(REASON).select_related("professional")
    found = {}
    for row in rows.filter(_named_as(asked)).order_by("pk")[:MOST]:
        viewer.note_disclosure("Practice", str(row.pk), Level.PROFESSIONAL)
        profession = nomenclature().label(row.profession_id)
        key = row.professional.id_nat_ps
        found[key] = Candidate(key, f"{row.first_name} {row.last_name}, {profession} ({key})")
    return list(found.values())


def _named_as(asked: PersonRequest) -> Q:
    """The account's own professional, once the account said who the person is."""
    if asked.identity_means == IdentityMeans.ACCOUNT:
        return Q(professional__id_nat_ps=asked.id_nat_ps)
    matched = Q(professional__id_nat_ps=asked.id_nat_ps) if asked.id_nat_ps else Q()
    if asked.number:
        return matched | Q(professional__rpps=asked.number) | Q(professional__adeli=asked.number)
    return matched | Q(search__contains=normalise(asked.last_name)) & Q(search__contains=normalise(asked.first_name))


def contacts_like(viewer: Viewer, asked: PersonRequest) -> list[Candidate]:
    """Contacts whose name holds that of the person, in the establishment concerned when it is known."""
    rows = Contact.objects.trusted(REASON).select_related("geographic_entity", "legal_entity")
    condition = Q(name__icontains=asked.last_name)
    if asked.geographic_entity_id:
        condition &= Q(geographic_entity=asked.geographic_entity_id)
    rows = rows.filter(condition | Q(pk__in=asked.contacts)).order_by("pk")[:MOST]
    return [_contact(viewer, row) for row in rows]


def _contact(viewer: Viewer, row: Contact) -> Candidate:
    viewer.note_disclosure("Contact", str(row.pk), max(row.level, Level.PROFESSIONAL))
    place = row.legal_entity.legal_name if row.legal_entity_id else row.geographic_entity.name
    return Candidate(str(row.pk), f"{row.name}, {nomenclature().label(row.function_id)} ({place})")
