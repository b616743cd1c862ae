"""What an import would change: computed in memory against what the database holds, before anything is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ror.reference.importing.resources import Distribution, ReadConcept, ReadSystem, ReadValueSet, version_order
from ror.reference.models import CodeSystem, Concept, ValueSet, ValueSetMember

MANY_CODES = 5
MANY_SHARE = 0.05


@dataclass
class ConceptRow:
    """A concept as it will stand in the database."""

    key: str
    label: str
    definition: str
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    source: str
    version: str


@dataclass
class MemberRow:
    """A membership as it will stand in the database."""

    position: int
    valid_from: date | None
    valid_to: date | None


@dataclass
class Changes:
    """What changes in one system or in one value set; the texts are keys, or (key, old label, new label)."""

    name: str
    version: str
    added: list[str] = field(default_factory=list)
    relabelled: list[tuple[str, str, str]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    reopened: list[str] = field(default_factory=list)
    current_before: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.relabelled or self.closed or self.reopened)

    @property
    def closes_many(self) -> bool:
        number = len(self.closed)
        return number > MANY_CODES or (number > 0 and number > MANY_SHARE * self.current_before)


class Difference:
    """What the database will hold instead of what it holds: changed rows only. Nothing here writes."""

    def __init__(self, read: Distribution, today: date):
        self.today = today
        self.ignored = list(read.ignored)
        self.changes: list[Changes] = []
        self.systems: dict[str, ReadSystem] = {}
        self.named_systems: dict[str, str] = {}
        self.value_sets: dict[str, ReadValueSet] = {}
        self.concepts: dict[str, ConceptRow] = {}
        self.members: dict[str, dict[str, MemberRow]] = {}
        self._held_systems = {system.key: system for system in CodeSystem.objects.all()}
        self._held_sets = {value_set.key: value_set for value_set in ValueSet.objects.all()}
        columns = ("key", "label", "definition", "parent_id", "valid_from", "valid_to", "source", "version")
        self._held = {row[0]: ConceptRow(*row) for row in Concept.objects.order_by().values_list(*columns)}
        self._keys_of: dict[str, set[str]] = {}
        for key in self._held:
            self._keys_of.setdefault(key.partition(":")[0], set()).add(key)
        self._labelled_by_system = {key for key, system in self._held_systems.items() if system.version}
        for system in read.systems.values():
            self._system(system)
        for value_set in read.value_sets.values():
            self._value_set(value_set)

    def label(self, key: str) -> str:
        row = self.concepts.get(key) or self._held.get(key)
        return row.label if row is not None else ""

    @property
    def closing_many(self) -> list[Changes]:
        """The systems and value sets that would lose many codes at once."""
        return [changes for changes in self.changes if changes.closes_many]

    def _system(self, read: ReadSystem) -> None:
        held = self._held_systems.get(read.key)
        if held is not None and version_order(read.version) < version_order(held.version):
            self.ignored.append(f"{read.file} : version {read.version} antérieure à celle du portail ({held.version})")
            return
        self.systems[read.key] = read
        self._labelled_by_system.add(read.key)
        before = [self._held[key] for key in sorted(self._keys_of.get(read.key, ()))]
        changes = self._changes(read.name, read.version, sum(self._is_open(row.valid_to) for row in before))
        listed = {concept.key: concept for concept in read.concepts}
        self._keys_of.setdefault(read.key, set()).update(listed)
        for concept in listed.values():
            self._concept(concept, read, changes, listed)
        if read.complete:
            for row in before:
                if row.key not in listed and self._is_open(row.valid_to):
                    self.concepts[row.key] = ConceptRow(**{**vars(row), "valid_to": self._day(read.published)})
                    changes.closed.append(row.key)

    def _concept(
        self, read: ReadConcept, system: ReadSystem, changes: Changes, listed: Mapping[str, ReadConcept]
    ) -> None:
        held = self._held.get(read.key)
        parent = read.parent if read.parent in listed or read.parent in self._held else None
        row = ConceptRow(
            key=read.key,
            label=read.label or (held.label if held else ""),
            definition=read.definition or (held.definition if held else ""),
            parent=parent or (held.parent if held else None),
            valid_from=read.valid_from or (held.valid_from if held else None),
            valid_to=self._end(read, held, system.published),
            source=system.name.partition("-")[0],
            version=system.version,
        )
        if row != held:
            self.concepts[read.key] = row
        self._compare(held, row, changes)

    def _compare(self, held: ConceptRow | None, row: ConceptRow, changes: Changes) -> None:
        if held is None:
            changes.added.append(row.key)
            return
        if held.label != row.label:
            changes.relabelled.append((row.key, held.label, row.label))
        if self._is_open(held.valid_to) and not self._is_open(row.valid_to):
            changes.closed.append(row.key)
        if not self._is_open(held.valid_to) and self._is_open(row.valid_to):
            changes.reopened.append(row.key)

    def _end(self, read: ReadConcept, held: ConceptRow | None, published: date | None) -> date | None:
        """Day of closing: told by the file, else the one already known, else the day of publication."""
        if not read.closed:
            return None
        return read.valid_to or (held.valid_to if held else None) or self._day(published)

    def _value_set(self, read: ReadValueSet) -> None:
        held = self._held_sets.get(read.key)
        if held is not None and version_order(read.version) < version_order(held.version):
            self.ignored.append(f"{read.file} : version {read.version} antérieure à celle du portail ({held.version})")
            return
        self.value_sets[read.key] = read
        before = self._members_of(read.key)
        changes = self._changes(read.name, read.version, sum(self._is_open(row.valid_to) for row in before.values()))
        start = self._day(read.published) if held is not None and before else None
        rows: dict[str, MemberRow] = {}
        for position, key in enumerate(self._chosen(read, changes), 1):
            known = before.get(key)
            rows[key] = MemberRow(position, known.valid_from if known else start, None)
            if known is None:
                changes.added.append(key)
            elif not self._is_open(known.valid_to):
                changes.reopened.append(key)
        for key, row in before.items():
            if key not in rows and self._is_open(row.valid_to):
                rows[key] = MemberRow(row.position, row.valid_from, self._day(read.published))
                changes.closed.append(key)
        self.members[read.key] = {key: row for key, row in rows.items() if row != before.get(key)}

    def _chosen(self, read: ReadValueSet, changes: Changes) -> list[str]:
        """Keys of the value set, in its order; concepts that only value sets name are added on the way."""
        excluded: set[str] = set()
        for part in read.excludes:
            excluded |= set(self._open_keys(part.system)) if part.codes is None else {code.key for code in part.codes}
        chosen: dict[str, None] = {}
        for part in read.includes:
            self.named_systems.setdefault(part.system, part.system_url)
            if part.codes is None:
                chosen.update(dict.fromkeys(self._open_keys(part.system)))
                continue
            for code in part.codes:
                self._named_by_set(code, read, changes)
                chosen[code.key] = None
        return [key for key in chosen if key not in excluded]

    def _named_by_set(self, code: ReadConcept, read: ReadValueSet, changes: Changes) -> None:
        """A value set may name codes, and their labels, of a system of which the table was never read."""
        held = self._held.get(code.key)
        if code.key in self.concepts or (held is not None and code.system in self._labelled_by_system):
            return
        source = read.name.partition("-")[0]
        if held is None:
            self._keys_of.setdefault(code.system, set()).add(code.key)
            self.concepts[code.key] = ConceptRow(code.key, code.label, "", None, None, None, source, read.version)
            return
        if code.label and code.label != held.label and version_order(read.version) >= version_order(held.version):
            self.concepts[code.key] = ConceptRow(
                **{**vars(held), "label": code.label, "source": source, "version": read.version}
            )
            changes.relabelled.append((code.key, held.label, code.label))

    def _open_keys(self, system: str) -> list[str]:
        rows = ((key, self.concepts.get(key) or self._held[key]) for key in sorted(self._keys_of.get(system, ())))
        return [key for key, row in rows if self._is_open(row.valid_to)]

    def _members_of(self, value_set: str) -> dict[str, MemberRow]:
        rows = ValueSetMember.objects.filter(value_set=value_set).order_by("position")
        return {
            key: MemberRow(position, start, end)
            for key, position, start, end in rows.values_list("concept_id", "position", "valid_from", "valid_to")
        }

    def _changes(self, name: str, version: str, current_before: int) -> Changes:
        changes = Changes(name, version, current_before=current_before)
        self.changes.append(changes)
        return changes

    def _day(self, published: date | None) -> date:
        """Day from which a change holds: the publication, today when it is unknown or still to come."""
        return min(published, self.today) if published is not None else self.today

    def _is_open(self, valid_to: date | None) -> bool:
        return valid_to is None or valid_to > self.today
