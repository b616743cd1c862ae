"""Screens of the administration of those who describe; they register themselves."""

from structures.describing.entry_models import admin as entry_models  # noqa: F401
from structures.describing.reviewing import admin as reviewing  # noqa: F401
