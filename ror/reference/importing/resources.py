"""CodeSystem and ValueSet resources of FHIR R4, turned into plain records."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ror.reference.importing.files import UnreadableFile, read_documents

KEPT_TYPES = ("CodeSystem", "ValueSet")
CODED_NAME = re.compile(r"(?:TRE|JDV)[_-]([A-Z]\d+)(?![0-9])", re.IGNORECASE)
RESOURCE_TYPE = re.compile(r"[A-Z][A-Za-z]{2,40}")
CODE = re.compile(r"[^\s\x00-\x1f]+(?: [^\s\x00-\x1f]+)*")
LONGEST_CODE = 100
LONGEST_TEXT = 5_000
MOST_CONCEPTS = 500_000
DEEPEST = 50
START_PROPERTIES = ("dateValid", "effectiveDate")
END_PROPERTIES = ("dateFin", "deprecationDate", "retirementDate")
CLOSED_STATUSES = frozenset(("deprecated", "retired", "inactive"))


@dataclass(frozen=True)
class ReadConcept:
    """A concept as a file gives it. `closed` without `valid_to` means: closed, the day is not told."""

    system: str
    code: str
    label: str
    definition: str = ""
    parent: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    closed: bool = False

    @property
    def key(self) -> str:
        return f"{self.system}:{self.code}"


@dataclass(frozen=True)
class ReadSystem:
    """A CodeSystem resource. `complete`: a code that it does not list no longer exists."""

    file: str
    key: str
    name: str
    url: str
    oid: str
    version: str
    published: date | None
    complete: bool
    concepts: tuple[ReadConcept, ...]


@dataclass(frozen=True)
class Selection:
    """Part of a value set: the codes named, or the whole system when `codes` is None."""

    system: str
    system_url: str
    codes: tuple[ReadConcept, ...] | None


@dataclass(frozen=True)
class ReadValueSet:
    """A ValueSet resource: what it includes, less what it excludes."""

    file: str
    key: str
    name: str
    url: str
    oid: str
    version: str
    status: str
    published: date | None
    effective_from: date | None
    effective_to: date | None
    includes: tuple[Selection, ...]
    excludes: tuple[Selection, ...]


@dataclass
class Distribution:
    """All that was read: one record per system and per value set, the newest when several; what was left aside."""

    systems: dict[str, ReadSystem] = field(default_factory=dict)
    value_sets: dict[str, ReadValueSet] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)

    def add(self, read: ReadSystem | ReadValueSet) -> None:
        held = self.systems if isinstance(read, ReadSystem) else self.value_sets
        known = held.get(read.key)
        if known is None or version_order(read.version) >= version_order(known.version):
            held[read.key] = read


def read_distribution(path: Path) -> Distribution:
    """Every CodeSystem and ValueSet under `path`; raises `UnreadableFile`."""
    distribution = Distribution()
    alone = path.is_file()
    for name, document in read_documents(path):
        for resource in _resources(document, name, alone):
            kind = resource["resourceType"]
            if kind not in KEPT_TYPES:
                distribution.ignored.append(f"{name} : ressource {kind}, sans code à reprendre")
                continue
            read = _read_system(resource, name) if kind == "CodeSystem" else _read_value_set(resource, name)
            if isinstance(read, str):
                distribution.ignored.append(f"{name} : {read}")
            else:
                distribution.add(read)
    if not distribution.systems and not distribution.value_sets:
        raise UnreadableFile(f"« {path.name} » ne contient aucune ressource FHIR CodeSystem ou ValueSet utilisable.")
    return distribution


def version_order(version: str) -> tuple[int, ...]:
    """Versions in order: 20260928120000 after 20260629120000, 4.0.10 after 4.0.9; no version comes first."""
    return tuple(int(number[:20]) for number in re.findall(r"\d+", version))


def _resources(document: object, name: str, alone: bool, depth: int = 0) -> Iterator[dict]:
    kind = document.get("resourceType") if isinstance(document, dict) else None
    if not isinstance(kind, str) or not RESOURCE_TYPE.fullmatch(kind):
        raise UnreadableFile(f"« {name} » n'est pas une ressource FHIR : il lui manque « resourceType ».")
    if kind == "Bundle" and depth > 3:
        raise UnreadableFile(f"« {name} » : des Bundle sont emboîtés les uns dans les autres.")
    if kind == "Bundle":
        for entry in _list(document, "entry", name):
            if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
                yield from _resources(entry["resource"], name, False, depth + 1)
    elif alone and kind not in KEPT_TYPES:
        raise UnreadableFile(
            f"« {name} » est une ressource {kind} : il faut une CodeSystem, une ValueSet ou un Bundle."
        )
    else:
        yield document


def _read_system(resource: dict, name: str) -> ReadSystem | str:
    content = _text(resource, "content", name)
    if content in ("not-present", "supplement", "example"):
        return f"terminologie sans ses codes (content = {content})"
    url = _url(resource, name)
    key = system_key(url)
    concepts = tuple(_concepts(_list(resource, "concept", name), key, name))
    return ReadSystem(
        file=name,
        key=key,
        name=_name(resource, url, name),
        url=url,
        oid=_oid(resource, name),
        version=_text(resource, "version", name),
        published=_date(resource.get("date")) or _date_of_version(_text(resource, "version", name)),
        complete=content in ("", "complete"),
        concepts=concepts,
    )


def _read_value_set(resource: dict, name: str) -> ReadValueSet | str:
    url = _url(resource, name)
    compose = resource.get("compose") if isinstance(resource.get("compose"), dict) else {}
    contains = _contains(resource, name)
    includes = _list(compose, "include", name)
    if contains is not None and not all(isinstance(i, dict) and "concept" in i for i in includes):
        selections, excludes = contains, ()
    elif any("filter" in part or "valueSet" in part for part in _dicts(includes)):
        return "jeu de valeurs défini par un filtre ou par un autre jeu, sans son contenu (expansion)"
    elif not includes:
        return "jeu de valeurs sans contenu"
    else:
        selections = tuple(_selections(includes, name))
        excludes = tuple(_selections(_list(compose, "exclude", name), name))
    version = _text(resource, "version", name)
    start, end = _period(resource)
    return ReadValueSet(
        file=name,
        key=value_set_key(url),
        name=_name(resource, url, name),
        url=url,
        oid=_oid(resource, name),
        version=version,
        status=_text(resource, "status", name),
        published=_date(resource.get("date")) or _date_of_version(version),
        effective_from=start,
        effective_to=end,
        includes=selections,
        excludes=excludes,
    )


def system_key(url: str) -> str:
    """R213 for TRE_R213-…, else the last part of the address."""
    coded = CODED_NAME.search(url)
    return coded[1].upper() if coded else _last_part(url)


def value_set_key(url: str) -> str:
    """J19 for JDV_J19-…; TRE_R213 for the value set of a whole system; else the last part of the address."""
    coded = CODED_NAME.search(url)
    if coded is None:
        return _last_part(url)
    return coded[1].upper() if coded[0].upper().startswith("JDV") else f"TRE_{coded[1].upper()}"


def _last_part(url: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", url.rstrip("/").rpartition("/")[2])[:60] or "sans-nom"


def _concepts(raw: list, system: str, name: str, parent: str | None = None, depth: int = 0) -> Iterator[ReadConcept]:
    if depth > DEEPEST or len(raw) > MOST_CONCEPTS:
        raise UnreadableFile(f"« {name} » : la liste des codes est anormalement longue ou profonde.")
    for concept in _dicts(raw):
        read = _concept(concept, system, name, parent)
        yield read
        if "concept" in concept:
            yield from _concepts(_list(concept, "concept", name), system, name, read.key, depth + 1)


def _concept(raw: dict, system: str, name: str, parent: str | None = None) -> ReadConcept:
    properties = {p["code"]: _value(p) for p in _dicts(_list(raw, "property", name)) if isinstance(p.get("code"), str)}
    end = next((_date(properties[p]) for p in END_PROPERTIES if _date(properties.get(p))), None)
    closed = end is not None or properties.get("inactive") is True or properties.get("status") in CLOSED_STATUSES
    declared = properties.get("parent")
    return ReadConcept(
        system=system,
        code=_code(raw, name),
        label=" ".join(_text(raw, "display", name).split()),
        definition=_text(raw, "definition", name),
        parent=f"{system}:{declared}" if isinstance(declared, str) and declared else parent,
        valid_from=next((_date(properties[p]) for p in START_PROPERTIES if _date(properties.get(p))), None),
        valid_to=end,
        closed=closed,
    )


def _selections(parts: Iterable, name: str) -> Iterator[Selection]:
    for part in _dicts(parts):
        url = _text(part, "system", name).partition("|")[0]
        if not url:
            raise UnreadableFile(
                f"« {name} » : une partie du jeu de valeurs ne dit pas de quelle terminologie elle vient."
            )
        key = system_key(url)
        codes = None
        if "concept" in part:
            codes = tuple(_concept(concept, key, name) for concept in _dicts(_list(part, "concept", name)))
        yield Selection(key, url, codes)


def _contains(resource: dict, name: str) -> tuple[Selection, ...] | None:
    """The expansion, when there is one and it is whole."""
    expansion = resource.get("expansion")
    if not isinstance(expansion, dict) or not expansion.get("contains"):
        return None
    found: dict[str, list[ReadConcept]] = {}
    urls: dict[str, str] = {}
    number = 0
    for concept in _flat(_list(expansion, "contains", name), name):
        url = _text(concept, "system", name)
        if concept.get("abstract") is True or concept.get("inactive") is True or not url:
            continue
        key = system_key(url)
        urls[key] = url
        found.setdefault(key, []).append(_concept(concept, key, name))
        number += 1
    total = expansion.get("total")
    if isinstance(total, int) and total > number:
        return None
    return tuple(Selection(key, urls[key], tuple(codes)) for key, codes in found.items())


def _flat(contains: list, name: str, depth: int = 0) -> Iterator[dict]:
    if depth > DEEPEST:
        raise UnreadableFile(f"« {name} » : la liste des codes est anormalement profonde.")
    for concept in _dicts(contains):
        yield concept
        yield from _flat(_list(concept, "contains", name), name, depth + 1)


def _url(resource: dict, name: str) -> str:
    url = _text(resource, "url", name)
    if not re.fullmatch(r"(https?://|urn:)\S{3,500}", url):
        raise UnreadableFile(f"« {name} » : l'adresse canonique (url) manque ou n'est pas une adresse.")
    return url


def _name(resource: dict, url: str, name: str) -> str:
    """The official name stands in the address (TRE_R213-ModePriseEnCharge); `name` cannot hold its hyphen."""
    official = re.search(r"/((?:TRE|JDV)_[A-Z]\d+-[^/]+)/", url)
    return official[1] if official else _text(resource, "title", name) or _text(resource, "name", name) or url


def _oid(resource: dict, name: str) -> str:
    for identifier in _dicts(_list(resource, "identifier", name)):
        value = identifier.get("value")
        if isinstance(value, str) and value.startswith("urn:oid:"):
            return value.removeprefix("urn:oid:")[:200]
    return ""


def _period(resource: dict) -> tuple[date | None, date | None]:
    for extension in _dicts(resource.get("extension") if isinstance(resource.get("extension"), list) else []):
        period = extension.get("valuePeriod")
        if isinstance(period, dict) and str(extension.get("url", "")).lower().endswith("effectiveperiod"):
            return _date(period.get("start")), _date(period.get("end"))
    return None, None


def _code(raw: dict, name: str) -> str:
    code = raw.get("code")
    if not isinstance(code, str) or not CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        raise UnreadableFile(f"« {name} » : un code manque ou est mal formé ({str(code)[:40]!r}).")
    return code


def _text(raw: dict, key: str, name: str) -> str:
    value = raw.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
        raise UnreadableFile(f"« {name} » : la valeur de « {key} » n'est pas un texte acceptable.")
    return value.strip()


def _list(raw: dict, key: str, name: str) -> list:
    value = raw.get(key, [])
    if not isinstance(value, list):
        raise UnreadableFile(f"« {name} » : « {key} » devrait être une liste.")
    return value


def _dicts(values: Iterable) -> list[dict]:
    return [value for value in values if isinstance(value, dict)]


def _value(raw: dict) -> object:
    return next((value for key, value in raw.items() if key.startswith("value")), None)


def _date(value: object) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def _date_of_version(version: str) -> date | None:
    if not re.match(r"\d{8}", version):
        return None
    return _date(f"{version[:4]}-{version[4:6]}-{version[6:8]}")
