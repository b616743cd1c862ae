"""The difference: what changes, what is gone, and the history and trace that an import leaves."""

from datetime import date

import psycopg
import pytest
from django.core.management import CommandError
from django.db import OperationalError, connection

from ror.history import writing
from ror.registers.finess.importing import LOCK
from ror.registers.models import Import
from structures.models import GeographicEntity, LegalEntity
from tests.registers.lines import HEADER, OWNER, establishment, finess, last, legal_entity, loaded, location

RENNES = ("--scope", "35")


def test_the_same_file_twice_changes_nothing(load):
    lines = (legal_entity(), establishment(1), establishment(2, rs="LES  ORMES", telephone="12"), location(1))
    load(*lines, options=RENNES)
    before = GeographicEntity.objects.values_list("pk", "updated_at")
    assert last(load(*lines, options=RENNES)) == "créés=0 modifiés=0 inchangés=2 disparus=0 refusés=0"
    assert list(GeographicEntity.objects.values_list("pk", "updated_at")) == list(before)


def test_a_change_is_shown_field_by_field(load):
    load(establishment(1), establishment(2))
    printed = load(establishment(1), establishment(2, telephone="0261910109", categetab="355"))
    assert last(printed) == "créés=0 modifiés=1 inchangés=1 disparus=0 refusés=0"
    assert "téléphone au registre : 0261910101 → 0261910109" in printed
    assert "catégorie au registre (code) : 500 → 355" in printed
    assert (loaded(2).register_phone, loaded(2).legal_kind) == ("0261910109", "I-1")


def test_a_change_of_legal_entity_shows_both_numbers(load):
    load(establishment())
    other = finess(900_002)
    assert f"entité juridique : {OWNER} → {other}" in load(establishment(nofinessej=other))
    assert loaded().legal_entity.finess == other


def test_dry_run_writes_nothing(load):
    load(establishment(1))
    printed = load(establishment(1, rs="LES ORMES"), establishment(2), options=("--dry-run",))
    assert last(printed) == "créés=1 modifiés=1 inchangés=0 disparus=0 refusés=0"
    assert "rien n'a été enregistré" in printed
    assert (GeographicEntity.objects.count(), loaded().name) == (1, "EHPAD LES TILLEULS 1")


def test_without_a_scope_nobody_is_gone(load):
    load(establishment(1), establishment(2))
    assert last(load(establishment(1))) == "créés=0 modifiés=0 inchangés=1 disparus=0 refusés=0"


def test_gone_is_flagged_within_the_scope_only_then_taken_back(load):
    elsewhere = establishment(3, nofinesset=finess(3, "22"), departement="22", ligneacheminement="22000 ST BRIEUC")
    load(establishment(1), establishment(2), elsewhere)
    printed = load(establishment(1), options=RENNES)
    assert last(printed) == "créés=0 modifiés=0 inchangés=1 disparus=1 refusés=0"
    assert "Établissements disparus (1)" in printed
    assert loaded(2).gone_since == date(2026, 3, 2)
    assert loaded(3, "22").gone_since is None
    assert last(load(establishment(1), options=RENNES)).endswith("disparus=0 refusés=0")
    assert "absent du registre depuis le : 2026-03-02 → vide" in load(establishment(1), establishment(2))
    assert loaded(2).gone_since is None


def test_the_nation_is_a_scope(load):
    load(establishment(1), establishment(3, nofinesset=finess(3, "22"), departement="22"))
    assert last(load(establishment(1), options=("--scope", "nation"))).endswith("disparus=1 refusés=0")


def test_lines_out_of_the_declared_department_are_imported_too(load):
    printed = load(establishment(1, departement="22", commune=""), establishment(2), options=RENNES)
    assert last(printed).startswith("créés=2 ")
    assert "1 établissements du fichier sont hors de ce département" in printed


def test_a_refused_line_is_no_disappearance(load):
    load(establishment(1), establishment(2))
    cut = establishment(1).rsplit(";", 6)[0]
    printed = load(cut, establishment(2), options=RENNES)
    assert last(printed) == "créés=0 modifiés=0 inchangés=1 disparus=0 refusés=1"
    assert loaded(1).gone_since is None


def test_a_file_cut_in_the_middle_tells_nobody_gone(load):
    load(*(establishment(serial) for serial in (1, 2, 3)))
    printed = load(establishment(1), establishment(2)[:40], options=RENNES)
    assert last(printed) == "créés=0 modifiés=0 inchangés=1 disparus=0 refusés=1"
    assert "il est incomplet" in printed


def test_a_file_of_legal_entities_tells_no_establishment_gone(load):
    load(establishment(), legal_entity())
    other = legal_entity(nofiness=finess(900_003))
    printed = load(other, options=RENNES)
    assert last(printed) == "créés=0 modifiés=0 inchangés=0 disparus=0 refusés=0"
    assert LegalEntity.objects.get(finess=OWNER).gone_since == date(2026, 3, 2)


def test_a_file_without_coordinates_keeps_those_held(load):
    load(establishment(), location())
    held = loaded().latitude
    assert last(load(establishment())).startswith("créés=0 modifiés=0 ")
    assert loaded().latitude == held is not None


def test_what_is_the_portals_own_stays(load):
    load(establishment(dateouv=""))
    with writing("tests", "command"):
        GeographicEntity.objects.update(usual_name="Les Tilleuls", closing_type="R286:DEF", closing_date="1990-01-01")
    printed = load(establishment(telephone="0261910103"))
    entity = loaded()
    assert (entity.usual_name, entity.closing_date) == ("Les Tilleuls", date(1990, 1, 1))
    assert entity.opening_date is None
    assert "date d'ouverture postérieure à la fermeture" in printed


def test_the_history_names_the_command_and_its_channel(load):
    load(establishment())
    load(establishment(rs="LES ORMES"))
    events = GeographicEntity.pgh_event_models["insert"].objects.order_by("pgh_id")
    assert [(event.pgh_label, event.name) for event in events] == [
        ("insert", "EHPAD LES TILLEULS 1"),
        ("update", "LES ORMES"),
    ]
    for event in events:
        assert event.pgh_context.metadata["author_name"] == "import_finess"
        assert event.pgh_context.metadata["channel"] == "register"


def test_each_run_leaves_a_trace(load):
    load(establishment(), establishment(telephone="12"), options=RENNES)
    load(establishment(), options=("--dry-run",))
    real, dry = Import.objects.order_by("pk")
    assert (real.scope, real.dry_run, real.created, real.refused, real.flow_date) == (
        "35",
        False,
        1,
        1,
        date(2026, 3, 2),
    )
    assert real.refusals[0][0] == 3
    assert (len(real.sha256), real.legal_entities_created) == (64, 1)
    assert (dry.scope, dry.dry_run, dry.unchanged) == ("", True, 1)


def test_older_data_than_those_applied_are_told(load):
    load(establishment())
    assert "des données plus récentes" in load(establishment(), header="finess;etalab;93;2021-01-08")
    assert "des données plus récentes" not in load(establishment(), header=HEADER)


@pytest.mark.parametrize(("given", "code"), [("2a", "2A"), ("974", "974"), (" nation ", "nation"), ("35", "35")])
def test_scopes(load, given, code):
    load(establishment(), options=("--scope", given))
    assert Import.objects.get().scope == code


@pytest.mark.parametrize("given", ["99", "Bretagne", "9D"])
def test_unknown_scope(load, given):
    with pytest.raises(CommandError, match=f"Périmètre inconnu : « {given} »"):
        load(establishment(), options=("--scope", given))
    assert not GeographicEntity.objects.exists()


def test_two_imports_at_once_wait_for_each_other(load):
    """While another connection holds the lock of the imports, ours does not go on."""
    parameters = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: parameters[name] for name in names if name in parameters}) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(OperationalError, match="lock timeout"):
            load(establishment())
    assert not GeographicEntity.objects.exists()
    assert last(load(establishment())).startswith("créés=1 ")
