"""Review, as a region asks for it: who submits, who reads and decides, what never waits, what silence does."""

import datetime
import threading

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ror.history import writing
from structures import records
from structures.describing import drafts
from structures.describing.models import Draft, RegionSettings, Submission
from structures.describing.reviewing import moves
from structures.describing.reviewing.gate import ReviewNeeded
from structures.describing.reviewing.proposing import DraftInTheWay, propose
from structures.models import Offer, OfferVersion, SensitiveUnit
from structures.publishing import publish
from tests.factories import (
    DIRECT_PHONE,
    EMERGENCY_PHONE,
    AssignmentFactory,
    DraftFactory,
    GeographicEntityFactory,
    SubmissionFactory,
    describer,
    holder,
    offer_document,
    published_offer,
    territory,
)
from tests.structures.pages import page_of, review_url, save

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asked(entity, offer):
    """The region of the establishment asks for reviews, since its first offer was published."""
    with writing("tests", "admin"):
        return RegionSettings.objects.create(region_id=entity.region_id, review=True)


@pytest.fixture
def author(entity):
    return describer(entity, email="decrit@example.org", first_name="Camille", last_name="Décrit")


@pytest.fixture
def describing(author):
    return signed(author)


@pytest.fixture
def reviewer(entity):
    region = territory("region", entity.region_id)
    return holder("regional_quality_manager", region, email="relit@example.org", first_name="Alix", last_name="Relit")


@pytest.fixture
def reviewing(reviewer):
    return signed(reviewer)


@pytest.fixture
def offer(entity):
    return published_offer(entity)


@pytest.fixture
def draft(offer, author):
    """A change of name beside a published offer."""
    document = {**records.read_document(offer), "name": "Nom relu"}
    return DraftFactory(offer=offer, document=document, created_by=author)


@pytest.fixture
def submission(draft, author):
    return moves.submit(draft, author)


def signed(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def nobody_answers(monkeypatch, days=11) -> None:
    """The command runs so many days later; the delay is frozen with the round."""
    later = timezone.now() + datetime.timedelta(days=days)
    with monkeypatch.context() as patched:
        patched.setattr(timezone, "now", lambda: later)
        call_command("publish_unanswered", verbosity=0)


def submit_url(draft):
    return reverse("describing:submit", args=[draft.pk])


def round_url(submission):
    return reverse("describing:round", args=[submission.pk])


def text_of(client, url) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode().replace("&#x27;", "'")


def test_submitted_then_published_by_a_reviewer(describing, reviewing, reviewer, author, draft, offer):
    page = text_of(describing, review_url(draft))
    assert "Soumettre à la relecture régionale" in page
    assert "aucun texte ne l'impose" in page
    assert ">Publier</button>" not in page
    describing.post(submit_url(draft), {"revision": draft.revision})
    describing.post(submit_url(draft), {"revision": draft.revision})
    submission = Submission.objects.get()
    assert [(message.to, submission.document["name"] in message.body) for message in mail.outbox] == [
        ([reviewer.email], False)
    ]
    assert "En relecture régionale" in text_of(describing, review_url(draft))
    assert Offer.objects.get().name == offer.name

    assert "Nom relu" in text_of(reviewing, reverse("describing:to_review"))
    assert "<ins>Nom relu</ins>" in text_of(reviewing, round_url(submission))
    reviewing.post(round_url(submission), {"publish": "1"})
    version = OfferVersion.objects.get(number=2)
    assert Offer.objects.get().name == "Nom relu"
    assert (version.author, version.channel) == (author, "form")
    assert str(reviewer) in version.reason
    assert not Draft.objects.exists()
    submission.refresh_from_db()
    assert (submission.state, submission.decided_by, submission.version) == ("published", reviewer, 2)
    assert mail.outbox[-1].to == [author.email]


def test_returned_with_remarks_shown_at_their_fields_then_resubmitted(describing, reviewing, draft, submission, author):
    empty = reviewing.post(round_url(submission), {"return": "1", "comment": " "})
    assert empty.status_code == 422
    typed = {"return": "1", "comment": "Presque", "remark:name": "Écrivez le sigle en entier", "other": "hours"}
    reviewing.post(round_url(submission), {**typed, "other_text": "Et le samedi ?"})
    assert mail.outbox[-1].to == [author.email]
    page = text_of(describing, review_url(draft))
    assert "Presque" in page
    assert f"/brouillons/{draft.pk}/informations/#id_name" in page
    assert "Relecture : Écrivez le sigle en entier" in page_of(describing, draft, "informations")
    assert "Et le samedi ?" in page_of(describing, draft, "horaires")

    save(describing, draft, "informations", name="Nom écrit en entier", activity_field="R227:04", sensitive="false")
    describing.post(submit_url(draft))
    second = Submission.objects.get(round=2)
    assert "Relecture : " not in page_of(describing, draft, "informations")
    assert "Presque" in text_of(reviewing, round_url(second))
    reviewing.post(round_url(second), {"publish": "1"})
    assert Offer.objects.get().name == "Nom écrit en entier"


def test_taken_back_then_nothing_is_left_to_decide(describing, reviewing, draft, submission):
    describing.post(reverse("describing:withdraw", args=[draft.pk]))
    assert "Nom relu" not in text_of(reviewing, reverse("describing:to_review"))
    answer = reviewing.post(round_url(submission), {"publish": "1"}, follow=True)
    assert "a repris la main" in answer.content.decode()
    assert Offer.objects.get().name != "Nom relu"
    describing.post(submit_url(draft))
    assert Submission.objects.get(round=2).is_waiting


def test_two_reviewers_at_once_decide_once(reviewing, reviewer, submission, entity):
    other = signed(holder("regional_quality_manager", territory("department", entity.department_id)))
    reviewing.post(round_url(submission), {"return": "1", "comment": "À revoir"})
    answer = other.post(round_url(submission), {"publish": "1"}, follow=True)
    assert "vient d'être retournée" in answer.content.decode().replace("&#x27;", "'")
    assert OfferVersion.objects.count() == 1
    assert Submission.objects.get().decided_by == reviewer


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_decisions_at_the_very_moment_publish_once(submission, reviewer, entity):
    other = holder("regional_quality_manager", territory("department", entity.department_id))
    start, outcomes = threading.Barrier(2), []

    def decide(who) -> None:
        start.wait()
        try:
            outcomes.append(moves.accept(submission, who).version)
        except moves.AlreadyDecided:
            outcomes.append("late")
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=[who]) for who in (reviewer, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["2", "late"]
    assert OfferVersion.objects.count() == 2


def test_what_is_typed_after_the_submission_stays_in_the_draft(describing, reviewing, draft, submission, entity):
    save(describing, draft, "informations", name="Encore un nom", activity_field="R227:04", sensitive="false")
    assert "ni relus ni publiés" in text_of(describing, review_url(draft))
    reviewing.post(round_url(submission), {"publish": "1"})
    assert Offer.objects.get().name == "Nom relu"
    kept = Draft.objects.get()
    assert (kept.document["name"], kept.base["name"]) == ("Encore un nom", "Nom relu")
    assert "Encore un nom" in text_of(describing, review_url(draft))


def test_a_page_older_than_the_draft_submits_nothing(describing, draft):
    save(describing, draft, "informations", name="Autre", activity_field="R227:04", sensitive="false")
    answer = describing.post(submit_url(draft), {"revision": draft.revision}, follow=True)
    assert "a changé depuis votre relecture" in answer.content.decode()
    assert not Submission.objects.exists()


def test_what_cannot_be_published_any_more_is_to_be_returned(reviewing, submission, offer):
    """The administration corrected the same datum meanwhile, with its reason: the one exception."""
    base = records.read_document(offer)
    where = {"entity": offer.geographic_entity, "offer": offer, "base": base}
    publish({**base, "name": "Corrigé"}, author="tests", channel="admin", reason="erreur signalée", **where)
    answer = reviewing.post(round_url(submission), {"publish": "1"})
    assert answer.status_code == 409
    assert "ne peut plus être publiée telle quelle" in answer.content.decode()
    assert Submission.objects.get().is_waiting
    assert Offer.objects.get().name == "Corrigé"


def test_of_another_region_nothing_exists(submission):
    client = signed(holder("regional_quality_manager", territory("region", "28")))
    assert client.get(round_url(submission)).status_code == 404
    assert client.post(round_url(submission), {"publish": "1"}).status_code == 404
    assert "Nom relu" not in text_of(client, reverse("describing:to_review"))


def test_a_describer_does_not_decide(describing, submission):
    assert describing.get(round_url(submission)).status_code == 404
    assert describing.post(round_url(submission), {"publish": "1"}).status_code == 404
    assert describing.get(reverse("describing:to_review")).status_code == 404
    assert Submission.objects.get().is_waiting


def test_nobody_decides_of_what_they_could_prepare(entity, reviewer, reviewing, draft, author):
    AssignmentFactory(
        user=reviewer,
        role="mandated",
        perimeter=entity.perimeter,
        ends_at=timezone.now() + datetime.timedelta(days=1),
    )
    submission = moves.submit(draft, author)
    with writing("tests", "command"):
        reviewer.assignments.filter(role="mandated").update(ends_at=timezone.now())
    assert "une autre personne la relit" in text_of(reviewing, round_url(submission))
    assert reviewing.post(round_url(submission), {"publish": "1"}).status_code == 404


def test_a_mandate_prepares_and_submits_nothing(entity, draft):
    region = territory("region", entity.region_id)
    user = holder("grades", region)
    ends = timezone.now() + datetime.timedelta(days=1)
    AssignmentFactory(user=user, role="mandated", perimeter=entity.perimeter, ends_at=ends)
    client = signed(user)
    assert "Soumettre à la relecture" not in text_of(client, review_url(draft))
    assert client.post(submit_url(draft)).status_code == 404


def test_a_reviewer_reads_what_professionals_read(reviewing, entity, author):
    draft = DraftFactory(geographic_entity=entity, created_by=author)
    page = text_of(reviewing, round_url(moves.submit(draft, author))).replace(" ", "").replace("\xa0", "")
    assert DIRECT_PHONE.replace(" ", "") in page
    assert EMERGENCY_PHONE.replace(" ", "") not in page


def test_the_list_costs_the_same_whatever_waits(reviewing, entity, django_assert_max_num_queries):
    author = describer(entity)
    for _ in range(8):
        SubmissionFactory(draft=DraftFactory(geographic_entity=entity, created_by=author))
    reviewing.get(reverse("describing:to_review"))
    with django_assert_max_num_queries(15):
        assert text_of(reviewing, reverse("describing:to_review")).count("soumise le") == 8


def test_whoever_owes_a_second_factor_proves_it_first(reviewing, submission):
    session = reviewing.session
    del session["second_factor"]
    session.save()
    answer = reviewing.get(round_url(submission))
    assert answer.headers["Location"].startswith(reverse("second_factor"))


class TestWhatNeverWaits:
    def test_a_stricter_level_is_published_at_once_and_the_rest_waits(self, describing, draft, offer):
        contact = next(row for row in draft.document["contacts"] if row["level"] == 1)
        contact["level"] = 3
        for telecom in contact["telecoms"]:
            telecom["level"] = 3
        draft.save()
        describing.post(submit_url(draft))
        now = records.read_document(Offer.objects.get())
        assert next(row for row in now["contacts"] if row["id"] == contact["id"])["level"] == 3
        assert now["name"] == offer.name
        assert Submission.objects.get().is_waiting
        draft.refresh_from_db()
        assert draft.base["name"] == offer.name
        assert "<del>" in text_of(describing, review_url(draft))

    def test_a_sensitive_unit_is_nobodys_to_review(self, describing, draft):
        draft.document["sensitive"] = True
        draft.save()
        assert "Soumettre à la relecture" not in text_of(describing, review_url(draft))
        describing.post(review_url(draft))
        assert SensitiveUnit.objects.filter(offer=Offer.objects.get()).exists()
        assert not Submission.objects.exists()
        assert mail.outbox == []

    def test_a_flag_taken_away_is_published_at_once_and_the_rest_waits(self, describing, draft, offer):
        with writing("tests", "command"):
            SensitiveUnit.objects.create(offer=offer)
        base = records.read_document(offer)
        Draft.objects.filter(pk=draft.pk).update(base=base, document={**base, "sensitive": False, "name": "Nom relu"})
        assert describing.post(submit_url(draft)).status_code == 422
        describing.post(submit_url(draft), {"open_sensitive": "oui"})
        assert not SensitiveUnit.objects.exists()
        assert Offer.objects.get().name == offer.name
        assert Submission.objects.get().base["sensitive"] is False

    def test_a_unit_that_becomes_sensitive_while_it_waits_is_hidden(self, reviewing, submission, offer, author):
        base = records.read_document(offer)
        flagged = {**base, "sensitive": True}
        publish(flagged, entity=offer.geographic_entity, author=author, channel="form", offer=offer, base=base)
        assert reviewing.get(round_url(submission)).status_code == 404
        assert "Nom relu" not in text_of(reviewing, reverse("describing:to_review"))


@pytest.mark.parametrize("channel", ["form", "import", "software", "restore", "command", "admin"])
def test_no_channel_goes_round(offer, channel):
    base = records.read_document(offer)
    with pytest.raises(ReviewNeeded):
        publish(
            {**base, "name": "Autre"},
            entity=offer.geographic_entity,
            author="tests",
            channel=channel,
            offer=offer,
            base=base,
        )
    with pytest.raises(ReviewNeeded):
        publish(offer_document(), entity=offer.geographic_entity, author="tests", channel=channel)
    assert Offer.objects.get().name == offer.name


@pytest.mark.parametrize("known", [True, False], ids=["published", "new"])
def test_an_import_is_submitted_instead(offer, author, reviewing, known):
    base = records.read_document(offer)
    document = {**base, "name": "Importée"} if known else offer_document(name="Importée")
    where = {"offer": offer, "base": base} if known else {}
    asked = propose(document, entity=offer.geographic_entity, author=author, channel="import", **where)
    assert Submission.objects.get() == asked
    reviewing.post(round_url(asked), {"publish": "1"})
    version = OfferVersion.objects.latest("published_at")
    assert (version.document["name"], version.channel, version.author) == ("Importée", "import", author)


def test_an_import_never_writes_over_what_someone_types(offer, author, draft):
    base = records.read_document(offer)
    where = {"entity": offer.geographic_entity, "offer": offer, "base": base}
    with pytest.raises(DraftInTheWay):
        propose({**base, "name": "Importée"}, author=author, channel="import", **where)
    assert Draft.objects.get().document["name"] == "Nom relu"


def test_saying_the_same_again_renews_the_date(offer):
    base = records.read_document(offer)
    publish(base, entity=offer.geographic_entity, author="tests", channel="form", offer=offer, base=base)
    assert OfferVersion.objects.count() == 2


def test_a_region_that_asks_for_nothing_publishes_at_once(author):
    elsewhere = GeographicEntityFactory(insee="14118")
    client = signed(describer(elsewhere))
    draft = DraftFactory(geographic_entity=elsewhere)
    assert ">Publier</button>" in text_of(client, review_url(draft))
    client.post(review_url(draft))
    assert Offer.objects.filter(geographic_entity=elsewhere).exists()


def test_pressing_publish_on_an_old_page_publishes_nothing(describing, draft):
    answer = describing.post(review_url(draft), follow=True)
    assert "demande une relecture" in answer.content.decode()
    assert OfferVersion.objects.count() == 1


class TestSilence:
    def test_unanswered_it_publishes_itself_once(self, submission, author, monkeypatch):
        nobody_answers(monkeypatch, days=9)
        assert Submission.objects.get().is_waiting
        for _ in range(2):
            nobody_answers(monkeypatch)
        version = OfferVersion.objects.get(number=2)
        assert (version.author, version.reason) == (author, "délai de relecture dépassé")
        assert Submission.objects.get().state == "published"
        assert [message.to for message in mail.outbox] == [[author.email]]

    def test_what_no_longer_passes_is_returned_with_the_reasons(
        self, submission, describing, draft, offer, monkeypatch
    ):
        base = records.read_document(offer)
        corrected = {**base, "name": "Nom corrigé par l'administration"}
        where = {"entity": offer.geographic_entity, "offer": offer, "base": base}
        publish(corrected, author="tests", channel="admin", reason="erreur signalée", **where)
        nobody_answers(monkeypatch)
        returned = Submission.objects.get()
        assert (returned.state, returned.decided_by) == ("returned", None)
        assert [remark["path"] for remark in returned.remarks] == ["name"]
        assert "Le délai de relecture est passé" in text_of(describing, review_url(draft))
        assert mail.outbox[-1].to == [returned.submitted_by.email]


def test_dropping_the_draft_withdraws_it(submission, draft, author):
    drafts.drop(draft, author=author)
    assert Submission.objects.get().state == "withdrawn"


def test_a_round_is_frozen_and_decided_once(submission, reviewer):
    moves.send_back(submission, reviewer, "À revoir", [])
    for change in ({"state": "published"}, {"comment": "Autre"}, {"document": {}}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Submission.objects.filter(pk=submission.pk).update(**change)
