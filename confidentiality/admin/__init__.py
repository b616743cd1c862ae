"""The administration, through the one door out: what every screen shares, and the screens of the rooms below."""

from confidentiality.admin import accounts, assignments, filters, journal, reference  # noqa: F401  they register themselves
