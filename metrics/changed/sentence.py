"""What is said of a period, one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from metrics.periods import Period


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` for people, with its full stop; `href`: the page with the rows behind it, on the
    company's host; `weight`: 0 to 100, what matters more has more. `key` names the rule that said
    it, `tone` whether it is good (good, bad, neutral)."""

    text: str
    href: str
    weight: int
    key: str
    tone: str = "neutral"


def rows_of(key: str, period: Period, **more: str) -> str:
    """The page with all rows of a metric in the period."""
    span = {"start": str(period.start), "end": str(period.end), **more}
    return f"{reverse('metrics:explain', args=[key])}?{urlencode(span)}"
