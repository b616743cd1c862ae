"""An offer as its page shows it: plain texts and links, made from disclosed data only.

`present_offer` feeds the template `structures/offer_body.html`, for the public page and for the review of a
description. What was not disclosed is absent; what a draft holds but is not valid is left out, never an error.
"""

import datetime
from collections.abc import Iterable
from itertools import groupby
from typing import Any
from urllib.parse import quote, urlsplit

from django.utils import timezone

from confidentiality.disclosure import Disclosed
from confidentiality.levels import Level
from ror.dates import display_date, read_date
from ror.phones import display_phone
from ror.reference.models import Commune
from ror.reference.nomenclature import nomenclature
from ror.reference.territories import INSEE_CODE
from ror.reference.text import normalise
from structures.models.hours import Weekday
from structures.models.offer import AgeUnit
from structures.rules import CLOSED_SLOT_TYPES, MAIL_CHANNELS, PHONE_CHANNELS
from structures.schema import OFFER

FAX, WEBSITE = "R200:6", "R200:4"
FACTS = ("activity_field", "care_mode", "offer_type", "reception_temporality")
DAYS = dict(Weekday.choices)
EVERY_DAY = "tous les jours"
WHOLE_WEEK = frozenset({"R252:01", "R252:02"})  # opening hours: a day without any says something too
SINGULAR = {AgeUnit.YEAR: "an", AgeUnit.MONTH: "mois", AgeUnit.WEEK: "semaine", AgeUnit.DAY: "jour"}


def present_offer(offer: Disclosed, today: datetime.date | None = None) -> dict[str, Any]:
    """What the page of one offer says. One query at most (names of communes), whatever the number of rows.

    The lists of rows are those of a canonical document; the values in them may be anything.
    """
    places = _rows(offer, "places")
    communes = commune_names(places)
    return {
        **present_line(offer),
        "facts": _facts(offer),
        "activities": [_activity(row) for row in _rows(offer, "activities") if row.get("activity")],
        "publics": [label(key) for key in _rows(offer, "publics")],
        "sensitive": offer.get("sensitive") is True,
        "always_open": offer.get("always_open") is True,
        "weeks": _weeks(_rows(offer, "hours"), today or timezone.localdate()),
        "contacts": [_contact(row) for row in _rows(offer, "contacts")],
        "places": [lines for row in places if (lines := address_lines(row, communes))],
        "published_on": display_date(offer.get("published_at")),
    }


def present_line(offer: Disclosed) -> dict[str, Any]:
    """What a list says of one offer."""
    identifier = offer.get("identifier") or ""
    return {
        "name": offer.get("name") or "",
        "identifier": identifier,
        "slug": identifier.replace("/", "-"),
        "activity_field": label(offer.get("activity_field")),
        "care_mode": label(offer.get("care_mode")),
        "is_closed": bool(offer.get("closing_type")),
        "closing": _closing(offer),
    }


def label(key: Any) -> str:
    """The label of a code; nothing for no code."""
    return nomenclature().label(str(key)) if key else ""


def commune_names(rows: Iterable[dict]) -> dict[str, str]:
    """The names of the communes that these addresses mention, in one query (none when they mention none)."""
    codes = {code for row in rows if INSEE_CODE.fullmatch(code := str(row.get("commune")))}
    if not codes:
        return {}
    return dict(Commune.objects.filter(pk__in=codes).order_by().values_list("pk", "name"))


def address_lines(row: dict, communes: dict[str, str]) -> list[str]:
    """The lines of an address, as on an envelope."""
    street = [row.get("street_number"), row.get("street_number_suffix"), label(row.get("street_type")).lower()]
    commune = communes.get(str(row.get("commune")), "")
    locality = row.get("locality") or commune
    lines = [
        row.get("address_complement"),
        _joined([*street, row.get("street_name")]),
        row.get("place_name"),
        _joined([row.get("postcode"), locality]),
        commune if normalise(commune) not in normalise(str(locality)) else "",
    ]
    return [str(line) for line in lines if line]


def _facts(offer: Disclosed) -> list[dict[str, str]]:
    facts = [(OFFER.fields[name].label, label(offer.get(name))) for name in FACTS]
    facts.append(("Âges", _ages(offer)))
    return [{"label": title, "value": value} for title, value in facts if value]


def _activity(row: dict) -> dict[str, str]:
    return {"label": label(row.get("activity")), "family": label(row.get("family"))}


def _ages(offer: Disclosed) -> str:
    low, low_unit = _age(offer, "age_min")
    high, high_unit = _age(offer, "age_max")
    if low is not None and high is not None:
        start = str(low) if low_unit == high_unit else _in_words(low, low_unit)
        return f"de {start} à {_in_words(high, high_unit)}"
    if low is not None:
        return f"à partir de {_in_words(low, low_unit)}"
    return f"jusqu'à {_in_words(high, high_unit)}" if high is not None else ""


def _age(offer: Disclosed, name: str) -> tuple[int | None, str]:
    value, unit = offer.get(name), offer.get(f"{name}_unit")
    known = isinstance(value, int) and unit in AgeUnit.values
    return (value, unit) if known else (None, "")


def _in_words(value: int, unit: str) -> str:
    return f"{value} {SINGULAR[unit] if value < 2 else AgeUnit(unit).label}"


def _closing(offer: Disclosed) -> str:
    """« fermée depuis le 1er mars 2026 (provisoire), réouverture prévue le 1er mai 2026 »; nothing when open."""
    if not offer.get("closing_type"):
        return ""
    date = offer.get("closing_date")
    day = read_date(date)
    text = "fermeture prévue le" if day and day > timezone.localdate() else "fermée depuis le"
    text = f"{text} {display_date(date)}" if day else "fermée"
    text += f" ({label(offer['closing_type']).lower()})"
    reopening = display_date(offer.get("reopening_date"))
    return f"{text}, réouverture prévue le {reopening}" if reopening else text


def _weeks(rows: list[dict], today: datetime.date) -> list[dict[str, Any]]:
    """One table per type of slot and period, those that are over left out (RG_EXP_018)."""
    kept = [row for row in rows if row.get("slot_type") and _day(row) in (None, *DAYS) and not _is_over(row, today)]
    ordered = sorted(kept, key=_group)
    return [_week(group, list(slots)) for group, slots in groupby(ordered, key=_group)]


def _group(row: dict) -> tuple[str, str, str]:
    return str(row.get("period_start") or ""), str(row.get("period_end") or ""), str(row["slot_type"])


def _day(row: dict) -> Any:
    """The number of the day, None for every day."""
    return row.get("weekday") or None


def _is_over(row: dict, today: datetime.date) -> bool:
    end = read_date(row.get("period_end"))
    return end is not None and end < today


def _week(group: tuple[str, str, str], slots: list[dict]) -> dict[str, Any]:
    start, end, slot_type = group
    by_day: dict[Any, list[str]] = {}
    for slot in sorted(slots, key=lambda row: str(row.get("opens_at") or "")):
        by_day.setdefault(_day(slot), []).append(_range(slot))
    days = [
        {"day": name, "ranges": ", ".join(by_day.get(number, ()))}
        for number, name in [(None, EVERY_DAY), *DAYS.items()]
        if number in by_day or (number and slot_type in WHOLE_WEEK and by_day.keys() & DAYS.keys())
    ]
    return {"title": label(slot_type), "period": _period(start, end), "days": days}


def _range(slot: dict) -> str:
    if slot.get("opens_at") and slot.get("closes_at"):
        return f"{slot['opens_at']}–{slot['closes_at']}"
    return "toute la journée" if str(slot["slot_type"]) in CLOSED_SLOT_TYPES else "heures non précisées"


def _period(start: str, end: str) -> str:
    first, last = display_date(start), display_date(end)
    if first and last:
        return f"du {first} au {last}"
    return f"à partir du {first}" if first else f"jusqu'au {last}" if last else ""


def _contact(row: dict) -> dict[str, Any]:
    """A service by its nature, or a person by function and name, with the ways of reaching them."""
    person = ", ".join(filter(None, [label(row.get("function")), row.get("name") and str(row["name"])]))
    return {
        "title": label(row.get("nature")) or person or "Contact",
        "level": _level(row),
        "telecoms": [_telecom(telecom) for telecom in _rows(row, "telecoms") if telecom.get("address")],
    }


def _telecom(row: dict) -> dict[str, str]:
    address, channel = str(row["address"]), str(row.get("channel") or "")
    return {
        "channel": label(channel),
        "text": display_phone(address) if channel in PHONE_CHANNELS else address,
        "href": _link(address.strip(), channel),
        "level": _level(row),
    }


def _link(address: str, channel: str) -> str:
    """Where a click leads: to the phone, to a mail, to a site; nowhere when the address is not fit for it."""
    if channel in PHONE_CHANNELS and channel != FAX:
        digits = "".join(character for character in address if character in "+0123456789")
        return f"tel:{digits}" if digits else ""
    if channel in MAIL_CHANNELS and "@" in address:
        return f"mailto:{quote(address, safe='@+')}"
    return _site(address) if channel == WEBSITE else ""


def _site(address: str) -> str:
    """The address of a site, https when it does not say; nothing for any other scheme (javascript:, data:…)."""
    whole = address if "://" in address else f"https://{address}"
    try:
        parts = urlsplit(whole)
    except ValueError:
        return ""
    return whole if parts.scheme in ("http", "https") and "." in parts.netloc else ""


def _level(row: dict) -> str:
    level = row.get("level")
    return Level(level).label if level in Level.values else ""


def _rows(row: dict, name: str) -> list:
    found = row.get(name)
    return found if isinstance(found, list) else []


def _joined(parts: list) -> str:
    return " ".join(str(part) for part in parts if part)
