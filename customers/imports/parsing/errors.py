"""What a value that can't be used says about itself."""

from __future__ import annotations

SHOWN_CHARACTERS = 60


class BadValue(ValueError):
    """A cell that can't be used; the message is for the person who sent the file.

    `field` names our field when the message is about another one than was being read.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def shown(value: str) -> str:
    """`value` in quotes, short and without control characters, for a message."""
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value)
    if len(clean) > SHOWN_CHARACTERS:
        clean = clean[: SHOWN_CHARACTERS - 1] + "…"
    return f"“{clean}”"
