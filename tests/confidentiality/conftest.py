"""The planted establishment, and what makes thousands of requests bearable."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.template import Template
from django.test.utils import _TestState

from tests.confidentiality import channels
from tests.confidentiality.planting import Planted, plant


@pytest.fixture
def planted(db) -> Iterator[Planted]:
    """An establishment with a marker in each datum. Refusals are what is tested: the log of each says nothing more."""
    made = plant()
    channels.plant_screens(made)
    logging.disable(logging.CRITICAL)
    with unwatched_templates():
        yield made
    logging.disable(logging.NOTSET)


@contextmanager
def unwatched_templates() -> Iterator[None]:
    """Django's test client copies the context of every template rendered: half of the time, and no use here."""
    watched, Template._render = Template._render, _TestState.saved_data.template_render
    yield
    Template._render = watched
