"""Invented professionals, as the register would give them, and their situations in the offers."""

import datetime
from random import Random

from django.db.models import Max

from confidentiality.levels import Level
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
from professionals.models.professional import CODE_BY_TYPE, LABELLED
from ror.demonstration.national import REASON, identity
from ror.demonstration.national.documents import Offered, row_id
from ror.demonstration.national.feed import Columns, Feed, array, reserve
from ror.demonstration.national.inventing import phone
from ror.demonstration.national.profiles import Template
from ror.reference.nomenclature import nomenclature

PEOPLE = Columns(Professional, "id", "rpps", "adeli", "civility")
MAILBOXES = Columns(ProfessionalMailbox, "professional", "address")
PRACTICES = Columns(Practice, "id", "professional", "profession", "civility", "last_name", "first_name")
QUALIFICATIONS = Columns(Qualification, "practice", "type", *CODE_BY_TYPE.values(), "subspecialty")
SITUATIONS = Columns(
    OperationalSituation,
    *("id", "geographic_entity", "offer", "practice", "exercise_mode", "convention_sector"),
    *("controlled_fees", "vitale_card", "comment"),
)
EXPERTISE = Columns(SituationExpertise, "situation", "specific_competences")
HOURS = Columns(
    SituationHours,
    *("situation", "slot_type", "weekday", "opens_at", "closes_at", "period_start", "period_end"),
)
TELECOMS = Columns(
    SituationTelecom,
    *("situation", "channel", "address", "usage", "direct_line", "private_emergency_line", "level"),
)
FIRST_NAMES = ("Camille", "Dominique", "Claude", "Sacha", "Charlie", "Maxime", "Andrea", "Alix", "Lou", "Noa")
DOCTOR, NURSE, DENTIST = "G15:10", "G15:60", "G15:40"
MOST_SITUATIONS = 3
SECTORS = ("R282:c1", "R282:c2", "R282:c3", "R282:nc")
REUSED = 10  # one situation in so many is the second one of somebody


def works_here(template: Template, ordinal: int) -> bool:
    """Whether professionals are named in this offer: in every office, in some of the others, never if sensitive."""
    return not template.sensitive and (template.in_town or ordinal % 12 == 0)


class People:
    """Adds the situations of each offer, with somebody new most of the time, until there are enough people."""

    def __init__(self, feed: Feed, number: int, today: datetime.date) -> None:
        self._feed, self._left, self._today = feed, number, today
        self._serial = last_serial()
        self._ids: list[tuple[int, int, int]] = []
        self._known: dict[str, list[int]] = {}  # practices of this run that may have a second situation
        self._codes = {
            type_: [*nomenclature().members(Qualification._meta.get_field(name).value_set)]
            for type_, name in CODE_BY_TYPE.items()
        }

    def add(self, offered: Offered, offer: int, entity: int, number: int, random: Random) -> None:
        practices: dict[int, None] = {}
        for _ in range(number):
            practice = self._practice(offered.template, random)
            if practice is not None and practice not in practices:
                practices[practice] = None
                self._situation(offered, offer, entity, practice, random)

    def _practice(self, template: Template, random: Random) -> int | None:
        known = self._known.get(template.profession)
        if known and (self._left <= 0 or random.random() < 1 / REUSED):
            return known.pop(random.randrange(len(known)))
        return self._person(template, random) if self._left > 0 else None

    def _person(self, template: Template, random: Random) -> int:
        self._left -= 1
        self._serial += 1
        serial, profession = self._serial, template.profession
        if not self._ids:
            keys = (reserve(model, 1000) for model in (Professional, Practice, Practice))
            self._ids = list(zip(*keys, strict=True))
        person, practice, second = self._ids.pop()
        rpps = None if serial % 20 == 7 else identity.rpps(serial)
        adeli = identity.adeli(serial) if rpps is None or serial % 5 == 0 else ""
        self._feed.add(PEOPLE, person, rpps, adeli, random.choice(("R81:M", "R81:MME")))
        if serial % 4 == 1:
            self._feed.add(MAILBOXES, person, f"exemple-{serial:04}@exemple.mssante.example.org")
        name = (f"Exemple-{serial:04}", random.choice(FIRST_NAMES))
        civility = "R11:DR" if profession in (DOCTOR, DENTIST) else None
        self._feed.add(PRACTICES, practice, person, profession, civility, *name)
        if serial % 30 == 3:
            other = NURSE if profession != NURSE else "G15:91"
            self._feed.add(PRACTICES, second, person, other, None, *name)
        if profession == DOCTOR:
            self._qualify(practice, template, serial, random)
        self._known.setdefault(profession, []).append(practice)
        return practice

    def _qualify(self, practice: int, template: Template, serial: int, random: Random) -> None:
        """The specialty exercised and, for one doctor in four, something of another type."""
        general = template.code in ("medecine-generale", "visites", "non-programmes")
        specialties = [code for code in self._codes["R04:S"] if code.startswith("R38:SM")]
        self._qualification(practice, "R04:S", "R38:SM54" if general else random.choice(specialties))
        if serial % 4:
            return
        types = [type_ for type_ in CODE_BY_TYPE if type_ != "R04:S"]
        chosen = (*types, *LABELLED)[serial // 4 % (len(types) + len(LABELLED))]
        self._qualification(practice, chosen, None if chosen in LABELLED else random.choice(self._codes[chosen]))

    def _qualification(self, practice: int, type_: str, code: str | None) -> None:
        codes = (code if known == type_ else None for known in CODE_BY_TYPE)
        label = "Savoir-faire inventé" if type_ in LABELLED else ""
        self._feed.add(QUALIFICATIONS, practice, type_, *codes, label)

    def _situation(self, offered: Offered, offer: int, entity: int, practice: int, random: Random) -> None:
        key, rank, town = row_id(random), random.randrange(1000), offered.template.in_town
        mode = ("R23:L" if town else "R23:S") if rank % 15 else "R23:B"
        self._feed.add(
            SITUATIONS,
            *(key, entity, offer, practice, mode, SECTORS[rank % 4] if town else None),
            *(rank % 2 == 0 if town else None, rank % 9 != 0 if town else None),
            "Situation inventée." if rank % 8 == 0 else "",
        )
        if rank % 3:
            self._feed.add(HOURS, key, "R252:07", 1 + rank % 5, "09:00", "12:00", None, None)
            self._feed.add(HOURS, key, "R252:06", 1 + (rank + 2) % 5, "14:00", "18:00", None, None)
        elif rank % 2:
            start = datetime.date(self._today.year + 1, 1, 2)
            self._feed.add(HOURS, key, "R252:03", None, "20:00", "23:00", start, start + datetime.timedelta(days=60))
        if rank % 2 == 0:
            direct = rank % 4 == 0
            level = Level.PROFESSIONAL if direct or not town else Level.PUBLIC
            usage = "avis entre confrères" if direct else ""
            self._feed.add(TELECOMS, key, "R200:2", phone(random), usage, direct, False, int(level))
        if rank % 4 == 1:
            competences = offered.template.document["specific_competences"] or ["R243:06"]
            self._feed.add(EXPERTISE, key, array(competences))


def last_serial() -> int:
    """The serial of the last professional invented before."""
    people = Professional.objects.trusted(REASON)
    rpps = people.filter(rpps__startswith=identity.RPPS).aggregate(last=Max("rpps"))["last"]
    adeli = people.filter(adeli__startswith=identity.ADELI).aggregate(last=Max("adeli"))["last"]
    return max(int(rpps[2:10]) if rpps else 0, int(adeli[2:]) if adeli else 0)
