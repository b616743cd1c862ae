"""Professionals, their practices and their operational situations."""
