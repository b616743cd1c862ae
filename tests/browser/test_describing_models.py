"""Each bundled entry model, from a blank offer to a published one, by keyboard alone."""

import csv
from pathlib import Path

import pytest

import structures
from structures.describing import drafts
from structures.describing.entry_models.loading import bundled_models
from structures.describing.entry_models.model import EntryModel
from structures.describing.models import Draft
from structures.describing.steps import STEPS
from structures.models import Offer
from tests.browser.conftest import DESKTOP, press, search, sign_in, tab_to
from tests.browser.keyboard import Keyboard
from tests.browser.report import ENTRY_MODEL
from tests.factories import PASSWORD, GeographicEntityFactory, describer

MODELS = {model["slug"]: model for model in bundled_models()}
GO_ON = "main form ul button.fr-btn:not(.fr-btn--secondary)"
CRISIS = ".fr-alert a[href$='/crise/']"
PUBLISH = "main form button.fr-btn:not([name])"
# What nobody can guess: the rest is the first choice of each list, or the answer of the model.
ANSWERS = {
    "sensitive": "non",
    "landing_zone": "non",
    "intervention_communes-ajout": "Rennes",
    "telecoms.address": "0261910101",
    "telecoms.direct_line": "non",
    "telecoms.private_emergency_line": "non",
    "contacts.level": "<ArrowUp>",
    "telecoms.level": "<ArrowUp>",
    "hours.opens_at": "1330",  # an afternoon: the same keys whether the browser counts to 12 or to 24
    "hours.closes_at": "1700",
}


@pytest.mark.parametrize("slug", sorted(MODELS))
def test_a_model_is_filled_and_published_by_keyboard(live_server, open_page, record_property, slug):
    model = MODELS[slug]
    entity = establishment_for(model)
    describer(entity, email="decrit@example.org")
    page = open_page(DESKTOP)
    sign_in(page, live_server.url, "decrit@example.org", PASSWORD)

    keyboard = Keyboard(page)
    keyboard.follow(f"a[href='/mes-etablissements/{entity.id_nat_struct}/']")
    start(keyboard, model)
    for _ in STEPS:
        keyboard.answer_what_is_shown(ANSWERS)
        keyboard.follow(GO_ON)
    assert "Rien ne manque" in page.inner_text("main"), page.inner_text("main")[:1500]
    keyboard.follow(PUBLISH)

    violations = keyboard.violations
    record_property(
        ENTRY_MODEL, f"modèle={slug} champs={keyboard.fields} touches={keyboard.touches} axe={len(violations)}"
    )
    offer = Offer.objects.get()
    assert page.url.endswith(f"/offres/{offer.slug}/")
    assert offer.entry_model == f"{slug}|1"
    assert violations == []


def test_another_code_is_found_by_keyboard_and_the_last_answer_counts(live_server, open_page):
    entity = GeographicEntityFactory()
    draft = drafts.start(entity, describer(entity, email="decrit@example.org"), EntryModel.objects.version("ehpad|1"))
    page = open_page(DESKTOP)
    sign_in(page, live_server.url, "decrit@example.org", PASSWORD)
    page.goto(f"{live_server.url}/mes-etablissements/brouillons/{draft.pk}/accueil/")
    tab_to(page, "#id_care_mode + details summary")
    page.keyboard.press("Enter")
    search(page, "care_mode-autre", "hospitalisation de jour")
    assert page.input_value("#id_care_mode") == ""
    press(page, GO_ON)
    assert Draft.objects.get().document["care_mode"] == "R213:29"
    page.goto(f"{live_server.url}/mes-etablissements/brouillons/{draft.pk}/accueil/")
    assert page.locator("#id_care_mode option:checked").inner_text().startswith("Hospitalisation de jour")
    tab_to(page, "#id_care_mode + details summary")
    page.keyboard.press("Enter")
    search(page, "care_mode-autre", "consultation")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.id") == "id_care_mode"
    page.keyboard.press("ArrowDown")
    assert page.input_value("#id_care_mode-autre") == ""
    press(page, GO_ON)
    assert Draft.objects.get().document["care_mode"] == "R213:46"


def start(keyboard: Keyboard, model: dict) -> None:
    """« Décrire une nouvelle offre »: the model that fits is chosen already, or a few arrows away."""
    if keyboard.page.locator(CRISIS).count():
        keyboard.follow(CRISIS)
        keyboard.answer_what_is_shown(ANSWERS)
        keyboard.follow(PUBLISH)
    keyboard.follow("a[href$='/nouvelle-offre/']")
    chosen = keyboard.page.locator("input[name=model]:checked").get_attribute("value")
    wanted = f"{model['slug']}|1"
    if chosen != wanted:
        keyboard.tab_to("input[name=model]")
        while not keyboard.page.locator(f"input[name=model][value='{wanted}']").is_checked():
            keyboard.press("ArrowDown")
    keyboard.follow("main form button.fr-btn")


def establishment_for(model: dict):
    """An invented establishment of the first category of the model."""
    category = model["categories"][0]
    return GeographicEntityFactory(category_id=category, legal_kind=legal_kind_of(category), name="Structure fictive")


def legal_kind_of(category: str) -> str:
    """As the bundled table of categories says."""
    table = Path(structures.__file__).parent / "data" / "establishment_categories.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        return next(line["legal_kind"] for line in csv.DictReader(lines) if line["concept"] == category)
