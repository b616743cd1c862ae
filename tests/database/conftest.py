import pytest

from tests.database.commands import ask


@pytest.fixture
def data_dir(tmp_path):
    """A data folder of its own; its server is stopped at the end, whatever the test did."""
    folder = tmp_path / "data"
    yield folder
    ask(folder, "stop")
