"""Bringing files in: reading, parsing, guessing, checking, storing."""
