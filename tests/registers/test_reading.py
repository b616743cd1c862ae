"""Each oddity of the public FINESS file, on invented lines."""

from datetime import date
from decimal import Decimal

import pytest

from ror.history import writing
from structures.models import GeographicEntity, LegalEntity
from tests.registers.lines import OWNER, establishment, finess, last, legal_entity, loaded, location

GZIPPED = "finess.csv.gz"


def test_plain_line(load):
    assert last(load(establishment(), location())) == "créés=1 modifiés=0 inchangés=0 disparus=0 refusés=0"
    entity = loaded()
    assert entity.id_nat_struct == "1" + entity.finess == entity.perimeter.code
    assert (entity.name, entity.register_phone) == ("EHPAD LES TILLEULS 1", "0261910101")
    assert (entity.category_id, entity.legal_kind, entity.in_perimeter) == ("R66:500", "I-2", True)
    assert (entity.street_number, entity.street_type_id, entity.street_name) == ("12", "R35:R", "DES TILLEULS")
    assert (entity.postcode, entity.locality, entity.commune_id) == ("35000", "RENNES", "35238")
    assert (entity.department_id, entity.region_id) == ("35", "53")
    assert (entity.opening_date, entity.register_updated_on) == (date(1998, 5, 4), date(2025, 11, 3))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_encodings(load, encoding):
    load(establishment(rs="FOYER DE L’ÉTANG N° 4"), encoding=encoding)
    assert loaded().name == "FOYER DE L’ÉTANG N° 4"


def test_gzip(load):
    assert last(load(establishment(), name=GZIPPED)).startswith("créés=1 ")


def test_apostrophe_of_windows_read_as_latin1_then_saved_as_utf8(load):
    load(establishment(rs="FOYER L\x92OLIVIER"))
    assert loaded().name == "FOYER L’OLIVIER"


def test_doubled_quotes(load):
    load(establishment(rs='"LIEU DE VIE ""LES ORMES"""'))
    assert loaded().name == 'LIEU DE VIE "LES ORMES"'


def test_a_separator_within_quotes(load):
    load(establishment(rs='"LES ORMES ; LES TILLEULS"'))
    assert loaded().name == "LES ORMES ; LES TILLEULS"


def test_a_quote_never_closed_does_not_swallow_the_line(load):
    assert last(load(establishment(rs='"LES ORMES'), establishment(2))).startswith("créés=2 ")
    assert loaded().name == '"LES ORMES'


def test_spaces_are_single_and_accents_stay(load):
    load(establishment(rs="  RÉSIDENCE   DES  CHÊNES "))
    assert loaded().name == "RÉSIDENCE DES CHÊNES"


@pytest.mark.parametrize(
    ("short", "long", "kept"),
    [
        ("CH LES ORMES", "CENTRE HOSPITALIER LES ORMES", "CENTRE HOSPITALIER LES ORMES"),
        ("CMPP LES ORMES", "CMPP", "CMPP LES ORMES"),
    ],
)
def test_the_name_is_the_one_that_says_most(load, short, long, kept):
    load(establishment(rs=short, rslongue=long))
    assert loaded().name == kept


def test_without_a_name_the_category_names_it(load):
    printed = load(establishment(rs="", rslongue=""))
    assert loaded().name.startswith("Etablissement d'hébergement")
    assert "dénomination absente" in printed


@pytest.mark.parametrize("day", ["1904-04-04", "1901-01-01", "1900-01-01", ""])
def test_placeholder_openings_mean_unknown(load, day):
    printed = load(establishment(dateouv=day))
    assert loaded().opening_date is None
    assert "date inutilisable" not in printed


@pytest.mark.parametrize(("given", "held"), [("2031-09-01", date(2031, 9, 1)), ("04/05/1998", date(1998, 5, 4))])
def test_future_openings_and_days_of_spreadsheets_are_kept(load, given, held):
    load(establishment(dateouv=given))
    assert loaded().opening_date == held


def test_an_unusable_value_is_set_aside_with_a_warning_by_line(load):
    wrong = [
        ({"dateouv": "2021-02-30"}, "date inutilisable"),
        ({"dateouv": "0202-02-24"}, "date inutilisable"),
        ({"datemaj": "hier"}, "date inutilisable"),
        ({"siret": "73282932000073"}, "SIRET inutilisable"),
        ({"siret": "732829320"}, "SIRET inutilisable"),
        ({"telephone": "0054535430"}, "téléphone inutilisable"),
        ({"commune": "999"}, "commune inconnue"),
        ({"departement": "9Z", "commune": ""}, "département inconnu"),
        ({"ligneacheminement": "RENNES"}, "code postal inutilisable"),
        ({"rs": "A" * 300}, "texte trop long"),
    ]
    printed = load(*(establishment(serial, **values) for serial, (values, _) in enumerate(wrong, start=1)))
    assert last(printed) == "créés=10 modifiés=0 inchangés=0 disparus=0 refusés=0"
    for line, (_, sentence) in enumerate(wrong, start=2):
        warning = next(told for told in printed.splitlines() if sentence in told)
        assert str(line) in warning.rpartition("ligne")[2]
    assert (loaded(1).opening_date, loaded(3).register_updated_on, loaded(4).siret) == (None, None, "")
    assert (loaded(6).register_phone, loaded(7).commune_id, loaded(8).region_id) == ("", None, None)
    assert (loaded(9).postcode, loaded(9).locality, len(loaded(10).name)) == ("", "RENNES", 200)


def test_siret_of_la_poste_and_ordinary_siret(load):
    load(establishment(siret="35600000000048"), establishment(2, siret="73282932000074"))
    assert loaded().siret == "35600000000048"
    assert loaded(2).siret == "73282932000074"


def test_one_siret_may_be_that_of_several_establishments(load):
    load(establishment(siret="73282932000074"), establishment(2, siret="73282932000074"))
    assert GeographicEntity.objects.filter(siret="73282932000074").count() == 2


def test_a_category_outside_the_value_set_keeps_the_words_of_the_register(load):
    printed = load(establishment(categetab="9999", libcategetab="Maison d'essai"))
    entity = loaded()
    assert entity.category_id is None
    assert (entity.register_category_code, entity.register_category_label) == ("9999", "Maison d'essai")
    assert (entity.legal_kind, entity.in_perimeter) == ("", False)
    assert "hors périmètre" in printed


def test_a_known_category_may_be_outside_the_perimeter(load):
    load(establishment(categetab="620", libcategetab="Pharmacie d'officine"))
    entity = loaded()
    assert (entity.category_id, entity.legal_kind, entity.in_perimeter) == ("R66:620", "", False)


@pytest.mark.parametrize(("category", "kind"), [("355", "I-1"), ("500", "I-2"), ("603", "I-3"), ("606", "I-4")])
def test_the_category_gives_the_legal_kind(load, category, kind):
    load(establishment(categetab=category))
    assert loaded().legal_kind == kind


def test_public_service_participation(load):
    load(establishment(codesph="1", libsph="Etablissement public de santé"))
    assert loaded().public_service_participation_id == "R73:1"


def test_a_street_type_without_official_code_stays_in_the_name(load):
    load(establishment(typvoie="LE", voie="BOURG", numvoie="", compvoie="", lieuditbp="LE PRE AUX SAULES"))
    entity = loaded()
    assert (entity.street_type_id, entity.street_name, entity.place_name) == (None, "LE BOURG", "LE PRE AUX SAULES")


@pytest.mark.parametrize(
    ("written", "place", "box"),
    [
        ("LE PRE AUX SAULES", "LE PRE AUX SAULES", ""),
        ("BP 139", "", "BP 139"),
        ("B.P. 80557", "", "B.P. 80557"),
        ("CS 10 067", "", "CS 10 067"),
        ("TSA 60033", "", "TSA 60033"),
        ("BP98", "", "BP98"),
        ("BP A2", "", "BP A2"),
        ("QUARTIER DE LA DIME - BP 301", "QUARTIER DE LA DIME", "BP 301"),
        ("ZI DE MONTPLAIN BP 4", "ZI DE MONTPLAIN", "BP 4"),
        ("VILLA N° 3 - BP 465", "VILLA N° 3", "BP 465"),
        ("BP 519  -  PUILBOREAU", "PUILBOREAU", "BP 519"),
        ("CS 55015 SAINT-MICHEL", "SAINT-MICHEL", "CS 55015"),
        ("BP 35 03103 MONTLUCON CEDEX", "BP 35 03103 MONTLUCON CEDEX", ""),
        ("BP 60024        1ER ETAGE", "BP 60024 1ER ETAGE", ""),
        ("BP 12 CS 40012", "BP 12 CS 40012", ""),
        ("LE TSAR", "LE TSAR", ""),
        ("CSC LES BPS", "CSC LES BPS", ""),
    ],
)
def test_a_postal_box_is_told_from_a_place(load, written, place, box):
    """What the national file of 2021 writes in that field; what is not sure stays as it is."""
    load(establishment(lieuditbp=written), legal_entity(lieuditbp=written))
    for entity in (loaded(), LegalEntity.objects.get(finess=OWNER)):
        assert (entity.place_name, entity.postal_box) == (place, box)


def test_a_box_that_was_taken_for_a_place_moves_at_the_next_load(load):
    lines = establishment(lieuditbp="BP 139"), legal_entity()
    load(*lines)
    with writing("tests", "register"):
        GeographicEntity.objects.update(place_name="BP 139", postal_box="")
    assert "modifiés=1" in last(load(*lines))
    assert (loaded().place_name, loaded().postal_box) == ("", "BP 139")
    assert "modifiés=0" in last(load(*lines))


def test_the_repetition_mark_is_written_in_full(load):
    load(establishment(compvoie="B"), establishment(2, compvoie="C"))
    assert loaded().street_number_suffix == "bis"
    assert loaded(2).street_number_suffix == "C"


def test_corsica_and_overseas(load):
    places = [
        ("2A", "2A", "004", "20000 AJACCIO", ("2A004", "2A")),
        ("2B", "2B", "033", "20200 BASTIA", ("2B033", "2B")),
        ("97", "9A", "105", "97100 BASSE TERRE", ("97105", "971")),
        ("97", "9A", "127", "97150 ST MARTIN", ("97801", "978")),
        ("97", "9A", "801", "97150 ST MARTIN", ("97801", "978")),
        ("97", "9A", "", "97150 ST MARTIN", (None, "978")),
        ("97", "9A", "123", "97133 ST BARTHELEMY", ("97701", "977")),
        ("97", "9B", "209", "97200 FORT DE FRANCE", ("97209", "972")),
        ("97", "9C", "302", "97306 CAYENNE CEDEX", ("97302", "973")),
        ("97", "9D", "411", "97405 ST DENIS CEDEX", ("97411", "974")),
        ("97", "9E", "502", "97500 ST PIERRE", ("97502", "975")),
        ("98", "9F", "611", "97600 MAMOUDZOU", ("97611", "976")),
        ("98", "9J", "613", "98600 UVEA", ("98613", "986")),
    ]
    numbers = [finess(serial, prefix) for serial, (prefix, *_) in enumerate(places, start=1)]
    load(
        *(
            establishment(nofinesset=number, departement=department, commune=commune, ligneacheminement=postcode)
            for number, (_, department, commune, postcode, _) in zip(numbers, places, strict=True)
        )
    )
    for number, (*_, expected) in zip(numbers, places, strict=True):
        entity = GeographicEntity.objects.get(finess=number)
        assert (entity.commune_id, entity.department_id) == expected
        assert entity.region_id is not None


def test_a_former_commune_becomes_the_present_one(load):
    # Freigné left Maine-et-Loire in 2018 for Vallons-de-l'Erdre, in Loire-Atlantique.
    load(establishment(departement="49", commune="144", ligneacheminement="49440 FREIGNE"))
    assert loaded().commune_id == "44180"


def test_postcode_of_another_department_is_kept_with_a_warning(load):
    printed = load(establishment(ligneacheminement="44000 NANTES"))
    assert "code postal d'un autre département" in printed
    assert (loaded().postcode, loaded().department_id) == ("44000", "35")


def test_coordinates_follow_the_projection_that_the_line_names(load):
    points = [
        ("1,ATLASANTE,96,BAN,EPSG:2154 RGF93 / Lambert-93 (Métropole)", "352000.0", "6789000.0", (48.11, -1.68)),
        ("1,ATLASANTE,100,IGN,BD_ADRESSE,V2.1,LAMBERT_93", "352000.0", "6789000.0", (48.11, -1.68)),
        ("1;ATLASANTE;100;IGN;BD_ADRESSE;V2.1;LAMBERT_93", "352000.0", "6789000.0", (48.11, -1.68)),
        ("2,ATLASANTE,96,BAN,EPSG:5490 RGAF09/UTM Zone 20N (Antilles)", "657000", "1795000", (16.23, -61.53)),
        ("1,ATLASANTE,100,IGN,BD_ADRESSE,V2.1,UTM_N22", "352000", "545000", (4.93, -52.33)),
        ("EPSG:2975 La Réunion", "338000", "7690000", (-20.88, 55.44)),
        ("EPSG:4471 Mayotte", "523000", "8588000", (-12.78, 45.21)),
        ("EPSG:4467 Saint-Pierre-et-Miquelon", "564000", "5181000", (46.78, -56.16)),
    ]
    serials = range(1, len(points) + 1)
    load(
        *map(establishment, serials),
        *(location(serial, x, y, source) for serial, (source, x, y, _) in zip(serials, points, strict=True)),
    )
    for serial, (*_, expected) in zip(serials, points, strict=True):
        entity = loaded(serial)
        assert (float(entity.latitude), float(entity.longitude)) == pytest.approx(expected, abs=0.02)


def test_unusable_coordinates_are_set_aside_with_a_warning_by_line(load):
    wrong = [
        ({"source": "EPSG:27572 Lambert II"}, "projection inconnue"),
        ({"source": ""}, "projection inconnue"),
        ({"x": "abc"}, "coordonnées inutilisables"),
        ({"x": "", "y": ""}, "coordonnées inutilisables"),
        ({"x": "0", "y": "0"}, "coordonnées inutilisables"),
        ({"x": "nan"}, "coordonnées inutilisables"),
        ({"x": "1e999"}, "coordonnées inutilisables"),
        ({"x": "6789000.0", "y": "352000.0"}, "coordonnées inutilisables"),
    ]
    serials = range(1, len(wrong) + 1)
    printed = load(
        *map(establishment, serials),
        *(location(serial, **values) for serial, (values, _) in zip(serials, wrong, strict=True)),
    )
    for serial, (_, sentence) in zip(serials, wrong, strict=True):
        warning = next(told for told in printed.splitlines() if sentence in told)
        assert str(1 + len(wrong) + serial) in warning.rpartition("ligne")[2]
        assert (loaded(serial).latitude, loaded(serial).longitude) == (None, None)


def test_several_establishments_on_one_point_and_one_without(load):
    load(*(establishment(serial) for serial in (1, 2, 3)), location(1), location(2))
    assert loaded(1).latitude == loaded(2).latitude == Decimal(str(loaded(1).latitude))
    assert loaded(3).latitude is None


def test_coordinates_twice_or_of_nobody(load):
    printed = load(establishment(), location(), location(x="353000.0"), location(7))
    assert "coordonnées données deux fois" in printed
    assert "que le fichier ne contient pas" in printed


def test_a_legal_entity_is_known_by_its_number_until_its_own_line_comes(load):
    load(establishment())
    owner = LegalEntity.objects.get(finess=OWNER)
    assert (owner.number_only, owner.legal_name, owner.perimeter.code) == (True, "", "1" + OWNER)
    printed = load(legal_entity())
    assert last(printed) == "créés=0 modifiés=0 inchangés=0 disparus=0 refusés=0"
    assert "0 créées, 1 modifiées" in printed
    owner.refresh_from_db()
    assert (owner.number_only, owner.legal_name) == (False, "ASSOCIATION DES TILLEULS")
    assert (owner.siren, owner.legal_status_id, owner.register_status_code) == ("732829320", "R72:60", "60")
    assert (owner.department_id, owner.region_id, owner.creation_date) == ("35", "53", date(1975, 2, 1))


def test_legal_entities_and_establishments_in_one_file(load):
    printed = load(legal_entity(), establishment(), location())
    assert "1 créées" in printed
    assert loaded().legal_entity.legal_name == "ASSOCIATION DES TILLEULS"


def test_blank_lines_trailing_columns_and_ends_of_lines_of_windows(run, tmp_path):
    path = tmp_path / "finess.csv"
    lines = ["FINESS;ETALAB;93;02/03/2026;;", "", establishment() + ";;;\r", "   ", establishment(2) + "\r"]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert last(run(path)).startswith("créés=2 ")
