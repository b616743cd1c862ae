"""Screens of the administration of those who describe; they register themselves."""

from structures.describing.reviewing import admin as reviewing  # noqa: F401
