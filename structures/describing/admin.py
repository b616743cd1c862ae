"""Screens of the administration of those who describe; they register themselves."""

from structures.describing import (
    uniting_admin,  # noqa: F401  it adds an action to a list
    uniting_places_admin,  # noqa: F401  the same
    version_admin,  # noqa: F401  it registers itself
)
from structures.describing.entry_models import admin as entry_models  # noqa: F401  it registers itself
from structures.describing.reviewing import admin as reviewing  # noqa: F401  it registers itself
