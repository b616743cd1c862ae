"""The public FINESS file: read, compared with what the portal holds, then applied in sets."""
