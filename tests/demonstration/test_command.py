"""`load_demonstration` as a person runs it: twice, over one's own work, or by mistake in production."""

import re

import pytest
from django.apps import apps
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command

from confidentiality.models import Assignment, Role
from ror.accounts.models import User
from ror.demonstration.accounts import PASSWORD
from ror.demonstration.loading import Loaded
from structures.describing import drafts
from structures.describing.models import Draft
from structures.models import GeographicEntity, Offer
from tests.factories import published_offer

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("demonstration")]

# Roles whose work comes later, and the public, which needs no account.
NOT_SERVED_YET = {"public", "own_office_professional", "mandated"}


@pytest.fixture
def run(settings, capsys):
    """Run the command where demonstrations are allowed; gives the lines that it prints."""
    settings.DEMONSTRATION = True

    def run(**options) -> list[str]:
        call_command("load_demonstration", **options)
        return capsys.readouterr().out.splitlines()

    return run


def test_the_first_run_says_what_it_added(demonstration):
    assert demonstration == Loaded(establishments=84, offers=246, drafts=2, accounts=18)


def test_a_second_run_changes_nothing(run):
    before = everything()
    assert run()[0] == "Démonstration déjà chargée : rien n'a changé."
    assert everything() == before


def everything() -> dict[str, list]:
    """All rows of the portal's own tables, history included."""
    labels = ("confidentiality", "structures", "professionals", "quality", "describing", "accounts")
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for label in labels
        for model in apps.get_app_config(label).get_models()
        if model._meta.managed
    }


def test_what_people_wrote_since_is_kept(run):
    describer = User.objects.get(email="gestionnaire.ehpad@demo.example.org")
    draft = Draft.objects.exclude(offer=None).get()
    offer = draft.offer
    drafts.publish_draft(draft, describer)
    describer.first_name = "Autre"
    describer.save()
    run()
    assert Offer.objects.get(pk=offer.pk).name == "Hébergement permanent et répit (offre fictive)"
    assert not Draft.objects.exclude(offer=None).exists()
    assert User.objects.get(pk=describer.pk).first_name == "Autre"


def test_an_offer_of_ones_own_is_kept(run):
    entity = GeographicEntity.objects.get(name="EHPAD fictif Les Tilleuls")
    mine = published_offer(entity, name="La mienne")
    run()
    assert Offer.objects.get(pk=mine.pk).name == "La mienne"
    assert entity.offers.count() == 7


def test_one_line_per_account_ends_the_output(run):
    labels = "|".join(re.escape(label) for label in Role.objects.values_list("label", flat=True))
    line = re.compile(rf"compte: ({labels}) ([a-z.]+@demo\.example\.org) ([^ ]+)")
    printed = [line.fullmatch(text) for text in run()[1:]]
    assert all(printed)
    assert {match[2] for match in printed} == set(User.objects.values_list("email", flat=True))
    assert {match[3] for match in printed} == {PASSWORD}


def test_quietly_it_prints_the_accounts_alone(run):
    printed = run(quiet=True)
    assert printed
    assert all(text.startswith("compte: ") for text in printed)


def test_there_is_an_account_for_each_role_served():
    held = set(Assignment.objects.in_force().values_list("role", flat=True))
    assert held == set(Role.objects.values_list("pk", flat=True)) - NOT_SERVED_YET


def test_assignments_are_right():
    for assignment in Assignment.objects.all():
        assignment.full_clean()
    assert set(Assignment.objects.exclude(ends_at=None).values_list("role", flat=True)) == {"crisis"}


@pytest.mark.parametrize("name", ["administrateur", "gestionnaire.ehpad", "crise"])
def test_the_accounts_sign_in(client, name):
    typed = {"login": f"{name}@demo.example.org", "password": PASSWORD}
    assert client.post("/connexion/", typed).status_code == 302
    assert "_auth_user_id" in client.session


def test_the_password_would_be_accepted_from_anyone():
    for user in User.objects.all():
        validate_password(PASSWORD, user)


def test_it_is_refused_out_of_a_demonstration(settings, capsys):
    settings.DEMONSTRATION = False
    with pytest.raises(CommandError, match="ROR_DEMONSTRATION=1"):
        call_command("load_demonstration")
    assert capsys.readouterr().out == ""
