"""The words of definitions, and those kept with values: English where they are written and kept,
in the reader's language where they are read."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.translation import gettext

from accounts.formatting import format_number
from tenants.languages import ENGLISH, language

T = TypeVar("T")
NUMBER = re.compile(r"\d{1,3}(?:,\d{3})*(?:\.\d+)?|\d+(?:\.\d+)?")
MONTHS = frozenset(month_name[1:])
_wordings: dict[str, re.Pattern[str]] = {}
_parts: dict[str, re.Pattern[str]] = {}


def folded(text: str) -> str:
    """A text of several lines as one. Catalogues know its argument so."""
    return " ".join(text.split())


def wording(text: str, *, is_part: bool = False) -> str:
    """A text with {fields}, to be filled in English and kept; `said` finds the fields again. Call
    it where the text is written, which is marked with gettext_noop. `is_part`: it is what others'
    fields are filled with, and nothing by itself."""
    pattern = re.escape(text).replace(r"\{", "{").replace(r"\}", "}")
    known = _parts if is_part else _wordings
    known[text] = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>.+?)", pattern))
    return text


def said(text: str | None) -> str:
    """What was written in English, in the reader's language: a text of the catalogues, one that a
    `wording` made, or several of them with semicolons between. Others stay as they are."""
    written = str(text or "")
    if not written or language() == ENGLISH:
        return written
    words = gettext(written)
    if words != written:
        return words
    if "; " not in written:
        return _filled(written, _wordings) or written
    several = {known: pattern for known, pattern in _wordings.items() if "; " in known}
    whole = _filled(written, several)
    return whole or "; ".join(said(one) for one in written.split("; "))


def _filled(text: str, known: Mapping[str, re.Pattern[str]]) -> str:
    """The text by one of the wordings; "" where none made it."""
    for words, pattern in known.items():
        found = pattern.fullmatch(text)
        if found is not None:
            fields = {name: _field(value) for name, value in found.groupdict().items()}
            return gettext(words).format(**fields)
    return ""


def _field(text: str) -> str:
    """What stands in a field: a number, a month, a text of its own, or several with commas."""
    if NUMBER.fullmatch(text):
        number = text.replace(",", "")
        return format_number(Decimal(number), len(number.partition(".")[2]))
    if ", " in text:
        return ", ".join(_field(one) for one in text.split(", "))
    month, _, year = text.partition(" ")
    if year.isdecimal() and month in MONTHS:
        return f"{gettext(month)} {year}"  # Django knows it
    return _filled(text, _parts) or said(text)


def said_by_readers(*names: str) -> Any:
    """For a dataclass without slots whose texts of these names are written in English: whoever
    reads one has it in their own language."""

    def dressed(cls: type[T]) -> type[T]:
        for name in names:
            setattr(cls, name, _Said(name))
        return cls

    return dressed


class _Said:
    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        text = instance.__dict__[self._name]
        return said(text) if isinstance(text, str) else text

    def __set__(self, instance: Any, text: Any) -> None:
        instance.__dict__[self._name] = text
