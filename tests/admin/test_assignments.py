"""Giving and ending roles: within one's perimeters, below one's rank, never to oneself."""

import datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from confidentiality.delegation import Delegation
from confidentiality.models import Assignment, Perimeter, Role
from confidentiality.viewer import Viewer
from tests.admin.conftest import page, role_with, signed_in
from tests.factories import (
    AssignmentFactory,
    GeographicEntityFactory,
    UserFactory,
    administrator,
    describer,
    holder,
    referent,
    territory,
)

REASON = "Nommée par la directrice"


@pytest.fixture
def giver():
    return administrator()


@pytest.fixture
def client(giver):
    return signed_in(giver)


@pytest.fixture
def colleague():
    return UserFactory(first_name="Dominique", last_name="Modèle")


@pytest.fixture
def department_manager():
    """Someone who enters the administration and manages the accounts of one department, at the rank of a GRADeS."""
    return holder(role_with("enter_admin", "manage_accounts", rank=10), territory("department", "35"))


def assignment_form(user, role: str, perimeter, **changes) -> dict:
    start = timezone.localtime()
    return {
        "user": user.pk,
        "role": role,
        "perimeter": perimeter.pk,
        "starts_at_0": start.strftime("%d/%m/%Y"),
        "starts_at_1": "00:00:00",
        "ends_at_0": "",
        "ends_at_1": "",
        "reason": REASON,
        **changes,
    }


def choices_of(client, field: str, term: str = "") -> list[str]:
    """What a search field of the form proposes."""
    query = {"app_label": "confidentiality", "model_name": "assignment", "field_name": field, "term": term}
    response = client.get(reverse("admin:autocomplete"), query)
    return [choice["text"] for choice in response.json()["results"]]


def test_a_role_is_given_with_its_giver_and_reason(client, giver, colleague, hospital):
    response = client.post(page(Assignment, "add"), assignment_form(colleague, "referent", hospital.perimeter))
    assert response.status_code == 302
    given = Assignment.objects.get(user=colleague)
    assert (given.role_id, given.perimeter, given.given_by, given.reason) == (
        "referent",
        hospital.perimeter,
        giver,
        REASON,
    )
    event = Assignment.pgh_event_model.objects.select_related("pgh_context").get(pgh_obj=given)
    assert event.pgh_context.metadata["author"] == giver.pk
    assert event.pgh_context.metadata["channel"] == "admin"


def test_a_reason_is_mandatory(client, colleague, hospital):
    form = assignment_form(colleague, "referent", hospital.perimeter, reason="")
    response = client.post(page(Assignment, "add"), form)
    assert response.status_code == 200
    assert "reason" in response.context["adminform"].errors
    assert not Assignment.objects.filter(user=colleague).exists()


def test_trap_10_nobody_gives_themself_a_role(client, giver, hospital):
    assert giver.email not in str(choices_of(client, "user"))
    assert choices_of(client, "user", giver.email) == []
    prefilled = client.get(page(Assignment, "add"), {"user": giver.pk}).content.decode()
    assert giver.email not in prefilled.split('id="content"')[1]
    response = client.post(page(Assignment, "add"), assignment_form(giver, "describer", hospital.perimeter))
    assert response.status_code == 200
    assert "user" in response.context["adminform"].errors
    assert Assignment.objects.filter(user=giver).count() == 1


def test_a_role_of_ones_own_rank_is_neither_proposed_nor_accepted(client, colleague):
    html = client.get(page(Assignment, "add")).content.decode()
    assert 'value="referent"' in html
    assert 'value="national_administrator"' not in html
    form = assignment_form(colleague, "national_administrator", territory("nation"))
    response = client.post(page(Assignment, "add"), form)
    assert "role" in response.context["adminform"].errors
    assert not Assignment.objects.filter(user=colleague).exists()


def test_a_role_is_refused_on_a_perimeter_that_it_does_not_have(client, colleague, hospital):
    response = client.post(page(Assignment, "add"), assignment_form(colleague, "grades", hospital.perimeter))
    assert "perimeter" in response.context["adminform"].errors


def test_trap_8_a_perimeter_out_of_reach_is_neither_proposed_nor_accepted(department_manager, hospital):
    client, elsewhere = signed_in(department_manager), GeographicEntityFactory(insee="22113")
    known = describer(hospital)
    assert choices_of(client, "perimeter", hospital.perimeter.code) != []
    assert choices_of(client, "perimeter", elsewhere.perimeter.code) == []
    assert choices_of(client, "perimeter", "FR") == []
    accepted = assignment_form(known, "referent", hospital.perimeter)
    assert client.post(page(Assignment, "add"), accepted).status_code == 302
    for perimeter in (
        elsewhere.perimeter,
        territory("nation"),
        territory("region", "53"),
        territory("department", "22"),
    ):
        forged = assignment_form(known, "referent", perimeter)
        response = client.post(page(Assignment, "add"), forged)
        assert "perimeter" in response.context["adminform"].errors
        assert str(perimeter) not in response.content.decode().split('id="content"')[1]
    assert known.assignments.count() == 2


def test_a_rank_held_on_one_perimeter_does_not_serve_on_another(hospital, colleague):
    """Rank 10 in one department and rank 20 in another: each counts where it is held."""
    user = holder(role_with("enter_admin", "manage_accounts", rank=10), territory("department", "35"))
    AssignmentFactory(user=user, role=role_with("manage_accounts", rank=20), perimeter=territory("department", "22"))
    elsewhere = GeographicEntityFactory(insee="22113")
    delegation = Delegation(Viewer(user))
    roles = {code: Role.objects.get(code=code) for code in ("referent", "describer")}
    assert delegation.may_give(colleague, roles["referent"], hospital.perimeter)
    assert not delegation.may_give(colleague, roles["referent"], elsewhere.perimeter)
    assert delegation.may_give(colleague, roles["describer"], elsewhere.perimeter)


def test_the_perimeters_below_a_structure_are_within_reach(hospital):
    """A référent of a legal entity reaches its establishments, and nothing else."""
    other = GeographicEntityFactory()
    delegation = Delegation(Viewer(referent(hospital.legal_entity)))
    assert set(delegation.perimeters()) == {hospital.perimeter, hospital.legal_entity.perimeter}
    assert other.perimeter not in delegation.perimeters()
    assert set(Delegation(Viewer(describer(hospital))).perimeters()) == set()
    assert Delegation(Viewer.public()).roles().count() == 0


def test_a_region_reaches_its_departments_and_structures(hospital):
    manager = holder(role_with("manage_accounts", rank=10), territory("region", "53"))
    reached = set(Delegation(Viewer(manager)).perimeters())
    assert {territory("region", "53"), territory("department", "35"), hospital.perimeter} <= reached
    assert not {territory("nation"), territory("region", "11"), territory("department", "75")} & reached
    assert hospital.legal_entity.perimeter in reached


def test_only_the_end_of_an_assignment_changes(client, hospital):
    held = AssignmentFactory(role="describer", perimeter=hospital.perimeter)
    end = timezone.localdate() + datetime.timedelta(days=30)
    forged = {
        "user": UserFactory().pk,
        "role": "referent",
        "perimeter": territory("nation").pk,
        "reason": "autre",
        "ends_at_0": end.strftime("%d/%m/%Y"),
        "ends_at_1": "12:00:00",
    }
    assert client.post(page(Assignment, "change", held.pk), forged).status_code == 302
    changed = Assignment.objects.get(pk=held.pk)
    assert timezone.localdate(changed.ends_at) == end
    assert (changed.user, changed.role_id, changed.perimeter, changed.reason) == (
        held.user,
        "describer",
        hospital.perimeter,
        held.reason,
    )


def test_an_assignment_that_is_over_is_over(client, hospital):
    yesterday = timezone.now() - datetime.timedelta(hours=1)
    held = AssignmentFactory(perimeter=hospital.perimeter, ends_at=yesterday)
    form = {"ends_at_0": "01/01/2030", "ends_at_1": "12:00:00"}
    assert client.post(page(Assignment, "change", held.pk), form).status_code == 403
    assert client.get(page(Assignment, "change", held.pk)).status_code == 200


def test_nobody_ends_the_role_of_someone_of_their_rank_nor_their_own(client, giver):
    for held in (administrator().assignments.get(), giver.assignments.get()):
        form = {"ends_at_0": "01/01/2030", "ends_at_1": "12:00:00"}
        assert client.post(page(Assignment, "change", held.pk), form).status_code == 403
        assert client.get(page(Assignment, "change", held.pk)).status_code == 200


def test_an_end_before_the_start_is_refused(client, hospital):
    held = AssignmentFactory(perimeter=hospital.perimeter)
    form = {"ends_at_0": "01/01/2000", "ends_at_1": "12:00:00"}
    response = client.post(page(Assignment, "change", held.pk), form)
    assert response.status_code == 200
    assert "ends_at" in response.context["adminform"].errors


def test_an_assignment_can_be_ended_even_when_its_role_no_longer_fits_its_perimeter(client, hospital):
    held = AssignmentFactory(role="describer", perimeter=hospital.legal_entity.perimeter)
    form = {"ends_at_0": "01/01/2030", "ends_at_1": "12:00:00"}
    assert client.post(page(Assignment, "change", held.pk), form).status_code == 302


def test_trap_12_the_log_of_the_administration_names_and_says_no_value(client, colleague, hospital):
    client.post(page(Assignment, "add"), assignment_form(colleague, "referent", hospital.perimeter))
    held = Assignment.objects.get(user=colleague)
    form = {"ends_at_0": "01/01/2030", "ends_at_1": "12:00:00"}
    client.post(page(Assignment, "change", held.pk), form)
    messages = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
    assert messages == ["Ajout.", "Modification de Prend fin le."]
    assert REASON not in "".join(f"{entry.change_message}{entry.object_repr}" for entry in LogEntry.objects.all())
    html = client.get(page(Assignment, "history", held.pk)).content.decode()
    assert "Modification de Prend fin le." in html


def test_search_fields_answer_only_for_what_one_may_fill_in(client, plain, stranger, nobody, colleague):
    address = reverse("admin:autocomplete")
    fillable = {"app_label": "confidentiality", "model_name": "assignment", "field_name": "user"}
    others = [
        {**fillable, "field_name": "given_by"},
        {**fillable, "field_name": "role"},
        {"app_label": "structures", "model_name": "offer", "field_name": "geographic_entity"},
        {"app_label": "structures", "model_name": "geographicentity", "field_name": "legal_entity"},
        {"app_label": "structures", "model_name": "offerversion", "field_name": "author"},
        {"app_label": "structures", "model_name": "telecom", "field_name": "contact"},
        {"app_label": "admin", "model_name": "logentry", "field_name": "user"},
    ]
    assert client.get(address, fillable).status_code == 200
    assert client.get(address, {**fillable, "term": "\x00"}).status_code == 200
    for query in others:
        assert client.get(address, query).status_code in (403, 404), query
    for query in (fillable, *others):
        assert plain.get(address, query).status_code in (403, 404)
        assert stranger.get(address, query).status_code == nobody.get(address, query).status_code == 302


def test_accounts_are_proposed_with_what_tells_them_apart(client, colleague):
    assert choices_of(client, "user", "modèle") == [f"Dominique Modèle ({colleague.email})"]
    colleague.is_active = False
    colleague.save()
    assert choices_of(client, "user", "modèle") == []


def test_the_list_of_perimeters_is_searched_by_code(client, hospital):
    html = client.get(page(Perimeter, "changelist"), {"q": hospital.id_nat_struct}).content.decode()
    assert hospital.name in html
    assert hospital.legal_entity.perimeter.code not in html


def test_perimeters_are_found_and_shown_by_name(client, hospital):
    labels = choices_of(client, "perimeter", "ille vilaine")
    assert labels == ["Ille-et-Vilaine · Département 35"]
    name = f"{hospital.name} · {hospital.perimeter}"
    assert name in choices_of(client, "perimeter", "centre hôspitalier")
    assert choices_of(client, "perimeter", "France entière") == ["France entière"]
    AssignmentFactory(perimeter=hospital.perimeter)
    assert name in client.get(page(Assignment, "changelist")).content.decode()


def test_what_was_chosen_keeps_its_name_when_the_form_comes_back(client, colleague, hospital):
    form = assignment_form(colleague, "referent", hospital.perimeter, reason="")
    html = client.post(page(Assignment, "add"), form).content.decode()
    assert f"Dominique Modèle ({colleague.email})" in html
    assert hospital.name in html


def test_the_list_tells_what_is_in_force_from_what_is_not(client, hospital):
    now = timezone.now()
    over = AssignmentFactory(perimeter=hospital.perimeter, ends_at=now - datetime.timedelta(hours=1))
    current = AssignmentFactory(perimeter=hospital.perimeter)
    for answer, shown, absent in (("oui", current, over), ("non", over, current)):
        html = client.get(page(Assignment, "changelist"), {"en_vigueur": answer}).content.decode()
        assert str(shown.user) in html
        assert str(absent.user) not in html
