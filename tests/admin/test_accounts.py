"""Accounts: opened, named and closed; never their passwords, never more powerful people."""

import pytest

from ror.accounts.models import User
from tests.admin.conftest import page, role_with, signed_in
from tests.factories import UserFactory, administrator, describer, holder, territory


@pytest.fixture
def manager():
    return administrator()


@pytest.fixture
def client(manager):
    return signed_in(manager)


def account_form(user: User | None = None, **changes) -> dict:
    """The form of an account, with the counts that its list of roles carries."""
    names = {"first_name": "Claude", "last_name": "Modèle", "is_active": "on"}
    counts = {"assignments-TOTAL_FORMS": "0", "assignments-INITIAL_FORMS": "0"}
    return {"email": user.email if user else "claude@example.org", **names, **counts, **changes}


def test_an_account_is_opened_without_a_usable_password(client):
    assert client.post(page(User, "add"), account_form(email="Claude@Example.ORG")).status_code == 302
    opened = User.objects.get(email="claude@example.org")
    assert not opened.has_usable_password()
    assert not opened.is_superuser


def test_an_address_already_taken_is_refused_whatever_its_case(client):
    UserFactory(email="claude@example.org")
    response = client.post(page(User, "add"), account_form(email="CLAUDE@example.org"))
    assert response.status_code == 200
    assert "Un compte existe déjà" in response.content.decode()
    assert User.objects.filter(email__iexact="claude@example.org").count() == 1


def test_no_field_gives_power_nor_shows_a_password(client, hospital):
    user = describer(hospital)
    forged = account_form(
        user, is_superuser="on", groups="1", user_permissions="1", password="x", email="autre@example.org"
    )
    html = client.get(page(User, "change", user.pk)).content.decode()
    for word in ("password", "is_superuser", "groups", "user_permissions", user.password):
        assert word not in html.split('id="content"')[1]
    assert client.post(page(User, "change", user.pk), forged).status_code == 302
    changed = User.objects.get(pk=user.pk)
    assert (changed.is_superuser, changed.password, changed.email) == (False, user.password, user.email)
    assert changed.last_name == "Modèle"


def test_an_account_is_closed(client, hospital):
    user = describer(hospital)
    form = account_form(user)
    form.pop("is_active")
    assert client.post(page(User, "change", user.pk), form).status_code == 302
    assert not User.objects.get(pk=user.pk).is_active


def test_one_may_rename_but_not_close_oneself(client, manager):
    form = account_form(manager)
    form.pop("is_active")
    assert client.post(page(User, "change", manager.pk), form).status_code == 302
    changed = User.objects.get(pk=manager.pk)
    assert (changed.is_active, changed.last_name) == (True, "Modèle")


def test_nobody_changes_the_account_of_someone_of_their_rank(client):
    peer = administrator()
    assert client.get(page(User, "change", peer.pk)).status_code == 200
    assert client.post(page(User, "change", peer.pk), account_form(peer)).status_code == 403


def test_a_local_manager_sees_the_accounts_of_their_perimeter_only(hospital):
    local = holder(role_with("enter_admin", "manage_accounts", rank=10), territory("department", "35"))
    here, elsewhere = describer(hospital), UserFactory()
    client = signed_in(local)
    html = client.get(page(User, "changelist")).content.decode()
    assert here.email in html
    assert elsewhere.email not in html
    assert client.get(page(User, "change", elsewhere.pk)).status_code == 302
    assert client.get(page(User, "change", here.pk)).status_code == 200


def test_the_page_of_an_account_lists_its_roles(client, hospital):
    html = client.get(page(User, "change", describer(hospital).pk)).content.decode()
    assert "gestionnaire de l&#x27;offre" in html
    assert hospital.perimeter.code in html
