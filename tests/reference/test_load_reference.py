"""What `load_reference` puts in the base, and that it can be run again at any time."""

import csv
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from ror.reference import loading
from ror.reference.models import (
    CodeSystem,
    Commune,
    Concept,
    Department,
    Edition,
    FormerCommune,
    Region,
    ValueSet,
    ValueSetMember,
)

pytestmark = pytest.mark.django_db


def load(forget: bool = False) -> str:
    if forget:
        Edition.objects.update(bundle_digest="")
    output = StringIO()
    call_command("load_reference", stdout=output)
    return output.getvalue()


@pytest.mark.parametrize(
    ("value_set", "number"), [("J19", 36), ("J16", 1305), ("J17", 554), ("J55", 181), ("J222", 3), ("J238", 307)]
)
def test_value_sets_have_all_their_codes(value_set, number):
    assert ValueSetMember.objects.filter(value_set=value_set).count() == number


def test_every_value_set_of_the_index_is_complete(shared_data):
    index = shared_data.parent / "reference" / "nomenclatures" / "index.csv"
    with index.open(encoding="utf-8") as lines:
        expected = {
            (row["name"].removeprefix("JDV_").partition("-")[0]): int(row["n_codes"])
            for row in csv.DictReader(lines)
            if row["name"].startswith("JDV_") and row["complete"] == "yes"
        }
    held = {key: ValueSet.objects.get(pk=key).members.count() for key in expected}
    assert held == expected


def test_closed_codes_are_kept():
    assert Concept.objects.filter(system="R213").count() == 59
    assert Concept.objects.get(pk="R213:03").valid_to.isoformat() == "2018-03-30"
    assert Concept.objects.filter(system="R213", valid_to__isnull=False).count() == 23


def test_categories_have_their_groups():
    category = Concept.objects.get(pk="R66:355")
    chain = []
    while category is not None:
        chain.append(category.pk)
        category = category.parent
    assert [key.partition(":")[0] for key in chain] == ["R66", "R65", "R64", "R63"]


def test_codes_of_several_systems_share_a_value_set():
    systems = Concept.objects.filter(memberships__value_set="J186").values("system").distinct()
    assert systems.count() == 6


def test_territories_are_there():
    assert Commune.objects.filter(kind="commune").count() > 34_900
    assert Region.objects.filter(pk__in=["53", "94", "978"]).count() == 3
    assert Department.objects.get(pk="974").finess_code == "9D"
    assert Department.objects.get(pk="35").finess_code == "35"
    rennes = Commune.objects.get(pk="35238")
    assert (rennes.name, rennes.department_id, rennes.department.region_id) == ("Rennes", "35", "53")
    assert "35000" in rennes.postcodes


def test_every_bundled_commune_of_the_past_leads_to_one_of_today():
    assert FormerCommune.objects.exclude(commune__kind="commune").count() == 0
    assert Commune.objects.exclude(parent=None).exclude(parent__kind="commune").count() == 0


def test_loading_again_changes_nothing():
    number = Edition.objects.get().number
    assert "déjà chargés" in load()
    assert Edition.objects.get().number == number


def test_loading_the_same_files_from_scratch_changes_no_row():
    assert "0 codes et 0 communes ajoutés ou modifiés" in load(forget=True)


def test_loading_repairs_a_label_and_keeps_newer_imports():
    Concept.objects.filter(pk="R213:28").update(label="abîmé")
    Concept.objects.filter(pk="R213:29").update(label="Libellé plus récent", version="29991231120000")
    load(forget=True)
    assert Concept.objects.get(pk="R213:28").label == "Hospitalisation complète (HC)"
    assert Concept.objects.get(pk="R213:29").label == "Libellé plus récent"


def test_loading_leaves_the_members_of_a_newer_value_set():
    ValueSet.objects.filter(pk="J20").update(version="29991231120000")
    ValueSetMember.objects.filter(value_set="J20", concept="R227:06").update(valid_to="2026-01-01")
    load(forget=True)
    assert ValueSetMember.objects.get(value_set="J20", concept="R227:06").valid_to.isoformat() == "2026-01-01"


def test_a_member_that_the_bundle_no_longer_lists_is_closed():
    ValueSetMember.objects.create(value_set_id="J20", concept_id="R213:28", position=99)
    load(forget=True)
    assert ValueSetMember.objects.get(value_set="J20", concept="R213:28").valid_to.isoformat() == "2026-03-30"


def test_a_commune_that_left_the_list_keeps_its_row():
    former = FormerCommune.objects.exclude(pk__in=Commune.objects.values("pk")).first()
    Commune.objects.create(pk=former.pk, name="Ancienne", department=former.commune.department)
    load(forget=True)
    kept = Commune.objects.get(pk=former.pk)
    assert (kept.kind, kept.parent_id) == ("former", former.commune_id)


def test_loaders_of_other_apps_run_each_time(monkeypatch):
    monkeypatch.setattr(loading, "LOADERS", [*loading.LOADERS[:0], lambda: "Rôles : 19 chargés."])
    monkeypatch.setattr("ror.reference.management.commands.load_reference.LOADERS", loading.LOADERS)
    assert "Rôles : 19 chargés." in load()


def test_a_concept_is_never_deleted():
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        Concept.objects.filter(pk="R213:03")._raw_delete("default")


def test_a_concept_never_changes_key():
    with pytest.raises(IntegrityError, match="never changes key"), transaction.atomic():
        Concept.objects.filter(pk="R213:03").update(key="R213:99", code="99")


def test_the_key_of_a_concept_is_its_system_and_code():
    with pytest.raises(IntegrityError), transaction.atomic():
        Concept.objects.create(key="R213:98", system_id="R213", code="97", label="Autre")


def test_normalised_columns_follow_bulk_writes():
    Concept.objects.filter(pk="R213:28").update(label="L'Œuvre — Été  n°3")
    assert Concept.objects.get(pk="R213:28").normalised == "l oeuvre ete n 3"


def test_every_write_changes_the_edition():
    numbers = [Edition.objects.get().number]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reference_concept SET label = label WHERE key = 'R213:28'")
        numbers.append(Edition.objects.get().number)
        cursor.execute("UPDATE reference_valuesetmember SET position = position WHERE value_set_id = 'J20'")
        numbers.append(Edition.objects.get().number)
    CodeSystem.objects.create(key="X9", name="TRE_X9", url="https://example.test/X9")
    numbers.append(Edition.objects.get().number)
    CodeSystem.objects.filter(key="X9").delete()
    numbers.append(Edition.objects.get().number)
    assert numbers == sorted(set(numbers))


def test_systems_without_version_are_those_known_by_their_value_sets():
    assert CodeSystem.objects.get(pk="R213").version == "20260330120000"
    assert CodeSystem.objects.get(pk="R211").version == ""
    assert not ValueSet.objects.get(pk="J54").complete
