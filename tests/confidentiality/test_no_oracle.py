"""What is hidden cannot be guessed either: by a question, by a count, by an order, by an error."""

import re
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from confidentiality import disclosure
from professionals.models import OperationalSituation, SituationHours, SituationTelecom
from ror.history import writing
from ror.quality.models import Anomaly
from structures.models import (
    BedCapacity,
    Contact,
    CrisisAnswer,
    InternalOrganization,
    Offer,
    OfferExpertise,
    OpeningHours,
    OutsideOfficeActs,
    SensitiveUnit,
    SpecificEquipment,
    Telecom,
)
from structures.models.capacity import OCCUPIED
from tests.confidentiality import channels, leak_matrix
from tests.confidentiality.channels import Request
from tests.confidentiality.planting import Planted
from tests.confidentiality.readers import INSIDE, Reader, readers
from tests.factories import published_offer

# Minutes of pages: with the long tests (`make test-slow`).
pytestmark = pytest.mark.slow

# Who reads nothing above level 1, and who reads level 2, where everything was planted.
LOW = ("public", "administration, P0 (inventé)")
MIDDLE = ("administration, P2 (inventé)",)


def test_no_question_tells_what_is_hidden(planted):
    """Asking for what is hidden and asking for what does not exist have the same answer."""
    pairs = questions(planted)
    told = []
    for reader in people(planted, *LOW, *MIDDLE):
        for request, hidden, nothing in pairs:
            if request(hidden).channel == "admin" and reader.name not in INSIDE:
                continue
            real, invented = (answered(reader, request(value), value) for value in (hidden, nothing))
            if real != invented:
                told.append(f"{reader.name}, {request(hidden).path} : {real[:2]} / {invented[:2]}")
    assert told == []


def test_what_is_hidden_changes_nothing_for_who_may_not_read_it(planted):
    """Numbers, dates, yes and no, counts and order included: the pages are the same, to the letter."""
    everyone = people(planted, *LOW, *MIDDLE)
    requests = [request for request in channels.requests(planted) if request.method == "GET"]
    before = pages(everyone, requests)
    change_crisis_data(planted)
    after = pages(everyone, requests)
    assert [key for key in before if before[key] != after[key]] == []
    change_restricted_data(planted)
    after = pages([reader for reader in everyone if reader.name in LOW], requests)
    assert [key for key in after if before[key] != after[key]] == []


def test_a_page_that_breaks_says_nothing(planted, monkeypatch):
    everything = " ".join(planted.markers.by_text)

    def broken(*args):
        raise RuntimeError(everything)

    monkeypatch.setattr(disclosure, "levels_read", broken)
    for reader in readers(planted):
        request = channels.Request("erreur 500", f"/offres/{planted.ordinary.slug}/")
        answer = leak_matrix.send(reader.client(), request)
        assert answer.status_code == 500
        assert leak_matrix.shown(planted.markers, request, answer) == set()


def test_who_reads_more_is_shown_what_the_public_sees_and_nothing_else(planted):
    """« Voir la page comme le grand public », and the preview of a description before its publication."""
    public, *others = people(planted, "public", "gestionnaire ici", "référent", "régulation ici", "P2 national")
    offer = f"/offres/{planted.ordinary.slug}/"
    seen = planted.markers.found_in(public.client().get(offer).content.decode())
    preview = reverse("describing:review", args=[planted.new_draft.pk])
    open_to_all = {"OpeningHours", "OfferActivity", "Offer", "Place", "SecureMailbox", "HousingCapacity"}
    public_contact = {f"Contact.{name}@1" for name in ("nature", "description")}
    public_telecoms = {f"Telecom.{name}@1{at}" for name in ("channel", "address", "usage") for at in ("", " (lieu)")}
    for reader in others:
        as_public = reader.client().get(offer, {"vue": "public"}).content.decode()
        assert planted.markers.found_in(as_public) == seen, reader.name
        if "OWN" not in reader.profiles:
            continue
        page = reader.client().get(preview).content.decode()
        for_all, for_professionals, for_own = re.split(
            'id="apercu-(?:professionnel|complet)"', page.partition('id="apercu-public"')[2]
        )
        names = {marker.name.removeprefix("brouillon neuf/") for marker in planted.markers.found_in(for_all)}
        assert {name for name in names if name.split(".")[0] not in open_to_all} == public_contact | public_telecoms
        shown = {marker.name for marker in planted.markers.found_in(for_professionals)}
        assert "brouillon neuf/Telecom.address@2" in shown
        assert "brouillon neuf/Telecom.address@3" not in shown
        assert "brouillon neuf/Telecom.address@3" in {marker.name for marker in planted.markers.found_in(for_own)}


def people(planted: Planted, *names: str) -> list[Reader]:
    return [reader for reader in readers(planted) if reader.name in names]


def answered(reader: Reader, request: Request, value: str) -> tuple[int, str, str]:
    """The answer to someone who asks nothing else: a message that waits would be shown by the next page."""
    answer = leak_matrix.send(reader.client(), request)
    return leak_matrix.comparable(answer, value, value.partition(":")[2])


def pages(people: list[Reader], requests: list[Request]) -> dict[tuple[str, str], tuple]:
    """What each reader is answered, the administration only to those who may enter it."""
    answers = {}
    for reader in people:
        client = reader.client()
        for request in requests:
            if reader.name in INSIDE or not request.channel.startswith("admin"):
                answers[reader.name, request.path] = leak_matrix.comparable(leak_matrix.send(client, request))
    return answers


def questions(planted: Planted) -> list[tuple[Callable[[str], Request], str, str]]:
    """A request that depends on a value, a value that is hidden, and one of the same kind that does not exist."""
    contact = planted.ordinary.contacts.get(level=3, nature=None)
    unused = planted.markers.code("J17", "activité sans offre")
    activity = planted.sensitive.activities.get().activity_id
    never = "zq9999"

    def page(name: str, argument: str, **fixed: str) -> Callable[[str], Request]:
        return lambda value: channels.get(name, {argument: value, **fixed})

    def search(**fixed: str) -> Callable[[str], Request]:
        return lambda value: channels.get("publication:home", {}, {"q": value, **fixed})

    def by_activity(value: str) -> Request:
        return channels.get("publication:home", {}, {"activite": value, "liste": "offres"})

    offers = reverse("admin:structures_offer_changelist")
    hidden_draft, no_draft = str(planted.new_draft.pk), str(uuid.uuid4())
    found = [
        (search(liste="offres"), planted.sensitive.name, never),
        (search(liste="etablissements"), planted.sensitive.name, never),
        (search(liste="offres"), contact.name, never),
        (search(liste="offres"), contact.telecoms.get().address, "0639989999"),
        (by_activity, activity, unused),
        (page("publication:offer", "slug"), planted.sensitive.slug, "53-99999"),
        (page("publication:organization", "slug"), planted.organizations["secret"].slug, "53-99999"),
        (page("describing:edit", "slug"), planted.sensitive.slug, "53-99999"),
        (page("describing:review", "pk"), hidden_draft, no_draft),
        (page("describing:drop", "pk"), hidden_draft, no_draft),
        (page("describing:step", "pk", step="contacts"), hidden_draft, no_draft),
        (lambda value: Request("admin", f"{offers}?q={value}"), planted.sensitive.name, never),
        (lambda value: Request("admin", f"{offers}{value}/change/"), str(planted.sensitive.pk), "99999999"),
        (lambda value: Request("admin", f"{offers}{value}/history/"), str(planted.sensitive.pk), "99999999"),
        *hidden_rows(planted),
    ]
    for lookup, value in channels.guesses(planted):
        found.append((partial(guess, offers, lookup), value, "1" if value == "0" else never))
    return found


def hidden_rows(planted: Planted) -> Iterator[tuple[Callable[[str], Request], str, str]]:
    """The screen of a row that hangs on the sensitive offer, and that of a row that does not exist."""
    for model, path in channels.HANGING.items():
        if model not in channels.registered():
            continue
        pk = model.objects.filter(**{path: planted.sensitive}).values_list("pk", flat=True).first()
        nothing = str(uuid.uuid4()) if isinstance(pk, uuid.UUID) else "99999999"
        label = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        for action in ("change", "history", "delete"):
            yield partial(screen_of_a_row, f"{label}_{action}"), str(pk), nothing


def screen_of_a_row(name: str, pk: str) -> Request:
    return Request("admin", reverse(name, args=[pk]))


def guess(path: str, lookup: str, value: str) -> Request:
    return Request("admin", f"{path}?{urlencode({lookup: value})}")


def change_crisis_data(planted: Planted) -> None:
    """Change everything at level 3: crisis answers and beds, sensitive units, drafts, versions, contacts, anomalies."""
    crisis = {"orsan_answer": "none", "orsan_level": None, "landing_zone": False}
    with writing("tests", "command"):
        CrisisAnswer.objects.update(**crisis)
        SensitiveUnit.objects.update(motive="autre motif")
        Offer.objects.filter(pk=planted.sensitive.pk).update(name="Autre nom", age_min=1, closing_type=None)
        OpeningHours.objects.filter(offer=planted.sensitive).update(weekday=7)
        Telecom.objects.filter(level=3).update(address="0639989990", private_emergency_line=False)
        Contact.objects.filter(level=3, nature=None).update(name="Autre personne", position=0)
        BedCapacity.objects.filter(level=3).update(number=1)
        BedCapacity.objects.filter(care_capacity__place__offer_links__offer=planted.sensitive).delete()
        OperationalSituation.objects.filter(offer=planted.sensitive).update(comment="autre", vitale_card=True)
        InternalOrganization.objects.filter(pk=planted.organizations["secret"].pk).update(name="Aab")
        Anomaly.objects.filter(offer=planted.sensitive).delete()
        Anomaly.objects.update(description="", wrong_value="autre", proposed_value="")
        planted.draft_beside.delete()
        planted.unfinished_draft.delete()
    published_offer(planted.entity, name="Aaa", sensitive=True, sensitive_motive="une unité de plus")


def change_restricted_data(planted: Planted) -> None:
    """Change what is at level 2: contacts and telecoms, beds, equipment, expertise, professionals, anomalies."""
    with writing("tests", "command"):
        BedCapacity.objects.filter(level=2, status=OCCUPIED).delete()
        BedCapacity.objects.filter(level=2).update(number=2)
        SpecificEquipment.objects.all().delete()
        OfferExpertise.objects.update(specialisations=[])
        OutsideOfficeActs.objects.all().delete()
        SituationHours.objects.all().delete()
        SituationTelecom.objects.update(level=3)
        OperationalSituation.objects.update(comment="", vitale_card=True)
        Anomaly.objects.all().delete()
        Telecom.objects.filter(level=2).update(address="0639989991", direct_line=False)
        Contact.objects.filter(level=2, nature=None).update(name="Autre personne")
        Telecom.objects.filter(contact__level=2, contact__nature__isnull=False).delete()
        Contact.objects.filter(level=2, nature__isnull=False).delete()
