"""Lines of the register as rows of the portal: each value read, corrected where the portal knows how, or set aside."""

import re
from datetime import date
from typing import NamedTuple

from django.core.exceptions import ValidationError

from ror.phones import is_phone
from ror.reference.identifiers import validate_finess, validate_siren, validate_siret
from ror.registers.finess import findings
from ror.registers.finess.boxes import place_and_box
from ror.registers.finess.findings import Findings
from ror.registers.finess.records import EstablishmentLine, LegalEntityLine, read_day
from ror.registers.finess.reference import LEGAL_STATUS_SET, SPH_SET, STREET_TYPE_SET, References

SPACES = re.compile(r"\s+")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\ufeff\ufffd]")
# Almost every value is clean already: one search is quicker than two substitutions.
UNCLEAN = re.compile(rf"{UNPRINTABLE.pattern}|[^\S ]|^\s|\s\s|\s$")
DELIVERY = re.compile(r"([0-9]{5})(?:\s+(.*))?")
SUFFIXES = {"B": "bis", "T": "ter", "Q": "quater"}
# Days that the register writes when it does not know; the counts of 2021 leave no doubt (4,687, 1,655, 142 and 149).
UNKNOWN_DAYS = {date(1904, 4, 4), date(1901, 1, 1), date(1900, 1, 1), date(1903, 3, 3)}
# Where postcodes do not begin with the department: Corsica, the islands of Guadeloupe, business mail overseas.
POSTCODES: dict[str, tuple[str, ...]] = {
    "2A": ("20",),
    "2B": ("20",),
    "971": ("971", "970"),
    "974": ("974", "978"),
    "977": ("977", "971", "970"),
    "978": ("978", "971", "970"),
}
FIRST_YEAR, LAST_YEAR = 1500, 2200  # out of these a year is a slip of the keyboard (0202, 9999)


class EstablishmentRow(NamedTuple):
    """A geographic entity as its line gives it; fields bear the names of the columns."""

    line: int
    legal_finess: str
    finess: str
    name: str
    name_complement: str
    siret: str
    category_id: str | None
    register_category_code: str
    register_category_label: str
    legal_kind: str
    in_perimeter: bool
    public_service_participation_id: str | None
    register_phone: str
    opening_date: date | None
    register_updated_on: date | None
    street_number: str
    street_number_suffix: str
    street_type_id: str | None
    street_name: str
    place_name: str
    postal_box: str
    address_complement: str
    postcode: str
    locality: str
    commune_id: str | None
    department_id: str | None
    region_id: str | None


class LegalEntityRow(NamedTuple):
    """A legal entity as its line gives it; fields bear the names of the columns."""

    line: int
    finess: str
    legal_name: str
    legal_name_complement: str
    siren: str
    legal_status_id: str | None
    register_status_code: str
    register_status_label: str
    register_phone: str
    creation_date: date | None
    street_number: str
    street_number_suffix: str
    street_type_id: str | None
    street_name: str
    place_name: str
    postal_box: str
    address_complement: str
    postcode: str
    locality: str
    commune_id: str | None
    department_id: str | None
    region_id: str | None


class Reader:
    """Turns lines into rows; what it sets aside goes to `findings`."""

    def __init__(self, references: References, found: Findings) -> None:
        self.references = references
        self.findings = found

    def establishment(self, line: int, raw: EstablishmentLine, finess: str, legal_finess: str) -> EstablishmentRow:
        code = clean(raw.categetab)
        category = self.references.category(code)
        if code and category is None:
            self.findings.warn(findings.CATEGORY, line, f"{code} {clean(raw.libcategetab)}")
        kind = self.references.legal_kinds.get(code, "") if category else ""
        return EstablishmentRow(
            line,
            legal_finess,
            finess,
            self._name(line, raw, finess),
            self._text(line, raw.complrs, 200),
            self._siret(line, raw.siret),
            category,
            self._text(line, code, 10),
            self._text(line, raw.libcategetab, 200),
            kind,
            kind != "",
            self.references.key(SPH_SET, ("R73",), clean(raw.codesph)),
            self._phone(line, raw.telephone),
            self._day(line, raw.dateouv),
            self._day(line, raw.datemaj),
            *self._address(line, raw),
        )

    def legal_entity(self, line: int, raw: LegalEntityLine, finess: str) -> LegalEntityRow:
        status = clean(raw.statutjuridique)
        return LegalEntityRow(
            line,
            finess,
            self._text(line, longest(raw.rs, raw.rslongue), 200),
            self._text(line, raw.complrs, 200),
            self._siren(line, raw.siren),
            self.references.key(LEGAL_STATUS_SET, ("R72",), status),
            self._text(line, status, 10),
            self._text(line, raw.libstatutjuridique, 200),
            self._phone(line, raw.telephone),
            self._day(line, raw.datecrea),
            *self._address(line, raw),
        )

    def _name(self, line: int, raw: EstablishmentLine, finess: str) -> str:
        name = longest(raw.rs, raw.rslongue)
        if not name:
            self.findings.warn(findings.NAME, line, "")
            name = clean(raw.libcategetab) or f"Établissement {finess}"
        return self._text(line, name, 200)

    def _address(self, line: int, raw: EstablishmentLine | LegalEntityLine) -> tuple[str | None, ...]:
        references = self.references
        word = clean(raw.typvoie)
        street_type = references.key(STREET_TYPE_SET, ("R35",), word.upper())
        street = clean(raw.voie) if street_type else clean(f"{word} {raw.voie}")
        suffix = clean(raw.compvoie)
        place_name, postal_box = place_and_box(clean(raw.lieuditbp))
        postcode, locality = self._delivery(line, clean(raw.ligneacheminement))
        commune = self._commune(line, clean(raw.departement), clean(raw.commune))
        department = self._department(line, clean(raw.departement), postcode, commune)
        return (
            self._text(line, clean(raw.numvoie), 10),
            self._text(line, SUFFIXES.get(suffix, suffix), 10),
            street_type,
            self._text(line, street, 120),
            self._text(line, place_name, 120),
            self._text(line, postal_box, 80),
            self._text(line, raw.compldistrib, 120),
            postcode,
            self._text(line, locality, 80),
            commune,
            department,
            references.regions.get(department) if department else None,
        )

    def _delivery(self, line: int, text: str) -> tuple[str, str]:
        found = DELIVERY.fullmatch(text)
        if found is not None:
            return found[1], found[2] or ""
        if text:
            self.findings.warn(findings.POSTCODE, line, text)
        return "", text

    def _commune(self, line: int, department: str, commune: str) -> str | None:
        if not commune:
            return None
        known = self.references.commune(department, commune)
        if known is None:
            self.findings.warn(findings.COMMUNE, line, f"{commune} ({department})")
        return known

    def _department(self, line: int, code: str, postcode: str, commune: str | None) -> str | None:
        department = self.references.department(code, postcode, commune)
        if department is None:
            self.findings.warn(findings.DEPARTMENT, line, code)
        elif postcode and not _same_department(postcode, department):
            self.findings.warn(findings.POSTCODE_ELSEWHERE, line, f"{postcode} ({department})")
        return department

    def _siret(self, line: int, raw: str) -> str:
        return self._identifier(line, raw, validate_siret, findings.SIRET)

    def _siren(self, line: int, raw: str) -> str:
        return self._identifier(line, raw, validate_siren, findings.SIREN)

    def _identifier(self, line: int, raw: str, validate, kind: str) -> str:
        value = clean(raw).replace(" ", "")
        if not value:
            return ""
        try:
            validate(value)
        except ValidationError:
            self.findings.warn(kind, line, value)
            return ""
        return value

    def _phone(self, line: int, raw: str) -> str:
        value = clean(raw)
        if not value or is_phone(value):
            return value
        self.findings.warn(findings.PHONE, line, value)
        return ""

    def _day(self, line: int, raw: str) -> date | None:
        text = clean(raw)
        if not text:
            return None
        day = read_day(text)
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.findings.warn(findings.DAY, line, text)
            return None
        return None if day in UNKNOWN_DAYS else day

    def _text(self, line: int, raw: str, longest_kept: int) -> str:
        text = clean(raw)
        if len(text) <= longest_kept:
            return text
        self.findings.warn(findings.LONG_TEXT, line, text)
        return text[:longest_kept].rstrip()


def finess_problem(number: str) -> str | None:
    """What is wrong with a FINESS number, in French; None when it is right."""
    if not number:
        return "numéro FINESS absent"
    try:
        validate_finess(number)
    except ValidationError as error:
        return error.messages[0]
    return None


def clean(text: str) -> str:
    """Without control characters, without spaces around, with single spaces inside. Accents stay."""
    if not text or UNCLEAN.search(text) is None:
        return text
    return SPACES.sub(" ", UNPRINTABLE.sub(" ", text)).strip()


def longest(short: str, long: str) -> str:
    """The name that says most: the register's long one is sometimes shorter than its short one."""
    short, long = clean(short), clean(long)
    return long if len(long) >= len(short) else short


def _same_department(postcode: str, department: str) -> bool:
    return postcode.startswith(POSTCODES.get(department, department))
