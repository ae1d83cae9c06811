"""When digests are due: pure, whatever the clock says."""

from __future__ import annotations

import datetime as dt

import pytest

from metrics.models import DigestChoice
from metrics.reports.slots import LATE, chosen_of, is_due, latest_slot

NOW = dt.datetime(2026, 3, 18, 12, 0, tzinfo=dt.UTC)  # a Wednesday


def choice(kind: str = "weekly", **values: object) -> DigestChoice:
    given = {"day": 0, "hour": 8, "is_on": True, "on_since": NOW - dt.timedelta(days=90)}
    return DigestChoice(kind=kind, **{**given, **values})


@pytest.mark.parametrize(
    ("made", "zone", "expected"),
    [
        (choice(), "UTC", dt.datetime(2026, 3, 16, 8, tzinfo=dt.UTC)),
        (choice(day=2, hour=12), "UTC", NOW),
        (choice(day=2, hour=13), "UTC", dt.datetime(2026, 3, 11, 13, tzinfo=dt.UTC)),
        (choice(hour=8), "Asia/Tokyo", dt.datetime(2026, 3, 15, 23, tzinfo=dt.UTC)),
        (choice(timezone="UTC"), "Asia/Tokyo", dt.datetime(2026, 3, 16, 8, tzinfo=dt.UTC)),
        (choice("monthly", day=2), "UTC", dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)),
        (choice("monthly", day=28), "UTC", dt.datetime(2026, 2, 28, 8, tzinfo=dt.UTC)),
    ],
)
def test_the_latest_slot(made: DigestChoice, zone: str, expected: dt.datetime) -> None:
    assert latest_slot(made, now=NOW, zone=zone) == expected


def test_an_hour_that_the_clock_leaves_out_is_the_one_after() -> None:
    # In Berlin there is no 02:00 on 29 March 2026; a Sunday.
    made = choice(day=6, hour=2)
    found = latest_slot(made, now=dt.datetime(2026, 3, 30, tzinfo=dt.UTC), zone="Europe/Berlin")
    assert found == dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC)


def test_an_hour_that_the_clock_has_twice_is_the_first() -> None:
    made = choice(day=6, hour=2)
    found = latest_slot(made, now=dt.datetime(2026, 10, 26, tzinfo=dt.UTC), zone="Europe/Berlin")
    assert found == dt.datetime(2026, 10, 25, 0, tzinfo=dt.UTC)


def test_nothing_long_past_and_nothing_of_before_it_was_wanted() -> None:
    slot = dt.datetime(2026, 3, 16, 8, tzinfo=dt.UTC)
    assert is_due(choice(), slot, now=slot)
    assert is_due(choice(), slot, now=slot + LATE)
    assert not is_due(choice(), slot, now=slot + LATE + dt.timedelta(seconds=1))
    assert not is_due(choice(on_since=slot + dt.timedelta(seconds=1)), slot, now=slot)
    assert not is_due(choice(is_on=False), slot, now=slot)


def test_what_it_is_about() -> None:
    day = dt.date(2026, 3, 18)
    weekly = chosen_of("weekly", as_of=day, week_start=0)
    assert (weekly.before.start, weekly.period.start, weekly.period.end) == (
        dt.date(2026, 3, 2),
        dt.date(2026, 3, 9),
        dt.date(2026, 3, 16),
    )
    sunday = chosen_of("weekly", as_of=day, week_start=6)
    assert sunday.period.start == dt.date(2026, 3, 8)
    monthly = chosen_of("monthly", as_of=day, week_start=0)
    assert (monthly.before.start, monthly.period.start, monthly.period.end) == (
        dt.date(2026, 1, 1),
        dt.date(2026, 2, 1),
        dt.date(2026, 3, 1),
    )
    assert not monthly.period.is_partial
