"""The rules RG_EXP of the official exposition model (ME 3.0.1): where each is enforced, its test, who breaks it.

`RULES` lists them all by number; each module beside this one holds those of one theme. `manage.py check_rules` verifies
that what is said here is true.
"""

from ror.quality.exposition import closings, common, contacts, offers, professionals, structures, tariffs
from ror.quality.exposition.rule import ExpositionRule

RULES: tuple[ExpositionRule, ...] = tuple(
    sorted(
        (
            rule
            for theme in (structures, closings, tariffs, offers, contacts, professionals, common)
            for rule in theme.RULES
        ),
        key=lambda rule: rule.number,
    )
)

# The other numbers of the sequence, and why they have no line above.
NOT_RULES = {
    **dict.fromkeys(("001", "012", "019", "021", "022"), "numéro absent du texte du modèle 3.0.1"),
    "028": "dans le seul modèle de démonstration (types d'un même champ) : une offre n'a qu'un type",
}

__all__ = ["NOT_RULES", "RULES", "ExpositionRule"]
