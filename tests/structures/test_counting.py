"""« Lits et places »: the figures of a whole establishment, changed by whoever holds the right, and by nobody else."""

import datetime
import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from confidentiality.models import Role
from ror.history import writing
from structures.beds import report
from structures.closing import PROVISIONAL, close
from structures.describing.counting_words import age, code_of
from structures.models import BedCapacity, OfferActivity, SensitiveUnit
from structures.models.capacity import AVAILABLE, CLOSED, INSTALLED, OCCUPIED, SUPPLEMENTARY
from tests.confidentiality.readers import invented_role
from tests.factories import (
    BedCapacityFactory,
    CareCapacityFactory,
    ContactFactory,
    GeographicEntityFactory,
    InternalOrganizationFactory,
    describer,
    holder,
    territory,
)
from tests.structures.counting import BED, figure, rows_of, send, sent, stored, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospital():
    return GeographicEntityFactory(health=True)


@pytest.fixture
def place(hospital):
    return unit(hospital, "Cardiologie fictive")


@pytest.fixture
def manager(hospital):
    client = Client()
    client.force_login(holder("bed_manager", hospital.perimeter, email="lits@example.org"))
    return client


def page(client, entity):
    answer = client.get(reverse("describing:beds", args=[entity.id_nat_struct]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_shows_each_unit_with_its_figures_and_their_age(manager, hospital, place):
    report(place, [figure(AVAILABLE, 3), figure(INSTALLED, 20)], author="tests", channel="form")
    with writing("tests", "form"):
        BedCapacity.objects.filter(status=AVAILABLE).update(counted_at=timezone.now() - datetime.timedelta(days=6))
    html = page(manager, hospital)
    assert "Cardiologie fictive" in html
    assert "il y a 6 jours" in html
    assert rows_of(html) == {code_of(figure(AVAILABLE, 0).key): "3", code_of(figure(INSTALLED, 0).key): "20"}


def test_what_every_unit_says_is_asked_before_it_is_given(manager, hospital, place):
    assert rows_of(page(manager, hospital)) == {
        code_of(figure(AVAILABLE, 0).key): "",
        code_of(figure(INSTALLED, 0).key): "",
    }


def test_critical_care_comes_first(manager, hospital):
    unit(hospital, "Accueil fictif")
    first = unit(hospital, "Zone de réanimation fictive")
    offer = first.offer_links.get().offer
    with writing("tests", "command"):
        OfferActivity.objects.create(offer=offer, geographic_entity=hospital, activity_id="R211:127")
    html = page(manager, hospital)
    assert html.index("Zone de réanimation fictive") < html.index("Accueil fictif")
    assert "Soins critiques" in html


def test_units_of_the_same_names_are_told_apart(manager, hospital):
    for _ in range(2):
        unit(hospital, "Maternité fictive")
    names = re.findall(r'data-title="(Maternité fictive[^"]*)"', page(manager, hospital))
    assert len(names) == len(set(names)) == 2


def test_in_social_care_places_are_counted(client):
    home = GeographicEntityFactory(social=True)
    unit(home, "Hébergement fictif", activity_field_id="R227:04")
    client.force_login(holder("bed_manager", home.perimeter))
    html = page(client, home)
    assert "Places disponibles" in html
    assert "Lits disponibles" not in html


def test_a_figure_is_saved_with_its_author_and_channel(manager, hospital, place):
    answer = send(manager, place, figure(AVAILABLE, 4))
    assert answer.json()["rows"][code_of(figure(AVAILABLE, 0).key)] == {
        "state": "saved",
        "number": 4,
        "age": "à l'instant",
        "freshness": "fresh",
    }
    bed = BedCapacity.objects.get()
    event = BedCapacity.pgh_event_models["insert"].objects.get(pgh_obj=bed.pk)
    assert (bed.number, event.pgh_context.metadata["channel"]) == (4, "form")
    assert "Camille" in event.pgh_context.metadata["author_name"]


def test_without_script_the_unit_is_sent_whole_and_only_what_changed_is_renewed(manager, hospital, place):
    report(place, [figure(AVAILABLE, 3), figure(INSTALLED, 20)], author="tests", channel="form")
    before = dict(BedCapacity.objects.values_list("status", "counted_at"))
    answer = sent(manager, place, (figure(AVAILABLE, 5), 3), (figure(INSTALLED, 20), 20))
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"#unite-{place.pk}")
    assert stored(place) == {AVAILABLE: 5, INSTALLED: 20}
    after = dict(BedCapacity.objects.values_list("status", "counted_at"))
    assert after[INSTALLED] == before[INSTALLED]
    assert after[AVAILABLE] > before[AVAILABLE]


def test_unchanged_renews_one_date_or_all(manager, place):
    report(place, [figure(AVAILABLE, 3), figure(INSTALLED, 20)], author="tests", channel="form")
    old = timezone.now() - datetime.timedelta(days=3)
    with writing("tests", "form"):
        BedCapacity.objects.update(counted_at=old)
    rows = ((figure(AVAILABLE, 3), 3), (figure(INSTALLED, 20), 20))
    sent(manager, place, *rows, unchanged=code_of(figure(AVAILABLE, 0).key))
    renewed = set(BedCapacity.objects.filter(counted_at__gt=old).values_list("status", flat=True))
    assert renewed == {AVAILABLE}
    sent(manager, place, *rows, unchanged="all")
    assert not BedCapacity.objects.filter(counted_at=old).exists()
    assert stored(place) == {AVAILABLE: 3, INSTALLED: 20}


def test_two_people_at_once_the_figure_changed_since_is_shown_and_the_others_are_kept(manager, hospital, place):
    report(place, [figure(AVAILABLE, 3), figure(OCCUPIED, 9)], author="tests", channel="form")
    colleague = Client()
    colleague.force_login(describer(hospital))
    assert send(colleague, place, figure(AVAILABLE, 7), shown=3).status_code == 200
    answer = sent(manager, place, (figure(AVAILABLE, 5), 3), (figure(OCCUPIED, 8), 9))
    assert answer.status_code == 409
    html = answer.content.decode()
    assert "a enregistré 7" in html
    assert "Vous avez saisi 5" in html
    assert stored(place) == {AVAILABLE: 7, OCCUPIED: 8}
    row = send(manager, place, figure(AVAILABLE, 5), shown=3).json()["rows"][code_of(figure(AVAILABLE, 0).key)]
    assert (row["state"], row["number"]) == ("overtaken", 7)
    send(manager, place, figure(AVAILABLE, 5), shown=7)
    assert stored(place)[AVAILABLE] == 5


def test_two_people_who_say_the_same_agree(manager, place):
    report(place, [figure(AVAILABLE, 3)], author="tests", channel="form")
    report(place, [figure(AVAILABLE, 5)], author="tests", channel="form")
    assert send(manager, place, figure(AVAILABLE, 5), shown=3).json()["rows"]
    assert stored(place) == {AVAILABLE: 5}


def test_a_figure_typed_before_the_one_that_is_kept_does_not_replace_it(manager, place):
    """Typed an hour ago without connection; a colleague has counted since."""
    report(place, [figure(AVAILABLE, 3)], author="tests", channel="form")
    answer = send(manager, place, figure(AVAILABLE, 5), shown=3, waited=3600)
    assert answer.json()["rows"][code_of(figure(AVAILABLE, 0).key)]["state"] == "overtaken"
    assert stored(place) == {AVAILABLE: 3}


def test_a_figure_that_waited_is_dated_when_it_was_typed(manager, place):
    send(manager, place, figure(AVAILABLE, 5), waited=3600)
    waited = timezone.now() - BedCapacity.objects.get().counted_at
    assert datetime.timedelta(minutes=59) < waited < datetime.timedelta(minutes=62)


def test_a_figure_refused_keeps_the_others(manager, place):
    report(place, [figure(AVAILABLE, 3), figure(INSTALLED, 20)], author="tests", channel="form")
    answer = sent(manager, place, (figure(AVAILABLE, "beaucoup"), 3), (figure(INSTALLED, 21), 20))
    assert answer.status_code == 422
    html = answer.content.decode()
    assert 'value="beaucoup"' in html
    assert "Indiquez un nombre entier" in html
    assert stored(place) == {AVAILABLE: 3, INSTALLED: 21}


def test_more_available_than_installed_and_not_closed_is_kept_and_said(manager, hospital, place):
    send(manager, place, figure(INSTALLED, 10))
    send(manager, place, figure(CLOSED, 4, closing_type="R333:01"))
    doubts = send(manager, place, figure(AVAILABLE, 7)).json()["doubts"]
    assert doubts == ["7 lits disponibles, pour 10 installés dont 4 fermés : vérifiez."]
    assert doubts[0] in page(manager, hospital)
    assert send(manager, place, figure(AVAILABLE, 6), shown=7).json()["doubts"] == []


def test_nothing_is_available_in_a_closed_unit(manager, hospital, place):
    close(place.offer_links.get().offer, PROVISIONAL, timezone.localdate(), author="tests", channel="form")
    assert "fermée depuis le" in page(manager, hospital)
    row = send(manager, place, figure(AVAILABLE, 2)).json()["rows"][code_of(figure(AVAILABLE, 0).key)]
    assert row["state"] == "refused"
    assert "Indiquez 0" in row["message"]
    assert stored(place) == {}


def test_a_figure_by_gender_is_added_then_withdrawn(manager, place):
    address = reverse("describing:unit_beds", args=[place.geographic_entity.id_nat_struct, place.pk])
    chosen = {
        "new-nature": BED,
        "new-status": AVAILABLE,
        "new-gender": "R332:01",
        "new-temporality": "R331:01",
        "new-temporary_assignment": "R337:01",
        "new-number": "2",
        "add": "1",
    }
    assert manager.post(address, chosen | {"new-status": OCCUPIED}).status_code == 422
    assert manager.post(address, chosen).status_code == 302
    html = manager.get(address).content.decode()
    assert "(femmes)" in html
    assert manager.post(address, chosen | {"new-number": "3"}).status_code == 422
    assert stored(place) == {AVAILABLE: 2}
    key = code_of(figure(AVAILABLE, 0, gender="R332:01").key)
    assert manager.post(address, {"withdraw": key}).status_code == 302
    assert stored(place) == {}


# Who may.


def test_a_bed_manager_reads_names_and_capacities_and_nothing_else(manager, hospital, place):
    offer = place.offer_links.get().offer
    ContactFactory(offer=offer, nature_id=None, function_id="R251:03", name="Personne fictive", level=3)
    with writing("tests", "command"):
        SensitiveUnit.objects.create(offer=offer, motive="motif fictif")
    report(place, [figure(AVAILABLE, 3), figure(SUPPLEMENTARY, 6)], author="tests", channel="form")
    html = page(manager, hospital)
    assert "Cardiologie fictive" in html
    assert len(rows_of(html)) == 3
    for hidden in ("Personne fictive", "motif fictif", "sensible"):
        assert hidden not in html
    assert manager.get(f"/offres/{offer.slug}/").status_code == 404
    assert f"/offres/{offer.slug}/" not in manager.get("/", {"q": "Cardiologie fictive"}).content.decode()
    assert manager.get(reverse("describing:establishment", args=[hospital.id_nat_struct])).status_code == 404
    assert send(manager, place, figure(AVAILABLE, 2), shown=3).json()["rows"]


def test_a_bed_manager_of_one_unit_sees_this_one_only(client, hospital):
    pole, other = InternalOrganizationFactory.create_batch(2, geographic_entity=hospital)
    mine = unit(hospital, "Unité fictive à moi", internal_organization=pole)
    theirs = unit(hospital, "Unité fictive voisine", internal_organization=other)
    client.force_login(holder("bed_manager", pole.perimeter))
    html = page(client, hospital)
    assert "Unité fictive à moi" in html
    assert "voisine" not in html
    assert "Lits et places" in client.get(reverse("describing:mine")).content.decode()
    assert send(client, theirs, figure(AVAILABLE, 2)).status_code == 404
    assert send(client, mine, figure(AVAILABLE, 2)).status_code == 200


@pytest.mark.parametrize("role", ["health_professional", "regulation", "national_administrator"])
def test_those_who_only_read_do_not_count(client, hospital, place, role):
    region = territory("region", "53") if role == "regulation" else territory("nation")
    client.force_login(holder(role, region))
    assert client.get(reverse("describing:beds", args=[hospital.id_nat_struct])).status_code == 404
    assert send(client, place, figure(AVAILABLE, 2)).status_code == 404
    assert stored(place) == {}


def test_another_establishment_does_not_exist(manager, hospital, place):
    elsewhere = unit(GeographicEntityFactory(health=True), "Ailleurs fictif")
    assert manager.get(reverse("describing:beds", args=[elsewhere.geographic_entity.id_nat_struct])).status_code == 404
    assert send(manager, elsewhere, figure(AVAILABLE, 2)).status_code == 404
    forged = reverse("describing:unit_beds", args=[hospital.id_nat_struct, elsewhere.pk])
    assert manager.get(forged).status_code == 404
    assert manager.post(forged, {f"number:{code_of(figure(AVAILABLE, 0).key)}": "2"}).status_code == 404
    assert stored(elsewhere) == {}


def test_codes_that_are_not_figures_write_nothing(manager, hospital, place):
    address = reverse("describing:unit_beds", args=[hospital.id_nat_struct, place.pk])
    forged = ["R337:01.R329:01.R330:99.R331:01....", "R337:01.R329:01.R211:127.R331:01....", "x", "....", "a" * 500]
    answer = manager.post(address, {f"number:{code}": "2" for code in forged}, headers={"Accept": "application/json"})
    assert {row["state"] for row in answer.json()["rows"].values()} <= {"refused"}
    assert manager.post(address, {"withdraw": "x"}).status_code == 302
    assert stored(place) == {}


def test_crisis_figures_are_hidden_from_who_may_not_read_them(client, hospital, place):
    """An invented role that reports, and reads no level 3: not even by trying to write over it."""
    role = invented_role("P2")
    Role.objects.get(pk=role).permissions.set(Permission.objects.filter(codename="report_capacity"))
    client.force_login(holder(role, hospital.perimeter))
    report(place, [figure(AVAILABLE, 3), figure(SUPPLEMENTARY, 6)], author="tests", channel="form")
    html = page(client, hospital)
    assert code_of(figure(AVAILABLE, 0).key) in rows_of(html)
    assert code_of(figure(SUPPLEMENTARY, 0).key) not in rows_of(html)
    row = send(client, place, figure(SUPPLEMENTARY, 1)).json()["rows"][code_of(figure(SUPPLEMENTARY, 0).key)]
    assert row == {"state": "refused", "message": "Ce chiffre n'est pas de cette unité. Rechargez la page."}
    address = reverse("describing:unit_beds", args=[hospital.id_nat_struct, place.pk])
    client.post(address, {"withdraw": code_of(figure(SUPPLEMENTARY, 0).key)})
    assert stored(place) == {AVAILABLE: 3, SUPPLEMENTARY: 6}
    assert "Supplémentaire" not in client.get(address).content.decode()


def test_signed_out_the_script_is_told_and_the_form_goes_to_sign_in(client, hospital, place):
    assert send(client, place, figure(AVAILABLE, 2)).status_code == 401
    assert sent(client, place, (figure(AVAILABLE, 2), None)).headers["Location"].startswith("/connexion/")
    assert stored(place) == {}


def test_no_second_factor_is_asked_for_ones_own_beds(client, hospital, place):
    """Signed in by a plain password, as a page does: nothing stands for a second factor here."""
    user = holder("bed_manager", hospital.perimeter)
    client.force_login(user)
    session = client.session
    session.pop("second_factor", None)
    session.save()
    assert send(client, place, figure(AVAILABLE, 2)).status_code == 200


def test_the_link_is_shown_to_those_who_may(client, manager, hospital, place):
    link = reverse("describing:beds", args=[hospital.id_nat_struct])
    offer = place.offer_links.get().offer
    assert link in manager.get(reverse("describing:mine")).content.decode()
    assert link in manager.get(f"/offres/{offer.slug}/").content.decode()
    assert link not in client.get(f"/offres/{offer.slug}/").content.decode()
    client.force_login(describer(hospital))
    assert link in client.get(reverse("describing:establishment", args=[hospital.id_nat_struct])).content.decode()


# How much it costs.


@pytest.mark.slow
@pytest.mark.parametrize("units", [1, 80])
def test_the_page_costs_the_same_whatever_the_number_of_units(manager, hospital, units, django_assert_max_num_queries):
    for rank in range(units):
        many(unit(hospital, f"Unité fictive {rank}"))
    page(manager, hospital)
    with django_assert_max_num_queries(15):
        html = page(manager, hospital)
    assert html.count('name="number:') == 5 * units


@pytest.mark.slow
def test_twenty_units_of_eighty_are_changed_one_post_each(manager, hospital, django_assert_max_num_queries):
    places = [unit(hospital, f"Unité fictive {rank}") for rank in range(80)]
    for place in places:
        many(place)
    page(manager, hospital)
    for place in places[:20]:
        with django_assert_max_num_queries(25):
            assert send(manager, place, figure(AVAILABLE, 9), shown=3).json()["rows"]
    assert BedCapacity.objects.filter(number=9).count() == 20


def many(place):
    """Five figures in one unit."""
    care = CareCapacityFactory(place=place)
    for status, number in ((AVAILABLE, 3), (INSTALLED, 20), (OCCUPIED, 8), ("R330:04", 1)):
        BedCapacityFactory(care_capacity=care, status_id=status, number=number)
    BedCapacityFactory(care_capacity=care, status_id=CLOSED, closing_type_id="R333:01", number=2)


@pytest.mark.parametrize(
    ("elapsed", "said"),
    [
        (datetime.timedelta(seconds=5), "à l'instant"),
        (datetime.timedelta(minutes=12), "il y a 12 min"),
        (datetime.timedelta(hours=3), "il y a 3 h"),
        (datetime.timedelta(hours=20), "hier"),
        (datetime.timedelta(days=6), "il y a 6 jours"),
    ],
)
def test_the_age_of_a_figure_in_words(elapsed, said):
    now = datetime.datetime(2026, 3, 10, 17, 0, tzinfo=timezone.get_default_timezone())
    assert age(now - elapsed, now) == said
