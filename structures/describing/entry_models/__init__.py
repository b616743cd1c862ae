"""Entry models: what the form asks of one kind of offer, in a few words instead of the whole nomenclature."""
