"""Active users, adoption, sessions, pages and clicks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from metrics.actions import ledger
from metrics.contributions.frame import Split
from tenants.models import Company
from tests.metrics import facts, figures_of
from tests.metrics.figures_of import by
from tests.metrics.use_facts import session, use

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_daily_weekly_and_monthly_users(company: Company) -> None:
    use("a", "one", date(2026, 1, 1))  # before the 30 days up to the close
    use("a", "two", date(2026, 1, 2))
    use("a", "two", date(2026, 1, 25), {"Exported": 1})
    use("a", "three", date(2026, 1, 24))
    use("b", "two", date(2026, 1, 31))  # of another customer: somebody else
    use("b", "two", date(2026, 2, 1))

    def value(method: str, **options: str) -> object:
        return figures_of.of(company, "active_users", method=method, **options)[None].value

    assert value("dau") == pytest.approx(5 / 31)
    assert (value("wau"), value("mau")) == (2, 3)
    assert value("stickiness") == pytest.approx(5 / 31 / 3)
    assert (value("mau", event="Exported"), value("mau", event="nonsense")) == (1, 0)
    features = figures_of.of(company, "active_users", by("feature"), method="mau")
    assert {name: one.value for name, one in features.items()} == {
        None: 3,
        "Exported": 1,
        "Opened": 3,
    }
    told = figures_of.words(company, "active_users", method="stickiness")
    assert told.startswith("(5 days of end users / 31 days) / 3 end users active in 30 days = 5.38")


def test_nobody_is_zero_users_but_no_stickiness(company: Company) -> None:
    assert figures_of.of(company, "active_users")[None].value == 0
    sticky = figures_of.of(company, "active_users", method="stickiness")[None]
    assert (sticky.value, sticky.reason) == (None, "no active users in the 30 days up to the close")
    adopted = figures_of.of(company, "active_users", method="adoption")[None]
    assert (adopted.value, adopted.reason) == (None, "no paying customers at the close")


def test_adoption_is_of_paying_customers(company: Company) -> None:
    facts.term("uses", date(2025, 1, 1), None, 10)
    facts.term("idle", date(2025, 1, 1), None, 10)
    facts.term("left", date(2025, 1, 1), date(2026, 1, 20), 10)
    facts.attribute("uses", "region", "north")
    ledger.rebuild()
    for of in ("uses", "left", "never"):
        use(of, "u", date(2026, 1, 5), {"Exported": 2, "Opened": 1})
    use("idle", "u", date(2025, 12, 31), {"Exported": 1})
    adopted = figures_of.of(company, "active_users", method="adoption", event="Exported")[None]
    assert (adopted.numerator, adopted.denominator, adopted.n) == (1, 2, 2)
    assert adopted.low is not None
    by_feature = figures_of.of(company, "active_users", by("feature"), method="adoption")
    assert {name: (one.numerator, one.denominator) for name, one in by_feature.items()} == {
        None: (1, 2),
        "Exported": (1, 2),
        "Opened": (1, 2),
    }
    region = by("region", Split.ATTRIBUTE)
    by_region = figures_of.of(company, "active_users", region, method="adoption")
    assert {name: (one.numerator, one.denominator) for name, one in by_region.items()} == {
        None: (1, 2),
        "north": (1, 1),
        "none": (0, 1),
    }


def test_a_user_is_where_its_customer_was(company: Company) -> None:
    facts.attribute("a", "region", "north")
    facts.attribute("a", "region", "south", date(2026, 1, 16))
    use("a", "u", date(2026, 1, 10))
    use("a", "u", date(2026, 1, 20))
    region = by("region", Split.ATTRIBUTE)
    daily = figures_of.of(company, "active_users", region)
    assert {name: one.numerator for name, one in daily.items()} == {None: 2, "north": 1, "south": 1}
    monthly = figures_of.of(company, "active_users", region, method="mau")
    assert {name: one.value for name, one in monthly.items()} == {None: 1, "south": 1}


def test_the_length_of_sessions(company: Company) -> None:
    session("a", NOON, 0, events=1)
    session("a", NOON + HOUR, 60)
    session("b", NOON, 600)
    session("b", datetime(2026, 1, 31, 23, 59, tzinfo=UTC), 1200)
    session("b", datetime(2026, 2, 1, tzinfo=UTC), 9999)
    value = figures_of.of(company, "session_duration")[None]
    assert (value.value, value.numerator, value.denominator, value.n) == (465, 1860, 4, 2)
    assert value.low is not None
    assert value.low < 465
    assert value.parts == {"median": 330, "single_event_share": 0.25}
    nothing = figures_of.of(company, "time_on_page")[None]
    assert (nothing.value, nothing.reason) == (None, "no page views in the period")


def test_the_time_on_pages(company: Company) -> None:
    session("a", NOON, 100, page_views=3, page_seconds=90)
    session("b", NOON, 100, page_views=1, page_seconds=30.5)
    value = figures_of.of(company, "time_on_page")[None]
    assert (value.value, value.denominator) == (30.125, 4)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        # (day, shown at, clicked at), from noon of 10 January; then clicked and shown
        ([(0, NOON, NOON + HOUR)], (1, 1)),
        ([(0, NOON, None)], (0, 1)),
        ([(0, NOON, None), (7, None, NOON + 7 * DAY)], (1, 1)),
        ([(0, NOON, None), (7, None, NOON + 7 * DAY + timedelta(seconds=1))], (0, 1)),
        ([(0, NOON, None), (8, NOON + 8 * DAY, NOON + 8 * DAY + HOUR)], (1, 1)),
        ([(0, None, NOON)], (1, 1)),
        ([(0, None, NOON), (1, NOON + DAY, None)], (1, 1)),
        ([(20, NOON + 20 * DAY, None), (25, None, NOON + 25 * DAY)], (1, 1)),
        ([(-12, NOON - 12 * DAY, NOON - 12 * DAY)], None),
        ([(25, NOON + 25 * DAY, NOON + 25 * DAY)], None),
    ],
)
def test_what_is_a_click(
    company: Company,
    days: list[tuple[int, datetime | None, datetime | None]],
    expected: tuple[int, int] | None,
) -> None:
    for number, shown, clicked in days:
        use("a", "u", NOON.date() + number * DAY, items=[("banner", shown, clicked)])
    value = figures_of.of(company, "click_through_rate")[None]
    if expected is None:
        assert value.reason == "nothing was shown in the period"
    else:
        assert (value.numerator, value.denominator) == expected


def test_clicks_are_known_until_as_of_and_split_by_item(company: Company) -> None:
    shown = datetime(2026, 1, 30, 12, tzinfo=UTC)
    use("a", "u", date(2026, 1, 30), items=[("banner", shown, None), ("menu", shown, shown)])
    use("a", "u", date(2026, 2, 3), items=[("banner", None, shown + 4 * DAY)])
    use("b", "u", date(2026, 1, 30), items=[("banner", shown, None)])
    value = figures_of.of(company, "click_through_rate", as_of=date(2026, 2, 2))[None]
    assert (value.numerator, value.denominator) == (1, 3)
    values = figures_of.of(company, "click_through_rate", by("item"))
    assert {name: (one.numerator, one.denominator) for name, one in values.items()} == {
        None: (2, 3),
        "banner": (1, 2),
        "menu": (1, 1),
    }
