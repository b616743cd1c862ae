import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command

from tests.accounts.codes import enrol
from tests.factories import administrator

pytestmark = pytest.mark.django_db


def test_the_application_and_its_codes_are_removed(capsys):
    user, other = administrator(email="camille@example.org"), administrator()
    enrol(user)
    enrol(other)
    call_command("reset_second_factor", "Camille@example.org")
    assert not Authenticator.objects.filter(user=user).exists()
    assert Authenticator.objects.filter(user=other).count() == 2
    assert "sont retirés" in capsys.readouterr().out
    call_command("reset_second_factor", "camille@example.org")
    assert "rien n'a changé" in capsys.readouterr().out


def test_an_unknown_address_is_said():
    with pytest.raises(CommandError, match=r"absente@example\.org"):
        call_command("reset_second_factor", "absente@example.org")
