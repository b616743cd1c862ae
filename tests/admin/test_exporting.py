"""« Exporter »: what a list lets one take away, in both formats, and what it does not."""

import csv
import io

import pytest
from openpyxl import load_workbook

from confidentiality.journal import AccessRecord
from ror.accounts.models import User
from ror.persons.models import PersonRequest
from structures.models import Contact, GeographicEntity, Offer, OfferVersion, Telecom
from tests.admin.conftest import SENSITIVE_NAME, page, signed_in, visitor
from tests.admin.rows import MAKERS, row_of
from tests.factories import (
    DIRECT_PHONE,
    EMERGENCY_PHONE,
    PUBLIC_PHONE,
    GeographicEntityFactory,
    administrator,
    published_offer,
    territory,
)

CSV, WORKBOOK = 0, 1


def exporter(profile: str, perimeter=None):
    return signed_in(visitor(profile, perimeter, "export_lists"))


def columns_of(client, model) -> list[str]:
    form = client.get(page(model, "export")).context["form"]
    return [name for name, _ in form.fields["columns"].choices]


def taken(client, model, form: int = CSV, query: str = "", **posted):
    columns = posted.pop("columns", None) or columns_of(client, model)
    return client.post(page(model, "export") + query, {"format": form, "columns": columns, **posted})


def lines(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))


@pytest.mark.slow
@pytest.mark.parametrize("model", MAKERS, ids=lambda model: model.__name__)
def test_every_screen_gives_its_rows_in_both_formats(model, hospital):
    row_of(model, hospital)
    client = signed_in(administrator())
    said = lines(taken(client, model))
    assert said
    sheet = load_workbook(io.BytesIO(taken(client, model, WORKBOOK).content)).active
    header, *rows = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert header == list(said[0])
    assert rows == [[cell.removeprefix("'") for cell in line.values()] for line in said]


def test_trap_1_an_export_takes_a_permission_of_its_own(offer, plain, stranger, nobody):
    assert plain.get(page(Offer, "changelist")).status_code == 200
    assert "Exporter" not in plain.get(page(Offer, "changelist")).content.decode()
    for client in (plain, stranger, nobody):
        for answer in (client.get(page(Offer, "export")), client.post(page(Offer, "export"), {"format": CSV})):
            assert answer.status_code in (302, 403)
            assert offer.name not in answer.content.decode()


@pytest.mark.parametrize("model", [User, PersonRequest])
def test_lists_of_persons_are_not_taken_away(national, model):
    assert national.get(page(model, "export")).status_code == 403


def test_only_what_one_may_take_away_leaves(offer):
    elsewhere = published_offer(GeographicEntityFactory(insee="22113", health=True))
    client = exporter("P0", territory("department", "35"))
    assert [line["Identifiant de l'offre"] for line in lines(taken(client, Offer))] == [offer.identifier]
    forged = taken(client, Offer, rows=[str(elsewhere.pk), "999999999", "autre"])
    assert lines(forged) == []


def test_trap_6_cells_hold_what_the_reader_may_read_on_each_row(offer):
    public = taken(exporter("P0"), Telecom).content.decode()
    assert PUBLIC_PHONE in public
    assert DIRECT_PHONE not in public
    assert EMERGENCY_PHONE not in public
    professional = taken(exporter("P2"), Telecom).content.decode()
    assert DIRECT_PHONE in professional
    assert EMERGENCY_PHONE not in professional
    assert EMERGENCY_PHONE in taken(exporter("P1"), Telecom).content.decode()


def test_a_sensitive_unit_leaves_no_trace_in_files(offer, sensitive_offer):
    client = exporter("P2")
    for model in (Offer, Contact, Telecom, GeographicEntity):
        said = taken(client, model).content.decode()
        assert SENSITIVE_NAME not in said
        assert sensitive_offer.identifier not in said
    ticked = lines(taken(client, Offer, rows=[str(offer.pk), str(sensitive_offer.pk)]))
    assert [line["Identifiant de l'offre"] for line in ticked] == [offer.identifier]
    assert lines(taken(client, Offer, rows=[str(sensitive_offer.pk)])) == lines(taken(client, Offer, rows=["999999"]))
    assert SENSITIVE_NAME in taken(exporter("P1"), Offer).content.decode()


def test_the_search_and_the_filters_of_the_list_hold(hospital):
    first = published_offer(hospital, name="Consultation de neurologie")
    published_offer(hospital, name="Hospitalisation à domicile")
    client = signed_in(administrator())
    found = lines(taken(client, Offer, query="?q=neurologie"))
    assert [line["Identifiant de l'offre"] for line in found] == [first.identifier]
    assert taken(client, Offer, query="?sensitive_unit__motive=x").status_code == 400
    assert taken(client, Offer, query="?activity_field=nulle-part").status_code in (200, 302)


def test_trap_13_no_cell_is_computed_and_zeros_stay(hospital):
    published_offer(hospital, name="=HYPERLINK(1)")
    client = signed_in(administrator())
    assert lines(taken(client, Offer))[0]["Nom de l'offre"] == "'=HYPERLINK(1)"
    sheet = load_workbook(io.BytesIO(taken(client, Offer, WORKBOOK).content)).active
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert "=HYPERLINK(1)" in {cell.value for cell in cells}
    ain = GeographicEntityFactory(insee="01004", health=True, finess="010000024")
    assert ain.finess in [line["Numéro FINESS"] for line in lines(taken(client, GeographicEntity))]


def test_what_leaves_above_level_1_is_in_the_journal(offer):
    client = exporter("P1")
    taken(client, Telecom)
    record = AccessRecord.objects.latest("pk")
    assert record.view == "admin:structures_telecom_export"
    assert len(record.level_2) == 1
    assert len(record.level_3) == 1
    held = AccessRecord.objects.count()
    taken(exporter("P0"), Telecom)
    assert AccessRecord.objects.count() == held


def test_versions_are_level_3(offer):
    assert lines(taken(exporter("P0"), OfferVersion)) == []
    assert lines(taken(signed_in(administrator()), OfferVersion))


def test_columns_are_chosen_among_those_of_the_screen(offer, national):
    said = lines(taken(national, Offer, columns=["identifier", "name"]))
    assert list(said[0]) == ["Nom de l'offre", "Identifiant de l'offre"]
    refused = taken(national, Offer, columns=["sensitive_unit"])
    assert refused.context["form"].errors
    assert taken(national, Offer, form=7).context["form"].errors


def test_rows_ticked_in_the_list_are_those_exported(hospital, national):
    first, second = (published_offer(hospital, name=name) for name in ("Une", "Deux"))
    asked = {"action": "export_chosen", "_selected_action": [str(second.pk)]}
    form = national.post(page(Offer, "changelist"), asked)
    assert form.context["form"]["rows"].initial == [str(second.pk)]
    said = lines(taken(national, Offer, rows=[str(second.pk)]))
    assert [line["Identifiant de l'offre"] for line in said] == [second.identifier]
    all_of_them = national.post(page(Offer, "changelist") + "?q=Une", {**asked, "select_across": "1"})
    assert all_of_them.url == page(Offer, "export") + "?q=Une"
    assert first.identifier in taken(national, Offer, query="?q=Une").content.decode()


@pytest.mark.parametrize("model", [Offer, Telecom, GeographicEntity])
def test_queries_do_not_grow_with_the_rows(hospital, national, model, django_assert_max_num_queries):
    row_of(model, hospital)
    columns = columns_of(national, model)
    for _ in range(3):
        row_of(model, GeographicEntityFactory(health=True))
    with django_assert_max_num_queries(15):
        assert len(lines(taken(national, model, columns=columns))) >= 4
