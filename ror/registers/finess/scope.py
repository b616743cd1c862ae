"""What a file claims to hold in full: the only place where an establishment may be said to be gone."""

from dataclasses import dataclass

from ror.reference.models import Department

NATION = "nation"


class ScopeUnknown(ValueError):
    """The declared scope is neither the nation nor a department; the text is a French sentence."""


@dataclass(frozen=True)
class Scope:
    """`code` is « nation », the INSEE code of a department, or empty when nothing is declared."""

    code: str = ""
    label: str = "aucun"

    @property
    def declared(self) -> bool:
        return self.code != ""

    @property
    def department(self) -> str | None:
        """INSEE code of the department; None when the scope is wider, or not declared."""
        return self.code if self.declared and self.code != NATION else None


def read_scope(text: str) -> Scope:
    """The scope that `text` names: « nation », « 35 », « 2A », « 974 »; empty for none. Raises ScopeUnknown."""
    typed = text.strip()
    if not typed:
        return Scope()
    if typed.lower() == NATION:
        return Scope(NATION, "France entière")
    department = Department.objects.filter(code=typed.upper()).first()
    if department is None:
        raise ScopeUnknown(
            f"Périmètre inconnu : « {typed[:30]} ». Indiquez « nation » ou le code d'un département (35, 2A, 974)."
        )
    return Scope(department.code, str(department))
