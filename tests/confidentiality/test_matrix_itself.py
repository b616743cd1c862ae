"""The leak matrix sees what it should: ways of writing a marker, doors that nobody tries, data without marker."""

from dataclasses import replace
from types import ModuleType

import pytest
from django.http import HttpResponse
from django.urls import include, path

from confidentiality import policy
from ror.reference.models import CodeSystem
from tests.confidentiality import channels, leak_matrix
from tests.confidentiality.channels import Request
from tests.confidentiality.expected import expected_lines
from tests.confidentiality.markers import Markers
from tests.confidentiality.readers import readers


@pytest.fixture
def markers() -> Markers:
    return Markers()


def names(markers: Markers, text: str, **options) -> set[str]:
    return {marker.name for marker in markers.found_in(text, **options)}


def test_a_word_is_found_however_it_is_written(markers):
    word = markers.text("mot")
    for text in (word, word.upper(), f"<p>{word},</p>", f"a{word}b", f"?q={word}", f"&#x7a;{word[1:]}"):
        assert names(markers, text) == {"mot"}, text
    assert names(markers, "zq8888") == set()


def test_a_phone_is_found_however_it_is_written(markers):
    number = markers.phone("téléphone")
    pairs = [number[start : start + 2] for start in range(0, 10, 2)]
    for text in (
        number,
        " ".join(pairs),
        ".".join(pairs),
        "-".join(pairs),
        f"+33{number[1:]}",
        "tel:+33 6 39 98 00 00",
    ):
        assert names(markers, text) == {"téléphone"}, text
    assert names(markers, "0639987777") == set()


def test_a_day_is_found_however_it_is_written(markers):
    day = markers.day("jour")
    for text in (day.isoformat(), f"{day:%d/%m/%Y}", "1er janvier 2031", "1 janvier 2031"):
        assert names(markers, text) == {"jour"}, text
    assert names(markers, "11 janvier 2031") == set()


def test_numbers_hours_and_coordinates_are_found_whole(markers):
    hour = markers.hour("heure")
    markers.number("53/90731", "identifiant")
    markers.coordinate("48.123457", "latitude")
    age = markers.age("âge")
    assert names(markers, f"de {hour} à {hour}") == {"heure"}
    assert names(markers, f"{hour}:12") == set()
    assert names(markers, "/offres/53-90731/ 48,123457") == {"identifiant", "latitude"}
    assert names(markers, f"{age} jours") == {"âge"}
    assert names(markers, f"x{age} 4{age}") == set()


def test_a_code_among_choices_is_not_shown_until_it_is_chosen(markers, db):
    key = markers.code("J17", "code")
    assert CodeSystem.objects.filter(pk=key.partition(":")[0]).exists()
    offered = (
        f'<select><option value="{key}">x</option></select><input type="radio" value="{key}"> <label>{key}</label>'
    )
    chosen = (
        f'<option value="{key}" selected>x</option>',
        f'<input type="radio" value="{key}" checked><label>x</label>',
    )
    assert names(markers, offered) == set()
    for text in (*chosen, f"<li>{key}</li>"):
        assert names(markers, offered + text) == {"code"}, text
        assert names(markers, text, reference=True) == set(), text


def test_what_the_request_says_is_no_news(markers):
    word, other = markers.text("mot"), markers.text("autre")
    answer = HttpResponse(f"{word} {other}", headers={"X-Seen": "rien"})
    request = Request("essai", f"/?q={word}")
    assert {marker.name for marker in leak_matrix.shown(markers, request, answer)} == {"autre"}
    answer = HttpResponse("", headers={"Location": f"/{other}"})
    assert {marker.name for marker in leak_matrix.shown(markers, request, answer)} == {"autre"}


def test_an_address_that_no_request_tries_fails(planted, settings):
    readers(planted)
    forgotten = ModuleType("forgotten")
    forgotten.urlpatterns = [path("", include("ror.urls")), path("oubli/<int:pk>/", print, name="oubli")]
    settings.ROOT_URLCONF = forgotten
    with pytest.raises(channels.Uncovered, match="oubli"):
        channels.requests(planted)


@pytest.mark.slow
def test_a_datum_without_marker_fails(planted, monkeypatch):
    line = replace(policy.datum("Offer", "name"), field="nouvelle", document_key="Offer.nouvelle")
    lines = policy.policy() | {("Offer", "nouvelle"): line}
    monkeypatch.setattr(policy, "policy", lambda: lines)
    assert leak_matrix.without_marker(planted.markers) == ["Offer.nouvelle"]


def test_a_line_of_the_table_that_speaks_of_nothing_is_missing(planted, monkeypatch):
    line = {"who": "public", "channel": "publication:offer", "datum": "ordinaire/Offer.name", "seen": "oui"}
    wrong = [line | {"who": "personne"}, line | {"channel": "nulle part"}, line | {"datum": "rien"}, line]
    monkeypatch.setattr(leak_matrix, "expected_lines", lambda: wrong)
    report = leak_matrix.Report(readers={"public"}, channels={"publication:offer"})
    assert len(list(leak_matrix.missing(report, planted.markers))) == 4


def test_every_line_of_the_table_has_its_source_and_stands_once():
    lines = [(line["who"], line["channel"], line["datum"]) for line in expected_lines()]
    assert len(lines) == len(set(lines))
    assert [line for line in expected_lines() if line["seen"] not in ("oui", "non") or not line["source"]] == []
