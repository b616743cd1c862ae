"""A base of national size, invented: whatever establishments are loaded, topped up and described in full, in sets.

`generating.generate` does it; the tables of `data/` say what each category of establishment offers (by the kinds and
offers of the demonstration), what each offer adds to it, and about where each département lies. Nothing here describes
a real person or structure: numbers belong to ranges that no register gives, names say what they are, phones are those
that Arcep keeps for fiction.
"""

AUTHOR, CHANNEL = "make_national_base", "demonstration"
REASON = "make_national_base: describe what nobody has described"
