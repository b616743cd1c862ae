"""Who, in the record, may be the person who asks: what the officer chooses from, by name or by number."""

from dataclasses import dataclass

from django.db.models import Case, Q, When

from confidentiality.governed import GovernedQuerySet
from confidentiality.levels import Level
from confidentiality.viewer import Viewer
from professionals.models import Practice
from ror.persons.models import IdentityMeans, PersonRequest
from ror.persons.recognising import still_borne
from ror.reference.nomenclature import nomenclature
from ror.reference.text import normalise
from structures.models import Contact

REASON = "the officer looks for the person who asks, whose identity is checked"
MOST = 30
LAPSED = "qui ne porte plus le nom reconnu"


@dataclass(frozen=True)
class Candidate:
    """Someone of the record; `matched` when the officer recognised them already, and nothing changed since."""

    key: str
    label: str
    matched: bool = False


@dataclass(frozen=True)
class Found:
    """The candidates, those matched first; `cut` when there are more than `MOST`."""

    candidates: list[Candidate]
    cut: bool


def professionals_like(viewer: Viewer, asked: PersonRequest) -> Found:
    """Professionals with the number given, else with these names. What is shown is noted for the journal."""
    rows = Practice.objects.trusted(REASON).select_related("professional").filter(_named_as(asked))
    rows = _first(rows, Q(professional__id_nat_ps=asked.id_nat_ps))
    found = {}
    for row in rows[:MOST]:
        viewer.note_disclosure("Practice", str(row.pk), Level.PROFESSIONAL)
        profession = nomenclature().label(row.profession_id)
        key = row.professional.id_nat_ps
        label = f"{row.first_name} {row.last_name}, {profession} ({key})"
        found[key] = Candidate(key, label, key == asked.id_nat_ps)
    return Found(list(found.values()), len(rows) > MOST)


def contacts_like(viewer: Viewer, asked: PersonRequest) -> Found:
    """Contacts whose name holds that of the person, in the establishment concerned when it is known.

    Those matched come first, then those with the first name too.
    """
    rows = Contact.objects.trusted(REASON).select_related("geographic_entity", "legal_entity")
    condition = Q(name__icontains=asked.last_name)
    if asked.geographic_entity_id:
        condition &= Q(geographic_entity=asked.geographic_entity_id)
    matched = Q(pk__in=asked.contacts)
    rows = _first(rows.filter(condition | matched), matched, Q(name__icontains=asked.first_name))
    borne = {row.pk for row in still_borne(rows, asked.recognised)}
    candidates = [_contact(viewer, row, row.pk in borne, row.pk in asked.contacts) for row in rows[:MOST]]
    return Found(candidates, len(rows) > MOST)


def _first(rows: GovernedQuerySet, *wanted: Q) -> list:
    """The rows as wanted, one more than is shown."""
    cases = [When(condition, then=rank) for rank, condition in enumerate(wanted)]
    return list(rows.order_by(Case(*cases, default=len(wanted)), "pk")[: MOST + 1])


def _named_as(asked: PersonRequest) -> Q:
    """The account's own professional, once the account said who the person is."""
    if asked.identity_means == IdentityMeans.ACCOUNT:
        return Q(professional__id_nat_ps=asked.id_nat_ps)
    matched = Q(professional__id_nat_ps=asked.id_nat_ps) if asked.id_nat_ps else Q()
    if asked.number:
        return matched | Q(professional__rpps=asked.number) | Q(professional__adeli=asked.number)
    return matched | Q(search__contains=normalise(asked.last_name)) & Q(search__contains=normalise(asked.first_name))


def _contact(viewer: Viewer, row: Contact, borne: bool, matched: bool) -> Candidate:
    viewer.note_disclosure("Contact", str(row.pk), max(row.level, Level.PROFESSIONAL))
    place = row.legal_entity.legal_name if row.legal_entity_id else row.geographic_entity.name
    label = f"{row.name}, {nomenclature().label(row.function_id)} ({place})"
    return Candidate(str(row.pk), f"{label}, {LAPSED}" if matched and not borne else label, borne)
