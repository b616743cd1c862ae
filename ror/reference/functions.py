"""The two SQL functions of the portal, as Django expressions usable in generated columns and in constraints.

Both are created by this app's first migration, both are IMMUTABLE: bulk writes, COPY and `update()` keep what is
computed from them.
"""

from django.db import models


class Normalise(models.Func):
    """`ror_normalise(text)`: lower case, no accents, everything but letters and digits squeezed into one space."""

    function = "public.ror_normalise"
    arity = 1
    output_field = models.TextField()


class Luhn(models.Func):
    """`ror_luhn(text)`: whether the last figure is the Luhn key of the others (A counts 1 and B counts 2: Corsica)."""

    function = "public.ror_luhn"
    arity = 1
    output_field = models.BooleanField()
