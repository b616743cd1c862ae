"""Who holds what: the list, withdrawing, saying goodbye, and the yearly review."""

import datetime

import pytest
from django.utils import timezone

from confidentiality.models import Assignment
from confidentiality.viewer import Viewer
from ror.history import writing
from structures.colleagues.models import Invitation
from tests.colleagues.conftest import invite, signed_in, text
from tests.factories import (
    AssignmentFactory,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    UserFactory,
    administrator,
    describer,
    holder,
    referent,
    territory,
)

pytestmark = pytest.mark.django_db

YEARS = datetime.timedelta(days=800)


def given(user, place, role: str = "describer", **more) -> Assignment:
    return AssignmentFactory(user=user, role=role, perimeter=place.perimeter, **more)


def withdraw(client, line: Assignment, **typed):
    return client.post(f"/collegues/roles/{line.pk}/retirer/", typed)


def remove(client, user, **typed):
    return client.post(f"/collegues/{user.pk}/depart/", typed)


def is_over(line: Assignment) -> bool:
    line.refresh_from_db()
    return line.ends_at is not None and line.ends_at <= timezone.now()


@pytest.fixture
def colleague():
    return UserFactory(first_name="Dominique", last_name="Modèle", email="dominique@example.org")


def test_the_list_says_who_holds_what_where_until_when(pages, manager, hospital, colleague):
    unit = InternalOrganizationFactory(geographic_entity=hospital, name="Unité des essais")
    end = timezone.make_aware(datetime.datetime(2099, 3, 1, 12))
    given(colleague, unit, "bed_manager", ends_at=end, reason="Intérim", given_by=manager)
    page = text(pages.get("/collegues/"))
    for word in ("Dominique Modèle", "dominique@example.org", "Unité des essais", hospital.name, "1er mars 2099"):
        assert word in page
    assert "donné par Alix Référente" in page
    assert "Intérim" in page


def test_only_what_lies_in_ones_perimeters_is_shown(pages, hospital, colleague):
    elsewhere = GeographicEntityFactory(name="Clinique Ailleurs")
    given(colleague, hospital)
    given(colleague, elsewhere)
    stranger = describer(elsewhere, last_name="Inconnue")
    page = text(pages.get("/collegues/"))
    assert "Dominique Modèle" in page
    assert "Clinique Ailleurs" not in page
    assert stranger.last_name not in page


def test_what_is_over_is_not_shown(pages, hospital, colleague):
    now = timezone.now()
    given(colleague, hospital, starts_at=now - YEARS, ends_at=now - datetime.timedelta(days=1))
    assert "Dominique" not in text(pages.get("/collegues/"))


def test_a_person_is_found_by_name_or_address(pages, hospital, colleague):
    given(colleague, hospital)
    assert "Dominique Modèle" in text(pages.get("/collegues/?q=modèle"))
    assert "Dominique Modèle" in text(pages.get("/collegues/?q=dominique@"))
    assert "Personne ne correspond" in text(pages.get("/collegues/?q=zzz"))


def test_a_list_costs_15_queries_at_most_whatever_its_length(pages, hospital, django_assert_max_num_queries):
    for _ in range(30):
        given(UserFactory(), InternalOrganizationFactory(geographic_entity=hospital))
    invite(pages, hospital)
    pages.get("/collegues/")  # reads the message that says so, which the session forgets
    with django_assert_max_num_queries(15):
        assert pages.get("/collegues/").status_code == 200


# Withdrawing a role takes effect at the next request.


def test_a_role_withdrawn_is_gone_at_the_next_request(real_transactions, pages, hospital, colleague):
    line = given(colleague, hospital)
    client = signed_in(colleague)
    path = f"/mes-etablissements/{hospital.id_nat_struct}/"
    assert client.get(path).status_code == 200
    assert withdraw(pages, line, reason="Fin du remplacement").status_code == 302
    assert client.get(path).status_code == 404
    assert is_over(line)


def test_an_expired_role_is_gone_without_any_job(real_transactions, hospital, colleague):
    line = given(colleague, hospital, ends_at=timezone.now() + datetime.timedelta(days=1))
    client = signed_in(colleague)
    path = f"/mes-etablissements/{hospital.id_nat_struct}/"
    assert client.get(path).status_code == 200
    expire(line)
    assert client.get(path).status_code == 404
    assert hospital.name not in text(client.get("/mes-roles/"))


def test_a_role_that_had_not_begun_never_begins(pages, hospital, colleague):
    line = given(colleague, hospital, starts_at=timezone.now() + YEARS)
    withdraw(pages, line)
    assert is_over(line)


def test_withdrawing_is_kept_in_the_history(pages, manager, hospital, colleague):
    line = given(colleague, hospital)
    withdraw(pages, line, reason="Fin du remplacement")
    events = Assignment.pgh_event_model.objects.select_related("pgh_context")
    metadata = events.filter(pgh_obj=line).latest("pgh_id").pgh_context.metadata
    assert (metadata["author"], metadata["reason"]) == (manager.pk, "Fin du remplacement")


def test_nobody_withdraws_the_role_of_an_equal_nor_their_own(pages, manager, hospital):
    equal = referent(hospital)
    for line in (equal.assignments.get(), manager.assignments.get()):
        assert withdraw(pages, line).status_code == 404
        assert not is_over(line)


def test_nobody_withdraws_a_role_elsewhere(pages, colleague):
    line = given(colleague, GeographicEntityFactory())
    assert withdraw(pages, line).status_code == 404
    assert not is_over(line)


# A colleague leaves.


def test_who_leaves_loses_all_that_they_hold_here_and_nothing_elsewhere(pages, hospital, colleague):
    here = [given(colleague, hospital), given(colleague, InternalOrganizationFactory(geographic_entity=hospital))]
    there = given(colleague, GeographicEntityFactory())
    assert "tout de suite" in text(pages.get(f"/collegues/{colleague.pk}/depart/"))
    assert remove(pages, colleague).status_code == 302
    assert all(is_over(line) for line in here)
    assert not is_over(there)
    colleague.refresh_from_db()
    assert colleague.is_active


def test_pending_invitations_of_who_leaves_are_cancelled(pages, hospital, colleague):
    given(colleague, hospital)
    invite(pages, hospital, email=colleague.email, role="bed_manager")
    remove(pages, colleague)
    assert not Invitation.objects.pending().exists()


def test_a_stranger_cannot_be_removed(pages):
    stranger = describer(GeographicEntityFactory())
    assert remove(pages, stranger).status_code == 404
    assert not is_over(stranger.assignments.get())


def test_an_equal_cannot_be_removed(pages, hospital):
    equal = referent(hospital)
    assert remove(pages, equal).status_code == 404


# The yearly review.


def test_a_role_older_than_a_year_is_renewed_under_the_name_of_who_renews(
    real_transactions, pages, manager, hospital, colleague
):
    line = given(colleague, hospital, starts_at=timezone.now() - YEARS, reason="Cadre du service")
    recent = given(colleague, InternalOrganizationFactory(geographic_entity=hospital, name="Unité récente"))
    page = text(pages.get("/collegues/a-revoir/"))
    assert "Cadre du service" in page
    assert "Unité récente" not in page
    assert pages.post(f"/collegues/a-revoir/{line.pk}/").status_code == 302
    assert is_over(line)
    renewed = colleague.assignments.in_force().exclude(pk=recent.pk).get()
    assert (renewed.role_id, renewed.given_by, renewed.reason) == ("describer", manager, "Prolongé : Cadre du service")
    assert Viewer(colleague).may("describe_offer")
    assert "Aucun rôle n'est à revoir" in text(pages.get("/collegues/a-revoir/"))
    assert pages.post(f"/collegues/a-revoir/{line.pk}/").status_code == 302
    assert colleague.assignments.count() == 3


def test_one_does_not_renew_ones_own_role_nor_that_of_an_equal(hospital):
    first, second = referent(hospital), referent(hospital)
    old = timezone.now() - YEARS
    for user in (first, second):
        change(user.assignments.get(), starts_at=old)
        assert "Aucun rôle n'est à revoir" in text(signed_in(user).get("/collegues/a-revoir/"))
        signed_in(first).post(f"/collegues/a-revoir/{user.assignments.get().pk}/")
        assert user.assignments.get().starts_at == old


def test_an_administrator_reviews_everything_but_their_own(hospital):
    admin = administrator()
    regulator = holder("regulation", territory("region", "53"), last_name="Samu")
    for line in (admin.assignments.get(), regulator.assignments.get()):
        change(line, starts_at=timezone.now() - YEARS)
    page = text(signed_in(admin).get("/collegues/a-revoir/"))
    assert "Samu" in page
    assert page.count("Prolonger :") == 1


def change(line: Assignment, **values) -> None:
    with writing("tests", "command"):
        Assignment.objects.filter(pk=line.pk).update(**values)


def expire(line: Assignment) -> None:
    now = timezone.now()
    change(line, ends_at=now - datetime.timedelta(seconds=1))
