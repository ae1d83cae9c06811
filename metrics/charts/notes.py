"""Annotations on a chart: a line where the period of its day stands, and a number at its top that
stands before its words below the chart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from metrics.models import Annotation
from metrics.periods import Period

CLOSEST = 0.08
"""Of the chart's width: nearer to each other, two numbers would overlap on a phone."""


@dataclass(frozen=True, slots=True)
class ChartNote:
    """In which of the chart's periods (from 0), its number (from 1), and what it says."""

    place: int
    number: int
    day: dt.date
    text: str


def annotations_of(key: str, start: dt.date, end: dt.date) -> QuerySet[Annotation]:
    """Those on the metric and on all of them, of the days `[start, end)`, the first day first."""
    of_it = Q(metric="") | Q(metric=key)
    found = Annotation.objects.filter(of_it, day__gte=start, day__lt=end)
    return found.order_by("day", "pk")


def notes_in(rows: Sequence[Annotation], periods: Sequence[Period]) -> list[ChartNote]:
    """The rows, numbered as they stand, in adjoining periods that have all their days."""
    return [
        ChartNote(place, number, row.day, row.text)
        for number, row in enumerate(rows, start=1)
        for place, period in enumerate(periods)
        if period.start <= row.day < period.end
    ]


def markers(notes: Sequence[ChartNote], periods: int) -> list[list[ChartNote]]:
    """The notes that share a number's place, in groups: "2", or "3-5" where they stand too close
    for a number each. `periods`: how many the chart has."""
    found: list[list[ChartNote]] = []
    for note in notes:
        if found and note.place - found[-1][0].place < CLOSEST * periods:
            found[-1].append(note)
        else:
            found.append([note])
    return found


def label_of(marker: Sequence[ChartNote]) -> str:
    first, last = marker[0].number, marker[-1].number
    return f"{first}" if first == last else f"{first}-{last}"
