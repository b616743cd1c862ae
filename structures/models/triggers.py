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
    """RG_EXP_044, seen from below: what is open does not hang on what is closed. Checked when the write is complete."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(column, "closing_type_id"),
        condition=pgtrigger.Condition(f"NEW.closing_type_id IS NULL AND NEW.{column} IS NOT NULL"),
        timing=pgtrigger.Deferred,
        func=f"""
            IF EXISTS (
                SELECT FROM {table} WHERE {key} = NEW.{column} AND closing_type_id IS NOT NULL
            ) THEN
                RAISE EXCEPTION 'something open hangs on a closed row of {table}' USING ERRCODE = '{REFUSED}';
            END IF;
            RETURN NULL;
        """,
    )


def closes_what_is_below(table: str, column: str, *, key: str = "id", name: str = "closes_below") -> pgtrigger.Trigger:
    """RG_EXP_044, seen from above: nothing stays open below what closes. Checked when the write is complete."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("closing_type_id"),
        condition=pgtrigger.Condition("NEW.closing_type_id IS NOT NULL"),
        timing=pgtrigger.Deferred,
        func=f"""
            IF EXISTS (SELECT FROM {table} WHERE {column} = NEW.{key} AND closing_type_id IS NULL) THEN
                RAISE EXCEPTION 'something in {table} stays open below a closed row' USING ERRCODE = '{REFUSED}';
            END IF;
            RETURN NULL;
        """,
    )
