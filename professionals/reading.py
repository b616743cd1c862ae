"""The professionals of an offer, as one viewer may know them, already disclosed."""

from collections.abc import Collection, Iterable, Iterator

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from confidentiality.disclosure import Disclosed, Subject, disclose
from confidentiality.profiles import SOCIAL_FIELD
from confidentiality.viewer import Viewer
from professionals.attaching import DATA, HOURS
from professionals.models import (
    OperationalSituation,
    ProfessionalMailbox,
    Qualification,
    SituationExpertise,
    SituationHours,
    SituationTelecom,
)
from professionals.models.professional import CODE_BY_TYPE
from structures.document import Document
from structures.reading import identifier_of
from structures.schema import TELECOM
from structures.storing import row_of, value_of

REASON = "through a situation that the viewer may know"
PERSON = ("id_nat_ps", "rpps", "adeli")
PRACTICE = ("profession", "civility", "last_name", "first_name")
QUALIFICATION = ("type", *CODE_BY_TYPE.values(), "subspecialty")


def situations_of(viewer: Viewer, offer: str) -> list[Disclosed]:
    """The professionals who practise in an offer (its identifier, or its form in addresses), by name.

    Each is a situation with what the register says of the person, their mailboxes and qualifications. 6 queries at
    most, whatever their number. A period of hours that is over is not read (RG_EXP_018).
    """
    rows = _situations(viewer).filter(offer__identifier=identifier_of(offer))
    return [situation for _, situation in _disclosed(viewer, rows)]


def situations_in(viewer: Viewer, offers: Collection[int]) -> Iterator[tuple[str, Disclosed]]:
    """The same for several offers, given by their keys: (identifier of the offer, situation). As many queries."""
    yield from _disclosed(viewer, _situations(viewer).filter(offer__in=offers))


def _situations(viewer: Viewer) -> QuerySet[OperationalSituation]:
    return (
        OperationalSituation.objects.visible_to(viewer)
        # The person is only reached here, through a situation that the viewer may know.
        .select_related("geographic_entity", "offer__sensitive_unit", "practice__professional")
        .prefetch_related(*_below(viewer))
        .order_by("practice__last_name", "practice__first_name", "pk")
    )


def _disclosed(viewer: Viewer, rows: Iterable[OperationalSituation]) -> Iterator[tuple[str, Disclosed]]:
    """Those whose name is read."""
    for row in rows:
        situation = disclose(viewer, _subject(row))
        if situation.get("last_name"):
            yield row.offer.identifier, situation


def _below(viewer: Viewer) -> list[Prefetch]:
    hours = SituationHours.objects.visible_to(viewer).not_past(timezone.localdate())
    return [
        Prefetch("hours", hours),
        Prefetch("telecom", SituationTelecom.objects.visible_to(viewer), to_attr="shown_telecom"),
        Prefetch("expertise", SituationExpertise.objects.visible_to(viewer), to_attr="shown_expertise"),
        Prefetch("practice__qualifications", Qualification.objects.trusted(REASON)),
        Prefetch("practice__professional__mailboxes", ProfessionalMailbox.objects.trusted(REASON)),
    ]


def _subject(row: OperationalSituation) -> Subject:
    return Subject(
        model="OperationalSituation",
        identifier=row.identifier,
        values=_values(row),
        rights=row.rights,
        legal_kind=row.geographic_entity.legal_kind,
        social=row.offer.activity_field_id == SOCIAL_FIELD,
        sensitive=getattr(row.offer, "sensitive_unit", None) is not None,
    )


def _values(row: OperationalSituation) -> Document:
    practice, person = row.practice, row.practice.professional
    telecom, expertise = row.shown_telecom, row.shown_expertise
    values: Document = {"identifier": row.identifier, "person_civility": value_of(person, "civility")}
    values |= {name: value_of(person, name) for name in PERSON}
    values |= {name: value_of(practice, name) for name in PRACTICE}
    values |= {name: value_of(row, name) for name in DATA}
    values["specific_competences"] = value_of(expertise, "specific_competences") if expertise else []
    values["hours"] = [row_of(slot, HOURS) for slot in row.hours.all()]
    values["telecoms"] = [row_of(telecom, TELECOM)] if telecom else []
    values["mailboxes"] = [{"id": str(box.pk), "address": box.address} for box in person.mailboxes.all()]
    values["qualifications"] = [_qualification(each) for each in practice.qualifications.all()]
    return values


def _qualification(row: Qualification) -> Document:
    return {"id": str(row.pk)} | {name: value_of(row, name) for name in QUALIFICATION}
