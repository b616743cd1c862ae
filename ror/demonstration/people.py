"""The professionals of the portraits: what the register would say of them, then what they do in the offers.

Their RPPS and ADELI numbers are of ranges that no register gives, like those of the invented national base.
"""

from professionals import attaching
from professionals.models import Practice, Professional, ProfessionalMailbox, Qualification
from ror.demonstration.national import identity
from ror.demonstration.offers import Published
from ror.demonstration.portraits import portraits
from ror.demonstration.rows import Said, rows_of
from structures.models import Offer
from structures.schema import HOURS, TELECOM

RPPS_SERIAL = 98_000_000  # far above those of the invented national base


def attach_all(published: list[Published], *, author: str, channel: str) -> None:
    """Write the professionals of the establishments just added, and attach them to their offers."""
    offers = {(each.slug, each.code): each.offer for each in published}
    for slug, portrait in portraits().items():
        if not any(each.slug == slug for each in published):
            continue
        for said in portrait.professionals:
            person = _person(said)
            for practised in said["practices"]:
                practice = _practice(person, practised)
                for situation in practised.get("situations", []):
                    _attach(practice, offers[slug, situation["offer"]], situation, author=author, channel=channel)


def _person(said: Said) -> Professional:
    numbers = {"rpps": identity.rpps(RPPS_SERIAL + said["rpps"])} if "rpps" in said else {"adeli": f"00{said['adeli']}"}
    person = Professional.objects.create(civility_id=said["civility"], **numbers)
    ProfessionalMailbox.objects.bulk_create(
        ProfessionalMailbox(professional=person, address=address) for address in said.get("mailboxes", [])
    )
    return person


def _practice(person: Professional, said: Said) -> Practice:
    codes = {"profession_id": said["profession"], "civility_id": said.get("civility")}
    names = {"first_name": said["first_name"], "last_name": said["last_name"]}
    practice = Practice.objects.create(professional=person, **codes, **names)
    Qualification.objects.bulk_create(
        Qualification(
            practice=practice, **{Qualification._meta.get_field(name).attname: code for name, code in each.items()}
        )
        for each in said.get("qualifications", [])
    )
    return practice


def _attach(practice: Practice, offer: Offer, said: Said, *, author: str, channel: str) -> None:
    lists = {
        "hours": rows_of(HOURS, said.get("hours", [])),
        "telecoms": rows_of(TELECOM, [said["telecom"]] if "telecom" in said else []),
    }
    data = {name: value for name, value in said.items() if name not in ("offer", "hours", "telecom")}
    attaching.attach(practice, offer, author=author, channel=channel, **data, **lists)
