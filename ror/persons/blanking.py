"""Blanking an old value once a rectification was granted: out of the history, the versions, the drafts, the notes.

The record itself is corrected first, by its own gates. What it still says is no old value: the copies of a row that
says it today are kept. Nothing else may change the history, the versions or the trail of a request: they are
append-only for every other road. The trace says which datum, who, when and why; never the value.

The search columns are made by the database from the living rows, and the portal keeps no file of a register: neither
holds an old value. A form typed by someone whose sign-in has expired stays in their session, for 12 hours at most.
"""

import json
import re
import uuid
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import pgtrigger
from django.db import models, transaction
from django.db.models import Case, F, Func, Q, TextField, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Left
from pghistory.models import Context

from professionals.models import OperationalSituation, Practice
from ror.history import writing
from ror.imports.beside import PEOPLE
from ror.imports.models import ImportFile, ImportJob, StagedLine, State
from ror.persons.models import Blanking, PersonRequest, RequestStep
from ror.persons.scope import REASON, Scope, events_in, quotes_in, rows_in
from structures.describing.models import Draft, Submission
from structures.document import BLANKED
from structures.models import GeographicEntity, LegalEntity, Offer, OfferVersion

SHORTEST, LONGEST, MOST_VALUES = 3, 300, 10
HISTORY, VERSIONS, DRAFTS, REVIEWS, IMPORTS, NOTES, REASONS, REQUEST = (
    *("historique", "versions publiées", "brouillons", "relectures", "imports", "anomalies et notes"),
    *("motifs d'écriture", "demande de la personne"),
)


class NotBlanked(ValueError):
    """The values cannot be looked for; the message says in French what to do."""


@dataclass
class Done:
    """How many copies of each kind were emptied, and how many living rows still say the value (theirs are kept)."""

    counts: Counter = field(default_factory=Counter)
    still_said: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class Pattern:
    """The old values, found as whole words only: « Martin » is not in « Martinique »."""

    def __init__(self, values: Collection[str]) -> None:
        self.values = sorted({value.strip() for value in values if value.strip()}, key=len, reverse=True)
        _refuse_unusable(self.values)
        self.sql = rf"(?<!\w)(?:{'|'.join(map(re.escape, self.values))})(?!\w)"
        self.python = re.compile(self.sql)

    def within(self, text: str, placeholder: str = BLANKED) -> str:
        return self.python.sub(lambda _: placeholder, text)

    def in_json(self, column: str) -> Q:
        """The documents whose text may hold a value, to look into."""
        condition = Q()
        for value in self.values:
            condition |= Q(**{f"{column}__contains": json.dumps(value, ensure_ascii=False)[1:-1]})
        return condition


def blank(
    values: Collection[str],
    scope: Scope,
    *,
    datum: str,
    author: models.Model | str,
    channel: str,
    reason: str,
    request: PersonRequest | None = None,
) -> Done:
    """Empty the copies of old `values` of one `datum` within `scope`, in one transaction, and keep the trace of it.

    A fixed number of statements per table, whatever the number of copies. Raises `NotBlanked`. The caller has checked
    that the author answers the requests of persons.
    """
    pattern = Pattern(values)
    with writing(author, channel, pattern.within(reason)) as context:
        done = Done()
        _lock_drafts(scope)
        _blank_notes(scope, pattern, done)
        said = _still_said(scope, pattern)
        done.still_said = len(said)
        _blank_events(scope, pattern, said, done)
        _blank_versions(scope, pattern, said, done)
        _blank_drafts(scope, pattern, said, done)
        _blank_reviews(scope, pattern, said, done)
        _blank_imports(scope, pattern, done)
        _blank_reasons(scope, pattern, done)
        if request is not None:
            _blank_request(request, pattern, done)
        Blanking.objects.create(
            author_id=context.author_id,
            author_name=context.author_name,
            datum=datum,
            subject=scope.label[:60],
            reason=pattern.within(reason.strip()),
            request=request.pk if request else None,
            counts=dict(done.counts),
        )
    return done


def foresee(values: Collection[str], scope: Scope, **said: Any) -> Done:
    """What `blank` would do: done, counted and undone."""
    with transaction.atomic():
        done = blank(values, scope, **said)
        transaction.set_rollback(True)
    return done


Said = set[tuple[type[models.Model], Any, str]]  # (model, key, column) of what the record says today


def _refuse_unusable(values: list[str]) -> None:
    if not values:
        raise NotBlanked("Indiquez l'ancienne valeur à effacer.")
    if len(values) > MOST_VALUES:
        raise NotBlanked(f"Indiquez {MOST_VALUES} valeurs au plus à la fois.")
    for value in values:
        if not SHORTEST <= len(value) <= LONGEST:
            raise NotBlanked(
                f"Une valeur à effacer a de {SHORTEST} à {LONGEST} caractères : "
                "plus courte, elle se trouverait partout."
            )
        if not value.isprintable():
            raise NotBlanked("Une valeur à effacer tient sur une ligne, sans caractère invisible.")


def _lock_drafts(scope: Scope) -> None:
    """Before anything else, as a publication does: draft, then offer, then anomalies. In another order, whoever
    publishes meanwhile and the officer would wait for each other.
    """
    establishments = _offers_of(scope)
    if establishments is not None:
        rows = Draft.objects.trusted(REASON).filter(establishments).order_by("pk")
        list(rows.select_for_update(of=("self",)).values_list("pk"))


def _still_said(scope: Scope, pattern: Pattern) -> Said:
    said: Said = set()
    for model, within, columns in rows_in(scope):
        names = [column.name for column in columns]
        rows = _all(model).filter(within).filter(_any_says(names, pattern)).values_list("pk", *names)
        for key, *texts in rows:
            said |= {(model, key, name) for name, text in zip(names, texts, strict=True) if pattern.python.search(text)}
    return said


def _said_in_documents(said: Said) -> set[tuple[str, str]]:
    """(id, datum) of what documents repeat: their rows are known by a UUID, and the document itself by its offer."""
    return {(str(key), name) for model, key, name in said if model is Offer or isinstance(key, uuid.UUID)}


def _blank_events(scope: Scope, pattern: Pattern, said: Said, done: Done) -> None:
    for model, within, columns in events_in(scope):
        condition, changes = Q(), {}
        for column in columns:
            keys = [key for row, key, name in said if (row, name) == (model.pgh_tracked_model, column.name)]
            kept = Q(pgh_obj_id__in=keys)
            condition |= _says(column.name, pattern) & ~kept
            changes[column.name] = _without(column, pattern, kept)
        with pgtrigger.ignore(f"{model._meta.label}:append_only"):
            done.counts[HISTORY] += _all(model).filter(within).filter(condition).update(**changes)


def _blank_versions(scope: Scope, pattern: Pattern, said: Said, done: Done) -> None:
    offers = _offers_of(scope)
    if offers is None:
        return
    kept = _said_in_documents(said)
    rows = OfferVersion.objects.trusted(REASON).filter(offers)
    found = rows.annotate(text=Cast("document", TextField())).filter(pattern.in_json("text") | _says("reason", pattern))
    changed = []
    for version in found:
        document = _emptied(version.document, pattern, kept, BLANKED, str(version.offer_id))
        reason = pattern.within(version.reason)[:300]
        if (document, reason) != (version.document, version.reason):
            version.document, version.reason = document, reason
            changed.append(version)
    with pgtrigger.ignore(f"{OfferVersion._meta.label}:append_only"):
        rows.bulk_update(changed, ["document", "reason"])
    done.counts[VERSIONS] += len(changed)


def _blank_drafts(scope: Scope, pattern: Pattern, said: Said, done: Done) -> None:
    """A draft asks again for what is emptied, and whoever has it open is told that it changed.

    What was typed and what it started from are emptied alike: a datum left as it was takes the record's value.
    """
    establishments = _offers_of(scope)
    if establishments is None:
        return
    kept = _said_in_documents(said)
    rows = Draft.objects.trusted(REASON).filter(establishments)
    texts = {name: Cast(name, TextField()) for name in ("document", "base")}
    found = rows.annotate(document_text=texts["document"], base_text=texts["base"])
    found = found.filter(pattern.in_json("document_text") | pattern.in_json("base_text"))
    changed = []
    for draft in found.select_for_update(of=("self",)):
        emptied = [_emptied(each, pattern, kept, "", str(draft.offer_id)) for each in (draft.document, draft.base)]
        if emptied != [draft.document, draft.base]:
            draft.document, draft.base = emptied
            draft.revision += 1
            changed.append(draft)
    rows.bulk_update(changed, ["document", "base", "format", "revision"])
    done.counts[DRAFTS] += len(changed)


def _blank_reviews(scope: Scope, pattern: Pattern, said: Said, done: Done) -> None:
    """What was submitted to a review, and what was said of it. What still waits cannot be published emptied: the
    placeholder is refused, and the round returned.
    """
    establishments = _offers_of(scope)
    if establishments is None:
        return
    kept = _said_in_documents(said)
    rows = Submission.objects.trusted(REASON).filter(establishments)
    columns = ("document", "base", "remarks")
    found = rows.annotate(**{f"{name}_text": Cast(name, TextField()) for name in columns})
    holding = _says("comment", pattern)
    for name in columns:
        holding |= pattern.in_json(f"{name}_text")
    changed = []
    for each in found.filter(holding).select_for_update(of=("self",)):
        before = [*(getattr(each, name) for name in columns), each.comment]
        after = [_emptied(value, pattern, kept, BLANKED, str(each.offer_id)) for value in before[:-1]]
        after.append(pattern.within(each.comment))
        if after != before:
            each.document, each.base, each.remarks, each.comment = after
            changed.append(each)
    label = Submission._meta.label
    with pgtrigger.ignore(f"{label}:frozen", f"{label}:decided_once"):
        rows.bulk_update(changed, [*columns, "comment", "format"])
    done.counts[REVIEWS] += len(changed)


def _blank_imports(scope: Scope, pattern: Pattern, done: Done) -> None:
    """Lines of tables waiting to be applied: what quotes the value is abandoned, and uploaded again by its owner.

    So is what still holds a file that may quote it: nobody looks into an uploaded file but its own import.
    What was given back of one that ended goes with the rest.
    """
    establishments = _offers_of(scope)
    offers = Offer.objects.trusted(REASON).filter(_practised(scope) if establishments is None else establishments)
    texts = {f"{name}_text": Cast(name, TextField()) for name in ("typed", "changes", "problems")}
    holding = Q()
    for name in texts:
        holding |= pattern.in_json(name)
    named = Q(offer__in=offers) if establishments is not None else Q(offer__in=offers) | _coming(scope)
    lines = StagedLine.objects.filter(named).annotate(**texts).filter(holding)
    quoting = set(lines.values_list("job", flat=True))
    unended = ImportJob.objects.filter(ended_at=None, files__kind=ImportFile.Kind.UPLOADED)
    about = Q(lines__offer__in=offers) | Q(lines=None) & (
        Q(geographic_entity=None) | Q(geographic_entity__in=offers.values("geographic_entity"))
    )
    keeping = set(unended.filter(about).values_list("pk", flat=True))
    ImportFile.objects.filter(kind=ImportFile.Kind.REPORT, job__in=ImportJob.objects.filter(about)).delete()
    done.counts[IMPORTS] += lines.count() + len(keeping - quoting)
    for job in ImportJob.objects.filter(pk__in=quoting | keeping).select_for_update():
        job.lines.update(problems=[], changes=[])
        if job.ended_at is None:
            job.end(State.ABANDONED)


def _blank_notes(scope: Scope, pattern: Pattern, done: Done) -> None:
    """Living rows that quote what others say."""
    for model, within, columns in quotes_in(scope):
        changes = {column.name: _without(column, pattern) for column in columns}
        done.counts[NOTES] += _all(model).filter(within).filter(_any_says(changes, pattern)).update(**changes)


def _blank_reasons(scope: Scope, pattern: Pattern, done: Done) -> None:
    """The reasons given for writing there, kept with the history."""
    contexts = list(Context.objects.annotate(reason=KT("metadata__reason")).filter(_says("reason", pattern)))
    if not contexts:
        return
    ours: set = set()
    for model, within, _ in events_in(scope):
        rows = _all(model).filter(within, pgh_context_id__in=[context.pk for context in contexts])
        ours |= set(rows.values_list("pgh_context_id", flat=True))
    changed = []
    for context in contexts:
        if context.pk in ours:
            context.metadata["reason"] = pattern.within(context.metadata["reason"])
            changed.append(context)
    Context.objects.bulk_update(changed, ["metadata"])
    done.counts[REASONS] += len(changed)


def _blank_request(request: PersonRequest, pattern: Pattern, done: Done) -> None:
    """What the person wrote to have the value corrected, and what was noted of it."""
    texts = {name: pattern.within(getattr(request, name)) for name in ("place", "details", "answer")}
    changed = {name: text for name, text in texts.items() if text != getattr(request, name)}
    steps = RequestStep.objects.trusted(REASON).filter(request=request).filter(_says("note", pattern))
    with pgtrigger.ignore(f"{RequestStep._meta.label}:append_only"):
        noted = steps.update(note=_without(RequestStep._meta.get_field("note"), pattern))
    if changed:
        for name, text in changed.items():
            setattr(request, name, text)
        request.save(update_fields=list(changed))
    done.counts[REQUEST] += bool(changed) + noted


def _emptied(
    value: Any, pattern: Pattern, kept: set[tuple[str, str]], placeholder: str, row: str, name: str = ""
) -> Any:
    """The same document without the old values, except what the row itself still says."""
    if isinstance(value, dict):
        row = str(value.get("id", row))
        return {key: _emptied(each, pattern, kept, placeholder, row, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_emptied(each, pattern, kept, placeholder, row, name) for each in value]
    if not isinstance(value, str) or name == "id" or (row, name) in kept:
        return value
    return pattern.within(value, placeholder)


def _offers_of(scope: Scope) -> Q | None:
    """The documents of the scope; those of offers say nothing of professionals."""
    if scope.root is GeographicEntity:
        return Q(geographic_entity=scope.key)
    if scope.root is LegalEntity:
        return Q(geographic_entity__legal_entity=scope.key)
    return None


def _practised(scope: Scope) -> Q:
    """The offers where a professional practises: a table of imports may say them there."""
    return Q(
        pk__in=OperationalSituation.objects.trusted(REASON).filter(practice__professional=scope.key).values("offer")
    )


def _coming(scope: Scope) -> Q:
    """The lines of a table that say that a professional comes to an offer."""
    coming = Q(pk=None)
    for practice in Practice.objects.trusted(REASON).filter(professional=scope.key).values_list("pk", flat=True):
        coming |= Q(changes__contains=[[PEOPLE, {"practice": practice}]])
    return coming


def _all(model: type[models.Model]) -> models.QuerySet:
    manager = model._default_manager
    return manager.trusted(REASON) if hasattr(manager, "trusted") else manager.all()


def _says(name: str, pattern: Pattern) -> Q:
    return Q(**{f"{name}__regex": pattern.sql})


def _any_says(names: Iterable[str], pattern: Pattern) -> Q:
    condition = Q()
    for name in names:
        condition |= _says(name, pattern)
    return condition


def _without(column: models.Field, pattern: Pattern, kept: Q | None = None) -> models.Expression:
    """The column without the old values, unless `kept`; cut to its length, which a longer placeholder could pass."""
    emptied: models.Expression = Func(
        F(column.name),
        Value(pattern.sql),
        Value(BLANKED),
        Value("g"),
        function="REGEXP_REPLACE",
        output_field=TextField(),
    )
    if isinstance(column, models.CharField):
        emptied = Left(emptied, column.max_length)
    return emptied if kept is None else Case(When(kept, then=F(column.name)), default=emptied, output_field=TextField())


__all__ = ["Done", "NotBlanked", "blank", "foresee"]
