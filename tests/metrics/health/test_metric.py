"""`health_score` against a second, plain implementation over random spans and contracts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import zip_longest

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from metrics.actions import health_scores
from metrics.contributions.frame import WHOLE, Dimension, Frame, Split
from metrics.contributions.rows import Cursor
from metrics.currency import figures_currency
from metrics.estimates import mean_score
from metrics.ledger import build
from metrics.periods import Grain, Period, periods
from metrics.registry import metric
from metrics.stored.changes import SCORES
from metrics.values import series
from tenants.models import Company
from tests.metrics import facts
from tests.metrics.health.scored import DAY, only_model, span
from tests.metrics.test_agreement import random_histories
from tests.metrics.test_stored import undone

FIRST, LENGTH = dt.date(2026, 1, 1), 110
MONTHS = periods(FIRST, dt.date(2026, 5, 1), Grain.MONTH, as_of=dt.date(2026, 4, 10))
METRIC = metric("health_score")
REGION, PRODUCT = Dimension(Split.ATTRIBUTE, "region"), Dimension(Split.PRODUCT)
BANDS = ("green", "amber", "red")
WITHIN = (*BANDS, "little_known")


@dataclass
class Plain:
    """A customer: contracts (from, until, MRR, product), scores (from, until, score, coverage), and
    where it is from which day on (the first holds before)."""

    contracts: list[tuple[dt.date, dt.date, int, str]] = field(default_factory=list)
    scores: list[tuple[dt.date, dt.date | None, int, int]] = field(default_factory=list)
    regions: list[tuple[dt.date, str]] = field(default_factory=list)

    def pays(self, day: dt.date) -> dict[str, int]:
        """By product."""
        found: dict[str, int] = {}
        for start, end, mrr, product in self.contracts:
            if start <= day < end:
                found[product] = found.get(product, 0) + mrr
        return found

    def score(self, day: dt.date) -> tuple[int, int] | None:
        """With its coverage."""
        for start, end, score, coverage in self.scores:
            if start <= day and (end is None or day < end):
                return score, coverage
        return None

    def region(self, day: dt.date) -> str:
        begun = [name for start, name in self.regions if start <= day]
        return begun[-1] if begun else self.regions[0][1] if self.regions else "none"


DAYS = st.integers(0, LENGTH).map(lambda number: FIRST + number * DAY)


@st.composite
def plains(draw: st.DrawFn) -> Plain:
    found = Plain()
    for product in draw(st.lists(st.sampled_from(["Suite", "Desk"]), unique=True)):
        start = draw(DAYS)
        end = start + draw(st.integers(1, 90)) * DAY
        found.contracts.append((start, end, draw(st.sampled_from([10, 35, 100])), product))
    borders = sorted(draw(st.lists(DAYS, max_size=5, unique=True)))
    for start, end in zip_longest(borders, borders[1:]):
        if draw(st.booleans()):
            coverage = draw(st.sampled_from([1, 49, 50, 100]))
            found.scores.append((start, end, draw(st.integers(0, 100)), coverage))
    days = sorted(draw(st.lists(DAYS, max_size=2, unique=True)))
    found.regions = [(day, draw(st.sampled_from(["north", "south"]))) for day in days]
    return found


def store(world: dict[str, Plain]) -> None:
    version = only_model()
    for name, one in world.items():
        customer = facts.customer(name)
        for start, end, mrr, product in one.contracts:
            facts.term(name, start, end, mrr, product=product, subscription=f"{name}-{product}")
        for start, end, score, coverage in one.scores:
            span(name, version, start, end, score, coverage)
        for day, region in one.regions:
            facts.attribute(name, "region", region, day)
        build.build([customer.pk], rules=build.Rules(90))


Sum = tuple[int, float, float, dict[str, float]]


def plain_sums(world: dict[str, Plain], period: Period, by: str, weight: str) -> dict[str, Sum]:
    """By segment ('': the total): n, numerator, denominator, and what is in each band and little
    known."""
    day = period.end - DAY
    rows: list[tuple[str, tuple[int, int], float]] = []
    for one in world.values():
        paid, score = one.pays(day), one.score(day)
        if not paid or score is None:
            continue
        whole = sum(paid.values())
        rows.append(("", score, whole))
        if by == "region":
            rows.append((one.region(day), score, whole))
        if by == "product":
            rows += [(product, score, mrr) for product, mrr in paid.items()]
    found: dict[str, Sum] = {}
    for segment in {segment for segment, _, _ in rows}:
        these = [
            (*scored, mrr if weight == "mrr" else 1.0)
            for name, scored, mrr in rows
            if name == segment
        ]
        found[segment] = (
            len(these),
            sum(score * x for score, _, x in these),
            sum(x for *_, x in these),
            {band: sum(x for score, _, x in these if band_of(score) == band) for band in BANDS}
            | {"little_known": sum(x for _, coverage, x in these if coverage < 50)},
        )
    return found


def band_of(score: int) -> str:
    return "green" if score >= 75 else "amber" if score >= 50 else "red"


@random_histories
@given(
    world=st.lists(plains(), min_size=1, max_size=4).map(
        lambda several: {f"c{number}": one for number, one in enumerate(several)}
    ),
    by=st.sampled_from(["", "region", "product"]),
    weight=st.sampled_from(["customer", "mrr"]),
)
def test_it_agrees_with_the_plain_way(
    company: Company, world: dict[str, Plain], by: str, weight: str
) -> None:
    dimension = {"": WHOLE, "region": REGION, "product": PRODUCT}[by]
    measure = METRIC.compute({"weight": weight}).measure
    with undone():
        store(world)
        frame = Frame(MONTHS, dimension, company.timezone)
        found = measure.sums(frame)
        wanted = {
            (number, segment or None): sums
            for number, period in enumerate(MONTHS)
            for segment, sums in plain_sums(world, period, by, weight).items()
        }
        assert {cell for cell, sums in found.items() if sums.n} == set(wanted)
        for cell, (n, y, x, within) in wanted.items():
            sums = found[cell]
            assert (sums.n, float(sums.y), float(sums.x)) == (n, y, x)
            assert {name: float(sums.parts[name]) for name in WITHIN} == within
            little = sums.parts["little_known_share"]
            assert float(little) == pytest.approx(within["little_known"] / x)
            assert sum(float(sums.parts[f"{band}_share"]) for band in BANDS) == pytest.approx(1)
            _check_rows(measure.rows, frame, cell, float(y), float(x))
        _check_not_scored(world, found, weight)
        _check_some(world, frame, weight)


def _check_rows(
    rows: object, frame: Frame, cell: tuple[int, str | None], y: float, x: float
) -> None:
    number, segment = cell
    page = rows(frame.only(frame.periods[number]), segment, Cursor(), 99)  # type: ignore[operator]
    assert float(sum(row.numerator for row in page.rows)) == y
    assert float(sum(row.denominator for row in page.rows)) == x


def _check_not_scored(world: dict[str, Plain], found: object, weight: str) -> None:
    for number, period in enumerate(MONTHS):
        sums = found[number, None]  # type: ignore[index]
        if not sums.n:
            continue
        day = period.end - DAY
        left = [sum(one.pays(day).values()) for one in world.values() if one.score(day) is None]
        wanted = sum(left) if weight == "mrr" else sum(1 for mrr in left if mrr)
        assert float(sums.parts["not_scored"]) == wanted


def _check_some(world: dict[str, Plain], frame: Frame, weight: str) -> None:
    """Of one customer alone there is what that one has."""
    customer = facts.customer("c0").pk
    alone = Frame(frame.periods, frame.dimension, frame.timezone, customers=[customer])
    found = METRIC.compute({"weight": weight}).measure.sums(alone)
    for number, period in enumerate(MONTHS):
        wanted = plain_sums({"c0": world["c0"]}, period, "", weight).get("", (0, 0.0, 0.0, {}))
        sums = found[number, None]
        assert (sums.n, float(sums.y), float(sums.x)) == wanted[:3]


def test_the_value_its_interval_and_parts(company: Company) -> None:
    today = MONTHS[-1].end - DAY
    version = only_model()
    for name, score, mrr in (("a", 80, 300), ("b", 40, 100), ("c", 60, 100)):
        facts.term(name, FIRST, None, mrr)
        span(name, version, dt.date(2026, 2, 10), None, score)
        build.build([facts.customer(name).pk], rules=build.Rules(90))
    facts.term("d", FIRST, None, 500)
    build.build([facts.customer("d").pk], rules=build.Rules(90))
    asked = {"company": company, "as_of": today}
    january, february, *_ = series(METRIC, MONTHS, **asked).totals
    assert january.value is None
    assert january.reason == "no customer that paid at the close had a score"
    assert february.value == pytest.approx(60)
    assert (february.n, february.parts["green"], february.parts["not_scored"]) == (3, 1, 1)
    assert february.parts["red_share"] == pytest.approx(Decimal(1) / 3)
    assert february.low is not None
    assert 0 <= february.low < 60 < (february.high or 0) <= 100
    weighted = series(METRIC, MONTHS, **asked, options={"weight": "mrr"}).totals[1]
    assert weighted.value == pytest.approx((80 * 300 + 40 * 100 + 60 * 100) / 500)
    assert weighted.parts["green"] == 300


def test_an_amount_in_another_currency_is_at_the_days_rate(company: Company) -> None:
    version = only_model()
    for name, score, currency in (("a", 80, "USD"), ("b", 40, "EUR")):
        facts.term(name, FIRST, None, 100, currency=currency)
        span(name, version, FIRST, None, score)
        build.build([facts.customer(name).pk], rules=build.Rules(90))
    asked = {"company": company, "as_of": MONTHS[-1].end - DAY}
    plain = series(METRIC, MONTHS, **asked).totals[0]
    assert plain.value == pytest.approx(60)
    refused = series(METRIC, MONTHS, **asked, options={"weight": "mrr"}).totals[0]
    assert refused.value is None
    facts.rate("EUR", "USD", FIRST, 3)
    assert figures_currency(company).rates is not None
    found = series(METRIC, MONTHS, **asked, options={"weight": "mrr"}).totals[0]
    assert found.value == pytest.approx((80 * 100 + 40 * 300) / 400)


def test_bounds_are_those_of_scores() -> None:
    from metrics.contributions.rows import Sums

    def sums(scores: Iterable[int]) -> Sums:
        several = [Decimal(score) for score in scores]
        squares = sum(score * score for score in several)
        n = len(several)
        return Sums(n, sum(several, Decimal(0)), Decimal(n), squares, sum(several), Decimal(n))

    found = mean_score(sums([100, 100, 2]))
    assert found.high == 100
    assert mean_score(sums([50])).reason is not None


def test_a_row_leads_to_the_customers_health(viewer_client: Client, company: Company) -> None:
    today = company.today()
    version = only_model()
    facts.term("a", today - 90 * DAY, None, 300)
    span("a", version, today - 30 * DAY, None, 70)
    build.build([facts.customer("a").pk], rules=build.Rules(90))
    text = viewer_client.get("/metrics/health_score/").content.decode()
    assert f"/customers/{facts.customer('a').pk}/health/?on={today}" in text


def test_a_rescoring_says_that_values_are_others(company: Company) -> None:
    from customers.models import Change

    today = company.today()
    only_model({"signals": [{"signal": "tenure", "weight": 1}]})
    facts.term("a", today - 90 * DAY, None, 300)
    build.build([facts.customer("a").pk], rules=build.Rules(90))
    Change.objects.all().delete()
    health_scores.rescore_all()
    (change,) = Change.objects.filter(kind=SCORES)
    assert (change.customer_id, change.from_day) == (None, today)
    change.delete()
    health_scores.rescore_all()
    assert not Change.objects.filter(kind=SCORES).exists()
