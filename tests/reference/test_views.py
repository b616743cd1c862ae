"""The public addresses that the search fields ask."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def ask(client, name: str, *args: str, **query: str):
    return client.get(reverse(f"reference:{name}", args=args), query)


def test_codes_are_found_for_anyone(client):
    found = ask(client, "code_search", "J17", q="kiné").json()
    assert found[0]["label"] == "Kinésithérapie"
    assert all(set(option) == {"key", "label", "hint"} for option in found)


def test_at_most_twenty_and_a_capped_question(client):
    assert len(ask(client, "code_search", "J16", q="a").json()) == 20
    assert ask(client, "code_search", "J16", q="irm" + " " * 200 + "zzzz").status_code == 200
    assert ask(client, "code_search", "J16", q="x" * 10_000).status_code == 200
    assert ask(client, "commune_search", q="\x00" * 5 + "rennes").status_code == 200


def test_an_unknown_value_set_is_not_found(client):
    assert ask(client, "code_search", "J999", q="a").status_code == 404


@pytest.mark.parametrize("name", ["code_search", "commune_search"])
def test_reading_only(client, name):
    address = reverse(f"reference:{name}", args=["J17"] if name == "code_search" else [])
    assert client.post(address).status_code == 405


def test_communes_come_with_what_tells_them_apart(client):
    found = ask(client, "commune_search", q="rennes").json()
    assert found[0] == {"key": "35238", "label": "Rennes (35238)", "hint": "35000, 35200, 35700, Ille-et-Vilaine"}


def test_queries_do_not_depend_on_the_number_of_results(client, django_assert_max_num_queries):
    ask(client, "code_search", "J17", q="a")
    with django_assert_max_num_queries(3):
        ask(client, "code_search", "J16", q="a")
    with django_assert_max_num_queries(7):
        ask(client, "commune_search", q="saint")
