"""The planted establishment, and what makes thousands of requests bearable."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.template import Template
from django.test.utils import _TestState

from confidentiality.governed import forget_built
from tests.confidentiality import channels
from tests.confidentiality.planting import Planted, plant

# In how many parts the matrix is tried, without and with every role: several processes share them, and none is long.
PARTS = {False: 2, True: 12}


@pytest.fixture(autouse=True)
def _declarations_read_again() -> Iterator[None]:
    """Tests here change the policy, or what a model declares: no query built from it outlives them."""
    forget_built()
    yield
    forget_built()


@pytest.fixture
def all_roles(request: pytest.FixtureRequest) -> bool:
    """Whether the matrix tries every role of roles.md, instead of one for each distinct set of rights."""
    return request.config.getoption("--all-roles")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "part" in metafunc.fixturenames:
        metafunc.parametrize("part", range(PARTS[metafunc.config.getoption("--all-roles")]))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With every role, the matrix is a long test."""
    if config.getoption("--all-roles"):
        for item in items:
            if item.name.startswith("test_leak_matrix["):
                item.add_marker(pytest.mark.slow)


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
