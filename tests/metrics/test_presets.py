"""Presets, and which option makes which part of a difference."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal, localcontext
from itertools import pairwise

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics import registry
from metrics.actions import ledger
from metrics.actions.options import set_options
from metrics.choosing import own_options
from metrics.comparing import compare, difference
from metrics.models import ChosenOption
from metrics.periods import Period
from metrics.presets import UnknownPresetError, of_settings, preset, presets
from metrics.registry import metric, metrics
from tenants.models import Company
from tests.metrics import facts
from tests.metrics.test_options_of_a_company import client_with

CHURN = "customer_churn_rate"
DECEMBER = Period(date(2025, 12, 1), date(2026, 1, 1))
AS_OF = date(2026, 3, 1)


@pytest.fixture
def history(company: Company) -> None:
    """Forty customers that come, go and come back, always the same."""
    pick = random.Random(7)
    for number in range(40):
        start = date(2025, 1, 1) + timedelta(days=pick.randrange(360))
        end = start + timedelta(days=pick.randrange(5, 300))
        facts.term(f"c{number}", start, end, pick.randrange(10, 90), subscription=f"s{number}")
        if pick.random() < 0.5:
            facts.term(
                f"c{number}",
                end + timedelta(days=pick.randrange(1, 20)),
                None,
                pick.randrange(10, 90),
                subscription=f"s{number}",
            )
    ledger.rebuild()


def test_there_are_three_and_each_sets_the_same_options() -> None:
    assert [one.key for one in presets()] == ["chartmogul-like", "profitwell-like", "stripe-like"]
    assert len({tuple((s.metric, s.option) for s in one.settings) for one in presets()}) == 1
    with pytest.raises(UnknownPresetError, match="stripe-like"):
        preset("nobody-like")


def test_what_they_set_there_is() -> None:
    for one in presets():
        for setting in one.settings:
            try:
                found = metric(setting.metric)
            except registry.UnknownMetricError:
                assert setting.metric == "customer_lifetime_value"  # comes with its own file
                continue
            (option,) = [o for o in found.options if o.name == setting.option]
            assert option.is_allowed(setting.value), setting
        sourced = [setting for setting in one.settings if setting.source]
        assert len(sourced) >= 3


def test_one_after_another_leaves_nothing_of_the_first(company: Company) -> None:
    for one in (*presets(), *presets()):
        set_options(wanted=one.wanted, by=None, preset=one.key)
        held = {m.key: m.choose(own_options(m)) for m in metrics()}
        assert of_settings(held) == one


@pytest.mark.usefixtures("history")
def test_the_parts_add_up_to_the_whole_difference(company: Company) -> None:
    ways: list[dict[str, str]] = [
        {},
        {"method": "daily", "scaling": "monthly"},
        {"method": "events", "scaling": "annualised", "pause": "kept"},
        {"pause": "kept"},
    ]
    seen = set()
    for way in ways:
        ChosenOption.objects.all().delete()
        set_options(wanted={CHURN: way}, by=None)
        found = compare(metric(CHURN), DECEMBER, company=company, as_of=AS_OF)
        assert len(found.comparisons) == 3
        for one in found.comparisons:
            named = [step.option.name for step in one.steps]
            assert named == [o.name for o in metric(CHURN).options if o.name in named]
            assert all(step.part is not None for step in one.steps)
            parts = sum((step.part or Decimal(0) for step in one.steps), Decimal(0))
            assert parts == one.difference
            own, theirs = found.own.totals[0].value, one.series.totals[0].value
            assert difference(own, theirs) == one.difference
            seen.add(len(one.steps))
    assert {1, 2} <= seen


@given(st.lists(st.floats(0, 1e6, allow_nan=False), min_size=2, max_size=6))
@settings(max_examples=100)
def test_differences_add_up_whatever_the_values(values: list[float]) -> None:
    with localcontext() as context:
        context.prec = 400
        parts = [difference(a, b) for a, b in pairwise(values)]
        total = sum((part for part in parts if part is not None), Decimal(0))
    assert float(total) == pytest.approx(values[-1] - values[0], rel=1e-12, abs=1e-9)


def test_where_there_is_no_value_it_says_why(company: Company) -> None:
    found = compare(metric(CHURN), DECEMBER, company=company, as_of=AS_OF)
    for one in found.comparisons:
        assert one.difference is None
        assert "no customers at the start" in one.reason


@pytest.mark.usefixtures("history")
def test_the_page_and_the_api_show_it(company: Company, client_of: Callable[..., Client]) -> None:
    client = client_of(company, "viewer")
    custom = {"preset": "custom", "start": "2025-12-01", "end": "2025-12-31"}
    page = client.get(f"/metrics/{CHURN}/presets/", custom)
    text = page.content.decode()
    assert page.status_code == 200
    assert "Like Stripe" in text
    assert "the parts add up" in text
    assert "As of" in text
    assert client.get("/metrics/nonsense/presets/").status_code == 404
    assert "No preset sets" in client.get("/metrics/mrr/presets/").content.decode()
    call = client_with(company, "read")
    params = {"start": "2025-12-01", "end": "2026-01-01"}
    body = call("get", f"metrics/{CHURN}/presets/", params).json()
    stripe = next(one for one in body["presets"] if one["preset"] == "stripe-like")
    assert [step["option"] for step in stripe["steps"]] == ["method"]
    assert sum(Decimal(s["part"]) for s in stripe["steps"]) == Decimal(stripe["difference"])
    assert stripe["value"] - body["value"] == pytest.approx(float(stripe["difference"]))
    assert call("get", f"metrics/{CHURN}/presets/").status_code == 400
    assert call("get", f"metrics/{CHURN}/presets/", {**params, "by": "x"}).status_code == 400
    assert call("get", "metrics/nonsense/presets/", params).status_code == 400


def test_an_admin_uses_a_preset(company: Company, client_of: Callable[..., Client]) -> None:
    url = "/settings/metrics/presets/"
    assert client_of(company, "manager").post(url, {"preset": "stripe-like"}).status_code == 403
    admin = client_of(company, "admin")
    page = admin.post(url, {"preset": "stripe-like"}, follow=True).content.decode()
    assert "options changed" in page
    assert "in use" in page
    assert own_options(metric(CHURN)) == {"method": "stripe"}
    wrong = admin.post(url, {"preset": "nobody-like"})
    assert wrong.status_code == 422
    assert "profitwell-like" in wrong.content.decode()
    call = client_with(company, "write", "read")
    body = call("patch", "metric-options/", {"preset": "profitwell-like"}).json()
    assert body["preset"] == "profitwell-like"
    assert own_options(metric(CHURN)) == {}
