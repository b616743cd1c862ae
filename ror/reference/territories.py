"""Finding a commune from what people type or from what a register holds."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When

from ror.reference.models import Commune, FormerCommune
from ror.reference.text import normalise

PROPOSALS = 5
LEAST_LENGTH_NEAR = 4
WHOLE = (Commune.Kind.COMMUNE, Commune.Kind.MUNICIPAL_DISTRICT)
INSEE_CODE = re.compile(r"\d[0-9AB]\d{3}")
BRACKETED_CODE = re.compile(r"\((\d[0-9AB]\d{3})\)$")
BRACKETED_DEPARTMENT = re.compile(r"\((\d{2,3}|2[AB])\)$")
POSTCODE = re.compile(r"(?<![0-9])[0-9]{5}(?![0-9])")
# People write « St Malo », the official name is « Saint-Malo ».
SHORT_FORMS = {"st": "saint", "ste": "sainte"}


class CommuneNotFound(LookupError):
    """A text names no commune, or several. `proposals` are texts that each name one."""

    def __init__(self, text: str, candidates: list[Commune], *, ambiguous: bool):
        super().__init__(text)
        self.text = text
        self.ambiguous = ambiguous
        self.proposals = [commune_text(commune) for commune in candidates[:PROPOSALS]]


@dataclass(frozen=True)
class _Typed:
    """What a text says of a commune: its name (normalised), its postcode, its department; each may be empty."""

    name: str
    postcode: str
    department: str


def resolve_commune(text: str) -> str:
    """The INSEE code of the one commune that `text` names; raises `CommuneNotFound`.

    Understood: an INSEE code, a name, a postcode and a name, a name and a department in brackets, what `commune_text`
    writes. A part of a commune, or a code of the past, gives the commune of today; a postcode of Paris, Lyon or
    Marseille gives the arrondissement.
    """
    typed = text.strip().upper()
    bracketed = BRACKETED_CODE.search(typed)
    if bracketed is not None and (known := present_code(bracketed[1])) is not None:
        return known
    if INSEE_CODE.fullmatch(typed):
        return _by_code_or_postcode(typed)
    found = _named(_read(text))
    if len(found) == 1:
        return found[0].pk
    raise CommuneNotFound(text, found or _near(text), ambiguous=bool(found))


def present_code(code: str) -> str | None:
    """Today's code for a code of today or of the past; None when it was never the code of a commune."""
    return present_among([code]).get(code)


def present_among(codes: Iterable[str]) -> dict[str, str]:
    """Today's code for each of these codes, of today or of the past; what was never a commune's is absent.

    One query, none without code.
    """
    wanted = {code for code in codes if INSEE_CODE.fullmatch(code)}
    if not wanted:
        return {}
    today = Case(When(kind__in=WHOLE, then=F("code")), default=F("parent_id"))
    held = Commune.objects.filter(pk__in=wanted).order_by().values_list("code", today)
    gone = FormerCommune.objects.filter(pk__in=wanted).exclude(Exists(Commune.objects.filter(pk=OuterRef("pk"))))
    return dict(held.union(gone.order_by().values_list("code", "commune_id"), all=True))


def present_codes() -> dict[str, str]:
    """Every code, of today and of the past, with today's: two queries, for whoever reads a whole register."""
    rows = Commune.objects.order_by().values_list("code", "kind", "parent_id")
    today = {code: code if kind in WHOLE else parent for code, kind, parent in rows}
    return dict(FormerCommune.objects.order_by().values_list("code", "commune_id")) | today


def commune_text(commune: Commune) -> str:
    """« Rennes (35238) »: the text that names the commune without doubt."""
    return f"{commune.name} ({commune.pk})"


def communes_of(codes: Iterable[str]) -> dict[str, Commune]:
    """The communes of these INSEE codes, by code, in alphabetical order. One query for a whole list, none without code.

    What is no commune's code is absent: for a stored code, show the code itself.
    """
    wanted = {code for code in codes if INSEE_CODE.fullmatch(code)}
    if not wanted:
        return {}
    return {commune.pk: commune for commune in Commune.objects.filter(pk__in=wanted).order_by("normalised", "code")}


def search_communes(text: str, limit: int = 20) -> list[Commune]:
    """Communes of today, best first: exact name, its beginning, beginning of a word, near spellings.

    Among equals the most populated come first.
    """
    typed = _read(text)
    communes = _among(typed).order_by("-population", "normalised", "code")
    if not typed.name:
        return list(communes[:limit]) if typed.postcode else []
    named = [Q(normalised=typed.name), Q(normalised__startswith=typed.name), Q(normalised__contains=f" {typed.name}")]
    found: list[Commune] = []
    for condition in named:
        found += _others(communes.filter(condition), found, limit)
    if len(typed.name) < LEAST_LENGTH_NEAR or any(commune.normalised == typed.name for commune in found):
        return found
    near = communes.filter(normalised__trigram_similar=typed.name)
    return found + _others(near.order_by(TrigramSimilarity("normalised", typed.name).desc(), "code"), found, limit)


def _others(communes: QuerySet[Commune], found: list[Commune], limit: int) -> list[Commune]:
    """As many more communes as the limit leaves room for."""
    room = limit - len(found)
    return list(communes.exclude(pk__in=[commune.pk for commune in found])[:room]) if room > 0 else []


def _by_code_or_postcode(code: str) -> str:
    """Five figures alone may be both an INSEE code and the postcode of other communes: then nobody guesses."""
    known = present_code(code)
    others = [commune for commune in _named(_Typed("", code, "")) if commune.pk != known]
    if known is not None and not others:
        return known
    if known is None and len(others) == 1:
        return others[0].pk
    candidates = [*Commune.objects.filter(pk=known), *others]
    raise CommuneNotFound(code, candidates, ambiguous=bool(candidates))


def _near(text: str) -> list[Commune]:
    """Communes to propose for a text that names none: those spelled nearly so come before longer names."""
    typed = _read(text)
    likeness = TrigramSimilarity("normalised", typed.name)
    communes = _among(typed).filter(normalised__trigram_similar=typed.name)
    return list(communes.order_by(likeness.desc(), "-population", "code")[:PROPOSALS]) if typed.name else []


def _read(text: str) -> _Typed:
    rest = text.strip()
    department = BRACKETED_DEPARTMENT.search(rest.upper())
    if department is not None:
        rest = rest[: department.start()]
    postcode = POSTCODE.search(rest)
    if postcode is not None:
        rest = rest[: postcode.start()] + rest[postcode.end() :]
    words = [SHORT_FORMS.get(word, word) for word in normalise(rest).split()]
    return _Typed(" ".join(words), postcode[0] if postcode else "", department[1] if department else "")


def _named(typed: _Typed) -> list[Commune]:
    """The communes that the text names exactly; with a postcode, the beginning of the name is enough."""
    if not typed.name and not typed.postcode:
        return []
    communes = _among(typed)
    found = list(communes.filter(normalised=typed.name) if typed.name else communes)
    if not found and typed.postcode:
        found = list(communes.filter(normalised__startswith=typed.name))
    if not found and not typed.postcode:
        found = _whole_of_part(typed)
    return _districts_first(found, typed.postcode)


def _among(typed: _Typed) -> QuerySet[Commune]:
    communes = Commune.objects.filter(kind__in=WHOLE)
    if typed.postcode:
        communes = communes.filter(postcodes__contains=[typed.postcode])
    if typed.department:
        communes = communes.filter(department=typed.department)
    return communes


def _whole_of_part(typed: _Typed) -> list[Commune]:
    """The communes of today that hold a commune which bore this name."""
    parts = Commune.objects.filter(normalised=typed.name).exclude(kind__in=WHOLE)
    if typed.department:
        parts = parts.filter(department=typed.department)
    return list(Commune.objects.filter(pk__in=parts.values("parent")))


def _districts_first(found: list[Commune], postcode: str) -> list[Commune]:
    """« 75011 Paris » is the 11th arrondissement: the commune gives way to its part of that postcode."""
    if not postcode:
        return found
    districts = Commune.objects.filter(
        parent__in=found, kind=Commune.Kind.MUNICIPAL_DISTRICT, postcodes__contains=[postcode]
    )
    divided = {district.parent_id: district for district in districts}
    replaced = {divided.get(commune.pk, commune).pk: divided.get(commune.pk, commune) for commune in found}
    return list(replaced.values())
