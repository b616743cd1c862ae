"""Blanking an old value: found nowhere afterwards, kept where the record says it today, and never in the trace."""

import io
import threading
import time
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pghistory.core import event_models

from confidentiality.levels import Level
from professionals.attaching import describe
from professionals.models import Practice, SituationTelecom
from ror.history import writing
from ror.imports.models import ImportFile, ImportJob, StagedLine
from ror.persons.blanking import NotBlanked, blank, foresee
from ror.persons.models import Blanking
from ror.persons.scope import Scope, find_scope
from ror.quality.models import Anomaly, Reminder
from structures.describing.models import Draft
from structures.document import BLANKED, NAME_TODAY
from structures.findings import NotPublishable
from structures.models import Contact, Offer, OfferVersion, Telecom
from structures.publishing import publish
from structures.records import read_document
from tests.factories import (
    AnomalyFactory,
    ContactFactory,
    DraftFactory,
    GeographicEntityFactory,
    LegalEntityFactory,
    PracticeFactory,
    SituationFactory,
    SituationTelecomFactory,
    SubmissionFactory,
    TelecomFactory,
    UserFactory,
    contact_row,
    offer_document,
    published_offer,
    telecom_row,
)
from tests.persons.conftest import granted

pytestmark = pytest.mark.django_db

OLD, NEW = "Zoé Ancienne", "Zoé Nouvelle"
OLD_PHONE, NEW_PHONE = "0639980311", "0639980322"
WHY = {"datum": "Contact.name", "author": "délégué", "channel": "admin", "reason": "rectification accordée"}
SAMPLED = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def named(name: str, phone: str = OLD_PHONE, **changes) -> dict:
    """The row of a contact known by function and name."""
    telecoms = [telecom_row(phone, level=2, direct_line=True)]
    return contact_row(nature=None, function="R251:01", name=name, level=2, telecoms=telecoms, **changes)


def published(entity, name: str = OLD, **changes) -> Offer:
    document = offer_document(contacts=[contact_row(), named(name)], **changes)
    return publish(document, entity=entity, author="tests", channel="command").offer


def corrected(offer: Offer, name: str = NEW, phone: str = NEW_PHONE) -> None:
    """The describer publishes the right name: by the ordinary gate."""
    base = read_document(offer)
    contacts = [
        row | {"name": name, "telecoms": [telecom | {"address": phone} for telecom in row["telecoms"]]}
        if row["name"]
        else row
        for row in base["contacts"]
    ]
    document = base | {"contacts": contacts}
    publish(document, entity=offer.geographic_entity, author="tests", channel="command", offer=offer, base=base)


def scope(entity) -> Scope:
    return find_scope(entity.id_nat_struct)


def places_of(text: str) -> list[str]:
    """Every « table.column » of the database where `text` is found, in whatever column holds words."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            " AND table_name NOT LIKE 'reference_%'"  # public codes and communes, which nobody writes here
            " AND data_type IN ('text', 'character varying', 'character', 'json', 'jsonb', 'ARRAY', 'USER-DEFINED')"
        )
        found = []
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}" WHERE strpos("{column}"::text, %s) > 0)', [text])
            if cursor.fetchone()[0]:
                found.append(f"{table}.{column}")
        return sorted(found)


def events_of(model):
    return next(event for event in event_models() if event.pgh_tracked_model is model).objects


@pytest.fixture
def everywhere(hospital):
    """An offer whose old name and phone are copied everywhere that the portal copies."""
    offer = published(hospital)
    corrected(offer)
    old = OfferVersion.objects.get(offer=offer, number=1).document
    draft = DraftFactory(offer=offer, document=old, base=old)
    returned = {"state": "returned", "decided_at": timezone.now(), "comment": f"Qui est {OLD} ?"}
    SubmissionFactory(draft=draft, **returned, remarks=[{"path": "contacts", "text": f"{OLD} ou une autre ?"}])
    SubmissionFactory(draft=draft, round=2)
    DraftFactory(geographic_entity=hospital, document={"comment": f"Demander {OLD} au {OLD_PHONE}."})
    AnomalyFactory(geographic_entity=hospital, wrong_value=OLD, description=f"{OLD} est parti.")
    contact = Contact.objects.get(offer=offer, name=NEW)
    with writing("tests", "admin", f"remplacer {OLD}"):
        Contact.objects.filter(pk=contact.pk).update(description="à jour")
    return offer


def test_the_old_value_is_found_nowhere_once_blanked(hospital, everywhere):
    request = granted(details=f"Je ne m'appelle plus {OLD}, et {OLD_PHONE} n'est plus à moi.")
    assert set(places_of(OLD)) >= {
        "persons_personrequest.details",
        "pghistory_context.metadata",
        "quality_anomaly.wrong_value",
        "structures_contactgovernedevent.name",
        "describing_draft.base",
        "describing_draft.document",
        "describing_submission.base",
        "describing_submission.comment",
        "describing_submission.document",
        "describing_submission.remarks",
        "structures_offerversion.document",
    }
    done = blank([OLD, OLD_PHONE], scope(hospital), request=request, **WHY | {"reason": f"ce n'est plus {OLD}"})
    assert places_of(OLD) == []
    assert places_of(OLD_PHONE) == []
    assert {name for name, count in done.counts.items() if count} == {
        "historique",
        "versions publiées",
        "brouillons",
        "relectures",
        "anomalies et notes",
        "motifs d'écriture",
        "demande de la personne",
    }


def test_what_the_record_says_is_not_touched(hospital, everywhere):
    before = read_document(everywhere)
    blank([OLD, OLD_PHONE], scope(hospital), **WHY)
    assert read_document(everywhere) == before


def test_the_trace_says_who_when_which_datum_and_why_but_not_the_value(hospital, everywhere):
    blank([OLD], scope(hospital), **WHY)
    trace = Blanking.objects.get()
    assert (trace.datum, trace.author_name, trace.reason) == ("Contact.name", "délégué", "rectification accordée")
    assert hospital.id_nat_struct in trace.subject
    assert trace.counts["versions publiées"] == 1
    with pytest.raises(ProgrammingError, match="Cannot update"):
        Blanking.objects.update(reason="autre")


def test_a_draft_left_as_it_was_takes_the_value_of_the_record(hospital, everywhere):
    blank([OLD, OLD_PHONE], scope(hospital), **WHY)
    draft = Draft.objects.get(offer=everywhere)
    assert draft.revision == 2
    said = publish(
        draft.document, entity=hospital, author="tests", channel="form", offer=everywhere, base=draft.base
    ).offer
    assert {row["name"] for row in read_document(said)["contacts"]} == {None, NEW}


def test_what_was_blanked_is_never_published_again(hospital, everywhere):
    """A version taken back holds the place of the value: whoever publishes it says today's."""
    blank([OLD, OLD_PHONE], scope(hospital), **WHY)
    old = OfferVersion.objects.get(offer=everywhere, number=1).document
    again = {"offer": everywhere, "base": read_document(everywhere)}
    with pytest.raises(NotPublishable) as refusal:
        publish(old, entity=hospital, author="tests", channel="form", **again)
    (row,) = [row for row in old["contacts"] if row["name"]]
    telecom = row["telecoms"][0]["id"]
    assert {(finding.path, finding.message) for finding in refusal.value.findings} >= {
        (f"contacts.{row['id']}.name", NAME_TODAY),
        (f"contacts.{row['id']}.telecoms.{telecom}.address", NAME_TODAY),
    }


def test_what_another_row_says_today_is_no_old_value(hospital):
    """Two people with one name: the history of the one who keeps it is not emptied."""
    offer, other = published(hospital), published(hospital)
    corrected(offer)
    done = blank([OLD], scope(hospital), **WHY)
    kept = Contact.objects.get(offer=other, name=OLD)
    assert events_of(Contact).filter(pgh_obj_id=kept.pk, name=OLD).exists()
    assert OLD in str(OfferVersion.objects.get(offer=other).document)
    assert OLD not in str(list(OfferVersion.objects.filter(offer=offer).values_list("document", flat=True)))
    assert done.still_said == 1


def test_another_establishment_is_left_alone(hospital, everywhere):
    elsewhere = published(GeographicEntityFactory())
    corrected(elsewhere)
    blank([OLD], scope(hospital), **WHY)
    assert OLD in str(OfferVersion.objects.get(offer=elsewhere, number=1).document)


def test_only_whole_words_are_blanked(hospital):
    offer = published(hospital, name="Zoé Anciennement")
    corrected(offer)
    assert blank([OLD], scope(hospital), **WHY).total == 0
    assert places_of("Zoé Anciennement")


def test_rows_that_are_gone_are_blanked_too(hospital):
    """The contact and its telecom were removed: only their history speaks of them."""
    offer = published(hospital)
    base = read_document(offer)
    document = base | {"contacts": [row for row in base["contacts"] if not row["name"]]}
    publish(document, entity=hospital, author="tests", channel="command", offer=offer, base=base)
    assert "structures_telecomgovernedevent.address" in places_of(OLD_PHONE)
    blank([OLD, OLD_PHONE], scope(hospital), **WHY)
    assert places_of(OLD) == places_of(OLD_PHONE) == []


def test_a_contact_of_a_legal_entity_is_blanked_by_its_number():
    legal = LegalEntityFactory()
    contact = ContactFactory(offer=None, legal_entity=legal, nature_id=None, function_id="R251:01", name=OLD, level=2)
    telecom = TelecomFactory(contact=contact, address=OLD_PHONE, level=2, geographic_entity=None)
    with writing("tests", "command"):
        Contact.objects.filter(pk=contact.pk).update(name=NEW)
        Telecom.objects.filter(pk=telecom.pk).update(address=NEW_PHONE)
    blank([OLD, OLD_PHONE], scope(legal), **WHY)
    assert places_of(OLD) == places_of(OLD_PHONE) == []


def test_a_name_that_the_register_corrected_is_blanked_for_that_person_only():
    person, namesake = PracticeFactory(last_name="Ancienne"), PracticeFactory(last_name="Ancienne")
    with writing("tests", "register"):
        Practice.objects.filter(pk__in=[person.pk, namesake.pk]).update(last_name="Nouvelle")
    blank(["Ancienne"], find_scope(person.professional.rpps), **WHY)
    assert not events_of(Practice).filter(pgh_obj_id=person.pk, last_name="Ancienne").exists()
    assert events_of(Practice).filter(pgh_obj_id=namesake.pk, last_name="Ancienne").exists()


def test_a_phone_of_a_situation_is_blanked_by_the_person_or_the_establishment(hospital):
    situation = SituationFactory(offer=published(hospital))
    SituationTelecomFactory(situation=situation, address=OLD_PHONE)
    row = {"channel": "R200:2", "address": NEW_PHONE, "direct_line": False, "private_emergency_line": False}
    describe(situation, author="tests", channel="form", telecoms=[row | {"level": Level.PROFESSIONAL}])
    events = events_of(SituationTelecom).filter(address=OLD_PHONE)
    assert events.exists()
    blank([OLD_PHONE], find_scope(situation.practice.professional.id_nat_ps), **WHY)
    assert not events.exists()


@pytest.mark.slow
@SAMPLED
@given(
    value=st.text("abcdeéèZ'-. ", min_size=3, max_size=40)
    .map(str.strip)
    .filter(lambda value: len(value) > 4 and value[0].isalpha() and value[-1].isalpha()),
    phones=st.integers(10, 99),
    rounds=st.integers(1, 3),
)
def test_whatever_the_value_and_its_copies_nothing_is_left(value, phones, rounds):
    """The marker stands in each old value, so that nothing else of the database can hold it."""
    old = f"{value} qzxj"
    with undone():
        entity = GeographicEntityFactory(health=True)
        offer = published(entity, old)
        for rank in range(rounds):
            corrected(offer, f"Nouvelle {rank}", f"06399804{phones}")
        document = OfferVersion.objects.get(offer=offer, number=1).document
        DraftFactory(offer=offer, document=document, base=document)
        DraftFactory(geographic_entity=entity, document={"comment": f'«{old}», dit "{old}"\n{old}.'})
        AnomalyFactory(geographic_entity=entity, description=f"({old}) {old}")
        request = granted(details=f"{old}/{old}")
        assert places_of("qzxj")
        blank([old], scope(entity), request=request, **WHY | {"reason": f"plus {old}"})
        assert places_of("qzxj") == []


@contextmanager
def undone():
    """What one example wrote is not there for the next."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_the_officer_and_whoever_publishes_do_not_wait_for_each_other(real_transactions):
    """A publication takes its draft first, its anomalies last: whoever erases waits for it holding nothing."""
    hospital = GeographicEntityFactory(health=True)
    draft = DraftFactory(geographic_entity=hospital, document={"comment": OLD})
    anomaly = AnomalyFactory(geographic_entity=hospital, wrong_value=OLD)
    erasing = threading.Thread(target=erase, args=(scope(hospital),))
    try:
        with transaction.atomic():
            Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
            erasing.start()
            wait_until_someone_waits()
            Anomaly.objects.select_for_update(of=("self",), nowait=True).get(pk=anomaly.pk)
    finally:
        erasing.join()
    assert places_of(OLD) == []


def erase(within: Scope) -> None:
    try:
        blank([OLD], within, **WHY)
    finally:
        connection.close()


def wait_until_someone_waits() -> None:
    """For a row that this transaction holds."""
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
            if cursor.fetchone():
                return
        time.sleep(0.05)
    pytest.fail("nobody waits")


def test_the_reason_of_a_reminder_is_blanked_too(hospital):
    said = {"sent_by": UserFactory(), "reason": f"Le numéro de {OLD} ne répond pas"}
    kept, blanked = (
        Reminder.objects.create(geographic_entity=each, **said) for each in (GeographicEntityFactory(), hospital)
    )
    blank([OLD], scope(hospital), **WHY)
    for reminder in (kept, blanked):
        reminder.refresh_from_db()
    assert OLD in kept.reason
    assert blanked.reason == f"Le numéro de {BLANKED} ne répond pas"


def test_an_import_that_quotes_the_old_value_is_abandoned_and_forgets_it(hospital):
    offer = published_offer(hospital)
    other = published_offer(GeographicEntityFactory())
    jobs = []
    for each in (offer, other):
        job = ImportJob.objects.create(owner=UserFactory(), file_name="offres.csv", sha256="0", state="previewed")
        said = {"typed": {"comment": f"Voir {OLD}"}, "changes": [{"label": "x", "before": OLD, "after": ""}]}
        told = [{"cell": "A1", "column": "", "message": f"« {OLD} » est inconnu"}]
        StagedLine.objects.create(job=job, number=2, offer=each, outcome="changed", problems=told, **said)
        jobs.append(job)
    done = blank([OLD], scope(hospital), **WHY)
    assert done.counts["imports"] == 1
    (blanked,), (kept,) = (list(job.lines.values("typed", "changes", "problems")) for job in jobs)
    assert blanked == {"typed": {}, "changes": [], "problems": []}
    assert kept["typed"]
    states = ImportJob.objects.values_list("state", flat=True)
    assert sorted(states) == ["abandoned", "previewed"]


def test_an_import_that_quotes_what_is_blanked_of_a_professional_is_abandoned(hospital):
    practice, other = PracticeFactory(), PracticeFactory()
    jobs = []
    for each in (practice, other):
        said = {"identifier": "", "practice": each.pk, "name": OLD, "said": {}, "shown": {}, "spot": ["", 0, "", ""]}
        job = ImportJob.objects.create(owner=UserFactory(), file_name="offres.csv", sha256="0", state="previewed")
        line = {"number": 2, "offer": published_offer(hospital), "outcome": "changed"}
        StagedLine.objects.create(job=job, changes=[["situations", said]], **line)
        jobs.append(job)
    blank([OLD], find_scope(practice.professional.rpps), **WHY)
    blanked, kept = (job.lines.get().changes for job in jobs)
    assert blanked == []
    assert kept
    assert sorted(ImportJob.objects.values_list("state", flat=True)) == ["abandoned", "previewed"]


@pytest.mark.parametrize(
    ("where", "lines", "ended"),
    [("all", 0, True), ("here", 0, True), ("elsewhere", 0, False), ("all", 1, True), ("elsewhere", 1, False)],
)
def test_an_import_whose_file_may_quote_the_old_value_is_abandoned_with_it(hospital, where, lines, ended):
    elsewhere = GeographicEntityFactory()
    offer, other = published_offer(hospital), published_offer(elsewhere)
    entity = {"all": None, "here": hospital, "elsewhere": elsewhere}[where]
    job = ImportJob.objects.create(owner=UserFactory(), file_name="o.csv", sha256="0", geographic_entity=entity)
    ImportFile.objects.create(job=job, name="o.csv", content=OLD.encode())
    if lines:
        about = other if where == "elsewhere" else offer
        StagedLine.objects.create(job=job, number=2, offer=about, outcome="unchanged")
    blank([OLD], scope(hospital), **WHY)
    job.refresh_from_db()
    assert ((job.state == "abandoned"), job.files.exists()) == (ended, not ended)


def test_the_number_of_statements_does_not_grow_with_the_copies(hospital):
    def statements(offers: int) -> int:
        entity = GeographicEntityFactory(health=True)
        for _ in range(offers):
            corrected(published(entity))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            blank([OLD, OLD_PHONE], scope(entity), **WHY)
        return len(captured)

    few = statements(1)
    assert statements(4) == few
    assert few <= 80


def test_seeing_what_would_be_done_does_nothing(hospital, everywhere):
    before = places_of(OLD)
    assert foresee([OLD], scope(hospital), **WHY).total > 0
    assert places_of(OLD) == before
    assert not Blanking.objects.exists()


def test_all_or_nothing(hospital, everywhere, monkeypatch):
    before = places_of(OLD)

    def fail(*args):
        raise RuntimeError

    monkeypatch.setattr("ror.persons.blanking._blank_drafts", fail)
    with pytest.raises(RuntimeError):
        blank([OLD], scope(hospital), **WHY)
    assert places_of(OLD) == before


@pytest.mark.parametrize("values", [[], ["  "], ["ab"], ["a" * 400], ["de\x07ux"], [f"valeur {i}" for i in range(11)]])
def test_what_cannot_be_looked_for_is_refused(hospital, values):
    with pytest.raises(NotBlanked):
        blank(values, scope(hospital), **WHY)


@pytest.mark.parametrize("model", [Contact, Telecom, Anomaly])
def test_the_history_is_changed_by_no_other_road(hospital, everywhere, model):
    with pytest.raises(ProgrammingError, match="Cannot update"), writing("tests", "admin"):
        events_of(model).update(pgh_label="autre")


# The command.


def command(capsys, monkeypatch, place: str, *options: str, values: str = f"{OLD}\n{OLD_PHONE}\n") -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(values))
    said = ["--datum", "Contact.name", "--author", "délégué", "--reason", "demande acceptée"]
    call_command("blank_old_value", place, *said, *options)
    return capsys.readouterr().out


def test_the_command_says_first_then_erases(hospital, everywhere, capsys, monkeypatch):
    said = command(capsys, monkeypatch, hospital.finess)
    assert "serait effacé : " in said
    assert OLD not in said
    assert places_of(OLD)
    assert "versions publiées : 1" in command(capsys, monkeypatch, hospital.finess, "--confirm")
    assert places_of(OLD) == []


def test_the_command_refuses_what_it_cannot_find(hospital, capsys, monkeypatch):
    with pytest.raises(CommandError, match="Rien n'a le numéro"):
        command(capsys, monkeypatch, "350000000")
    with pytest.raises(CommandError, match="caractères"):
        command(capsys, monkeypatch, hospital.finess, values="ab\n")
