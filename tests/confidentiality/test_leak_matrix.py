"""Nothing above one's level by any road, and everything that is due (see `leak_matrix`)."""

import logging
from contextlib import contextmanager

import pytest
from django.template import Template
from django.test.utils import _TestState

from tests.confidentiality import channels, leak_matrix
from tests.confidentiality.planting import Planted, plant
from tests.confidentiality.readers import readers
from tests.confidentiality.report import LEAK_MATRIX


@pytest.fixture
def planted(db) -> Planted:
    channels.plant_screens()
    return plant()


@contextmanager
def unwatched_templates():
    """Django's test client copies the context of every template rendered: half of the time, and no use here."""
    watched, Template._render = Template._render, _TestState.saved_data.template_render
    yield
    Template._render = watched


@pytest.fixture(autouse=True)
def _quiet_log():
    """Refusals are what is tested: their thousands of lines say nothing more."""
    logging.disable(logging.CRITICAL)
    with unwatched_templates():
        yield
    logging.disable(logging.NOTSET)


def test_leak_matrix(planted, record_property):
    report = leak_matrix.run(planted, readers(planted), channels.requests(planted))
    record_property(LEAK_MATRIX, str(report))
    assert leak_matrix.without_marker(planted.markers) == []
    assert leak_matrix.useless_reasons() == []
    assert report.failures == []
    assert report.leaks == []
    assert report.missing == []
