"""Small invented FHIR resources, as the official distribution lays them out."""

import json
from pathlib import Path

BASE = "https://mos.esante.gouv.fr/NOS"
FRUIT_URL = f"{BASE}/TRE_X77-Fruit/FHIR/TRE-X77-Fruit"


def system(concepts: list[dict], version: str = "20260901120000", **others) -> dict:
    return {
        "resourceType": "CodeSystem",
        "url": FRUIT_URL,
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3.77"}],
        "version": version,
        "name": "TRE_X77_Fruit",
        "title": "TRE_X77-Fruit",
        "status": "active",
        "content": "complete",
        "concept": concepts,
        **others,
    }


def concept(code: str, label: str, **properties) -> dict:
    kinds = {
        "dateValid": "valueDateTime",
        "dateFin": "valueDateTime",
        "status": "valueCode",
        "inactive": "valueBoolean",
    }
    return {
        "code": code,
        "display": label,
        "property": [{"code": name, kinds.get(name, "valueString"): value} for name, value in properties.items()],
    }


def value_set(compose: dict, version: str = "20260901120000", number: int = 777, **others) -> dict:
    return {
        "resourceType": "ValueSet",
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/resource-effectivePeriod",
                "valuePeriod": {"start": "2026-01-31T12:00:00+01:00"},
            }
        ],
        "url": f"{BASE}/JDV_J{number}-Fruit-ROR/FHIR/JDV-J{number}-Fruit-ROR",
        "identifier": [{"value": f"urn:oid:1.2.4.{number}"}],
        "version": version,
        "name": f"JDV_J{number}_Fruit_ROR",
        "status": "active",
        "compose": compose,
        **others,
    }


def including(*codes: tuple[str, str], system: str = FRUIT_URL) -> dict:
    return {"system": system, "concept": [{"code": code, "display": label} for code, label in codes]}


def bundle(*resources: dict) -> dict:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}


def write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path
