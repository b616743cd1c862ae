"""What an import promises, from the file to the staged lines: round trips, all errors in one round, no oracle."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from confidentiality.viewer import Viewer
from ror.history import writing
from ror.imports import uploading
from ror.imports.models import Channel, ImportJob, Mode, Outcome, State
from ror.imports.preview import EVERY_LINE, context_of
from ror.imports.reading import YES
from ror.imports.reading.book import letters
from ror.imports.sheets import (
    ASIDE,
    BESIDE,
    FINESS_TITLE,
    KEY_TITLE,
    OFFERS,
    TITLES,
    figures,
    measuring,
    people,
    resources,
)
from ror.imports.sheets.layout import HINT_TITLE, LINE_TITLE, REMOVE_TITLE
from ror.reference.models import ValueSetMember
from ror.reference.nomenclature import nomenclature
from structures import records
from structures.describing.models import Draft, RegionSettings, Submission
from structures.fields import YesNoField
from structures.models import Offer, Place
from structures.models.capacity import AVAILABLE
from tests.admin.conftest import signed_in
from tests.factories import (
    BedCapacityFactory,
    CareCapacityFactory,
    GeographicEntityFactory,
    describer,
    published_offer,
    referent,
)
from tests.factories.professionals import SituationFactory, SituationTelecomFactory
from tests.imports.running import run_jobs
from tests.imports.sheet_files import Tables, as_csv, as_ods, as_xlsx, whole_document
from tests.imports.test_hostile_files import BOMBS
from tests.imports.test_sheets import _another

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SHEET = TITLES[OFFERS]
TOKEN = re.compile(rb'csrfmiddlewaretoken" value="\w+"')
DAY = re.compile(rb"\d\d/\d\d/\d{4} \S+ \d\d:\d\d")


def exported(client, **asked) -> Tables:
    """All that the template of everything holds, header first, by title."""
    answer = client.get(reverse("imports:template"), asked)
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    found = {}
    for sheet in book:
        if sheet.title not in ASIDE:
            header, *rows = ([str(cell.value or "") for cell in row] for row in sheet.rows)
            found[sheet.title] = [[title.removesuffix(" *") for title in header], *rows]
    return found


def received(user, name: str, content: bytes) -> ImportJob:
    job = uploading.receive(SimpleUploadedFile(name, content), Viewer(user), channel=Channel.IMPORT)
    run_jobs()
    job.refresh_from_db()
    return job


def ended(job: ImportJob, client, mode: str) -> ImportJob:
    client.post(reverse("imports:job", args=[job.pk]), {"quoi": "apply", "mode": mode})
    run_jobs()
    job.refresh_from_db()
    return job


def counts(job: ImportJob) -> tuple[str, int, int, int]:
    return job.state, job.new, job.changed, job.refused


@pytest.fixture(autouse=True)
def _as_many_as_wanted(monkeypatch):
    monkeypatch.setattr(uploading, "MOST_UNENDED", 1000)


@pytest.fixture
def hospital():
    return GeographicEntityFactory(health=True)


@pytest.fixture
def region(hospital):
    """A region with offers of hospitals, nursing homes and offices; long texts, formulas, zeros, phones, figures,
    professionals; and whoever describes all of it.
    """
    first = published_offer(hospital, **whole_document(comment="Été, @ noter : " + "très long " * 90))
    care = CareCapacityFactory(place=Place.objects.trusted("test").filter(offer_links__offer=first).order_by("pk")[0])
    BedCapacityFactory(care_capacity=care, number=20)
    BedCapacityFactory(care_capacity=care, status_id=AVAILABLE, number=3)
    situation = SituationFactory(offer=first, comment="=à voir")
    SituationTelecomFactory(situation=situation, address="+33 1 40 41 42 43")
    published_offer(GeographicEntityFactory(insee="35047"), name="'=Seconde")
    office = GeographicEntityFactory(ville=True, finess=None, siret="12345678200010")
    published_offer(office, name="0012", comment="-rendez-vous ; « ici »\net là")
    user = referent(hospital)
    for entity in {
        each.geographic_entity for each in Offer.objects.trusted("test").select_related("geographic_entity")
    }:
        if entity != hospital:
            with writing("tests", "admin"):
                user.assignments.create(role_id=user.assignments.first().role_id, perimeter=entity.perimeter)
    return user


def test_a_region_exported_and_imported_again_changes_nothing(region):
    client = signed_in(region)
    answer = client.get(reverse("imports:template"))
    workbook = b"".join(answer.streaming_content)
    sheets = exported(client)
    assert {title for title, rows in sheets.items() if len(rows) > 1} == set(sheets)
    files = {"offres.xlsx": workbook, "encore.xlsx": as_xlsx(sheets), "offres.ods": as_ods(sheets)}
    for title in sheets:
        content = client.get(reverse("imports:template"), {"feuille": title}).streaming_content
        files[f"{title}.csv"] = b"".join(content)
        files[f"{title} encore.csv"] = as_csv(sheets[title])
    for name, content in files.items():
        job = received(region, name, content)
        assert (name, *counts(job)) == (name, State.PREVIEWED, 0, 0, 0), list(job.lines.values("typed", "problems"))
        assert job.unchanged


# Another answer where the usual one would break a rule.
FREE_PHONE, CRISIS = "02 61 91 01 88", "Visible régulation et gestion de crise"
ADDRESS, LEVEL = "Numéro, adresse électronique ou site", "Visible par"
ANSWERS = {
    (people.TITLE, LEVEL): CRISIS,
    ("Télécommunications des contacts", ADDRESS): FREE_PHONE,
    ("Télécommunications des lieux", ADDRESS): FREE_PHONE,
    (people.TITLE, ADDRESS): FREE_PHONE,
}
# Columns that cannot change alone, and why: what is said then. Those that name the line (identifiers, « Ligne », the
# line above, the number of the register) say which datum is meant, not what it is.
DIRECT, PRIVATE = "Est-ce la ligne directe d'un professionnel", "Est-ce une ligne privée, utilisable en urgence"
ELSE = {
    ("Offres", "Champ d'activité"): "ne change pas",
    ("Offres", "Mode de prise en charge"): "ne change pas",
    ("Offres", "Organisation interne (identifiant)"): "n'est pas ouverte dans cet établissement",
    ("Offres", "Unité de l'âge maximal"): "inférieur à l'âge minimal",
    ("Équipements", "Équipement spécifique"): "figure deux fois",
    # A line that becomes more private asks for a stricter level at once.
    ("Contacts", LEVEL): "au moins",
    ("Télécommunications des contacts", DIRECT): "au moins",
    ("Télécommunications des contacts", PRIVATE): "au moins",
    ("Télécommunications des lieux", DIRECT): "au moins",
    ("Télécommunications des lieux", PRIVATE): "au moins",
    (people.TITLE, PRIVATE): "au moins",
    # What tells which figure, or who, and goes with one status only.
    (figures.TITLE, "Genre"): "Disponible",
    (figures.TITLE, "Type de crise"): "Supplémentaire",
    (figures.TITLE, "Type de lit supplémentaire"): "Supplémentaire",
    (figures.TITLE, "Type de fermeture"): "Fermé",
    (people.TITLE, "Profession"): "Aucun professionnel",
}


def test_one_cell_changed_in_each_column_is_one_change(hospital):
    offer = published_offer(hospital, **whole_document())
    care = CareCapacityFactory(place=Place.objects.trusted("test").filter(offer_links__offer=offer).order_by("pk")[0])
    BedCapacityFactory(care_capacity=care, number=20)
    situation = SituationFactory(offer=offer, comment="=à voir")
    SituationTelecomFactory(situation=situation, address="+33 1 40 41 42 43")
    user = referent(hospital)
    sheets = exported(signed_in(user))
    columns = {
        each.layout.title: each.fields for each in (*resources().values(), *(each() for each in BESIDE.values()))
    }
    found = {}
    for title, rows in sheets.items():
        for field in columns[title].values():
            rank = rows[0].index(field.column_name)
            held = next((row for row in rows[1:] if row[rank]), rows[1])
            other = list(held)
            other[rank] = ANSWERS.get((title, field.column_name)) or _other(field, held[rank])
            table = [rows[0], *(other if row is held else row for row in rows[1:])]
            found[title, field.column_name] = _what_comes_of(
                received(user, "offres.xlsx", as_xlsx({title: table})), user
            )
    refused = {key: told for key, told in found.items() if told != (Outcome.CHANGED, 1)}
    assert refused.keys() == ELSE.keys(), refused
    for key, (outcome, messages) in refused.items():
        assert outcome == Outcome.REFUSED
        assert ELSE[key] in " ".join(messages)


def _other(field, before: str) -> str:
    return YES if isinstance(field.datum, YesNoField) and not before else _another(field, before)


def _what_comes_of(job: ImportJob, user):
    """What became of the only offer of the file, and how many of its data change; or why none does."""
    (line,) = context_of(job, Viewer(user), EVERY_LINE, None)["lines"]
    if line["line"].problems:
        return line["line"].outcome, [each["message"] for each in line["line"].problems]
    return line["line"].outcome, len(line["changes"])


TYPE = resources()[OFFERS].fields["offer_type"].column_name
BEGINNING = resources()["hours",].fields["period_start"].column_name
ERRORS = {
    # (sheet, row): column, a word of what is said
    ("Offres", 2): (KEY_TITLE, "Aucune offre que vous pouvez corriger"),  # unknown number
    ("Offres", 3): (KEY_TITLE, "Aucune offre que vous pouvez corriger"),  # of someone else
    ("Offres", 4): (TYPE, "est fermé"),  # closed code
    ("Offres", 5): ("Nom de l'offre", "Donnez un nom"),  # missing mandatory
    ("Offres", 6): ("Âge minimal", "nombre"),  # wrong type
    ("Offres", 8): (KEY_TITLE, "déjà à la ligne 7"),  # duplicate
    ("Offres", 9): (FINESS_TITLE, "Aucun établissement que vous pouvez décrire"),  # unknown number of establishment
    ("Horaires", 2): (BEGINNING, "date"),  # bad date
}


def test_seven_kinds_of_errors_over_forty_rows_show_in_one_round(hospital):
    offers = [published_offer(hospital, name=f"Offre {rank}") for rank in range(36)]
    elsewhere = published_offer(GeographicEntityFactory(health=True))
    user = describer(hospital)
    closed = next(each for each in nomenclature().members("J238") if each != "R244:21")
    yesterday = timezone.localdate() - timedelta(days=1)
    assert ValueSetMember.objects.filter(value_set="J238", concept=closed).update(valid_to=yesterday)
    titles = [KEY_TITLE, FINESS_TITLE, "Nom de l'offre", TYPE, "Âge minimal"]
    rows = [[each.identifier, "", f"Nouveau nom {rank}", "R244:21", "60"] for rank, each in enumerate(offers)]
    rows.insert(0, ["53/99999999", "", "Inconnue", "R244:21", "60"])
    rows.insert(1, [elsewhere.identifier, "", "Ailleurs", "R244:21", "60"])
    rows[2][3] = closed
    rows[3][2] = ""
    rows[4][4] = "soixante"
    rows.insert(6, list(rows[5]))
    rows.insert(7, ["N1", "999999999", "Nouvelle", "R244:21", "60"])
    assert len(rows) == 40
    hours = resources()["hours",].header()
    slot = {KEY_TITLE: offers[20].identifier, BEGINNING: "31/02/2026"}
    sheets = {SHEET: [titles, *rows], "Horaires": [hours, [slot.get(title, "") for title in hours]]}
    job = received(user, "offres.xlsx", as_xlsx(sheets))
    assert job.state == State.PREVIEWED, job.problems
    told = {}
    for line in job.lines.all():
        for each in line.problems:
            told.setdefault((each["sheet"], each["row"]), []).append((each["cell"], each["column"], each["message"]))
    assert told.keys() == ERRORS.keys(), told
    for (sheet, row), (column, words) in ERRORS.items():
        header = sheets[sheet][0]
        cells = {(cell, title) for cell, title, _ in told[sheet, row]}
        assert (f"{letters(header.index(column))}{row}", column) in cells
        assert any(words in message for _, title, message in told[sheet, row] if title == column), told[sheet, row]
    assert (job.refused, job.changed) == (8, 31)


@pytest.mark.parametrize("kind", ["offer", "new", "line"])
def test_what_is_someone_else_s_and_what_does_not_exist_are_answered_alike(hospital, kind):
    other = published_offer(GeographicEntityFactory(health=True))
    mine = published_offer(hospital)
    user = describer(hospital)
    client = signed_in(user)
    if kind == "offer":
        foreign, unknown = other.identifier, _unknown(other.identifier)
        file = as_csv([[KEY_TITLE, "Nom de l'offre", "Âge minimal"], ["NNN", "Autre", "dix"]])
    elif kind == "new":
        foreign = other.geographic_entity.finess
        unknown = _unknown(foreign)
        file = as_csv([[KEY_TITLE, FINESS_TITLE, "Nom de l'offre"], ["N1", "NNN", "Autre"]])
    else:
        foreign = records.read_document(other)["contacts"][0]["id"]
        unknown = _unknown(foreign)
        header = [KEY_TITLE, HINT_TITLE, LINE_TITLE, "Précision", REMOVE_TITLE]
        file = as_csv([header, [mine.identifier, "", "NNN", "Autre", ""]])
    answers = []
    for number in (foreign, unknown):
        job = received(user, "offres.csv", file.replace(b"NNN", number.encode()))
        assert counts(job) == (State.PREVIEWED, 0, 0, 1)
        lines = [
            {name: value for name, value in line.items() if name not in ("id", "job_id")} for line in job.lines.values()
        ]
        content = client.get(reverse("imports:job", args=[job.pk])).content
        content = DAY.sub(b"", TOKEN.sub(b"", content)).replace(str(job.pk).encode(), b"")
        answers.append((repr(lines).replace(number, "@"), content.replace(number.encode(), b"@")))
    assert answers[0] == answers[1]


def _unknown(number: str) -> str:
    """Another one of the same length, that nothing has."""
    return number[:-4] + "".join(
        str(9 - int(each)) if each.isdigit() else "b" if each == "a" else each for each in number[-4:]
    )


@pytest.mark.parametrize("name", BOMBS)
def test_a_hostile_file_is_refused_by_its_import(hospital, name):
    job = received(describer(hospital), name, BOMBS[name]())
    assert counts(job) == (State.REFUSED, 0, 0, 0)
    assert len(job.problems) == 1
    assert not job.lines.exists()
    assert not job.files.exists()


def test_where_changes_are_reviewed_an_import_is_submitted(hospital):
    offers = [published_offer(hospital, name=f"Offre {rank}") for rank in range(2)]
    with writing("tests", "admin"):
        RegionSettings.objects.create(region_id=hospital.region_id, review=True)
    user = describer(hospital)
    rows = [[each.identifier, f"Revue {rank}"] for rank, each in enumerate(offers)]
    job = received(user, "offres.csv", as_csv([[KEY_TITLE, "Nom de l'offre"], *rows]))
    assert counts(job) == (State.PREVIEWED, 0, 2, 0)
    assert ended(job, signed_in(user), Mode.ALL).state == State.APPLIED
    assert [records.read_document(each)["name"] for each in offers] == ["Offre 0", "Offre 1"]
    rounds = Submission.objects.trusted("test").order_by("pk")
    assert {each.document["name"] for each in rounds} == {"Revue 0", "Revue 1"}


def test_incomplete_rows_kept_as_drafts_lose_nothing(hospital):
    right, wrong = (published_offer(hospital, name=name) for name in ("Juste", "Fausse"))
    user = describer(hospital)
    titles = [KEY_TITLE, FINESS_TITLE, "Nom de l'offre", "Âge minimal", "Commentaire"]
    titles[4] = resources()[OFFERS].fields["comment"].column_name
    rows = [
        [right.identifier, "", "Juste bis", "60", ""],
        [wrong.identifier, "", "Fausse bis", "soixante", "=Été"],
        ["N1", hospital.finess, "Nouvelle", "dix", "0012"],
    ]
    job = received(user, "offres.csv", as_csv([titles, *rows]))
    assert counts(job) == (State.PREVIEWED, 0, 1, 2)
    assert ended(job, signed_in(user), Mode.DRAFTS).state == State.APPLIED
    assert records.read_document(right)["name"] == "Juste bis"
    assert records.read_document(wrong)["name"] == "Fausse"
    kept = {
        each.document["name"]: each.document
        for each in Draft.objects.trusted("test").filter(geographic_entity=hospital)
    }
    assert {name: (said["age_min"], said["comment"]) for name, said in kept.items()} == {
        "Fausse bis": ("soixante", "=Été"),
        "Nouvelle": ("dix", "0012"),
    }


@pytest.mark.parametrize("asked", [{}, {"feuille": SHEET}])
def test_a_template_that_could_not_come_back_is_not_made(hospital, monkeypatch, asked):
    for rank in range(3):
        published_offer(hospital, name=f"Offre {rank}")
    client = signed_in(describer(hospital))
    monkeypatch.setattr(measuring, "LIMITS", measuring.LIMITS.__class__(rows=3))
    answer = client.get(reverse("imports:template"), asked, follow=True)
    assert answer.redirect_chain == [(reverse("imports:start"), 302)]
    assert "trop gros pour être relu" in answer.content.decode()
    monkeypatch.setattr(measuring, "LIMITS", measuring.LIMITS.__class__(rows=4 if asked else 500))
    answer = client.get(reverse("imports:template"), asked)
    assert answer.status_code == 200
    answer.close()
