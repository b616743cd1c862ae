"""Entry models: what they may say, what a draft takes from them, what they need, their versions."""

import re

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from ror.reference.forms import CodeChoiceField, CodeSetChoiceField
from ror.reference.nomenclature import nomenclature
from structures import publishing, records
from structures.describing import drafts
from structures.describing.entry_models import loading
from structures.describing.entry_models.content import Content, datum_or_list, problems_of
from structures.describing.entry_models.loading import bundled_models, load_entry_models
from structures.describing.entry_models.model import EntryModel
from structures.describing.models import Draft
from structures.document import canonical
from structures.findings import Effect, NotPublishable
from structures.models import Offer
from tests.factories import DraftFactory, GeographicEntityFactory, describer, offer_document, published_offer
from tests.structures.pages import page_of, review_url, save, step_url

pytestmark = pytest.mark.django_db
FOURTEEN = {
    *("unite-mco", "urgences", "reanimation", "maternite", "smr", "psychiatrie-cmp", "ehpad", "ssiad", "saad", "ime"),
    *("esat", "csapa", "maison-de-sante", "cabinet"),
}


def made(slug="essai", number=1, *, published=True, content=None, **columns):
    """A model of nursing homes, in force."""
    data = {"activity_field": {}, "care_mode": {"codes": ["R213:46"], "default": "R213:46"}}
    columns = {"title": "Essai", "categories": ["R66:500"], "valid_from": timezone.localdate(), **columns}
    return EntryModel.objects.create(
        slug=slug,
        number=number,
        content=content or {"summary": "Essai", "data": data},
        published_at=timezone.now() if published else None,
        **columns,
    )


# The bundle.


def test_the_fourteen_models_are_loaded_as_demonstrations():
    models = list(EntryModel.objects.in_force())
    assert {model.slug for model in models} == FOURTEEN
    assert all("modèle de démonstration" in model.title and model.bundled for model in models)
    assert not any("ANS" in model.title or any(sign.isdigit() for sign in model.title) for model in models)


@pytest.mark.parametrize("model", bundled_models(), ids=lambda model: model["slug"])
def test_each_bundled_model_says_only_codes_in_force_and_public_answers(model):
    assert problems_of(model["content"]) == []
    codes = nomenclature()
    assert all(codes.is_current("J55", code) for code in model["categories"])
    assert all(codes.is_current("J20", code) for code in model["activity_fields"])
    content = Content(model["content"])
    assert content.defaults["activity_field"] in model["activity_fields"]
    for path, entry in content.entries.items():
        datum = datum_or_list(path)
        if isinstance(datum, (CodeChoiceField, CodeSetChoiceField)) and entry.default:
            chosen = entry.default if isinstance(entry.default, list) else [entry.default]
            assert not entry.codes or set(chosen) <= set(entry.codes), path


def test_loading_again_adds_nothing_and_a_changed_bundle_adds_a_version(monkeypatch):
    assert load_entry_models() == "Modèles de saisie : déjà chargés."
    changed = [{**model, "title": "EHPAD autrement"} for model in bundled_models() if model["slug"] == "ehpad"]
    monkeypatch.setattr(loading, "bundled_models", lambda: changed)
    load_entry_models()
    load_entry_models()
    assert list(EntryModel.objects.filter(slug="ehpad").values_list("number", "title")) == [
        (2, "EHPAD autrement"),
        (1, "EHPAD – modèle de démonstration"),
    ]


def test_the_version_of_an_administrator_is_never_replaced(monkeypatch):
    made("ehpad", 2, title="EHPAD, revu")
    EntryModel.objects.filter(slug="saad").update(retired_at=timezone.now())
    changed = [{**model, "title": "Autrement"} for model in bundled_models() if model["slug"] in ("ehpad", "saad")]
    monkeypatch.setattr(loading, "bundled_models", lambda: changed)
    assert load_entry_models() == "Modèles de saisie : déjà chargés."
    assert not EntryModel.objects.filter(title="Autrement").exists()


# What a content may say.


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"colour": {}}, "n'est pas une donnée de l'offre"),
        ({"care_mode": {"codes": ["R213:999"]}}, "hors de la liste J19"),
        ({"name": {"codes": ["R213:46"]}}, "ne prend pas de codes"),
        ({"care_mode": {"default": "R213:999"}}, "ne figure pas dans la liste"),
        ({"sensitive": {"default": True}}, "n'a pas de valeur par défaut"),
        ({"specialisations": {"default": ["R245:28"]}}, "n'a pas de valeur par défaut"),
        ({"comment": {"default": "Bienvenue"}}, "n'a pas de valeur par défaut"),
        ({"contacts": {"default": [{"name": "Camille"}]}}, "n'a pas de valeur par défaut"),
        ({"contacts": {"default": [{"telecoms": [{"address": "0261910101"}]}]}}, "n'a pas de valeur par défaut"),
        ({"contacts": {"default": [{"telecoms": [{"direct_line": False}]}]}}, "n'a pas de valeur par défaut"),
        ({"publics": {"default": ["R239:01"], "more": True}}, "ne la repliez pas"),
        ({"publics": {"needed": "yes"}}, "« needed » vaut"),
        ({"places": {"columns": ["beds"]}}, "n'a pas de colonne beds"),
        ({"publics": {"colour": 1}}, "les clés possibles"),
    ],
)
def test_what_a_content_may_not_say_is_refused_in_words(data, said):
    assert any(said in problem for problem in problems_of({"summary": "Essai", "data": data}))


def test_a_published_version_never_changes_and_is_never_deleted():
    model = made()
    for change in ({"title": "Autre"}, {"content": {}}, {"categories": ["R66:501"]}, {"published_at": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            EntryModel.objects.filter(pk=model.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.delete()
    EntryModel.objects.filter(pk=model.pk).update(retired_at=timezone.now())
    assert not EntryModel.objects.in_force().filter(slug="essai").exists()


# A new offer.


def test_the_best_model_is_proposed_and_no_model_is_always_possible(signed_in, entity):
    page = signed_in.get(reverse("describing:new", args=[entity.id_nat_struct])).content.decode()
    assert 'value="ehpad|1" id="modele-1" checked' in page
    assert 'value="" id="modele-aucun"' in page
    signed_in.post(reverse("describing:new", args=[entity.id_nat_struct]), {"model": ""})
    assert Draft.objects.get().document["entry_model"] is None


def test_a_model_that_does_not_exist_starts_nothing(signed_in, entity):
    answer = signed_in.post(reverse("describing:new", args=[entity.id_nat_struct]), {"model": "ehpad|99"}, follow=True)
    assert "Ce modèle n&#x27;est plus proposé" in answer.content.decode()
    assert not Draft.objects.exists()


def test_a_draft_starts_with_the_answers_of_its_model_in_sight(signed_in, entity):
    signed_in.post(reverse("describing:new", args=[entity.id_nat_struct]), {"model": "ehpad|1"})
    draft = Draft.objects.get()
    said = draft.document
    assert (said["entry_model"], said["care_mode"], said["age_min"], said["age_max"]) == ("ehpad|1", "R213:46", 60, 120)
    assert [row["activity"] for row in said["activities"]] == ["R211:293", "R211:287", "R211:322"]
    contact, place = said["contacts"][0], said["places"][0]
    assert (contact["level"], contact["telecoms"][0]["level"], contact["telecoms"][0]["direct_line"]) == (2, 2, None)
    assert (place["street_name"], place["function"]) == ("des Exemples", "R343:003")
    page = page_of(signed_in, draft, "accueil")
    assert "Prérempli par le modèle de saisie : vérifiez." in page
    assert "Modèle de saisie : EHPAD – modèle de démonstration, version 1." in page


def test_fewer_questions_and_codes_are_shown_and_all_codes_stay_within_reach(signed_in, entity):
    cut = drafts.start(entity, describer(entity), EntryModel.objects.version("ehpad|1"))
    whole = drafts.start(entity, describer(entity))
    page, full = (page_of(signed_in, draft, "accueil") for draft in (cut, whole))
    assert "Zone d&#x27;intervention" in full
    assert "Zone d&#x27;intervention" not in page
    assert "R213:28" not in page
    assert 'name="care_mode-autre"' in page
    save(signed_in, cut, "accueil", care_mode="R213:46", **{"care_mode-autre": "Hospitalisation complète (HC)"})
    assert Draft.objects.get(pk=cut.pk).document["care_mode"] == "R213:28"
    page = page_of(signed_in, cut, "accueil")
    assert '<option value="R213:28" selected>' in page


def test_what_was_typed_and_names_no_code_stays_in_sight(signed_in, entity):
    draft = drafts.start(entity, describer(entity), EntryModel.objects.version("ehpad|1"))
    save(signed_in, draft, "accueil", **{"care_mode-autre": "hébergment de jour"})
    page = page_of(signed_in, draft, "accueil")
    assert 'value="hébergment de jour"' in page
    assert "ne figure pas dans la liste" in page


def test_a_datum_outside_the_model_is_shown_once_it_says_something(signed_in, entity):
    document = offer_document(entry_model="ehpad|1", intervention_communes=["35238"], management_types=["R236:01"])
    draft = DraftFactory(geographic_entity=entity, document=document)
    page = page_of(signed_in, draft, "accueil")
    assert "Rennes (35238)" in page
    assert "Modes de gestion" in page


def test_what_the_rule_book_asks_is_shown_even_when_the_model_forgot_it(signed_in, entity):
    made(content={"summary": "Presque rien", "data": {"comment": {}}})
    draft = DraftFactory(geographic_entity=entity, document=offer_document(entry_model="essai|1", publics=[]))
    assert "Publics pris en charge *" in page_of(signed_in, draft, "patientele")


# Another model.


def test_another_model_replaces_the_answers_that_nobody_touched_and_no_other(signed_in, entity):
    draft = drafts.start(entity, describer(entity), EntryModel.objects.version("ehpad|1"))
    save(signed_in, draft, "informations", name="Mon accueil", activity_field="R227:04", sensitive="false")
    signed_in.post(reverse("describing:draft_model", args=[draft.pk]), {"model": "ime|1"})
    said = Draft.objects.get().document
    assert (said["entry_model"], said["name"], said["care_mode"]) == ("ime|1", "Mon accueil", "R213:47")
    assert [row["activity"] for row in said["activities"]] == ["R211:293", "R211:301", "R211:302"]
    signed_in.post(reverse("describing:draft_model", args=[draft.pk]), {"model": ""})
    said = Draft.objects.get().document
    assert (said["entry_model"], said["name"], said["care_mode"], said["activities"]) == (None, "Mon accueil", None, [])


def test_a_published_offer_takes_no_answer_from_a_model(signed_in, entity):
    draft = drafts.beside(published_offer(entity, comment=None), describer(entity))
    before = dict(draft.document)
    signed_in.post(reverse("describing:draft_model", args=[draft.pk]), {"model": "ehpad|1"})
    assert Draft.objects.get().document == {**before, "entry_model": "ehpad|1"}


def test_a_draft_says_when_its_model_has_a_newer_version(signed_in, entity):
    draft = drafts.start(entity, describer(entity), EntryModel.objects.version("ehpad|1"))
    made("ehpad", 2, valid_from=timezone.localdate() + timezone.timedelta(days=1))
    assert "Une version plus récente" not in page_of(signed_in, draft, "accueil")
    made("ehpad", 3)
    assert "Une version plus récente existe (3)" in page_of(signed_in, draft, "accueil")
    assert Draft.objects.get().document["entry_model"] == "ehpad|1"


def test_a_draft_may_keep_a_model_retired_since_and_a_closed_code_is_no_answer(signed_in, entity):
    draft = drafts.start(entity, describer(entity), EntryModel.objects.version("ehpad|1"))
    EntryModel.objects.filter(slug="ehpad").update(retired_at=timezone.now())
    page = signed_in.get(reverse("describing:draft_model", args=[draft.pk])).content.decode()
    assert re.search(r'value="ehpad\|1" id="[a-z0-9-]+" checked', page)
    signed_in.post(reverse("describing:draft_model", args=[draft.pk]), {"model": "ehpad|1"})
    assert Draft.objects.get().document["entry_model"] == "ehpad|1"
    closed = {"summary": "Essai", "data": {"care_mode": {"default": "R213:0"}, "age_min": {"default": 60}}}
    assert Content(closed).defaults == {"age_min": 60}


def test_a_describer_elsewhere_changes_no_model(client, entity):
    draft = drafts.start(entity, describer(entity))
    client.force_login(describer(GeographicEntityFactory()))
    address = reverse("describing:draft_model", args=[draft.pk])
    assert client.get(address).status_code == client.post(address, {"model": "ehpad|1"}).status_code == 404
    assert Draft.objects.get().document["entry_model"] is None


# What a model needs.


@pytest.fixture
def demanding():
    data = {"comment": {"needed": "blocks"}, "mailboxes": {"needed": "warns"}, "publics": {"needed": "blocks"}}
    return made(
        content={"summary": "Exigeant", "data": {**data, "places": {}, "places.description": {"needed": "warns"}}}
    )


def test_what_a_model_needs_blocks_or_warns_with_its_basis_once_per_datum(signed_in, entity, demanding):
    document, _ = canonical(offer_document(entry_model="essai|1", publics=[]))
    found = publishing.check(document, entity)
    asked = {finding.path.split(".")[-1]: finding for finding in found if finding.rule == "107"}
    assert {path: finding.effect for path, finding in asked.items()} == {
        "comment": Effect.BLOCKS,
        "mailboxes": Effect.WARNS,
        "description": Effect.WARNS,
    }
    assert asked["comment"].basis == "règle du portail, modèle de saisie « Essai », version 1"
    assert [finding.rule for finding in found if finding.path == "publics"] == ["5"]
    draft = DraftFactory(geographic_entity=entity, document=document)
    page = signed_in.post(review_url(draft))
    assert page.status_code == 422
    assert f"{step_url(draft)}?verifier=1#id_comment" in page.content.decode()
    assert "Commentaire *" in page_of(signed_in, draft, "informations")


def test_a_model_binds_every_channel_and_no_correction_of_what_was_published_before(entity, demanding):
    lacking = offer_document(entry_model="essai|1")
    with pytest.raises(NotPublishable):
        publishing.publish(lacking, entity=entity, author="tests", channel="import")
    offer = published_offer(entity)
    base = records.read_document(offer)
    document = {**base, "entry_model": "essai|1", "name": "Nom corrigé"}
    known = publishing.tolerate(publishing.check(document, entity, base), document, base, entity)
    assert [finding.effect for finding in known if finding.path == "comment"] == [Effect.WARNS]
    publishing.publish(document, entity=entity, author="tests", channel="form", offer=offer, base=base)
    assert Offer.objects.get().name == "Nom corrigé"


def test_the_pages_of_a_draft_with_a_model_cost_few_queries(signed_in, entity, django_assert_max_num_queries):
    draft = drafts.start(entity, describer(entity), EntryModel.objects.version("ehpad|1"))
    for slug in ("accueil", "specificites", "lieux"):
        signed_in.get(step_url(draft, slug))
        with django_assert_max_num_queries(18):
            assert signed_in.get(step_url(draft, slug)).status_code == 200
