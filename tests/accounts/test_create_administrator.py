import sys

import pytest
from django.core.management import CommandError, call_command

from confidentiality.models import Assignment
from confidentiality.viewer import Viewer
from ror.accounts.models import User
from tests.factories import UserFactory, administrator

pytestmark = pytest.mark.django_db

EMAIL = "premiere@example.org"
PASSWORD = "quatre mots bien choisis"
MODULE = "confidentiality.management.commands.create_administrator"


@pytest.fixture(autouse=True)
def password(monkeypatch) -> None:
    monkeypatch.setenv("MOT_DE_PASSE", PASSWORD)


def create(email: str = EMAIL, variable: str | None = "MOT_DE_PASSE") -> None:
    call_command("create_administrator", email, password_from_env=variable)


def test_the_account_signs_in_and_enters_the_administration(client, real_transactions):
    create()
    assert client.post("/connexion/", {"login": EMAIL, "password": PASSWORD}).status_code == 302
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/mon-compte/verification/adresse/"
    client.force_login(User.objects.get(email=EMAIL))
    assert client.get("/admin/").status_code == 200


def test_the_role_says_where_it_comes_from():
    create()
    assignment = Assignment.objects.get(user__email=EMAIL)
    assert (assignment.role_id, assignment.perimeter.kind, assignment.given_by) == (
        "national_administrator",
        "nation",
        None,
    )
    assert "create_administrator" in assignment.reason


def test_an_account_that_exists_gets_the_role_and_keeps_its_password(capsys, real_transactions):
    user = UserFactory(email="Deja@example.org")
    before = user.password
    create("deja@example.org", None)
    user.refresh_from_db()
    assert user.password == before
    assert Viewer(user).may("enter_admin")
    assert "mot de passe inchangé" in capsys.readouterr().out


def test_a_second_run_changes_nothing(capsys):
    user = administrator(email=EMAIL)
    create()
    assert user.assignments.count() == 1
    assert "rien n'a changé" in capsys.readouterr().out


def test_a_weak_password_is_refused_in_french(monkeypatch):
    monkeypatch.setenv("MOT_DE_PASSE", "court")
    with pytest.raises(CommandError, match=r"Ce mot de passe est refusé.+ trop court"):
        create()
    assert not User.objects.exists()


def test_a_wrong_address_is_refused():
    with pytest.raises(CommandError, match="n'est pas une adresse électronique"):
        create("premiere")


def test_an_absent_variable_is_named():
    with pytest.raises(CommandError, match="ABSENTE"):
        create(variable="ABSENTE")


def test_nothing_is_asked_when_nobody_is_at_the_keyboard(monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    monkeypatch.setattr(f"{MODULE}.getpass", lambda prompt: pytest.fail("asked"))
    with pytest.raises(CommandError, match="--password-from-env"):
        create(variable=None)


def test_the_password_is_asked_twice_at_the_keyboard(monkeypatch):
    typed = iter([PASSWORD, PASSWORD])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(f"{MODULE}.getpass", lambda prompt: next(typed))
    create(variable=None)
    assert User.objects.get(email=EMAIL).check_password(PASSWORD)


def test_two_different_passwords_are_refused(monkeypatch):
    typed = iter([PASSWORD, "un autre mot de passe"])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(f"{MODULE}.getpass", lambda prompt: next(typed))
    with pytest.raises(CommandError, match="ne sont pas les mêmes"):
        create(variable=None)
