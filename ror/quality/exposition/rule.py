"""What a rule of the exposition model is made of here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from django.db import connection, models

from ror.quality.exposition.guards import Guard

REASON = "check_rules: how many rows break a rule of the exposition model"


class Countable(Protocol):
    """A QuerySet, or a question in SQL."""

    def count(self) -> int: ...


@dataclass(frozen=True)
class ExpositionRule:
    """One rule RG_EXP.

    `number` is its three figures, with a word after them when the text uses the same number twice. `guards` are what
    refuses a breach (in the database where SQL can say it, else in the rule book or in a named function); `test` is the
    pytest node that sees them refuse; `breaches` gives the rows of the base that break the rule all the same.
    """

    number: str
    statement: str
    guards: tuple[Guard, ...]
    test: str
    breaches: Callable[[], Iterable[Countable]]

    def count(self) -> int:
        """How many rows of the base break the rule. In sets: a few queries, whatever the size of the base."""
        return sum(question.count() for question in self.breaches())


@dataclass(frozen=True)
class Sql:
    """A question that the ORM cannot say: a SELECT of the offending rows."""

    select: str

    def count(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({self.select}) AS breach")
            return cursor.fetchone()[0]


def rows(model: type[models.Model]) -> models.QuerySet:
    """All the rows of a model, without order."""
    return model._default_manager.trusted(REASON).order_by()


def said_twice(found: models.QuerySet, *names: str) -> models.QuerySet:
    """The combinations of these columns that several rows have; an empty value equals another."""
    return found.values(*names).annotate(times=models.Count("pk")).filter(times__gt=1)
