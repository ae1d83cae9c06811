"""The hours in which a campaign may write, where the contact is."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from surveys.hours import Hours, at_share, first_moment, is_within, windows, zone_named

OFFICE = Hours(dt.time(9), dt.time(17), is_weekdays_only=True)
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = dt.timedelta(minutes=1)

# The clock is changed by an hour, by half an hour, at midnight, back over midnight, never, and
# once by a whole day.
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Havana",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "UTC",
]
# Around changes of the clock in one of the zones, and any other time.
CHANGES = [
    dt.datetime(2026, 3, 29, tzinfo=dt.UTC),
    dt.datetime(2026, 10, 25, tzinfo=dt.UTC),
    dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
    dt.datetime(2026, 4, 5, tzinfo=dt.UTC),
    dt.datetime(2017, 10, 15, tzinfo=dt.UTC),
    dt.datetime(2018, 2, 18, tzinfo=dt.UTC),
    dt.datetime(2011, 12, 30, tzinfo=dt.UTC),
    dt.datetime(2024, 4, 26, tzinfo=dt.UTC),
]
moments = st.builds(
    lambda change, minutes: change + minutes * MINUTE,
    st.sampled_from(CHANGES),
    st.integers(-3 * 1440, 3 * 1440),
)
minutes = st.integers(0, 1439).map(lambda one: dt.time(one // 60, one % 60))
hours = st.builds(
    lambda times, weekdays: Hours(min(times), max(times), weekdays),
    st.tuples(minutes, minutes).filter(lambda pair: pair[0] != pair[1]),
    st.booleans(),
) | st.builds(Hours, is_weekdays_only=st.booleans())
zones = st.sampled_from(ZONES).map(ZoneInfo)


@given(hours, moments, zones)
@example(Hours(dt.time(2, 15), dt.time(2, 45)), CHANGES[0] - 60 * MINUTE, BERLIN)
@example(Hours(dt.time(1, 30), dt.time(2, 15)), CHANGES[1] + 30 * MINUTE, BERLIN)
def test_the_first_moment_is_allowed_and_none_before_it(
    hours: Hours, asked: dt.datetime, zone: ZoneInfo
) -> None:
    found = first_moment(hours, asked, zone)
    assert found >= asked
    assert is_within(hours, found, zone)
    moment = asked
    while moment < found:
        assert not is_within(hours, moment, zone), moment
        moment += MINUTE


@given(hours, moments, zones, st.integers(1, 4), st.floats(0, 1, exclude_max=True))
def test_a_round_is_spread_over_allowed_moments_only(
    hours: Hours, asked: dt.datetime, zone: ZoneInfo, days: int, share: float
) -> None:
    found = windows(hours, asked, zone, days)
    assert found[0].begins_at == first_moment(hours, asked, zone)
    assert all(one.begins_at < one.until for one in found)
    assert all(a.until <= b.begins_at for a, b in pairwise(found))
    if not hours.is_any:
        assert len({one.begins_at.astimezone(zone).date() for one in found}) == days
    moment = at_share(found, share)
    assert is_within(hours, moment, zone)
    assert at_share(found, 0) == found[0].begins_at <= moment < found[-1].until


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("2026-11-20 08:59", "2026-11-20 09:00"),  # a Friday
        ("2026-11-20 16:59", "2026-11-20 16:59"),
        ("2026-11-20 17:00", "2026-11-23 09:00"),
        ("2026-11-22 12:00", "2026-11-23 09:00"),
    ],
)
def test_office_hours_of_a_week(asked: str, expected: str) -> None:
    moment = dt.datetime.fromisoformat(asked).replace(tzinfo=BERLIN)
    found = first_moment(OFFICE, moment, BERLIN)
    assert f"{found.astimezone(BERLIN):%Y-%m-%d %H:%M}" == expected


def test_nine_is_nine_on_either_side_of_a_change() -> None:
    before = first_moment(OFFICE, dt.datetime(2026, 3, 27, 0, tzinfo=dt.UTC), BERLIN)
    after = first_moment(OFFICE, dt.datetime(2026, 3, 28, 0, tzinfo=dt.UTC), BERLIN)
    assert (before.hour, after.hour) == (8, 7)


def test_without_hours_every_moment_will_do() -> None:
    moment = dt.datetime(2026, 11, 22, 3, 4, 5, 6, tzinfo=dt.UTC)
    assert first_moment(Hours(), moment, BERLIN) == moment
    (window,) = windows(Hours(), moment, BERLIN, 3)
    assert window.until - window.begins_at == dt.timedelta(days=3)


def test_a_zone_nobody_knows_is_the_companys() -> None:
    assert zone_named("Asia/Tokyo", "Europe/Berlin").key == "Asia/Tokyo"
    assert zone_named("", "Europe/Berlin").key == "Europe/Berlin"
    assert zone_named("Mars/Base", "Europe/Berlin").key == "Europe/Berlin"
    assert zone_named("../etc", "").key == "UTC"
