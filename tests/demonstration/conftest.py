import pytest
from django.db import connection, transaction

from ror.demonstration.loading import load


@pytest.fixture(scope="package")
def demonstration(django_db_setup, django_db_blocker):
    """The demonstration, loaded once for all the tests of this folder and taken away after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load()
        connection.set_rollback(True)
