"""Nothing above one's level by any road, and everything that is due (see `leak_matrix`)."""

from tests.confidentiality import channels, leak_matrix
from tests.confidentiality.readers import readers
from tests.confidentiality.report import LEAK_MATRIX


def test_leak_matrix(planted, record_property):
    report = leak_matrix.run(planted, readers(planted), channels.requests(planted))
    record_property(LEAK_MATRIX, str(report))
    assert leak_matrix.without_marker(planted.markers) == []
    assert leak_matrix.useless_reasons() == []
    assert report.failures == []
    wrong = [*(f"fuite : {line}" for line in report.leaks), *(f"dû : {line}" for line in report.missing)]
    assert wrong == [], "\n".join(wrong)
