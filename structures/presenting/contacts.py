"""Contacts, and the ways of reaching them."""

from typing import Any
from urllib.parse import quote, urlsplit

from ror.phones import display_phone
from structures.presenting.words import label, row_level, rows_of, text_of
from structures.rules import MAIL_CHANNELS, PHONE_CHANNELS

FAX, WEBSITE = "R200:6", "R200:4"


def present_contacts(row: dict) -> list[dict[str, Any]]:
    """The contacts of an offer, an establishment, an organisation or a legal entity."""
    return [_contact(contact) for contact in rows_of(row, "contacts")]


def present_telecoms(row: dict) -> list[dict[str, str]]:
    """The ways of reaching a contact, a place or a professional."""
    return [_telecom(telecom) for telecom in rows_of(row, "telecoms") if telecom.get("address")]


def present_mailboxes(row: dict) -> list[dict[str, str]]:
    """The secure mailboxes, each with where a click leads."""
    addresses = [str(mailbox["address"]) for mailbox in rows_of(row, "mailboxes") if mailbox.get("address")]
    return [{"text": address, "href": _mail(address)} for address in addresses]


def _contact(row: dict) -> dict[str, Any]:
    """A service by its nature, or a person by function and name, with the ways of reaching them."""
    person = ", ".join(filter(None, [label(row.get("function")), row.get("name") and str(row["name"])]))
    return {
        "title": label(row.get("nature")) or person or "Contact",
        "description": text_of(row.get("description")),
        "level": row_level(row),
        "telecoms": present_telecoms(row),
    }


def _telecom(row: dict) -> dict[str, str]:
    address, channel = str(row["address"]), str(row.get("channel") or "")
    return {
        "channel": label(channel),
        "text": display_phone(address) if channel in PHONE_CHANNELS else address,
        "usage": text_of(row.get("usage")),
        "href": _link(address.strip(), channel),
        "level": row_level(row),
    }


def _link(address: str, channel: str) -> str:
    """Where a click leads: to the phone, to a mail, to a site; nowhere when the address is not fit for it."""
    if channel in PHONE_CHANNELS and channel != FAX:
        digits = "".join(character for character in address if character in "+0123456789")
        return f"tel:{digits}" if digits else ""
    if channel in MAIL_CHANNELS:
        return _mail(address)
    return _site(address) if channel == WEBSITE else ""


def _mail(address: str) -> str:
    return f"mailto:{quote(address, safe='@+')}" if "@" in address else ""


def _site(address: str) -> str:
    """The address of a site, https when it does not say; nothing for any other scheme (javascript:, data:…)."""
    whole = address if "://" in address else f"https://{address}"
    try:
        parts = urlsplit(whole)
    except ValueError:
        return ""
    return whole if parts.scheme in ("http", "https") and "." in parts.netloc else ""
