"""Cells that a spreadsheet would run as a formula, made harmless, and read back as they were.

An apostrophe goes before the dangerous character; our own reading takes one off again. So that
nothing is lost, a cell that is written with such apostrophes already gets one more.
"""

from __future__ import annotations

import re

# What a spreadsheet takes for the beginning of a formula, also in its full-width forms.
_DANGEROUS = (
    "=+\\-@\t\r\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}"
    "\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
)
_TO_DEFUSE = re.compile(f"'*[{_DANGEROUS}]")
_DEFUSED = re.compile(f"'+[{_DANGEROUS}]")
_NUMBER = re.compile(r"[+-][0-9]+(\.[0-9]+)?\Z|[+-]\.[0-9]+\Z")


def defused(cell: str) -> str:
    """`cell` so that no spreadsheet runs it; numbers stay numbers."""
    if not _TO_DEFUSE.match(cell) or _NUMBER.match(cell):
        return cell
    return f"'{cell}"


def undefused(cell: str) -> str:
    """What was defused; any other cell as it is."""
    return cell[1:] if _DEFUSED.match(cell) else cell
