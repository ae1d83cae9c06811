"""Goals: targets with a date, progress, and whether the trend gets there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import linregress
from scipy.stats import t as student

from accounts.models import AuditEntry
from metrics.actions import ledger
from metrics.actions.goals import remove, save_goal
from metrics.models import Goal
from metrics.periods import Grain, Period, advance, floor
from metrics.progress import Verdict, limits, progress_of
from metrics.registry import metric
from metrics.trend import outlook
from metrics.values import series
from tenants.models import Company
from tests.metrics import facts
from tests.metrics.test_options_of_a_company import client_with

AS_OF = date(2026, 3, 10)
FEBRUARY = date(2026, 2, 1)


@pytest.fixture
def growing(company: Company) -> None:
    """MRR of 100, 200, ... at the close of each month from July 2025: 900 in March 2026."""
    for number in range(9):
        start = advance(date(2025, 7, 1), Grain.MONTH, number)
        facts.term(f"c{number}", start, None, 100)
        facts.attribute(f"c{number}", "region", "north" if number % 2 else "south")
    ledger.rebuild()


def goal(**values: Any) -> Goal:
    usual = {
        "metric": "mrr",
        "target": Decimal(1200),
        "begins_on": date(2025, 12, 15),
        "due_on": date(2026, 6, 30),
    }
    return save_goal(values=usual | values, by=None)


def one(found: Goal, company: Company) -> Any:
    (progress,) = progress_of([found], company=company, as_of=AS_OF)
    return progress


@given(st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=8), st.integers(1, 24))
@settings(max_examples=60)
def test_the_trend_is_least_squares_with_its_prediction_interval(
    values: list[float], ahead: int
) -> None:
    """Against scipy's own line and the textbook's interval."""
    found = outlook(values, ahead)
    assert found is not None
    n, xs = len(values), list(range(len(values)))
    line = linregress(xs, values)
    at = n - 1 + ahead
    expected = line.intercept + line.slope * at
    mean = sum(xs) / n
    squares = sum((x - mean) ** 2 for x in xs)
    rest = sum((y - line.intercept - line.slope * x) ** 2 for x, y in zip(xs, values, strict=True))
    reach = (
        student.ppf(0.975, n - 2)
        * ((rest / (n - 2)) * (1 + 1 / n + (at - mean) ** 2 / squares)) ** 0.5
    )
    assert found.value == pytest.approx(expected, abs=1e-6, rel=1e-6)
    assert found.low == pytest.approx(expected - reach, abs=1e-5, rel=1e-6)
    assert found.high == pytest.approx(expected + reach, abs=1e-5, rel=1e-6)


def test_the_trend_needs_three_values_and_stays_where_the_metric_can_be() -> None:
    assert outlook([None, 1.0, None, 2.0], 1) is None
    assert outlook([], 1) is None
    falling = outlook([0.3, 0.2, 0.1], 3, lowest=0.0, highest=1.0)
    assert falling is not None
    assert (falling.value, falling.low, falling.high) == (0.0, 0.0, 0.0)
    with_gap = outlook([1.0, None, 3.0, 4.0], 1)
    assert with_gap is not None
    assert with_gap.value == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("key", "between"),
    [
        ("csat", (0.0, 1.0)),
        ("customer_churn_rate", (0.0, 1.0)),
        ("nps", (-100.0, 100.0)),
        ("net_revenue_retention", (None, None)),
        ("mrr", (0.0, None)),
    ],
)
def test_a_trend_stays_where_its_metric_can_be(
    company: Company, key: str, between: tuple[float | None, float | None]
) -> None:
    month = [Period(FEBRUARY, date(2026, 3, 1))]
    assert limits(series(metric(key), month, company=company, as_of=AS_OF)) == between


@pytest.mark.usefixtures("growing")
def test_progress_counts_from_where_it_began(company: Company) -> None:
    found = one(goal(), company)
    # November 2025 closed with 500, February with 800, and a line through it gives 1,200 in June.
    assert found.baseline.value == Decimal(500)
    assert found.current.value == Decimal(800)
    assert found.done == pytest.approx(3 / 7)
    assert found.outlook.value == pytest.approx(1200)
    assert found.verdict is Verdict.ON_COURSE
    assert "$1,200.00" in found.words


@pytest.mark.usefixtures("growing")
def test_a_goal_out_of_reach_and_one_reached(company: Company) -> None:
    assert one(goal(target=Decimal(5000)), company).verdict is Verdict.OFF_COURSE
    late = one(goal(target=Decimal(700), due_on=FEBRUARY, begins_on=date(2025, 10, 1)), company)
    assert late.verdict is Verdict.REACHED
    assert late.decided.value == Decimal(800)
    assert late.done == 1.0
    missed = goal(target=Decimal(900), due_on=date(2026, 2, 28), begins_on=date(2025, 10, 1))
    assert one(missed, company).verdict is Verdict.MISSED


@pytest.mark.usefixtures("growing")
def test_a_goal_of_a_segment(company: Company) -> None:
    found = one(goal(by="region", segment="north", target=Decimal(600)), company)
    assert found.current.value == Decimal(400)
    assert found.current.segment == "north"
    nowhere = one(goal(by="region", segment="west", target=Decimal(600)), company)
    assert nowhere.current is None
    assert nowhere.verdict is Verdict.UNKNOWN


@pytest.mark.usefixtures("growing")
def test_a_yearly_goal_is_of_the_year_s_value(company: Company) -> None:
    found = one(goal(grain="year", due_on=date(2026, 12, 31)), company)
    assert found.due.start == date(2026, 1, 1)
    assert found.current.value == Decimal(600)
    assert found.verdict is Verdict.UNKNOWN  # there are no three full years
    assert "A trend takes values in 3" in found.words


@pytest.mark.usefixtures("growing")
def test_many_goals_cost_one_series_each_metric(
    company: Company, django_assert_max_num_queries: Any
) -> None:
    goals = [goal(due_on=date(2026, 6, 1) + timedelta(days=40 * n)) for n in range(8)]
    with django_assert_max_num_queries(8):
        assert len(progress_of(goals, company=company, as_of=AS_OF)) == 8


def test_what_is_good_for_the_metric_is_the_default(company: Company) -> None:
    assert goal(metric="customer_churn_rate", target=Decimal("0.02")).sense == "at_most"
    assert goal().sense == "at_least"
    entry = AuditEntry.objects.filter(action="goal.set").latest("pk")
    assert entry.detail["changes"]["target"] == ["", "1200"]
    assert "note" not in entry.detail["changes"]


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"metric": "nonsense"}, "metric", "mrr_movements"),
        ({"due_on": date(2025, 1, 1)}, "due_on", "after the day"),
        ({"due_on": date(2060, 1, 1)}, "due_on", "ten years"),
        ({"begins_on": date(1600, 1, 1)}, "due_on", "1990"),
        ({"segment": "north"}, "segment", "both"),
        ({"by": "nonsense", "segment": "x"}, "by", "product, plan"),
        ({"grain": "decade"}, "grain", "decade"),
        ({"sense": "maybe"}, "sense", "maybe"),
        ({"target": Decimal("1e30")}, "target", "digits"),
        ({"colour": "red"}, "colour", "no such member"),
    ],
)
def test_what_cannot_be_a_goal_says_why(
    company: Company, values: dict[str, Any], field: str, says: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        goal(**values)
    assert says in " ".join(caught.value.message_dict[field])
    assert not Goal.objects.exists()


def test_the_same_goal_twice_is_one_too_many(company: Company) -> None:
    first = goal()
    with pytest.raises(ValidationError, match="There is a goal"):
        goal(target=Decimal(3))
    saved = save_goal(values={"target": Decimal(3)}, by=None, goal=first)
    assert saved.target == 3
    remove(row=saved, by=None)
    assert not Goal.objects.exists()
    assert AuditEntry.objects.filter(action="goal.removed").exists()


def test_the_api_keeps_goals(company: Company) -> None:
    facts.term("one", date(2020, 1, 1), None, 100)
    ledger.rebuild()
    call = client_with(company, "read", "write")
    due = company.today() + timedelta(days=200)
    body = {"metric": "mrr", "target": 150.5, "due_on": str(due)}
    made = call("post", "goals/", body)
    assert made.status_code == 201, made.content
    found = made.json()
    assert (found["target"], found["sense"], found["grain"]) == ("150.50", "at_least", "month")
    assert found["current"]["value"] == "100.00"
    assert found["verdict"] == "off course"
    assert found["trend"]["value"] == pytest.approx(100)
    assert "least squares" in found["trend"]["method"]
    path = f"goals/{found['id']}/"
    changed = call("patch", path, {"target": 100, "note": "enough"}).json()
    assert (changed["verdict"], changed["done"], changed["note"]) == ("on course", 1.0, "enough")
    assert [g["id"] for g in call("get", "goals/", {"metric": "mrr"}).json()["results"]] == [
        found["id"]
    ]
    assert call("get", path).json()["due"]["start"] == str(floor(due, Grain.MONTH))
    assert call("delete", path).status_code == 204
    assert call("get", path).status_code == 404


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "metric"),
        ({"metric": "nonsense", "target": 1, "due_on": "2090-01-01"}, "mrr_movements"),
        ({"metric": "mrr", "target": "x", "due_on": "2027-01-01"}, "target"),
        ({"metric": "mrr", "target": 1, "due_on": "soon"}, "due_on"),
        ({"metric": "mrr", "target": 1, "due_on": "1999-01-01"}, "due_on"),
        ({"metric": "mrr", "target": 1, "due_on": "2027-01-01", "colour": 1}, "colour"),
        ([1], "object"),
    ],
)
def test_the_api_refuses_clearly(company: Company, body: Any, says: str) -> None:
    answer = client_with(company, "write")("post", "goals/", body)
    assert answer.status_code == 400
    assert says in answer.content.decode()


def test_managers_set_goals_on_the_pages(
    company: Company, client_of: Callable[..., Client]
) -> None:
    facts.term("one", date(2020, 1, 1), None, 100)
    ledger.rebuild()
    viewer, manager = client_of(company, "viewer"), client_of(company, "manager")
    assert viewer.get("/goals/").status_code == 200
    assert viewer.get("/goals/new/").status_code == 403
    assert viewer.post("/goals/new/", {}).status_code == 403
    today = company.today()
    form = {
        "metric": "customer_churn_rate",
        "target": "2.5",
        "grain": "month",
        "begins_on": str(today),
        "due_on": str(today + timedelta(days=300)),
    }
    assert manager.get("/goals/new/", {"metric": "mrr"}).status_code == 200
    page = manager.post("/goals/new/", form, follow=True).content.decode()
    assert "Goal saved." in page
    assert "at most" in page
    assert "2.50" in page
    held = Goal.objects.get()
    assert held.target == Decimal("0.025")
    assert 'value="2.5"' in manager.get(f"/goals/{held.pk}/").content.decode()
    wrong = manager.post("/goals/new/", form | {"segment": "north"})
    assert wrong.status_code == 422
    assert "needs both" in wrong.content.decode()
    for path in ("/", "/metrics/customer_churn_rate/"):
        text = viewer.get(path).content.decode()
        assert "on course" in text, path
    assert "Goal by" in viewer.get("/metrics/customer_churn_rate/").content.decode()
    assert manager.post(f"/goals/{held.pk}/removal/").status_code == 302
    assert not Goal.objects.exists()


@pytest.mark.usefixtures("growing")
def test_the_current_value_is_the_metric_s(company: Company) -> None:
    found = one(goal(metric="customers", target=Decimal(20)), company)
    (value,) = series(
        metric("customers"), [found.current.period], company=company, as_of=AS_OF
    ).totals
    assert value.value == found.current.value == 8
