"""Form fields for codes and communes, as they work without any script."""

import pytest
from django import forms
from django.http import QueryDict

from ror.reference.forms import (
    FIELD_BY_SIZE_LIMIT,
    CodeChoiceField,
    CodeSetChoiceField,
    CommuneField,
    StoredCommuneField,
)
from ror.reference.models import ValueSetMember
from ror.reference.nomenclature import nomenclature, renew

pytestmark = pytest.mark.django_db
FAMILIES = "J51"  # 29 codes
CARE_MODES = "J19"  # 36 codes
ACTS = "J16"  # 1,305 codes
PATIENTS = "J29"  # 11 codes
DISPENSARY = "R211:005"  # Allergologie


class OfferForm(forms.Form):
    """One field of each kind."""

    field = CodeChoiceField("J20", required=True, label="Champ")
    mode = CodeChoiceField(CARE_MODES)
    patients = CodeSetChoiceField(PATIENTS)
    acts = CodeSetChoiceField(ACTS)
    commune = CommuneField()


def posted(**values) -> OfferForm:
    data = QueryDict(mutable=True)
    for name, value in {"field": "R227:01", **values}.items():
        data.setlist(name.replace("_add", "-ajout"), value if isinstance(value, list) else [value])
    return OfferForm(data)


def message(form: forms.Form, field: str) -> str:
    assert not form.is_valid()
    return " ".join(form.errors[field]).replace("\u00a0", " ")


def test_short_value_sets_are_lists():
    assert len(nomenclature().members("J20")) <= FIELD_BY_SIZE_LIMIT
    html = str(OfferForm()["field"])
    assert html.count("<option") == 7
    assert 'class="fr-select"' in html


def test_long_value_sets_are_search_fields():
    html = str(OfferForm()["mode"])
    assert "<select" not in html
    assert 'class="fr-input"' in html
    assert 'data-address="/nomenclatures/J19/recherche"' in html


def test_short_sets_are_check_boxes():
    html = str(OfferForm(initial={"patients": ["R239:02"]})["patients"])
    assert html.count('type="checkbox"') == 11
    assert html.count(" checked") == 1
    assert html.count("fr-checkbox-group") == 11


def test_long_sets_are_check_boxes_of_what_is_chosen_and_a_field_to_add():
    html = str(OfferForm(initial={"acts": ["R210:0001"]})["acts"])
    assert html.count('type="checkbox"') == 1
    assert 'name="acts-ajout"' in html


@pytest.mark.parametrize("html_field", ["field", "mode", "patients", "acts", "commune"])
def test_no_inline_script_nor_style(html_field):
    html = str(OfferForm(initial={"commune": "35238"})[html_field])
    assert "<script" not in html
    assert "style=" not in html
    assert " on" not in html.replace(" only", "")


def test_stored_values_are_shown_by_their_label():
    form = OfferForm(initial={"mode": "R213:28", "commune": "35238"})
    assert 'value="Hospitalisation complète (HC)"' in str(form["mode"])
    assert 'value="Rennes (35238)"' in str(form["commune"])


@pytest.mark.parametrize(
    "typed", ["R213:28", "28", "Hospitalisation complète (HC)", "hospitalisation COMPLETE hc", "  28 "]
)
def test_a_code_is_understood_by_key_code_or_label(typed):
    form = posted(mode=typed)
    assert form.is_valid()
    assert form.cleaned_data["mode"] == "R213:28"


def test_nothing_chosen():
    form = posted()
    assert form.is_valid()
    assert form.cleaned_data["mode"] == ""
    assert form.cleaned_data["acts"] == []
    assert form.cleaned_data["commune"] == ""
    assert message(OfferForm(QueryDict("")), "field") == "Indiquez une valeur."


def test_an_unknown_text_proposes_the_nearest_values_and_keeps_what_was_typed():
    form = posted(mode="hospitalisation jours")
    assert "« Hospitalisation de jour (HJ) »" in message(form, "mode")
    html = str(form["mode"])
    assert 'value="hospitalisation jours"' in html
    assert '<input type="radio" name="mode-proche" value="Hospitalisation de jour (HJ)"' in html


def test_proposals_are_at_most_five():
    assert message(posted(mode="hospitalisation"), "mode").count("«") == 6  # what was typed, then five


def test_a_text_near_nothing_says_what_to_do():
    assert "Saisissez quelques lettres" in message(posted(mode="zzzz"), "mode")


def test_an_ambiguous_code_is_refused_with_its_meanings(invented_set):
    from ror.reference.models import Concept

    Concept.objects.filter(pk="X1:02").update(label="Pomme")
    renew()
    field = CodeChoiceField(invented_set)
    with pytest.raises(forms.ValidationError, match=r"plusieurs valeurs.*Pomme \(01\).* ; .*Pomme \(02\)"):
        field.clean("pomme")
    assert field.clean("Pomme (02)") == "X1:02"


def test_a_closed_code_is_not_offered_nor_accepted():
    ValueSetMember.objects.filter(value_set="J20", concept="R227:06").update(valid_to="2026-01-01")
    renew()
    assert "Social" not in str(OfferForm()["field"]).replace("Médico-social", "")
    assert message(posted(field="R227:06"), "field") == "Le code « Social » est fermé : choisissez une autre valeur."


def test_a_stored_closed_code_is_shown_and_accepted_again():
    ValueSetMember.objects.filter(concept__in=["R227:06", "R213:28", "R210:0001"]).update(valid_to="2026-01-01")
    renew()
    initial = {"field": "R227:06", "mode": "R213:28", "acts": ["R210:0001"]}
    shown = OfferForm(initial=initial)
    assert "Social (code fermé)" in str(shown["field"])
    assert 'value="Hospitalisation complète (HC) (code fermé)"' in str(shown["mode"])
    data = QueryDict(mutable=True)
    data.update({"field": "R227:06", "mode": "Hospitalisation complète (HC) (code fermé)", "acts": "R210:0001"})
    form = OfferForm(data, initial=initial)
    assert form.is_valid()
    assert {name: form.cleaned_data[name] for name in initial} == initial
    assert not form.has_changed()


def test_ticked_and_typed_codes_add_up_each_once():
    form = posted(acts=["R210:0001", "R210:0001"], acts_add="IRM rénale; irm foetale ;0001")
    assert form.is_valid()
    labels = [nomenclature().label(key) for key in form.cleaned_data["acts"]]
    assert labels[1:] == ["IRM rénale", "IRM foetale"]
    assert len(labels) == 3


def test_each_wrong_text_of_a_set_is_told_and_the_rest_is_kept():
    form = posted(acts=["R210:0001"], acts_add="IRM rénale ; scanner imaginaire ; zzzz")
    assert len(form.errors["acts"]) == 2
    html = str(form["acts"])
    assert html.count(" checked") == 1
    assert 'value="IRM rénale ; scanner imaginaire ; zzzz"' in html


def test_a_forged_code_is_refused():
    assert "ne figure pas dans la liste" in message(posted(patients=["R213:28"]), "patients")
    assert "trop long" in message(posted(mode="x" * 400), "mode")


def test_typed_text_is_escaped():
    html = str(posted(mode='"><script>alert(1)</script>')["mode"])
    assert "<script>" not in html


def test_has_changed_compares_codes_not_texts():
    data = QueryDict("field=R227:01&mode=hospitalisation complete hc&commune=Rennes")
    same = OfferForm(data, initial={"field": "R227:01", "mode": "R213:28", "commune": "35238"})
    assert same.changed_data == []
    assert OfferForm(data, initial={"field": "R227:02", "mode": "R213:29"}).changed_data == ["field", "mode", "commune"]


def test_values_come_from_plain_dictionaries_too():
    form = OfferForm({"field": "R227:01", "patients": ["R239:01", "R239:02"], "acts": "R210:0001"})
    assert form.is_valid()
    assert form.cleaned_data["patients"] == ["R239:01", "R239:02"]
    assert form.cleaned_data["acts"] == ["R210:0001"]


def test_communes_are_cleaned_to_their_code():
    form = posted(commune="35000 rennes")
    assert form.is_valid()
    assert form.cleaned_data["commune"] == "35238"


def test_an_ambiguous_commune_proposes_texts_that_are_understood():
    form = posted(commune="Saint-Denis")
    told = message(form, "commune")
    assert told.startswith("« Saint-Denis » désigne plusieurs communes. Précisez laquelle : « Saint-Denis (")
    again = posted(commune="Saint-Denis (97411)")
    assert again.is_valid()
    assert again.cleaned_data["commune"] == "97411"


def test_an_unknown_commune_is_told_in_french():
    assert "n'est pas une commune connue" in message(posted(commune="Xyzzyville"), "commune")
    assert "« Rennes (35238) »" in message(posted(commune="35000 Renes"), "commune")
    assert 'value="35000 Renes"' in str(posted(commune="35000 Renes")["commune"])


def test_a_stored_code_that_is_also_a_postcode_is_kept():
    assert StoredCommuneField().clean("35360") == "35360"  # Vitré by its code, Montauban-de-Bretagne by its postcode
    with pytest.raises(forms.ValidationError, match="plusieurs communes"):
        CommuneField().clean("35360")
