"""What the database itself holds of the rules that no column constraint can say (RG_EXP of the official model)."""

import pgtrigger

REFUSED = "23514"  # check_violation


def national_identifier(number: str, *, prefix: str) -> pgtrigger.Trigger:
    """idNat_Struct, set by the database: a practice rank when known, else FINESS, else the INSEE number `number`.

    RG_EXP_004, 005, 037 and 038; prefixes of TRE_G07: 0 ADELI-rang, 1 FINESS, 2 SIREN, 3 SIRET, 4 RPPS-rang.
    """
    return pgtrigger.Trigger(
        name="national_identifier",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
            NEW.id_nat_struct = CASE
                WHEN length(NEW.office_rank) = 14 THEN '4' || NEW.office_rank
                WHEN NEW.office_rank <> '' THEN '0' || NEW.office_rank
                WHEN NEW.finess IS NOT NULL THEN '1' || NEW.finess
                WHEN {number} <> '' THEN '{prefix}' || {number}
            END;
            RETURN NEW;
        """,
    )


def only_below_what_is_open(
    table: str, column: str, *, key: str = "id", name: str = "only_below_open"
) -> pgtrigger.Trigger:
    """RG_EXP_044, seen from below: what is open does not hang on what is closed.

    Checked when the write is complete, on the row as it is then: it may have been closed or moved since.
    """
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(column, "closing_type_id"),
        condition=pgtrigger.Condition(f"NEW.closing_type_id IS NULL AND NEW.{column} IS NOT NULL"),
        timing=pgtrigger.Deferred,
        func=pgtrigger.Func(f"""
            IF EXISTS (
                SELECT FROM {{meta.db_table}} AS written
                JOIN {table} AS above ON above.{key} = written.{column}
                WHERE written.id = NEW.id AND written.closing_type_id IS NULL AND above.closing_type_id IS NOT NULL
            ) THEN
                RAISE EXCEPTION 'something open hangs on a closed row of {table}' USING ERRCODE = '{REFUSED}';
            END IF;
            RETURN NULL;
        """),
    )


def closes_what_is_below(table: str, column: str, *, key: str = "id", name: str = "closes_below") -> pgtrigger.Trigger:
    """RG_EXP_044, seen from above: nothing stays open below what closes. Checked as the other one."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("closing_type_id"),
        condition=pgtrigger.Condition("NEW.closing_type_id IS NOT NULL"),
        timing=pgtrigger.Deferred,
        func=pgtrigger.Func(f"""
            IF EXISTS (
                SELECT FROM {{meta.db_table}} AS written
                JOIN {table} AS below ON below.{column} = written.{key}
                WHERE written.id = NEW.id AND written.closing_type_id IS NOT NULL AND below.closing_type_id IS NULL
            ) THEN
                RAISE EXCEPTION 'something in {table} stays open below a closed row' USING ERRCODE = '{REFUSED}';
            END IF;
            RETURN NULL;
        """),
    )


class LevelOfSensitiveUnit(pgtrigger.Trigger):
    """RG_EXP_039: nothing of a sensitive unit's contacts is below level 3. Checked once per statement, in sets."""

    level = pgtrigger.Statement
    when = pgtrigger.After
    referencing = pgtrigger.Referencing(new="written")

    def __init__(self, *, name: str, operation, offers: str) -> None:
        """`offers` joins the rows `written` to the sensitive units of their offers, named `unit`."""
        func = f"""
            IF EXISTS (SELECT FROM written {offers} WHERE written.level < 3) THEN
                RAISE EXCEPTION 'a contact of a sensitive unit is below level 3' USING ERRCODE = '{REFUSED}';
            END IF;
            RETURN NULL;
        """
        super().__init__(name=name, operation=operation, func=func)


def crisis_level_only(offers: str) -> list[pgtrigger.Trigger]:
    """The two triggers of a table of contacts or telecoms (a transition table allows one operation each)."""
    return [
        LevelOfSensitiveUnit(name="crisis_level_insert", operation=pgtrigger.Insert, offers=offers),
        LevelOfSensitiveUnit(name="crisis_level_update", operation=pgtrigger.Update, offers=offers),
    ]


def contacts_at_crisis_level() -> pgtrigger.Trigger:
    """RG_EXP_039, seen from the flag, once the contacts are written too."""
    return pgtrigger.Trigger(
        name="contacts_at_crisis_level",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        func=f"""
            IF EXISTS (
                SELECT FROM structures_contact AS contact
                LEFT JOIN structures_telecom AS telecom ON telecom.contact_id = contact.id
                JOIN structures_sensitiveunit AS unit ON unit.offer_id = contact.offer_id
                WHERE contact.offer_id = NEW.offer_id AND LEAST(contact.level, telecom.level) < 3
            ) THEN
                RAISE EXCEPTION 'a contact of a sensitive unit is below level 3' USING ERRCODE = '{REFUSED}';
            END IF;
            RETURN NULL;
        """,
    )
