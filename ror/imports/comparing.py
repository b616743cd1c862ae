"""What a file says of offers, beside what the record says: a thousand of them in as many queries as one."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from confidentiality.viewer import Viewer
from ror.imports import beside
from ror.imports.access import establishments_of, offers_of, published_by
from ror.imports.models import ImportJob, Outcome
from ror.imports.reading import NO
from ror.imports.sheets import FINESS_TITLE, KEY_TITLE, SENSITIVE_TITLE, Applied, TypedOffer, applied, read_by, started
from structures import records
from structures.differences import differences
from structures.document import Document, value_at
from structures.fields import EMPTY
from structures.findings import Finding, blocking
from structures.merging import merge
from structures.models import GeographicEntity, Offer
from structures.models.geographic_entity import LegalKind
from structures.publishing import examine
from structures.schema import OFFER, Rows

# One sentence for what does not exist and for what the person may not change: neither tells of the other.
UNKNOWN = "Aucune offre que vous pouvez corriger ne porte cet identifiant."
UNKNOWN_ENTITY = "Aucun établissement que vous pouvez décrire ne porte ce numéro FINESS, ni cet identifiant national."
CLOSED_ENTITY = "Cet établissement est fermé : une offre n'y est plus décrite."
OTHER_ENTITY = "Cette offre est d'un autre établissement : reprenez le numéro exporté, ou videz la cellule."
FLAGGED = (
    "Une unité sensible se signale dans le portail, par une personne de l'établissement, jamais dans un fichier : "
    "videz cette cellule. « Non » n'y est lu que pour une offre nouvelle."
)
REASON = "imports: the establishments of offers that the person may change"
ELSEWHERE = "Une donnée de cette offre que vous ne lisez pas s'y oppose : demandez à l'établissement de la vérifier."


@dataclass
class Compared:
    """One offer of the file: what it is in the record, what it would become, what stands in the way.

    `said` are its data and lists that the file says otherwise, as the person reads them (the whole description of a
    new offer); `document` is the whole of what would be published, what the person does not read included.
    """

    typed: TypedOffer
    offer: Offer | None = None
    entity: GeographicEntity | None = None
    base: Document | None = None
    applied: Applied | None = None
    said: Document = field(default_factory=dict)
    document: Document = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    differs: bool = False
    also: beside.Beside | None = None  # what the file says of it in the sheets that stand beside the description

    @property
    def outcome(self) -> Outcome:
        if self.problems:
            return Outcome.REFUSED
        if self.offer is None:
            return Outcome.NEW
        also = self.also is not None and self.also.differs
        return Outcome.CHANGED if self.differs or also else Outcome.UNCHANGED


def compare(job: ImportJob, viewer: Viewer, some: Sequence[TypedOffer]) -> list[Compared]:
    """These offers of the file, beside those that the owner of the import may change."""
    references = {typed.reference for typed in some if typed.reference}
    offers = {offer.identifier: offer for offer in offers_of(job, viewer).filter(identifier__among=references)}
    give_entities(offers.values())
    bases = records.read_documents([offer.pk for offer in offers.values()])
    read = read_by(viewer, offers.values(), bases)
    found = []
    for typed in some:
        offer = offers.get(typed.reference)
        found.append(_published(typed, offer, bases[offer.pk], read[offer.pk]) if offer else Compared(typed))
    _begin(job, viewer, [each for each in found if each.offer is None])
    _examine([each for each in found if each.document])
    _beside(job, viewer, found)
    for each in found:
        each.problems = _each_once(each.problems)
    return found


def give_entities(offers: Collection[Offer]) -> None:
    """Their establishments, each read once however many offers it has."""
    keys = {offer.geographic_entity_id for offer in offers}
    entities = GeographicEntity.objects.trusted(REASON).select_related("crisis_answer").in_bulk(keys)
    for offer in offers:
        offer.geographic_entity = entities[offer.geographic_entity_id]


def whole(base: Document, read: Document, said: Document) -> tuple[Document, list[str]]:
    """The whole document of an offer, with what someone who reads `read` of it says: what they do not read stays.

    With the paths that they take away and that hold something they do not read: there, nothing is taken.
    """
    document, kept = dict(base), []
    for name, value in said.items():
        if name in OFFER.fields or read.get(name) == base[name]:
            document[name] = value
            continue
        part = Rows("", {}, {name: OFFER.rows[name]})
        merged, conflicts = merge({name: read.get(name)}, {name: value}, {name: base[name]}, part)
        document[name] = merged[name]
        kept += [conflict.path for conflict in conflicts]
    return document, kept


def _published(typed: TypedOffer, offer: Offer, base: Document, read: Document) -> Compared:
    entity = offer.geographic_entity
    done = applied(typed, read)
    found = Compared(typed, offer, entity, base, done, problems=list(done.problems))
    if typed.finess and typed.finess not in (entity.finess, entity.id_nat_struct):
        found.problems.append(typed.spot(FINESS_TITLE).problem(OTHER_ENTITY))
    if typed.sensitive:
        found.problems.append(typed.spot(SENSITIVE_TITLE).problem(FLAGGED))
    found.said = {name: done.document[name] for name in done.names}
    if found.said:
        found.document, kept = whole(base, read, found.said)
        found.problems += [done.place(path).problem(ELSEWHERE) for path in kept]
    return found


def _begin(job: ImportJob, viewer: Viewer, found: Sequence[Compared]) -> None:
    """Those that the record does not have, or that the person may not change: new ones, or unknown."""
    entities = _named(job, viewer, {each.typed.finess for each in found if each.typed.may_be_new})
    for each in found:
        typed = each.typed
        each.problems = list(typed.problems)
        each.entity = entities.get(typed.finess) if typed.may_be_new else None
        if each.entity is None:
            if typed.may_be_new:
                each.problems.append(typed.spot(FINESS_TITLE).problem(UNKNOWN_ENTITY))
            elif typed.reference:
                each.problems.append(typed.spot(KEY_TITLE).problem(UNKNOWN))
            continue
        if each.entity.closing_type_id:
            each.problems.append(typed.spot(FINESS_TITLE).problem(CLOSED_ENTITY))
        if typed.sensitive not in ("", NO):
            each.problems.append(typed.spot(SENSITIVE_TITLE).problem(FLAGGED))
        each.applied = started(typed, _beginning(each.entity, typed.sensitive))
        each.problems += each.applied.problems[len(typed.problems) :]
        each.said = {name: value for name, value in each.applied.document.items() if value not in EMPTY}
        each.document = each.applied.document


def _named(job: ImportJob, viewer: Viewer, numbers: set[str]) -> dict[str, GeographicEntity]:
    """The establishments of these numbers: of FINESS, else their national identifier, as offices are exported."""
    if not numbers:
        return {}
    rows = establishments_of(job, viewer)
    found = {entity.finess: entity for entity in rows.filter(finess__among=numbers)}
    left = numbers - found.keys()
    if left:
        found |= {entity.id_nat_struct: entity for entity in rows.filter(id_nat_struct__among=left)}
    return found


def _beginning(entity: GeographicEntity, said: str) -> Document:
    """What a new offer says of itself. Nobody but a person of the establishment says that a unit is sensitive, and a
    health establishment answers for itself: a file only answers « non ».
    """
    no_flag = said == NO or (not said and entity.legal_kind != LegalKind.HEALTH)
    return {"sensitive": False if no_flag else None}


def _examine(found: Sequence[Compared]) -> None:
    """What the rule book says of what they would become. An offer that then says what it said already is unchanged."""
    proposed = [records.Proposed(each.document, each.entity, each.offer, each.base) for each in found]
    for each, (clean, remarks) in zip(found, examine(proposed), strict=True):
        each.differs = each.offer is None or any(differences(each.base, clean))
        if each.differs:
            each.problems += [_problem(each, finding) for finding in blocking(remarks)]


def _beside(job: ImportJob, viewer: Viewer, found: Sequence[Compared]) -> None:
    asked = [each for each in found if each.applied is not None and beside.is_said(each.typed.rows)]
    if not asked:
        return
    entities = {each.entity.pk for each in asked}
    published = published_by(job, viewer).filter(pk__in=entities).values_list("pk", flat=True)
    said = beside.compare(viewer, [(each.applied, each.offer) for each in asked], published)
    for each, also in zip(asked, said, strict=True):
        each.also = also
        each.problems += also.problems


def _problem(compared: Compared, finding: Finding) -> dict[str, Any]:
    """The finding at the cell of its datum; of what the person does not read, only that there is something."""
    spot = compared.applied.place(finding.path)
    return spot.problem(finding.message if _is_read(compared.applied.document, finding.path) else ELSEWHERE)


def _is_read(document: Document, path: str) -> bool:
    above, _, name = path.rpartition(".")
    holder = value_at(document, above) if above else document
    if isinstance(holder, list):
        return any(row["id"] == name for row in holder)
    return isinstance(holder, dict) and name in holder


def _each_once(problems: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return list(_by_place(problems).values())


def _by_place(problems: Sequence[dict[str, Any]]) -> dict[tuple, dict[str, Any]]:
    return {tuple(problem.values()): problem for problem in problems}


def by_hundreds(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """These, `size` at a time: what is held in memory does not grow with the file."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
