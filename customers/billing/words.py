"""How billing systems say how often something is due."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from customers.imports.fields import Word
from customers.imports.parsing import BadValue, parse_interval, shown

_COUNTED = re.compile(r"(?:every\s*)?(\d{1,3})[\s\-_]*([a-z()]+)\Z", re.IGNORECASE)
_HALF_YEAR = re.compile(r"(half|semi|bi)[\s\-_]*(year|annual)", re.IGNORECASE)


def read_interval(value: str) -> str:
    """`every 3 months`, `3 month(s)`, `yearly`: as "3 month", "1 year"; raises BadValue."""
    text = value.strip()
    if _HALF_YEAR.match(text):
        return "6 month"
    counted = _COUNTED.match(text)
    if counted is None:
        return f"1 {parse_interval(text)}"
    count = int(counted[1])
    if not 1 <= count <= 365:
        raise BadValue(
            _("{value} is not an interval; 1 to 365 of a unit are taken").format(value=shown(value))
        )
    return f"{count} {parse_interval(counted[2].replace('(', '').replace(')', ''))}"


INTERVAL = Word(read_interval, ("day", "week", "month", "quarter", "year", "3 months"))
