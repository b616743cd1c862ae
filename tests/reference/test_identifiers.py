"""Identifiers: the same answer in Python and in the database. The numbers are invented, or those of public bodies."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import isolate_apps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ror.reference import identifiers
from ror.reference.identifiers import finess_check, finess_key, luhn_is_valid

DIGITS = "0123456789"
FIRST_EIGHT = st.builds(
    "{}{}{}".format, st.sampled_from(DIGITS), st.sampled_from(DIGITS + "AB"), st.text(DIGITS, min_size=6, max_size=6)
)


@pytest.mark.parametrize(
    ("validate", "value"),
    [
        (identifiers.validate_finess, "350000048"),
        (identifiers.validate_finess, "2A0000014"),
        (identifiers.validate_finess, "2B0000012"),
        (identifiers.validate_siren, "130025265"),
        (identifiers.validate_siret, "13002526500013"),
        (identifiers.validate_siret, "35600000000048"),  # La Poste, head office
        (identifiers.validate_siret, "35600000009075"),  # La Poste: Luhn fails, the sum of its figures rules
        (identifiers.validate_rpps, "10000000009"),
        (identifiers.validate_rpps_rang, "10000000009017"),
        (identifiers.validate_adeli_rang, "35000000101"),
        (identifiers.validate_adeli_rang, "2A000000101"),
    ],
)
def test_right_identifiers(validate, value):
    validate(value)


@pytest.mark.parametrize(
    ("validate", "value", "told"),
    [
        (identifiers.validate_finess, "350000047", "clé de contrôle"),
        (identifiers.validate_finess, "35000004", "compte 9"),
        (identifiers.validate_finess, "3500000480", "compte 9"),
        (identifiers.validate_finess, "A50000048", "compte 9"),
        (identifiers.validate_finess, "2C0000014", "compte 9"),
        (identifiers.validate_finess, "2a0000014", "compte 9"),
        (identifiers.validate_finess, "350000048\n", "compte 9"),
        (identifiers.validate_finess, "", "compte 9"),
        (identifiers.validate_finess, "٣٥٠٠٠٠٠٤٨", "compte 9"),
        (identifiers.validate_siren, "130025266", "clé de contrôle"),
        (identifiers.validate_siren, "13002526", "compte 9"),
        (identifiers.validate_siren, "130 025 265", "compte 9"),
        (identifiers.validate_siret, "13002526500014", "clé de contrôle"),
        (identifiers.validate_siret, "130025265", "compte 14"),
        (identifiers.validate_siret, "35600000009076", "clé de contrôle"),
        (identifiers.validate_rpps, "10000000008", "clé de contrôle"),
        (identifiers.validate_rpps, "1000000000A", "compte 11"),
        (identifiers.validate_rpps_rang, "10000000009018", "clé de contrôle"),
        (identifiers.validate_rpps_rang, "10000000009", "compte 14"),
        (identifiers.validate_adeli_rang, "350000001", "compte 11"),
        (identifiers.validate_adeli_rang, "3500000010A", "compte 11"),
    ],
)
def test_wrong_identifiers_are_told_in_french(validate, value, told):
    with pytest.raises(ValidationError) as refused:
        validate(value)
    assert told in refused.value.messages[0]
    assert f"« {value} »" in refused.value.messages[0]


@given(FIRST_EIGHT)
def test_the_key_of_a_finess_number_makes_it_right(first8):
    number = first8 + finess_key(first8)
    identifiers.validate_finess(number)
    for digit in set(DIGITS) - {number[-1]}:
        assert not luhn_is_valid(first8 + digit)


@pytest.mark.parametrize("wrong", ["", "3500000", "350000048", "3500000C", "35 00000"])
def test_no_key_for_what_is_not_a_number(wrong):
    with pytest.raises(ValueError, match="FINESS"):
        finess_key(wrong)


def luhn_in_database(text: str | None) -> bool | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ror_luhn(%s)", [text])
        return cursor.fetchone()[0]


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text("0123456789AB Cé", max_size=15))
def test_python_and_database_agree(text):
    assert luhn_in_database(text) == luhn_is_valid(text)


@pytest.mark.django_db
def test_no_identifier_is_no_error():
    assert luhn_in_database(None) is None


@pytest.fixture
def site(db):
    with isolate_apps("ror.reference"):

        class Site(models.Model):
            # An unknown number is NULL, as in the real models.
            finess = models.TextField(null=True)  # noqa: DJ001  as the real columns are

            class Meta:
                app_label = "reference"
                constraints = [
                    models.CheckConstraint(condition=finess_check("finess"), name="site_finess"),
                ]

            def __str__(self) -> str:
                return self.finess or ""

    with connection.schema_editor() as editor:
        editor.create_model(Site)
    return Site


@pytest.mark.parametrize("value", ["350000048", "2A0000014", None])
def test_the_constraint_accepts_right_numbers_and_none(site, value):
    site.objects.create(finess=value)
    site(finess=value).validate_constraints()


@pytest.mark.parametrize("value", ["350000047", "35000004", "2C0000014", "", "x350000048", "350000048\n"])
def test_the_constraint_refuses_wrong_numbers(site, value):
    with pytest.raises(ValidationError):
        site(finess=value).validate_constraints()
    with pytest.raises(IntegrityError), transaction.atomic():
        site.objects.create(finess=value)
