"""Filling the few fixed fields a company's text may name. It is never a template language."""

from __future__ import annotations

import re

# What a question, follow-up or thank-you may name.
FIELDS = ("company", "contact", "customer")
_NAMED = re.compile(r"\{([a-z_]+)\}")


def fill(text: str, **values: str) -> str:
    """`text` with each `{name}` that is among the values replaced; anything else stays as it is.

    One pass: what a value contains is never looked at again. The result is plain text, to be
    escaped where it is shown.
    """
    return _NAMED.sub(lambda found: values.get(found[1], found[0]), text)


def unknown_fields(text: str) -> bool:
    """Whether something in braces is no field: mistyped, it would reach every contact so."""
    left = fill(text, **dict.fromkeys(FIELDS, ""))
    return "{" in left and "}" in left.split("{", 1)[1]
