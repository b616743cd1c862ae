"""Invented lines in the official layout: valid numbers, names that nobody bears."""

from ror.reference.identifiers import finess_key
from ror.registers.finess.records import EstablishmentLine, LegalEntityLine
from structures.models import GeographicEntity

HEADER = "finess;etalab;93;2026-03-02"
LAMBERT_93 = "1,ATLASANTE,100,IGN,BD_ADRESSE,V2.1,LAMBERT_93"


def finess(serial: int, department: str = "35") -> str:
    """A valid number: department, serial, key."""
    first8 = f"{department}{serial:0{8 - len(department)}d}"
    return first8 + finess_key(first8)


OWNER = finess(900_001)


def establishment(serial: int = 1, **values: str) -> str:
    """A `structureet` line; values by the register's own names, written as they are."""
    fields = dict.fromkeys(EstablishmentLine._fields, "") | {
        "record": "structureet",
        "nofinesset": finess(serial),
        "nofinessej": OWNER,
        "rs": f"EHPAD LES TILLEULS {serial}",
        "numvoie": "12",
        "typvoie": "R",
        "voie": "DES TILLEULS",
        "commune": "238",
        "departement": "35",
        "libdepartement": "ILLE-ET-VILAINE",
        "ligneacheminement": "35000 RENNES",
        "telephone": "0261910101",
        "categetab": "500",
        "libcategetab": "Etablissement d'hébergement pour personnes âgées dépendantes",
        "dateouv": "1998-05-04",
        "datemaj": "2025-11-03",
    }
    return ";".join((fields | values).values())


def legal_entity(**values: str) -> str:
    """A `structureej` line."""
    fields = dict.fromkeys(LegalEntityLine._fields, "") | {
        "record": "structureej",
        "nofiness": OWNER,
        "rs": "ASSOCIATION DES TILLEULS",
        "commune": "238",
        "ligneacheminement": "35000 RENNES",
        "departement": "35",
        "telephone": "0261910102",
        "statutjuridique": "60",
        "libstatutjuridique": "Association Loi 1901 non Reconnue d'Utilité Publique",
        "siren": "732829320",
        "datecrea": "1975-02-01",
    }
    return ";".join((fields | values).values())


def location(serial: int = 1, x: str = "352000.0", y: str = "6789000.0", source: str = LAMBERT_93) -> str:
    """A `geolocalisation` line; Rennes by default."""
    return f"geolocalisation;{finess(serial)};{x};{y};{source};2025-11-03"


def last(printed: str) -> str:
    """The last line of the report, made to be read by a program."""
    return printed.splitlines()[-1]


def loaded(serial: int = 1, department: str = "35") -> GeographicEntity:
    """The invented establishment, as the portal holds it."""
    return GeographicEntity.objects.get(finess=finess(serial, department))
