"""An establishment and its describer."""

import pytest

from tests.factories import GeographicEntityFactory, describer


@pytest.fixture
def entity():
    return GeographicEntityFactory()


@pytest.fixture
def signed_in(client, entity):
    client.force_login(describer(entity))
    return client
