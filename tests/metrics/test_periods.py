from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.periods import (
    Grain,
    Period,
    PeriodError,
    advance,
    floor,
    latest,
    periods,
    previous,
    trailing,
)

FAR = date(2100, 1, 1)
DAYS = st.dates(date(2000, 1, 1), date(2040, 1, 1))
CALENDAR = st.sampled_from([grain for grain in Grain if grain is not Grain.RANGE])


def test_months_follow_the_calendar() -> None:
    found = periods(date(2025, 11, 1), date(2026, 2, 1), Grain.MONTH, as_of=FAR)
    assert [(p.start, p.end) for p in found] == [
        (date(2025, 11, 1), date(2025, 12, 1)),
        (date(2025, 12, 1), date(2026, 1, 1)),
        (date(2026, 1, 1), date(2026, 2, 1)),
    ]


def test_a_week_starts_when_the_company_says() -> None:
    sunday = date(2026, 3, 1)
    assert floor(sunday, Grain.WEEK, week_start=0) == date(2026, 2, 23)
    assert floor(sunday, Grain.WEEK, week_start=6) == sunday


@given(DAYS, CALENDAR, st.integers(1, 40), st.integers(0, 6))
def test_periods_tile_their_range(day: date, grain: Grain, count: int, week_start: int) -> None:
    start = floor(day, grain, week_start=week_start)
    end = advance(start, grain, count)
    found = periods(start, end, grain, as_of=FAR, week_start=week_start)
    assert len(found) == count
    assert (found[0].start, found[-1].end) == (start, end)
    assert all(a.end == b.start for a, b in pairwise(found))
    assert all(not p.is_partial for p in found)


@pytest.mark.parametrize(
    ("start", "end", "grain", "says"),
    [
        (date(2026, 1, 2), date(2026, 2, 1), Grain.MONTH, "2026-01-01 and 2026-02-01"),
        (date(2026, 1, 1), date(2026, 2, 1), Grain.QUARTER, "2026-01-01 and 2026-04-01"),
        (date(2026, 2, 1), date(2026, 1, 1), Grain.MONTH, "before end"),
        (date(2026, 1, 1), date(2026, 1, 1), Grain.RANGE, "before end"),
        (date(1900, 1, 1), date(1950, 1, 2), Grain.RANGE, "50 years"),
        (date(1980, 1, 1), date(2029, 1, 1), Grain.DAY, "4000 periods"),
    ],
)
def test_a_range_that_cannot_be_cut_says_why(
    start: date, end: date, grain: Grain, says: str
) -> None:
    with pytest.raises(PeriodError, match=says):
        periods(start, end, grain, as_of=FAR)


def test_an_unfinished_period_ends_with_the_as_of_day() -> None:
    as_of = date(2026, 5, 13)
    april, may, june = periods(date(2026, 4, 1), date(2026, 7, 1), Grain.MONTH, as_of=as_of)
    assert (april.is_partial, april.end) == (False, date(2026, 5, 1))
    assert (may.is_partial, may.end, may.is_begun) == (True, date(2026, 5, 14), True)
    assert (june.is_partial, june.is_begun) == (True, False)


def test_a_period_is_finished_the_day_after_its_last() -> None:
    month = (date(2026, 1, 1), date(2026, 2, 1), Grain.MONTH)
    assert periods(*month, as_of=date(2026, 1, 31))[0].is_partial
    assert not periods(*month, as_of=date(2026, 2, 1))[0].is_partial


def test_a_partial_period_is_compared_with_as_many_days() -> None:
    march = latest(Grain.MONTH, 1, as_of=date(2026, 3, 10))[0]
    assert previous(march, Grain.MONTH) == Period(date(2026, 2, 1), date(2026, 2, 11))
    late = latest(Grain.MONTH, 1, as_of=date(2026, 3, 30))[0]
    assert previous(late, Grain.MONTH) == Period(date(2026, 2, 1), date(2026, 3, 1))
    full = Period(date(2026, 3, 1), date(2026, 4, 1))
    assert previous(full, Grain.MONTH) == Period(date(2026, 2, 1), date(2026, 3, 1))


def test_trailing_days_end_with_the_last_full_day() -> None:
    period = trailing(30, as_of=date(2026, 3, 31))
    assert period == Period(date(2026, 3, 1), date(2026, 3, 31))
    assert previous(period, Grain.RANGE) == Period(date(2026, 1, 30), date(2026, 3, 1))
    with pytest.raises(PeriodError, match="30, 90, 365"):
        trailing(31, as_of=FAR)


@given(DAYS, CALENDAR)
def test_the_latest_periods_hold_the_as_of_day(as_of: date, grain: Grain) -> None:
    found = latest(grain, 13, as_of=as_of)
    assert len(found) == 13
    assert found[-1].start <= as_of == found[-1].end - timedelta(days=1)
    assert found[-1].is_partial
