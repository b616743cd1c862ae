"""Structures and offers as the administration shows and corrects them.

Identity comes from the registers. What the national administrator corrects goes through the same gate as any other
description: checked as a whole, kept as a version, with the reason. Screens register themselves.
"""

from structures.admin import (  # noqa: F401  they register themselves
    capacity,
    contact,
    geographic_entity,
    legal_entity,
    offer,
    organization,
    perimeter,
    place,
    tariff,
    wording,
)
