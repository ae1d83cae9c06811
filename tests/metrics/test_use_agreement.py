"""Feedback, use and support: the engine agrees with the plain implementation on random facts, and
the rows are the number."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from math import comb
from typing import Any

import pytest
from django.db import transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from metrics.actions import ledger
from metrics.contributions.frame import WHOLE, Dimension, Split, crossed
from metrics.periods import Grain, Period, periods
from metrics.registry import metric
from metrics.series import Value
from metrics.values import series
from tenants.models import Company
from tests.metrics import figures_of, plain_use
from tests.metrics.held import assert_held
from tests.metrics.plain_use import Asked, Cells, World
from tests.metrics.use_worlds import store, worlds

MONTHS = (date(2026, 1, 1), date(2026, 4, 1))
AS_OF = date(2026, 4, 10)
CSAT, CES = {5: 4, 10: 7}, {7: 5, 5: 4}
random_worlds = settings(
    max_examples=int(os.environ.get("EXAMPLES", "15")),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)

Plain = Callable[[Asked], Cells]
# (metric, options, its own splits): numerator and denominator by segment.
SUMS: list[tuple[str, dict[str, str], Plain]] = [
    ("csat", {"scale": "mixed"}, lambda asked: plain_use.scored(asked, "csat", CSAT)),
    ("csat", {"scale": "10"}, lambda asked: plain_use.scored(asked, "csat", {10: 7})),
    ("ces", {"scale": "mixed"}, lambda asked: plain_use.scored(asked, "ces", CES)),
    ("response_rate", {}, plain_use.response_rate),
    ("session_duration", {}, plain_use.session_duration),
    ("time_on_page", {}, plain_use.time_on_page),
    ("click_through_rate", {}, plain_use.click_through_rate),
    ("active_users", {"method": "dau"}, plain_use.user_days),
    ("active_users", {"method": "wau"}, lambda asked: plain_use.users_at_close(asked, 7)),
    ("active_users", {"method": "mau"}, lambda asked: plain_use.users_at_close(asked, 30)),
    ("active_users", {"method": "adoption"}, plain_use.adoption),
]
SPLITS = st.sampled_from(["", "region", "own", "own,region", "region,product", "product,own"])
GRAINS = st.sampled_from([Grain.MONTH, Grain.QUARTER])


@contextmanager
def stored(world: World) -> Iterator[None]:
    """The facts in the database and the ledger made from them; gone afterwards."""
    with transaction.atomic():
        store(world)
        ledger.rebuild()
        yield
        transaction.set_rollback(True)


def dimension_of(split: str, own: str) -> Dimension:
    if not split:
        return WHOLE
    sides: list[Dimension] = []
    for side in split.split(","):
        match side:
            case "region":
                sides.append(Dimension(Split.ATTRIBUTE, "region"))
            case "product":
                sides.append(Dimension(Split.PRODUCT))
            case _:
                sides += [Dimension(Split.OWN, name) for name in own.split(",")]
    return crossed(*sides)


def engine(
    company: Company, key: str, cut: list[Period], dimension: Dimension, options: dict[str, str]
) -> dict[tuple[Period, str], Value]:
    found = series(
        metric(key), cut, company=company, as_of=AS_OF, dimension=dimension, options=options
    )
    for value in found.values:
        assert_held(key, value)
    return {(value.period, value.segment or ""): value for value in found.values}


@random_worlds
@given(world=worlds(), split=SPLITS, grain=GRAINS, data=st.data())
def test_sums_and_their_rows(
    company: Company, world: World, split: str, grain: Grain, data: st.DataObject
) -> None:
    cut = periods(*MONTHS, grain, as_of=AS_OF)
    limit = data.draw(st.integers(1, 3))
    with stored(world):
        for key, options, plain in SUMS:
            own = metric(key).splits
            if "own" in split and not own:
                continue
            dimension = dimension_of(split, own[0] if own else "")
            got = engine(company, key, cut, dimension, options)
            for period in cut:
                expected = plain(Asked(world, period.start, period.end, split, AS_OF))
                names = {name for at, name in got if at == period}
                assert set(expected) <= names, (key, options)
                for name in names:
                    value = got[period, name]
                    numerator, denominator = expected.get(name, (0, 0))
                    assert value.numerator == numerator, (key, options, name)
                    assert (value.denominator or 0) == denominator, (key, options, name)
                    rows = figures_of.all_rows(
                        company,
                        key,
                        period,
                        dimension,
                        name or None,
                        as_of=AS_OF,
                        limit=limit,
                        options=options,
                    )
                    y, x = figures_of.total(rows)
                    assert (y, x) == (numerator, denominator), (key, options, name)


def test_stickiness(company: Company) -> None:
    """Both of its halves are checked above; here that they are put together by customer."""

    @random_worlds
    @given(world=worlds())
    def agrees(world: World) -> None:
        cut = periods(*MONTHS, Grain.MONTH, as_of=AS_OF)
        with stored(world):
            got = engine(company, "active_users", cut, WHOLE, {"method": "stickiness"})
            for period in cut:
                asked = Asked(world, period.start, period.end, "", AS_OF)
                days, _ = plain_use.user_days(asked).get("", (0, 0))
                users, _ = plain_use.users_at_close(asked, 30).get("", (0, 0))
                value = got[period, ""]
                assert (value.numerator, value.denominator) == (days, users)
                if users:
                    assert value.value == pytest.approx(days / period.days / users)

    agrees()


def test_means_and_medians_of_sessions(company: Company) -> None:
    @random_worlds
    @given(world=worlds())
    def agrees(world: World) -> None:
        cut = periods(*MONTHS, Grain.MONTH, as_of=AS_OF)
        with stored(world):
            got = engine(company, "session_duration", cut, WHOLE, {})
            scores = engine(company, "csat", cut, WHOLE, {"scale": "5"})
            for period in cut:
                asked = Asked(world, period.start, period.end, "", AS_OF)
                inside = [one for one in world.sessions if asked.has(one.started_at.date())]
                if inside:
                    parts = got[period, ""].parts
                    lengths = sorted(float(one.seconds) for one in inside)
                    assert float(parts["median"]) == pytest.approx(plain_use.quantile(lengths, 0.5))
                    single = sum(one.events == 1 for one in inside) / len(inside)
                    assert float(parts["single_event_share"]) == pytest.approx(single)
                given = [
                    one.score
                    for one in world.answers
                    if one.campaign == "five" and one.is_counted and asked.has(one.day)
                ]
                if given:
                    mean = scores[period, ""].parts["mean"]
                    assert float(mean) == pytest.approx(sum(given) / len(given))

    agrees()


def bounds(hours: list[float]) -> tuple[float, float] | None:
    """The r-th smallest and largest, r the largest with at most 2.5 % beyond."""
    n = len(hours)
    ranks = [r for r in range(1, n) if sum(comb(n, k) for k in range(r)) / 2**n <= 0.025]
    return (hours[ranks[-1] - 1], hours[-ranks[-1]]) if ranks else None


@random_worlds
@given(
    world=worlds(),
    split=SPLITS,
    own=st.sampled_from(["priority", "channel", "stage", "stage,priority", "channel,priority"]),
    grain=GRAINS,
    data=st.data(),
)
def test_tickets(
    company: Company, world: World, split: str, own: str, grain: Grain, data: st.DataObject
) -> None:
    if "," in split:
        own = own.split(",")[0]  # three cannot be crossed
    cut = periods(*MONTHS, grain, as_of=AS_OF)
    limit = data.draw(st.integers(1, 3))
    dimension = dimension_of(split, own)
    with stored(world):
        for until in ("resolution", "first_resolution", "first_response"):
            for hours in ("calendar", "business"):
                check_tickets(company, world, cut, dimension, split, own, until, hours, limit)
        got = engine(company, "resolution_time", cut, dimension, {"method": "open_backlog"})
        for period in cut:
            expected = plain_use.open_backlog(
                Asked(world, period.start, period.end, split, AS_OF), own
            )
            names = {name for at, name in got if at == period}
            assert set(expected) <= names
            assert all(got[period, name].value == expected.get(name, (0, 0))[0] for name in names)


def check_tickets(
    company: Company,
    world: World,
    cut: list[Period],
    dimension: Dimension,
    split: str,
    own: str,
    until: str,
    hours: str,
    limit: int,
) -> None:
    options = {"method": until, "hours": hours}
    seconds: Any = plain_use.business_seconds if hours == "business" else plain_use.all_seconds
    got = engine(company, "resolution_time", cut, dimension, options)
    for period in cut:
        asked = Asked(world, period.start, period.end, split, AS_OF)
        expected = plain_use.ticket_hours(asked, until, own, seconds)
        backlog = plain_use.open_backlog(asked, own)
        names = {name for at, name in got if at == period}
        assert set(expected) <= names
        for name in names:
            value, of = got[period, name], expected.get(name, [])
            assert value.n == len(of), (until, name)
            assert value.parts.get("open_backlog", 0) == backlog.get(name, (0, 0))[0]
            if not of:
                assert value.value is None
                continue
            assert value.value == pytest.approx(plain_use.quantile(of, 0.5))
            assert float(value.parts["p90"]) == pytest.approx(plain_use.quantile(of, 0.9))
            reach = bounds(of)
            assert (value.low, value.high) == pytest.approx(reach or (None, None))
            rows = figures_of.all_rows(
                company,
                "resolution_time",
                period,
                dimension,
                name or None,
                as_of=AS_OF,
                limit=limit,
                options=options,
            )
            y, x = figures_of.total(rows)
            assert (float(y), x) == pytest.approx((sum(of), len(of)))
            assert abs(y - (value.numerator or 0)) < 1e-12
