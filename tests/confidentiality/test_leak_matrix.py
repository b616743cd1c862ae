"""Nothing above one's level by any road, and everything that is due (see `leak_matrix`)."""

from tests.confidentiality import channels, leak_matrix
from tests.confidentiality.conftest import PARTS
from tests.confidentiality.readers import LONG_ONLY, readers, readers_of_every_role
from tests.confidentiality.report import LEAK_MATRIX


def test_leak_matrix(planted, part, all_roles, record_property):
    """In parts, each with its own readers, that several processes may share; the end of the report adds them up."""
    everyone = readers_of_every_role(planted) if all_roles else readers(planted)
    mine = everyone[part :: PARTS[all_roles]]
    others = {*LONG_ONLY, *(reader.name for reader in everyone)} - {reader.name for reader in mine}
    report = leak_matrix.run(planted, mine, channels.requests(planted), others)
    record_property(LEAK_MATRIX, report.figures)
    assert leak_matrix.without_marker(planted.markers) == []
    assert leak_matrix.useless_reasons() == []
    assert report.failures == []
    wrong = [*(f"fuite : {line}" for line in report.leaks), *(f"dû : {line}" for line in report.missing)]
    assert wrong == [], "\n".join(wrong)
