"""Three-way merge: an algebra first, then the cases that people meet."""

import copy

from hypothesis import given
from hypothesis import strategies as st

from structures.merging import GONE, merge, same_row
from structures.schema import OFFER
from tests.factories import contact_row, offer_document, telecom_row

KEYS = [f"00000000-0000-4000-8000-00000000000{digit}" for digit in range(4)]
words = st.sampled_from([None, "un", "deux", "trois"])
telecoms = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from(KEYS), "address": words, "level": st.sampled_from([1, 2, 3])}),
    unique_by=lambda row: row["id"],
    max_size=3,
)
contacts = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from(KEYS), "name": words, "telecoms": telecoms}),
    unique_by=lambda row: row["id"],
    max_size=3,
)
documents = st.fixed_dictionaries({"name": words, "offer_type": words, "contacts": contacts})


@given(documents, documents)
def test_nothing_changed_here_takes_the_record(base, theirs):
    merged, conflicts = merge(base, base, theirs)
    assert same_row(merged, theirs)
    assert not conflicts


@given(documents, documents)
def test_nothing_changed_there_takes_the_draft(base, mine):
    merged, conflicts = merge(base, mine, base)
    assert same_row(merged, mine)
    assert not conflicts


@given(documents, documents)
def test_the_same_change_on_both_sides_is_no_conflict(base, changed):
    merged, conflicts = merge(base, changed, copy.deepcopy(changed))
    assert same_row(merged, changed)
    assert not conflicts


@given(documents, documents, documents)
def test_conflicts_are_the_same_seen_from_both_sides(base, mine, theirs):
    one = {conflict.path for conflict in merge(base, mine, theirs)[1]}
    other = {conflict.path for conflict in merge(base, theirs, mine)[1]}
    assert one == other


@given(documents, documents, documents)
def test_every_row_of_the_draft_is_kept_or_named(base, mine, theirs):
    """Nothing typed disappears silently: a row of the draft is lost only if untouched here and removed there."""
    merged, _conflicts = merge(base, mine, theirs)
    kept = {row["id"] for row in merged["contacts"]}
    for row in mine["contacts"]:
        in_base = next((other for other in base["contacts"] if other["id"] == row["id"]), None)
        unchanged = in_base is not None and same_row(row, in_base, OFFER.rows["contacts"])
        assert row["id"] in kept or unchanged


def test_a_row_removed_here_and_changed_there_is_a_conflict():
    base = offer_document(contacts=[contact_row(), contact_row()])
    mine, theirs = copy.deepcopy(base), copy.deepcopy(base)
    removed = mine["contacts"].pop()
    theirs["contacts"][1]["telecoms"][0]["address"] = "0261910999"

    _, conflicts = merge(base, mine, theirs)

    assert [(conflict.path, conflict.mine) for conflict in conflicts] == [(f"contacts.{removed['id']}", GONE)]


def test_two_people_who_change_different_numbers_of_one_contact_are_both_heard():
    base = offer_document(contacts=[contact_row(telecoms=[telecom_row("0261910001"), telecom_row("0261910002")])])
    mine, theirs = copy.deepcopy(base), copy.deepcopy(base)
    mine["contacts"][0]["telecoms"][0]["address"] = "0261910011"
    theirs["contacts"][0]["telecoms"][1]["address"] = "0261910022"

    merged, conflicts = merge(base, mine, theirs)

    assert [row["address"] for row in merged["contacts"][0]["telecoms"]] == ["0261910011", "0261910022"]
    assert not conflicts
