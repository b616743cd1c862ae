"""What holds a rule, and how it is verified: the catalogue of the database, the columns, the code."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from django.db import connection, models

COLUMNS = (
    "SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
    " WHERE attnum > 0 AND relkind = 'r'"
)


@dataclass(frozen=True)
class Catalogue:
    """What the database itself says that it enforces."""

    constraints: frozenset[str]
    triggers: frozenset[tuple[str, str]]  # table, name
    not_null: frozenset[tuple[str, str]]  # table, column
    given: frozenset[tuple[str, str]]  # table, column that the database fills

    @classmethod
    def read(cls) -> "Catalogue":
        """Four queries. A trigger that was disabled is not there, nor a constraint that was never validated."""
        return cls(
            constraints=frozenset(
                name
                for (name,) in _select(
                    "SELECT conname FROM pg_constraint WHERE convalidated"
                    " UNION SELECT relname FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid AND indisunique"
                )
            ),
            triggers=frozenset(
                _select(
                    "SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
                    " WHERE NOT tgisinternal AND tgenabled <> 'D'"
                )
            ),
            not_null=frozenset(_select(f"{COLUMNS} AND attnotnull")),
            given=frozenset(_select(f"{COLUMNS} AND atthasdef")),
        )


class Guard(Protocol):
    """Something that refuses to break a rule. `str()` names it in French."""

    def stands(self, catalogue: Catalogue) -> bool: ...


@dataclass(frozen=True)
class Constraint:
    """A CHECK or UNIQUE constraint, by its name in the database."""

    name: str

    def stands(self, catalogue: Catalogue) -> bool:
        return self.name in catalogue.constraints

    def __str__(self) -> str:
        return f"contrainte {self.name}"


@dataclass(frozen=True)
class Trigger:
    """A trigger, by the name that its model declares."""

    model: type[models.Model]
    name: str

    def stands(self, catalogue: Catalogue) -> bool:
        table = self.model._meta.db_table
        return any(
            (table, trigger.get_pgid(self.model)) in catalogue.triggers
            for trigger in self.model._meta.triggers
            if trigger.name == self.name
        )

    def __str__(self) -> str:
        return f"déclencheur {self.model._meta.object_name}.{self.name}"


@dataclass(frozen=True)
class NotNull:
    """Columns that the database never leaves empty."""

    model: type[models.Model]
    fields: tuple[str, ...]

    def stands(self, catalogue: Catalogue) -> bool:
        options = self.model._meta
        return all((options.db_table, options.get_field(name).column) in catalogue.not_null for name in self.fields)

    def __str__(self) -> str:
        return f"colonnes obligatoires {self.model._meta.object_name} ({', '.join(self.fields)})"


@dataclass(frozen=True)
class Given:
    """Columns that the database fills by itself when nobody does."""

    model: type[models.Model]
    fields: tuple[str, ...]

    def stands(self, catalogue: Catalogue) -> bool:
        options = self.model._meta
        return all((options.db_table, options.get_field(name).column) in catalogue.given for name in self.fields)

    def __str__(self) -> str:
        return f"colonnes remplies par la base {self.model._meta.object_name} ({', '.join(self.fields)})"


@dataclass(frozen=True)
class Default:
    """The value of a column that nobody gave."""

    model: type[models.Model]
    field: str
    value: Any

    def stands(self, catalogue: Catalogue) -> bool:
        return self.model._meta.get_field(self.field).get_default() == self.value

    def __str__(self) -> str:
        return f"valeur par défaut {self.model._meta.object_name}.{self.field} = {self.value:d}"


@dataclass(frozen=True)
class Function:
    """A function, a method or a rule of the rule book, by its dotted path."""

    path: str

    def stands(self, catalogue: Catalogue) -> bool:
        parts = self.path.split(".")
        for end in range(len(parts) - 1, 0, -1):
            try:
                found: Any = import_module(".".join(parts[:end]))
            except ModuleNotFoundError:
                continue
            for name in parts[end:]:
                found = getattr(found, name, None)
            return callable(found)
        return False

    def __str__(self) -> str:
        return f"fonction {self.path}"


@dataclass(frozen=True)
class Everywhere:
    """The same guard on many tables, said in a few words."""

    words: str
    guards: tuple[Guard, ...]

    def stands(self, catalogue: Catalogue) -> bool:
        return bool(self.guards) and all(guard.stands(catalogue) for guard in self.guards)

    def __str__(self) -> str:
        return f"{self.words} ({len(self.guards)} tables)"


def fallen(guard: Guard, catalogue: Catalogue) -> list[str]:
    """What does not stand, each in its own words."""
    if guard.stands(catalogue):
        return []
    if isinstance(guard, Everywhere) and guard.guards:
        return [name for each in guard.guards for name in fallen(each, catalogue)]
    return [str(guard)]


def _select(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
