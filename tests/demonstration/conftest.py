import pytest
from django.db import connection, transaction

from ror.demonstration.loading import load


@pytest.fixture(scope="module")
def demonstration(django_db_setup, django_db_blocker):
    """The demonstration, loaded once for each module, so that the invented national base never finds it there."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load()
        connection.set_rollback(True)
