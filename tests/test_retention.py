"""`purge_expired`: what is old goes when a delay says so, and nothing else ever does."""

import datetime
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pgtrigger
import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pghistory.core import event_models
from pghistory.models import Context

from ror import retention
from ror.dates import display_date
from ror.history import writing
from structures.describing.models import Draft, Submission
from structures.models import LegalEntity, Offer, OfferVersion
from tests.factories import (
    DraftFactory,
    GeographicEntityFactory,
    LegalEntityFactory,
    SubmissionFactory,
    published_offer,
)

pytestmark = pytest.mark.django_db
EVENTS = LegalEntity.pgh_event_models["insert"]
DAYS = 30
OLD = datetime.timedelta(days=DAYS + 1)
RECENT = datetime.timedelta(days=DAYS - 1)


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path) -> Path:
    """No delay at all, and a folder of uploads that nothing has made yet."""
    settings.KEEP_HISTORY_DAYS = settings.KEEP_DRAFTS_DAYS = settings.KEEP_UPLOADS_DAYS = None
    settings.MEDIA_ROOT = str(tmp_path / "uploads")
    return tmp_path / "uploads"


def purge(*options: str) -> list[str]:
    out = StringIO()
    call_command("purge_expired", *options, stdout=out)
    return out.getvalue().splitlines()


def last_day() -> str:
    return display_date(timezone.now() - datetime.timedelta(days=DAYS))


def everything_is_old() -> None:
    """All that was written so far was written long ago: what no one but a test may pretend."""
    moment = timezone.now() - OLD
    for model in event_models():
        with pgtrigger.ignore(f"{model._meta.label}:append_only"):
            model.objects.update(pgh_created_at=moment)
    Context.objects.update(created_at=moment)


def number_of_events() -> int:
    return sum(model.objects.count() for model in event_models())


def test_nothing_is_erased_without_a_setting(settings, uploads):
    settings.KEEP_JOURNAL_DAYS = None
    DraftFactory()
    Draft.objects.update(updated_at=timezone.now() - OLD)
    file_of(uploads / "vieux.csv", OLD)
    everything_is_old()
    events = number_of_events()
    assert purge() == [
        "historique : conservé sans limite (ROR_KEEP_HISTORY_DAYS non défini)",
        "brouillons : conservés sans limite (ROR_KEEP_DRAFTS_DAYS non défini)",
        "fichiers déposés : conservés sans limite (ROR_KEEP_UPLOADS_DAYS non défini)",
        "journal des consultations : conservé sans limite (ROR_KEEP_JOURNAL_DAYS non défini)",
        "demandes des personnes : conservées sans limite (ROR_KEEP_PERSON_REQUESTS_DAYS non défini)",
        "invitations et demandes de rôle : conservées sans limite (ROR_KEEP_INVITATIONS_DAYS non défini)",
        "relectures terminées : conservées sans limite (ROR_KEEP_DRAFTS_DAYS non défini)",
    ]
    assert (number_of_events(), Draft.objects.count()) == (events, 1)
    assert (uploads / "vieux.csv").exists()


@pytest.mark.parametrize("days", [0, -1, 36_501])
@pytest.mark.parametrize("setting", ["KEEP_HISTORY_DAYS", "KEEP_DRAFTS_DAYS", "KEEP_UPLOADS_DAYS", "KEEP_JOURNAL_DAYS"])
def test_an_absurd_delay_is_refused_before_anything_is_erased(settings, uploads, setting, days):
    settings.KEEP_HISTORY_DAYS = settings.KEEP_DRAFTS_DAYS = settings.KEEP_UPLOADS_DAYS = DAYS
    setattr(settings, setting, days)
    LegalEntityFactory()
    everything_is_old()
    file_of(uploads / "vieux.csv", OLD)
    events = number_of_events()
    with pytest.raises(CommandError, match=rf"ROR_{setting} vaut {days} : indiquez un nombre de jours entre 1 et"):
        purge()
    assert number_of_events() == events
    assert (uploads / "vieux.csv").exists()


@pytest.mark.parametrize(("given", "read"), [("", "None"), (" 400 ", "400"), ("0", "0")])
def test_delays_are_read_from_the_environment(given, read):
    assert settings_read(given).stdout.strip() == read


def test_a_delay_that_is_no_number_is_told():
    assert "ROR_KEEP_DRAFTS_DAYS vaut « un an » : indiquez un nombre entier de jours." in settings_read("un an").stderr


def settings_read(given: str) -> subprocess.CompletedProcess:
    """What the settings read from the environment, in a process of their own."""
    return subprocess.run(
        [sys.executable, "-c", "from django.conf import settings; print(settings.KEEP_DRAFTS_DAYS)"],
        cwd=project.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "ror.settings", "ROR_KEEP_DRAFTS_DAYS": given},
        capture_output=True,
        text=True,
        check=False,
    )


class TestHistory:
    @pytest.fixture(autouse=True)
    def delay(self, settings):
        settings.KEEP_HISTORY_DAYS = DAYS

    @pytest.mark.usefixtures("real_transactions")
    def test_old_events_go_with_their_authors_and_recent_ones_stay(self):
        old, _ = LegalEntityFactory(), LegalEntityFactory()
        everything_is_old()
        events = number_of_events()
        with writing("tests", "command") as recent:
            LegalEntity.objects.filter(pk=old.pk).update(legal_name="Association renommée")
        assert purge()[0] == f"historique : {events} événements effacés (plus anciens que le {last_day()})"
        assert [event.legal_name for event in EVENTS.objects.all()] == ["Association renommée"]
        assert number_of_events() == 1
        assert list(Context.objects.values_list("pk", flat=True)) == [recent.context_id]
        assert LegalEntity.objects.count() == 2

    def test_an_author_stays_as_long_as_one_event_of_the_transaction_does(self):
        LegalEntityFactory()
        everything_is_old()
        with pgtrigger.ignore(f"{EVENTS._meta.label}:append_only"):
            EVENTS.objects.update(pgh_created_at=timezone.now() - RECENT)
        kept = set(EVENTS.objects.values_list("pgh_context_id", flat=True))
        purge()
        assert set(Context.objects.values_list("pk", flat=True)) == kept

    def test_a_dry_run_only_says(self):
        LegalEntityFactory.create_batch(2)
        everything_is_old()
        events, contexts = number_of_events(), Context.objects.count()
        assert purge("--dry-run")[0] == f"historique : {events} événements à effacer (plus anciens que le {last_day()})"
        assert (number_of_events(), Context.objects.count()) == (events, contexts)

    def test_twice_changes_nothing(self):
        LegalEntityFactory()
        everything_is_old()
        purge()
        assert purge()[0] == f"historique : 0 événement effacé (plus anciens que le {last_day()})"

    def test_records_and_published_versions_stay(self):
        offer = published_offer()
        rows = {model: model.objects.count() for model in tracked_models()}
        versions = list(OfferVersion.objects.values())
        everything_is_old()
        purge()
        assert number_of_events() == 0
        assert list(OfferVersion.objects.values()) == versions
        assert {model: model.objects.count() for model in rows} == rows
        assert Offer.objects.get().pk == offer.pk

    def test_in_stretches_of_one_statement_each(self, monkeypatch):
        LegalEntityFactory.create_batch(4)
        everything_is_old()
        monkeypatch.setattr(retention, "BATCH", 2)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            purge()
        table = EVENTS._meta.db_table
        erasing = [query["sql"] for query in queries if f'DELETE FROM "{table}"' in query["sql"]]
        assert 2 <= len(erasing) <= 3
        assert not EVENTS.objects.exists()

    def test_no_other_road_erases_an_event(self):
        entity = LegalEntityFactory()
        everything_is_old()
        purge()
        with writing("tests", "command"):
            LegalEntity.objects.filter(pk=entity.pk).update(legal_name="Association renommée")
        with pytest.raises(DatabaseError), transaction.atomic():
            EVENTS.objects.all().delete()


def tracked_models() -> set:
    return {model.pgh_tracked_model for model in event_models()}


class TestDrafts:
    @pytest.fixture(autouse=True)
    def delay(self, settings):
        settings.KEEP_DRAFTS_DAYS = DAYS

    @pytest.fixture
    def drafts(self) -> list[Draft]:
        """Two old drafts in one establishment, an old one beside an offer of another, a recent one."""
        entity = GeographicEntityFactory()
        old = [DraftFactory(geographic_entity=entity), DraftFactory(geographic_entity=entity)]
        old.append(DraftFactory(offer=published_offer()))
        Draft.objects.update(updated_at=timezone.now() - OLD)
        recent = DraftFactory(geographic_entity=entity)
        Draft.objects.filter(pk=recent.pk).update(updated_at=timezone.now() - RECENT)
        return [*old, recent]

    def details(self, drafts: list[Draft]) -> list[str]:
        counts = {drafts[0].geographic_entity.id_nat_struct: 2, drafts[2].geographic_entity.id_nat_struct: 1}
        return [f"  {key} : {counts[key]}" for key in sorted(counts)]

    def test_those_that_nobody_touched_go(self, drafts):
        told = purge()
        assert told[1] == f"brouillons : 3 brouillons effacés (non modifiés depuis le {last_day()})"
        assert told[2:4] == self.details(drafts)
        assert Draft.objects.get() == drafts[-1]
        assert Offer.objects.count() == 1

    def test_what_a_region_still_has_to_answer_stays_and_old_answers_go(self, drafts):
        """Of two old drafts submitted, the one that waits stays; the round that was decided goes."""
        waiting = SubmissionFactory(draft=drafts[0])
        SubmissionFactory(draft=drafts[1], state="withdrawn", decided_at=timezone.now() - OLD)
        told = purge()
        assert drafts[0] in Draft.objects.all()
        assert Submission.objects.get() == waiting
        assert any(line.startswith("relectures terminées : 1 tour effacé") for line in told)

    def test_a_dry_run_says_whose(self, drafts):
        told = purge("--dry-run")
        assert told[1] == f"brouillons : 3 brouillons à effacer (non modifiés depuis le {last_day()})"
        assert told[2:4] == self.details(drafts)
        assert Draft.objects.count() == 4

    def test_none(self):
        assert purge()[1] == f"brouillons : 0 brouillon effacé (non modifiés depuis le {last_day()})"


def file_of(path: Path, age: datetime.timedelta) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("inventé", encoding="utf-8")
    moment = (timezone.now() - age).timestamp()
    os.utime(path, (moment, moment))
    return path


class TestUploads:
    @pytest.fixture(autouse=True)
    def delay(self, settings):
        settings.KEEP_UPLOADS_DAYS = DAYS

    def test_no_folder_yet(self, uploads):
        assert purge()[2] == f"fichiers déposés : 0 fichier effacé (non modifiés depuis le {last_day()})"
        assert not uploads.exists()

    def test_old_files_go_and_recent_ones_stay(self, uploads):
        old = [file_of(uploads / "a.csv", OLD), file_of(uploads / "2026" / "b" / "c.xlsx", OLD)]
        recent = [file_of(uploads / "d.csv", RECENT), file_of(uploads / "2026" / "e.csv", RECENT)]
        assert purge()[2] == f"fichiers déposés : 2 fichiers effacés (non modifiés depuis le {last_day()})"
        assert not any(path.exists() for path in old)
        assert all(path.exists() for path in recent)

    def test_a_dry_run_only_says(self, uploads):
        old = file_of(uploads / "a.csv", OLD)
        assert purge("--dry-run")[2] == f"fichiers déposés : 1 fichier à effacer (non modifiés depuis le {last_day()})"
        assert old.exists()

    def test_links_are_neither_followed_nor_erased(self, uploads, tmp_path):
        outside = file_of(tmp_path / "ailleurs" / "a.csv", OLD)
        uploads.mkdir()
        (uploads / "dossier").symlink_to(outside.parent, target_is_directory=True)
        (uploads / "fichier").symlink_to(outside)
        moment = (timezone.now() - OLD).timestamp()
        os.utime(uploads / "fichier", (moment, moment), follow_symlinks=False)
        assert purge()[2].startswith("fichiers déposés : 0 fichier effacé")
        assert outside.exists()
        assert (uploads / "fichier").is_symlink()

    @pytest.mark.parametrize("shared", ["BASE_DIR", "DATA_DIR"])
    @pytest.mark.parametrize("level", [0, 1])
    def test_a_folder_that_holds_anything_else_is_refused(self, settings, shared, level):
        folder = Path(getattr(settings, shared))
        settings.MEDIA_ROOT = str([folder, *folder.parents][level])
        with pytest.raises(CommandError, match="indiquez un dossier qui leur est réservé"):
            purge("--dry-run")

    def test_a_file_that_cannot_be_erased_is_told(self, uploads, monkeypatch):
        file_of(uploads / "a.csv", OLD)

        def refuse(*args, **kwargs):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "unlink", refuse)  # the tests may run as root, whom no folder refuses
        with pytest.raises(CommandError, match=r"« a\.csv » n'a pas pu être effacé"):
            purge()
