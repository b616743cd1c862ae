"""How the tests of the rules write, and see the database or `publish()` refuse."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, ProgrammingError, connection, models, transaction

from ror.history import writing
from structures.findings import NotPublishable
from tests.factories import AUTHOR, CHANNEL, published_offer


def change(row: models.Model, **values) -> None:
    """Write these columns of one row, whatever guards them, as a bulk write would."""
    with writing(AUTHOR, CHANNEL):
        type(row).objects.filter(pk=row.pk).update(**values)


@contextmanager
def refused(words: str, error: type[Exception] = IntegrityError) -> Iterator[None]:
    """The block is refused by the database, at the latest at the end of the transaction; the refusal says `words`."""
    with pytest.raises(error) as refusal, accepted():
        yield
    diagnosis = refusal.value.__cause__.diag
    said = f"{diagnosis.constraint_name} {diagnosis.message_primary}"
    assert words in said


@contextmanager
def accepted() -> Iterator[None]:
    """The block is accepted, up to the end of the transaction. What was written before it is settled first."""
    connection.check_constraints()
    with transaction.atomic():
        yield
        connection.check_constraints()


def refused_for_its_author(words: str):
    """The block is refused because of who writes."""
    return refused(words, ProgrammingError)


def rules_that_refuse(**changes) -> set[str]:
    """The rules that stand in the way of publishing an offer with these changes."""
    with pytest.raises(NotPublishable) as refusal:
        published_offer(**changes)
    return {finding.rule for finding in refusal.value.findings}
