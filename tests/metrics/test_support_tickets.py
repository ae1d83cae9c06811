"""How long tickets take."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from metrics import intervals
from metrics.contributions.frame import Split
from metrics.models import MetricSettings
from tenants.models import Company
from tests.metrics import facts, figures_of
from tests.metrics.figures_of import by
from tests.metrics.use_facts import ticket

MONDAY = datetime(2026, 1, 12, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_median_of_the_resolved_with_its_interval(company: Company) -> None:
    for hours in range(1, 11):
        ticket(
            "c",
            MONDAY,
            resolved_at=MONDAY + hours * HOUR,
            first_resolved_at=MONDAY + hours * HOUR / 2,
            first_responded_at=MONDAY + HOUR / 2,
        )
    ticket("c", MONDAY, resolved_at=MONDAY + timedelta(days=30))
    ticket("c", MONDAY, first_responded_at=MONDAY + HOUR / 2)
    value = figures_of.of(company, "resolution_time")[None]
    assert (value.value, value.low, value.high, value.n) == (5.5, 2, 9, 10)
    assert {name: float(part) for name, part in value.parts.items()} == pytest.approx(
        {"p90": 9.1, "first_resolution": 2.75, "first_response": 0.5, "open_backlog": 2}
    )
    assert (value.numerator, value.denominator) == (55, 10)
    told = figures_of.words(company, "resolution_time")
    assert told == "median of the hours of 10 tickets = 5.5 hours"
    response = figures_of.of(company, "resolution_time", method="first_response")[None]
    assert (response.value, response.n) == (0.5, 11)
    backlog = figures_of.of(company, "resolution_time", method="open_backlog")[None]
    assert (backlog.value, backlog.n) == (2, 2)


def test_a_reopened_ticket_leaves(company: Company) -> None:
    reopened = ticket("c", MONDAY, resolved_at=MONDAY + HOUR)
    assert figures_of.of(company, "resolution_time")[None].value == 1
    reopened.resolved_at, reopened.reopens = None, 1
    reopened.save()
    value = figures_of.of(company, "resolution_time")[None]
    assert value.value is None
    assert value.reason == "no tickets were resolved in the period"
    assert value.parts["open_backlog"] == 1


def test_few_tickets_have_no_interval(company: Company) -> None:
    for hours in (1, 2, 3, 4, 5):
        ticket("c", MONDAY, resolved_at=MONDAY + hours * HOUR)
    value = figures_of.of(company, "resolution_time")[None]
    assert (value.value, value.low, value.high) == (3, None, None)
    assert value.reason == "no interval: it takes six"
    ticket("c", MONDAY, resolved_at=MONDAY + 6 * HOUR)
    value = figures_of.of(company, "resolution_time")[None]
    assert (value.value, value.low, value.high) == (3.5, 1, 6)


@pytest.mark.parametrize(("n", "rank"), [(5, None), (6, 1), (10, 2), (25, 8), (100, 40)])
def test_the_ranks_are_those_of_the_tables(n: int, rank: int | None) -> None:
    assert intervals.median_rank(n) == rank


def test_large_samples_have_the_ranks_of_the_exact_distribution() -> None:
    for n in (1001, 5000):
        rank = intervals.median_rank(n)
        assert rank is not None
        below = 0
        from math import comb

        for number in range(rank):
            below += comb(n, number)
        assert below / (1 << n) <= 0.025 < (below + comb(n, rank)) / (1 << n)


def test_business_hours(company: Company) -> None:
    """From Friday 16:00 to Monday 10:30: one hour and one and a half."""
    friday = datetime(2026, 1, 16, 16, tzinfo=UTC)
    ticket("c", friday, resolved_at=datetime(2026, 1, 19, 10, 30, tzinfo=UTC))
    assert figures_of.of(company, "resolution_time")[None].value == 66.5
    assert figures_of.of(company, "resolution_time", hours="business")[None].value == 2.5
    MetricSettings.objects.create(
        pk=1, business_days="sat", business_from=time(12), business_until=time(12, 30)
    )
    assert figures_of.of(company, "resolution_time", hours="business")[None].value == 0.5
    company.timezone = "America/New_York"
    MetricSettings.objects.update(
        business_days="mon tue wed thu fri", business_from=time(9), business_until=time(17)
    )
    # From 11:00 to 17:00 on Friday, and nothing before 5:30 on Monday.
    assert figures_of.of(company, "resolution_time", hours="business")[None].value == 6


def test_the_slow_stage_shows(company: Company) -> None:
    ticket(
        "c",
        MONDAY,
        stages=[
            ("waiting", MONDAY + HOUR),
            ("work", MONDAY + 21 * HOUR),
            ("waiting", MONDAY + 23 * HOUR),
        ],
        resolved_at=MONDAY + 24 * HOUR,
    )
    ticket("c", MONDAY, stages=[("work", MONDAY)], resolved_at=MONDAY + 3 * HOUR)
    ticket("c", MONDAY, stages=[("work", MONDAY), ("waiting", MONDAY + HOUR)])
    values = figures_of.of(company, "resolution_time", by("stage"))
    assert {name: (value.value, value.n) for name, value in values.items()} == {
        None: (13.5, 2),
        "none": (1, 1),
        "waiting": (21, 1),
        "work": (2.5, 2),
    }
    assert values["waiting"].parts["open_backlog"] == 1
    assert sum(values[name].numerator or 0 for name in ("none", "waiting", "work")) == 27


def test_by_priority_channel_and_customer(company: Company) -> None:
    facts.attribute("c", "channel", "partner")
    ticket("c", MONDAY, resolved_at=MONDAY + HOUR, priority="high", channel="mail")
    ticket("d", MONDAY, resolved_at=MONDAY + 3 * HOUR, priority="", channel="chat")

    def medians(**split: Split | str) -> dict[str | None, object]:
        dimension = by(str(split["name"]), Split(split.get("split", "own")))
        found = figures_of.of(company, "resolution_time", dimension)
        return {name: value.value for name, value in found.items()}

    assert medians(name="priority") == {None: 2, "high": 1, "none": 3}
    assert medians(name="channel") == {None: 2, "mail": 1, "chat": 3}
    attribute = medians(name="channel", split=Split.ATTRIBUTE)
    assert attribute == {None: 2, "partner": 1, "none": 3}


def test_the_day_is_the_companys_and_old_versions_do_not_count(company: Company) -> None:
    ticket("c", MONDAY, resolved_at=datetime(2026, 2, 1, 3, tzinfo=UTC))
    ticket("c", MONDAY, resolved_at=MONDAY + HOUR, superseded_at=MONDAY)
    assert figures_of.of(company, "resolution_time")[None].n == 0
    company.timezone = "America/New_York"
    assert figures_of.of(company, "resolution_time")[None].n == 1
    assert figures_of.of(company, "resolution_time", as_of=date(2026, 1, 30))[None].n == 0
