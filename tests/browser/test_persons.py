"""A person asks, the officer answers, the person reads: every page at both widths, and no violation that axe sees."""

import os
from pathlib import Path

import pytest
from django.core import mail
from django.urls import reverse

from ror.persons.models import PersonRequest, Route, Status
from tests.browser.conftest import DESKTOP, PHONE, check_page, follow, press, write_in
from tests.browser.test_admin import enter
from tests.factories import (
    EMERGENCY_PHONE,
    GeographicEntityFactory,
    PracticeFactory,
    QualificationFactory,
    SituationFactory,
    SituationTelecomFactory,
    describer,
    holder,
    published_offer,
    territory,
)
from tests.persons.conftest import checked, link_of


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_person_asks_and_reads_what_is_held(live_server, open_page, viewport):
    hospital = GeographicEntityFactory(health=True, name="Centre hospitalier des Essais")
    practice = PracticeFactory(last_name="Modèle", first_name="Dominique")
    QualificationFactory(practice=practice)
    situation = SituationFactory(offer=published_offer(hospital), practice=practice)
    SituationTelecomFactory(
        situation=situation, address=EMERGENCY_PHONE, direct_line=True, private_emergency_line=True, level=3
    )
    person, officer = open_page(viewport), open_page(viewport)

    person.goto(live_server.url)
    follow(person, "footer >> text=Vos données personnelles")
    seen(person, "about", viewport)
    follow(person, "main a.fr-btn")
    press(person, "main form button")
    assert person.locator("#erreurs li").count() == 4
    seen(person, "ask", viewport)
    person.select_option("[name=kind]", "access")
    for name, said in (("last_name", "Modèle"), ("first_name", "Dominique"), ("email", "d.modele@example.org")):
        write_in(person, f"[name={name}]", said)
    press(person, "main form button")
    seen(person, "sent", viewport)
    person.goto(live_server.url + link_of(mail.outbox[-1]))
    seen(person, "confirm", viewport)
    follow(person, "text=Confirmer ma demande")
    assert "Votre adresse est confirmée" in person.inner_text("main")
    seen(person, "follow", viewport)

    request = PersonRequest.objects.get()
    address = live_server.url + reverse("admin:persons_personrequest_answer", args=[request.pk])
    enter(officer, live_server.url, holder("data_protection_officer", territory("nation")))
    officer.goto(address)
    officer.select_option("[name=means]", "call")
    follow(officer, "text=L'identité est vérifiée")
    officer.check(f"[name=professional][value='{practice.professional.id_nat_ps}']")
    follow(officer, "text=Enregistrer le rapprochement")
    follow(officer, "text=Ouvrir un lien personnel et l'envoyer")
    assert "C'est enregistré." in officer.inner_text("body")
    photograph(officer, "answer", viewport)
    assert officer.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    person.goto(live_server.url + link_of(mail.outbox[-1]))
    assert EMERGENCY_PHONE in person.inner_text("main")
    seen(person, "held", viewport)

    officer.goto(live_server.url + reverse("admin:persons_personrequest_blank", args=[request.pk]))
    photograph(officer, "blank", viewport)
    assert officer.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_describer_answers_a_request_routed_to_the_establishment(live_server, open_page):
    hospital = GeographicEntityFactory(health=True, name="Centre hospitalier des Essais")
    request = routed(hospital)
    page = open_page(PHONE)
    enter(page, live_server.url, describer(hospital))
    page.goto(live_server.url + reverse("persons:routed_list"))
    seen(page, "routed_list", PHONE)
    follow(page, "main ul a")
    seen(page, "routed", PHONE)
    follow(page, "text=C'est corrigé")
    assert "Merci." in page.inner_text("main")
    request.refresh_from_db()
    assert request.status == "granted"


def routed(hospital) -> PersonRequest:
    return checked(Status.ROUTED, matched={"route": Route.DESCRIBER, "geographic_entity": hospital})


def seen(page, name: str, viewport: dict) -> None:
    photograph(page, name, viewport)
    check_page(page)


def photograph(page, name: str, viewport: dict) -> None:
    """Keep what is seen, for whoever asks by ROR_PHOTOGRAPHS (a folder)."""
    folder = os.environ.get("ROR_PHOTOGRAPHS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}-{viewport['width']}.png", full_page=True)
