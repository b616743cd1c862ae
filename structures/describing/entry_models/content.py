"""What an entry model says of each datum: whether it is asked, the codes offered, its default, whether it is needed.

The content is JSON: a summary, and one entry per datum that the model asks for, by its path without ids
(« care_mode », « activities.activity »). A datum of the offer without entry is left out, unless the rule book asks for
it or it holds a value; the columns of a list are all asked unless its entry names them.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms

from confidentiality.levels import Level
from confidentiality.policy import by_document_key
from ror.reference.forms import CodeChoiceField, CodeSetChoiceField
from ror.reference.nomenclature import nomenclature
from structures.document import canonical, new_id
from structures.findings import Effect
from structures.schema import OFFER, Rows

MOST_CODES = 30  # offered at once, like the lists that need no search
KEYS = {"codes", "default", "needed", "more", "columns", "help"}
EFFECTS = {effect.value for effect in Effect}
# A default is a public code or answer, never a datum of one establishment, nor what decides who sees it.
GOVERNED_BY = {
    "": "Offer",
    "activities": "OfferActivity",
    "hours": "OpeningHours",
    "places": "Place",
    "places.housing": "HousingCapacity",
}
WITHOUT_DEFAULT = {"sensitive", "sensitive_motive", "internal_organization", "intervention_communes", "entry_model"}
TEXT_WITH_DEFAULT = {"name"}
DEFAULT_IN_CONTACTS = {"contacts.nature", "contacts.telecoms.channel"}


@dataclass(frozen=True)
class Entry:
    """What the model says of one datum, or of one list."""

    codes: tuple[str, ...] = ()
    default: Any = None
    needed: str = ""
    more: bool = False
    columns: tuple[str, ...] = ()
    help: str = ""


class Content:
    """The content of one version, as the pages use it. What is wrong in it is said by `problems_of`, and not read."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.summary = str(raw.get("summary") or "")
        self.entries = {path: _entry(said) for path, said in (raw.get("data") or {}).items()}

    def entry(self, path: str) -> Entry | None:
        """The entry of the datum or list at `path` (without ids)."""
        return self.entries.get(path)

    def asks(self, path: str) -> bool:
        """Whether the datum or list at `path` is asked for by this model."""
        if path in self.entries:
            return True
        above, _, name = path.rpartition(".")
        if not above:
            return False
        columns = self.entries[above].columns if above in self.entries else ()
        return self.asks(above) and (not columns or name in columns)

    def apart(self, path: str) -> bool | None:
        """Whether the datum stands under « Plus de précisions »; None when the model leaves it where it is."""
        return self.entries[path].more if path in self.entries else None

    @cached_property
    def needed(self) -> dict[str, Effect]:
        """The data that the model needs besides the rule book, each with what happens when it is missing."""
        return {path: Effect(entry.needed) for path, entry in self.entries.items() if entry.needed in EFFECTS}

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The default of each datum and list of the offer that has one, in its canonical form.

        One that holds a code closed since its publication is no answer any more.
        """
        given = {path: entry.default for path, entry in self.entries.items() if entry.default is not None}
        clean, found = canonical({path: _with_ids(value) for path, value in given.items() if "." not in path})
        wrong = {finding.path.split(".")[0] for finding in found}
        return {path: clean[path] for path in given if path in clean and path not in wrong}


def problems_of(raw: Any) -> list[str]:
    """Everything that is wrong in a content, each in a sentence; nothing for one that may be published."""
    if not isinstance(raw, dict) or raw.keys() - {"summary", "data"} or not isinstance(raw.get("data"), dict):
        return ["Le contenu est un objet JSON : « summary » (un texte) et « data » (une entrée par donnée)."]
    if not str(raw.get("summary") or "").strip():
        return ["Dites en une phrase, dans « summary », à quoi sert ce modèle."]
    found = [problem for path, said in raw["data"].items() for problem in _entry_problems(path, said)]
    content = Content(raw)
    return found or [*_default_format_problems(content), *_hidden_defaults(content)]


def written(raw: Any) -> str:
    """A content as a person reads and types it: one line per entry, in the order of the form."""
    if not isinstance(raw, dict) or not isinstance(raw.get("data"), dict):
        return json.dumps(raw, ensure_ascii=False, indent=2)
    lines = [f"    {_json(path)}: {_json(raw['data'][path])}" for path in sorted(raw["data"], key=_rank)]
    data = "{\n" + ",\n".join(lines) + "\n  }" if lines else "{}"
    return f'{{\n  "summary": {_json(raw.get("summary"))},\n  "data": {data}\n}}'


def datum_or_list(path: str, root: Rows = OFFER) -> forms.Field | Rows | None:
    """The field or the list that stands at `path` (without ids), None when there is none."""
    *above, name = path.split(".")
    for step in above:
        if step not in root.rows:
            return None
        root = root.rows[step]
    return root.fields.get(name) or root.rows.get(name)


def without_ids(path: str) -> str:
    """The path of a datum or a list of a document, without the ids of its rows."""
    return ".".join(path.split(".")[::2])


def _entry(said: Any) -> Entry:
    if not isinstance(said, dict):
        return Entry()
    return Entry(
        codes=tuple(map(str, said.get("codes") or ())),
        default=said.get("default"),
        needed=str(said.get("needed") or ""),
        more=bool(said.get("more")),
        columns=tuple(map(str, said.get("columns") or ())),
        help=str(said.get("help") or ""),
    )


def _entry_problems(path: str, said: Any) -> Iterator[str]:
    target = datum_or_list(path)
    if target is None:
        yield f"« {path} » n'est pas une donnée de l'offre."
        return
    if not isinstance(said, dict) or said.keys() - KEYS:
        yield f"« {path} » : les clés possibles sont {', '.join(sorted(KEYS))}."
        return
    if said.get("needed") not in (None, *EFFECTS):
        yield f"« {path} » : « needed » vaut « blocks » (empêche de publier) ou « warns » (signale)."
    if any(not isinstance(said.get(key, []), list) for key in ("codes", "columns")):
        yield f"« {path} » : « codes » et « columns » sont des listes."
        return
    yield from _code_problems(path, target, said.get("codes") or ())
    yield from _column_problems(path, target, said.get("columns") or ())
    if said.get("default") is not None:
        yield from _default_problems(path, target, said["default"])


def _code_problems(path: str, target: forms.Field | Rows, codes: Iterable[Any]) -> Iterator[str]:
    codes = list(map(str, codes))
    if not codes:
        return
    if not isinstance(target, (CodeChoiceField, CodeSetChoiceField)):
        yield f"« {path} » ne prend pas de codes."
        return
    if len(codes) > MOST_CODES:
        yield f"« {path} » : {MOST_CODES} codes au plus, sinon la liste ne se lit plus."
    if len(codes) != len(set(codes)):
        yield f"« {path} » : un code figure deux fois."
    unknown = [code for code in codes if not nomenclature().is_current(target.value_set, code)]
    if unknown:
        yield f"« {path} » : hors de la liste {target.value_set}, ou fermés : {', '.join(unknown)}."


def _column_problems(path: str, target: forms.Field | Rows, columns: Iterable[Any]) -> Iterator[str]:
    columns = list(map(str, columns))
    known = {*target.fields, *target.rows} if isinstance(target, Rows) else set()
    unknown = [name for name in columns if name not in known]
    if unknown:
        yield f"« {path} » n'a pas de colonne {', '.join(unknown)}."


def _default_problems(path: str, target: forms.Field | Rows, value: Any) -> Iterator[str]:
    if "." in path:
        yield f"« {path} » : la valeur par défaut d'une colonne se donne dans une ligne de sa liste."
        return
    if not isinstance(target, Rows):
        if not may_have_default(path):
            yield f"« {path} » n'a pas de valeur par défaut : c'est à l'établissement de répondre."
        return
    for name in _names_in(target, path, value):
        if not may_have_default(name):
            yield f"« {name} » n'a pas de valeur par défaut : c'est à l'établissement de répondre."


def may_have_default(path: str) -> bool:
    """Whether a model may answer for the establishment: public data (level 1 everywhere) that is a code or a choice."""
    above, _, name = path.rpartition(".")
    if path in DEFAULT_IN_CONTACTS:
        return True
    if above not in GOVERNED_BY or name in WITHOUT_DEFAULT:
        return False
    datum, line = datum_or_list(path), by_document_key(GOVERNED_BY[above]).get(name)
    if datum is None or line is None or line.stored or max(line.levels.values()) > Level.PUBLIC:
        return False
    is_text = type(datum) is forms.CharField or isinstance(datum, forms.RegexField)
    return not is_text or path in TEXT_WITH_DEFAULT


def _names_in(schema: Rows, path: str, rows: Any) -> Iterator[str]:
    """The paths of the data that default rows answer."""
    for row in rows if isinstance(rows, list) else ():
        for name, value in row.items() if isinstance(row, dict) else ():
            if name in schema.rows:
                yield from _names_in(schema.rows[name], f"{path}.{name}", value)
            else:
                yield f"{path}.{name}"


def _default_format_problems(content: Content) -> list[str]:
    """What is not valid among the defaults: a code out of its list, a number out of its bounds."""
    given = {path: entry.default for path, entry in content.entries.items() if entry.default is not None}
    document = {path: _with_ids(value) for path, value in given.items()}
    return [f"« {without_ids(found.path)} » : {found.message}" for found in canonical(document)[1]]


def _hidden_defaults(content: Content) -> Iterator[str]:
    """A proposed answer is in sight of who answers for it."""
    for path, entry in content.entries.items():
        if entry.default is None:
            continue
        target = datum_or_list(path)
        answered = _names_in(target, path, entry.default) if isinstance(target, Rows) else [path]
        hidden = dict.fromkeys(name for name in answered if content.apart(name) or not content.asks(name))
        yield from (f"« {name} » a une réponse proposée : ne la repliez pas." for name in hidden)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _rank(path: str) -> list[int]:
    """Where a datum stands in the description of an offer."""
    schema, ranks = OFFER, []
    for name in path.split("."):
        names = [*schema.fields, *schema.rows]
        ranks.append(names.index(name) if name in names else len(names))
        schema = schema.rows.get(name, schema)
    return ranks


def _with_ids(value: Any) -> Any:
    """Default rows with the ids that a document's rows have."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        return value
    return [{"id": new_id()} | {name: _with_ids(below) for name, below in row.items()} for row in value]
