"""The official dictionary (ME 3.0.1) compared with the models: what each of its rows is in the portal."""
