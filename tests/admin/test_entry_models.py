"""Entry models in the administration: prepared, checked, previewed, published for good, retired."""

import json

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from structures.describing.entry_models.model import EntryModel
from structures.describing.models import Draft
from tests.factories import GeographicEntityFactory, administrator, describer, holder, territory

pytestmark = pytest.mark.django_db
CONTENT = {"summary": "Essai", "data": {"care_mode": {"codes": ["R213:46"], "default": "R213:46"}}}
COLUMNS = {"title": "Essai", "categories": ["R66:500"], "activity_fields": [], "position": "5", "valid_from": ""}


@pytest.fixture
def admin_client(client):
    client.force_login(administrator())
    return client


def address(name, *arguments):
    return reverse(f"admin:describing_entrymodel_{name}", args=arguments)


def saved(client, where, content=CONTENT, **changes):
    text = content if isinstance(content, str) else json.dumps(content)
    return client.post(where, {**COLUMNS, "slug": "essai", "content": text, **changes})


def test_a_model_is_prepared_then_published_and_offered(admin_client):
    assert saved(admin_client, address("add")).status_code == 302
    model = EntryModel.objects.get(slug="essai")
    assert (model.is_published, model.number, model.created_by.email) == (False, 1, model.created_by.email)
    assert not EntryModel.objects.in_force().filter(slug="essai").exists()
    assert saved(admin_client, address("change", model.pk), publish="on").status_code == 302
    model.refresh_from_db()
    assert model.is_published
    assert model.published_by == model.created_by
    assert EntryModel.objects.in_force().filter(slug="essai").exists()
    page = admin_client.get(address("change", model.pk)).content.decode()
    assert "<textarea" not in page
    assert saved(admin_client, address("change", model.pk), title="Autre").status_code == 403


def test_a_content_that_is_wrong_is_refused_with_what_to_mend(admin_client):
    wrong = {"summary": "Essai", "data": {"care_mode": {"codes": ["R213:999"]}, "colour": {}}}
    page = saved(admin_client, address("add"), wrong).content.decode()
    assert "hors de la liste J19, ou fermés : R213:999" in page
    assert "« colour » n&#x27;est pas une donnée de l&#x27;offre" in page
    assert saved(admin_client, address("add"), "{").status_code == 200
    assert saved(admin_client, address("add"), publish="on", valid_from="2020-01-01").status_code == 200
    assert not EntryModel.objects.filter(slug="essai").exists()


def test_a_change_makes_a_new_version_and_only_one_is_prepared_at_a_time(admin_client):
    first = EntryModel.objects.version("ehpad|1")
    for _ in range(2):
        admin_client.post(address("version", first.pk))
    versions = EntryModel.objects.filter(slug="ehpad").order_by("number")
    assert [(version.number, version.is_published, version.bundled) for version in versions] == [
        (1, True, True),
        (2, False, False),
    ]
    assert versions[1].content == first.content


def test_a_retired_model_is_offered_no_more(admin_client):
    model = EntryModel.objects.version("ehpad|1")
    assert "Il ne sera plus proposé" in admin_client.get(address("retire", model.pk)).content.decode()
    answer = admin_client.post(address("retire", model.pk))
    assert "n'est plus proposé" in str(next(iter(get_messages(answer.wsgi_request))))
    assert not EntryModel.objects.in_force().filter(slug="ehpad").exists()
    assert EntryModel.objects.version("ehpad|1") == model


@pytest.mark.parametrize("slug", ["ehpad", "urgences", "cabinet"])
def test_the_preview_shows_the_form_as_the_establishment_will_see_it_and_saves_nothing(admin_client, slug):
    model = EntryModel.objects.version(f"{slug}|1")
    page = admin_client.get(address("preview", model.pk)).content.decode()
    assert all(title in page for title in ("Informations générales", "Activités et spécificités", "Lieux"))
    assert "Prérempli par le modèle de saisie : vérifiez." in page
    assert "Un autre code" in page
    assert not Draft.objects.exists()


@pytest.mark.parametrize("name", ["preview", "version", "retire", "change", "history"])
def test_nobody_else_enters(client, name):
    model = EntryModel.objects.version("ehpad|1")
    for user in (describer(GeographicEntityFactory()), holder("data_protection_officer", territory("nation"))):
        client.force_login(user)
        assert client.get(address(name, model.pk)).status_code in (302, 403)
        assert client.post(address(name, model.pk)).status_code in (302, 403, 405)
    assert EntryModel.objects.filter(slug="ehpad").count() == 1
    assert EntryModel.objects.in_force().filter(slug="ehpad").exists()
