"""The three levels of the arrêté du 26 décembre 2023, article 2, and the least level that a datum imposes.

Source of the minimums: `roles.md` (« Levels of contacts »), that is article 2, 1° and 2° for private emergency lines
and direct numbers (texte lu), RG_EXP_032 to 034 and 039 (norme ANS), the rest deduced.
"""

from django.db import models

ALERT_NATURES = frozenset({"R287:08", "R287:11", "R287:12", "R287:13", "R287:14", "R287:16"})
ALERT_CHANNELS = frozenset({"R200:7", "R200:8", "R200:9"})


class Level(models.IntegerChoices):
    """Niveau de confidentialité (TRE_R283, labels in force since 5 May 2026)."""

    PUBLIC = 1, "Visible du grand public"
    PROFESSIONAL = 2, "Visible par les professionnels"
    CRISIS = 3, "Visible régulation et gestion de crise"


def minimum_contact_level(*, nature: str | None, names_person: bool, ville: bool, sensitive: bool) -> Level:
    """The least level of a contact: nature is a concept key of J221 or None."""
    if sensitive:
        return Level.CRISIS
    if nature in ALERT_NATURES:
        return Level.PROFESSIONAL
    if names_person and not ville:
        return Level.PROFESSIONAL
    return Level.PUBLIC


def minimum_telecom_level(
    *, channel: str | None, direct_line: bool, private_emergency_line: bool, contact_level: int, sensitive: bool
) -> Level:
    """The least level of a telecom, never more open than its contact (RG_EXP_034)."""
    if sensitive or private_emergency_line:
        return Level.CRISIS
    own = Level.PROFESSIONAL if direct_line or channel in ALERT_CHANNELS else Level.PUBLIC
    return Level(max(own, contact_level))
