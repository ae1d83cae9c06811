"""Chance and days for the simulation. Everything follows from a seed: no clock, no global state."""

from __future__ import annotations

import calendar
import datetime as dt
import random

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)


def stream(seed: int, name: str) -> random.Random:
    """The random numbers of one part of the world, so that a change to one part leaves the
    others as they were. The same in every process: the text is hashed by `random` itself."""
    return random.Random(f"{seed}/{name}")  # noqa: S311 - made up data, no secret


def chosen(rng: random.Random, weights: dict[str, float]) -> str:
    """One of the keys, by weight."""
    return rng.choices(list(weights), list(weights.values()))[0]


def clamped(value: float, low: float, high: float) -> float:
    """The nearest value within the bounds."""
    return min(max(value, low), high)


def months_after(day: dt.date, count: int) -> dt.date:
    """The same day `count` months later (earlier, if negative), or the month's last day."""
    number = day.year * 12 + day.month - 1 + count
    year, month = number // 12, number % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
