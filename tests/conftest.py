"""What every test shares: a database with the reference data, the real data when there are some, a report of skips."""

from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.core.management import call_command
from django.dispatch import receiver
from django.test import TransactionTestCase

from tests.browser.report import write_entry_models
from tests.clearing import clear_written
from tests.confidentiality.report import ADMIN_MATRIX, LEAK_MATRIX, write_matrix

SESSION_KEY = "second_factor"  # ror.accounts.second_factor, which is not imported before Django is set up
NO_TEST = 5  # pytest's own exit code when it collects nothing


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-roles", action="store_true", help="la matrice des fuites essaie chaque rôle (long)")


def pytest_configure(config: pytest.Config) -> None:
    # Argon2 is slow on purpose; no test needs it, except those that set it back.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Static files are found when asked for, rather than all listed anew by each test client: a third of the run.
    settings.WHITENOISE_AUTOREFRESH = True
    # A test database is thrown away: its commits need not wait for a disk that other machines may keep busy.
    settings.DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"
    # After a test with real commits Django empties every table, reference data included; ours keeps them. It holds
    # for `transactional_db`, for `live_server` and for `django_db(transaction=True)` alike.
    TransactionTestCase._fixture_teardown = lambda case: clear_written()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Load the reference data once per test database."""
    with django_db_blocker.unblock():
        call_command("load_reference", verbosity=0)


@receiver(user_logged_in)
def wholly_signed_in(request, user, **kwargs) -> None:
    """`client.force_login` goes through no page: it stands for a sign-in that was whole, second factor included."""
    if request.method is None:
        request.session[SESSION_KEY] = user.pk


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Codes that a test added went with its transaction: those that come next, module fixtures too, read them again."""
    from ror.reference.nomenclature import renew  # Django is set up by now

    renew()


@pytest.fixture
def real_transactions(transactional_db) -> None:
    """Real commits, as in production; what the test wrote is emptied after it, the reference data stay."""


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real public files, which are not part of the project."""
    folder = settings.BASE_DIR.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("les fichiers réels (../shared/data) ne sont pas sur cette machine")
    return folder


def pytest_terminal_summary(terminalreporter) -> None:
    """Say what the leak matrix found, what entry models cost, then in French how many tests did not run, and why."""
    write_matrix(terminalreporter, LEAK_MATRIX)
    write_matrix(terminalreporter, ADMIN_MATRIX)
    write_entry_models(terminalreporter)
    reasons = Counter(skip_reason(report) for report in terminalreporter.stats.get("skipped", []))
    if not reasons:
        return
    details = " ; ".join(f"{reason} (x{count})" for reason, count in reasons.most_common())
    total = reasons.total()
    terminalreporter.section("tests non exécutés")
    terminalreporter.line(
        f"{total} tests n'ont pas été exécutés : {details}" if total > 1 else f"1 test n'a pas été exécuté : {details}"
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A run where every test was skipped has tested nothing: it does not pass."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == 0 and reporter and reporter.stats.get("skipped") and not reporter.stats.get("passed"):
        session.exitstatus = NO_TEST


def skip_reason(report) -> str:
    """The reason given to pytest.skip."""
    reason = report.longrepr[2] if isinstance(report.longrepr, (tuple, list)) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")
