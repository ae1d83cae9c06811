"""Annotations on a chart: a line where the period of its day stands, with its words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from metrics.models import Annotation
from metrics.periods import Period

MOST_DRAWN = 12
LONGEST_LABEL = 28


@dataclass(frozen=True, slots=True)
class ChartNote:
    """In which of the chart's periods (from 0), and what it says; `label` is cut to fit."""

    place: int
    day: dt.date
    text: str

    @property
    def label(self) -> str:
        if len(self.text) <= LONGEST_LABEL:
            return self.text
        return f"{self.text[: LONGEST_LABEL - 1].rstrip()}…"


def annotations_of(key: str, start: dt.date, end: dt.date) -> QuerySet[Annotation]:
    """Those on the metric and on all of them, of the days `[start, end)`."""
    of_it = Q(metric="") | Q(metric=key)
    return Annotation.objects.filter(of_it, day__gte=start, day__lt=end)


def notes_in(rows: Sequence[Annotation], periods: Sequence[Period]) -> list[ChartNote]:
    """Of adjoining periods, the latest that fit."""
    found = [
        ChartNote(place, row.day, row.text)
        for row in rows
        for place, period in enumerate(periods)
        if period.start <= row.day < period.end
    ]
    return found[:MOST_DRAWN]
