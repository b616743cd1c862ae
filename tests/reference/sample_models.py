"""A model with codes, made for the tests: its table exists for the duration of one test."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, models
from django.test.utils import isolate_apps

from ror.reference.fields import CodeField, CodeSetField, CommuneSetField, code_set_index, guard_codes
from ror.reference.models import Concept


def sample_model(value_set: str) -> type[models.Model]:
    """One code and one set of codes of the value set, guarded by the database."""
    with isolate_apps("ror.reference"):

        class Basket(models.Model):
            name = models.TextField(default="", blank=True)
            fruit = CodeField(Concept, value_set=value_set, null=True, blank=True, verbose_name="fruit")
            others = CodeSetField(value_set=value_set, blank=True, verbose_name="autres fruits")

            class Meta:
                app_label = "reference"
                indexes = [code_set_index("others", "basket_others")]

            def __str__(self) -> str:
                return self.name

        return guard_codes(Basket)


def rounds_model() -> type[models.Model]:
    """The communes where a service goes, guarded by the database."""
    with isolate_apps("ror.reference"):

        class Rounds(models.Model):
            name = models.TextField(default="", blank=True)
            zones = CommuneSetField(blank=True, verbose_name="communes desservies")

            class Meta:
                app_label = "reference"
                indexes = [code_set_index("zones", "rounds_zones")]

            def __str__(self) -> str:
                return self.name

        return guard_codes(Rounds)


@contextmanager
def table_of(model: type[models.Model]) -> Iterator[type[models.Model]]:
    """The model with its table and triggers; both go with the transaction of the test."""
    with connection.schema_editor() as editor:
        editor.create_model(model)
    try:
        yield model
    finally:
        for trigger in list(model._meta.triggers):
            trigger.unregister(model)
