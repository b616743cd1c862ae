"""The database's own check that every code of a row belongs to the value set of its field, every commune to the COG.

Two statement-level triggers per model, so that a bulk insert, an `update()` or a COPY of 100,000 rows costs one look-up
per distinct code. A code that left the set stays accepted: closing a code must never make a row unwritable.
"""

import pgtrigger
from django.core.exceptions import FieldDoesNotExist
from django.db import models

TRANSITION = "new_values"


class CodesTrigger(pgtrigger.Trigger):
    """Refuses a code outside the value set of its field, or that is no commune's; the message never tells the value."""

    level = pgtrigger.Statement
    when = pgtrigger.After
    referencing = pgtrigger.Referencing(new=TRANSITION)

    def get_func(self, model: type[models.Model]) -> str:
        return "\n".join([*_checks(model), "RETURN NULL;"])


def guard_codes(model: type[models.Model]) -> type[models.Model]:
    """Class decorator: the database refuses any code that never belonged to the value set of its field.

    In a set of communes it refuses what is no row of the COG held here (a commune that left it keeps its row), which is
    what the foreign key of a single commune refuses too.
    """
    if not _checks(model):
        raise FieldDoesNotExist(f"{model._meta.label} has no code to guard")
    CodesTrigger(name="guard_codes_insert", operation=pgtrigger.Insert).register(model)
    CodesTrigger(name="guard_codes_update", operation=pgtrigger.Update).register(model)
    return model


def is_guarded(model: type[models.Model]) -> bool:
    """Whether `guard_codes` was applied to the model."""
    return any(isinstance(trigger, CodesTrigger) for trigger in getattr(model._meta, "triggers", []))


def _checks(model: type[models.Model]) -> list[str]:
    """One statement for each field of the model that holds codes or communes."""
    table, found = model._meta.db_table, []
    for field in model._meta.local_concrete_fields:
        column = f'"{field.column}"'
        value_set = getattr(field, "value_set", None)
        if value_set is not None:
            found.append(_check(table, field.column, f"unnest({column})" if field.many else column, value_set))
        elif getattr(field, "holds_communes", False):
            found.append(_check_communes(table, field.column))
    return found


def _check(table: str, column: str, codes: str, value_set: str) -> str:
    return f"""
        IF EXISTS (
            SELECT FROM (SELECT DISTINCT {codes} AS concept_id FROM {TRANSITION}) AS written
            WHERE written.concept_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM public.reference_valuesetmember AS member
                WHERE member.value_set_id = '{value_set}' AND member.concept_id = written.concept_id
            )
        ) THEN
            RAISE EXCEPTION 'a code of {table}.{column} is not in value set {value_set}'
            USING ERRCODE = 'check_violation', TABLE = '{table}', COLUMN = '{column}',
                CONSTRAINT = '{table}_{column}_in_{value_set}';
        END IF;
    """


def _check_communes(table: str, column: str) -> str:
    return f"""
        IF EXISTS (
            SELECT FROM (SELECT DISTINCT unnest("{column}") AS code FROM {TRANSITION}) AS written
            WHERE NOT EXISTS (SELECT FROM public.reference_commune AS commune WHERE commune.code = written.code)
        ) THEN
            RAISE EXCEPTION 'a code of {table}.{column} is not a commune'
            USING ERRCODE = 'check_violation', TABLE = '{table}', COLUMN = '{column}',
                CONSTRAINT = '{table}_{column}_in_communes';
        END IF;
    """
