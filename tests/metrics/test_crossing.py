"""Two splits at once: examples, identities, and how pages, API and files show them."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.actions.keys import create_api_key
from customers.models import Customer
from metrics import dimensions
from metrics.actions import ledger
from metrics.contributions.frame import TIMES, Dimension, crossed, names_of
from metrics.limits import TooManyError
from metrics.periods import Grain, Period, periods
from metrics.registry import metric
from metrics.values import Value, series
from tenants.models import Company
from tests.casting import Clients
from tests.metrics import facts, plain, use_facts
from tests.metrics.histories import MONTHS, customers
from tests.metrics.test_agreement import (
    AS_OF,
    PLAN,
    PRODUCT,
    REGION,
    TIER,
    engine,
    random_histories,
    stored,
)
from tests.metrics.test_nps import answer, contacts

Get = Callable[..., Any]
SPAN = {"start": "2026-01-01", "end": "2026-02-01"}
JANUARY = (date(2026, 1, 1), date(2026, 2, 1))
LABELS = [f"north{TIMES}Extra", f"north{TIMES}Suite", f"south{TIMES}Extra"]
SETTLED = date(2025, 3, 1)


@pytest.fixture
def get(company: Company) -> Get:
    _, secret = create_api_key(by=None, name="test", scopes=["read"])
    client = Client(SERVER_NAME=f"{company.slug}.localhost", SERVER_PORT="8000")

    def call(path: str, params: Any, status: int = 200) -> Any:
        answer = client.get(
            f"/api/v1/metrics/{path}", params, headers={"Authorization": f"Bearer {secret}"}
        )
        assert answer.status_code == status, answer.content
        return answer

    return call


@pytest.fixture
def moved(company: Company) -> None:
    """`both` pays for two products and moves south on 10 January; `stays` is in the north."""
    facts.term("both", SETTLED, None, 10, product="Suite")
    facts.term("both", SETTLED, None, 5, product="Extra")
    facts.term("stays", SETTLED, None, 7, product="Suite", plan_name="Pro")
    facts.attribute("both", "region", "north")
    facts.attribute("both", "region", "south", date(2026, 1, 10))
    facts.attribute("both", "tier", "gold")
    facts.attribute("stays", "region", "north")
    ledger.rebuild()


def january(company: Company, key: str, dimension: Dimension, **options: str) -> dict[Any, Value]:
    """By names of the segment; the total is ()."""
    cut = periods(*JANUARY, Grain.MONTH, as_of=AS_OF)
    found = series(
        metric(key), cut, company=company, as_of=AS_OF, dimension=dimension, options=options
    )
    return {tuple(names_of(one.segment)) if one.segment else (): one for one in found.values}


@pytest.mark.usefixtures("moved")
def test_a_move_transfers_what_is_paid_for_each_product(company: Company) -> None:
    found = january(company, "mrr_movements", crossed(REGION, PRODUCT))
    transfers = {names: value.parts["transfer"] for names, value in found.items()}
    assert transfers == {
        (): 0,
        ("north", "Extra"): -5,
        ("north", "Suite"): -10,
        ("south", "Extra"): 5,
        ("south", "Suite"): 10,
    }
    closings = {names: value.parts["closing"] for names, value in found.items()}
    assert closings[()] == sum(amount for names, amount in closings.items() if names) == 22


@pytest.mark.usefixtures("moved")
def test_a_rate_leaves_it_where_it_was_at_the_opening(company: Company) -> None:
    found = january(company, "net_revenue_retention", crossed(PRODUCT, REGION))
    amounts = {n: (v.numerator, v.denominator) for n, v in found.items() if v.denominator}
    assert amounts == {(): (22, 22), ("Suite", "north"): (17, 17), ("Extra", "north"): (5, 5)}


@pytest.mark.usefixtures("moved")
def test_who_is_known_by_one_attribute_only_is_none_by_the_other(company: Company) -> None:
    found = january(company, "mrr", crossed(REGION, TIER))
    values = {names: value.value for names, value in found.items()}
    assert values == {
        (): 22,
        ("north", "gold"): 0,
        ("north", "none"): 7,
        ("south", "gold"): 15,
    }


@pytest.mark.usefixtures("moved")
def test_the_api_names_both(get: Get) -> None:
    for by in ({"by": "region,plan"}, {"by": ["region", "plan"]}):
        body = get("mrr/", {**SPAN, **by}).json()
        assert body["by"] == "region,plan"
        cells = {tuple(v["segment"] or ()): v["value"] for v in body["values"]}
        assert cells["north", "Suite: Pro"] == "7.00"
        assert cells["south", "Suite: Basic"] == "10.00"
    for path in ("mrr/explain/", "mrr/rows.csv"):
        get(path, {**SPAN, "by": "region,plan", "segment": ["south", "Suite: Basic"]})
    told = get(
        "mrr/explain/", {**SPAN, "by": "plan,region", "segment": ["Suite: Basic", "south"]}
    ).json()
    assert told["segment"] == ["Suite: Basic", "south"]
    assert [row["customer"]["external_id"] for row in told["rows"]] == ["both"]
    assert told["value"] == "10.00"


@pytest.mark.usefixtures("moved")
def test_tables_and_charts_have_both(get: Get) -> None:
    answer = get("mrr/table.csv", {**SPAN, "by": "region,product"})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    values = {(row["segment"], row["second_segment"]): row["value"] for row in rows}
    assert Decimal(values["", ""]) == 22
    assert Decimal(values["south", "Extra"]) == 5
    chart = get("mrr/chart.svg", {**SPAN, "by": "region,product"}).content.decode()
    assert f"south{TIMES}Extra" in chart


@pytest.mark.usefixtures("moved")
def test_pages_have_a_second_picker(company: Company, client_of: Clients) -> None:
    client = client_of(company, "viewer")
    course = {"preset": "custom", "start": "2026-01-01", "end": "2026-01-31"}
    page = client.get("/metrics/mrr/", {**course, "by": ["region", "product"]})
    text = page.content.decode()
    assert page.status_code == 200
    assert text.count(" selected>region<") == text.count(" selected>product<") == 1
    sign = (
        f'<span aria-hidden="true">{TIMES.strip()}</span><span class="visually-hidden">and</span>'
    )
    assert f"south {sign} Extra</a>" in text
    href = "by=region%2Cproduct&amp;segment=south&amp;segment=Extra"
    assert href in text
    rows = client.get(
        "/metrics/mrr/explain/",
        {**SPAN, "by": "region,product", "segment": ["south", "Extra"]},
    )
    assert rows.status_code == 200
    assert "5.00" in rows.content.decode()
    one = client.get("/metrics/mrr/", {**course, "by": ["", "product"]})
    assert one.context["series"].dimension == PRODUCT


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize(
    ("by", "says"),
    [
        ("region,region", "two different ones to cross; got region twice"),
        ("product,plan", "product and plan cannot be crossed: a plan names its product"),
        ("region,tier,plan", "one or two of region, tier, product, plan; got 3"),
        ("region,colour", "by must be one of region, tier, product, plan; got colour"),
    ],
)
def test_what_cannot_be_crossed_says_what_can(get: Get, by: str, says: str) -> None:
    for path in ("", "table.csv", "chart.svg", "explain/", "rows.csv"):
        body = get(f"mrr/{path}", {**SPAN, "by": by}, 400).json()
        assert body["code"] == "invalid_segment"
        assert says in body["message"]


@pytest.mark.usefixtures("moved")
def test_a_crossed_segment_takes_a_name_of_each(get: Get) -> None:
    for by, segment, says in (
        ("region,product", ["south"], "must be given twice: one of each"),
        ("region", ["south", "Extra"], "must be given once"),
        ("region,product", ["south", "None"], ", ".join(LABELS)),
    ):
        body = get("mrr/explain/", {**SPAN, "by": by, "segment": segment}, 400).json()
        assert body["code"] == "invalid_segment"
        assert says in body["message"]


MONEY = ("mrr", "mrr_movements", "expansion_revenue", "gross_revenue_churn_rate")
PAIRS = [(REGION, TIER), (REGION, PRODUCT), (PLAN, TIER), (PRODUCT, REGION)]


@random_histories
@given(found=customers(), pair=st.sampled_from(PAIRS))
def test_over_one_side_it_adds_up_to_the_other(
    company: Company, found: list[plain.Customer], pair: tuple[Dimension, Dimension]
) -> None:
    """Amounts by either side; heads over attributes."""
    cut = periods(*MONTHS, Grain.MONTH, as_of=AS_OF)
    with stored(found):
        checked: list[tuple[str, dict[str, str]]] = [(key, {}) for key in MONEY]
        checked += [("gross_revenue_churn_rate", {"method": "movements"}), ("customers", {})]
        for key, options in checked:
            both = engine(company, key, cut, crossed(*pair), **options)
            for number, side in enumerate(pair):
                other = pair[1 - number]
                if key == "customers" and other.is_by_subscription:
                    continue
                if key == "gross_revenue_churn_rate" and not options and other.is_by_subscription:
                    continue  # the least of two sums is not the sum of the least
                alone = engine(company, key, cut, side, **options)
                assert _sums(alone.values, 0) == _sums(both.values, number), (key, side)
            whole = [value for value in both.values if value.segment is None]
            if key.startswith("mrr"):
                assert _totals(both.values) == {one.period: one.numerator for one in whole}


def _sums(values: list[Value], number: int) -> dict[Any, dict[str, Decimal]]:
    """Amounts by period and the name on one side; nothing of what is 0."""
    found: dict[tuple[Period, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for one in values:
        if one.segment is not None:
            cell = found[one.period, names_of(one.segment)[number]]
            amounts = {"numerator": one.numerator, "denominator": one.denominator, **one.parts}
            for name, amount in amounts.items():
                cell[name] += amount or 0
    sums = {cell: {k: v for k, v in amounts.items() if v} for cell, amounts in found.items()}
    return {cell: amounts for cell, amounts in sums.items() if amounts}


def _totals(values: list[Value]) -> dict[Period, Decimal]:
    found: dict[Period, Decimal] = defaultdict(Decimal)
    for one in values:
        found[one.period] += (one.numerator or 0) if one.segment is not None else 0
    return found


def many(key: str, count: int) -> None:
    """As many customers, each with a value of its own."""
    source = facts.source().pk
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH made AS (
                INSERT INTO customers_customer
                    (external_id, name, source_id, recorded_at, changed_at)
                SELECT 'many-' || n, 'n', %s, now(), now() FROM generate_series(1, %s) AS n
                ON CONFLICT (external_id) DO UPDATE SET name = 'n' RETURNING id
            )
            INSERT INTO customers_customerattribute
                (customer_id, key, value, source_id, recorded_at)
            SELECT id, %s, id::text, %s, now() FROM made
            """,
            [source, count, key, source],
        )


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize("by", ["account", "account,region", "product,account"])
def test_too_many_values_are_refused_before_the_sums(get: Get, by: str) -> None:
    many("account", 50_000)
    assert Customer.objects.count() > 50_000
    for path in ("mrr/", "nps/", "customer_churn_rate/", "customer_acquisition_cost/"):
        with CaptureQueriesContext(connection) as asked:
            body = get(path, {**SPAN, "by": by}, 400).json()
        assert body["code"] == "too_many"
        assert "account has more than 1,000 values; one answer holds 1,000" in body["message"]
        assert not any("width_bucket" in one["sql"] for one in asked.captured_queries)


@pytest.mark.usefixtures("moved")
def test_too_many_pairs_are_refused_before_the_sums(company: Company) -> None:
    many("account", 60)
    many("place", 60)  # of the same customers: 60 pairs, and few enough
    cut = periods(*JANUARY, Grain.MONTH, as_of=AS_OF)
    two = dimensions.dimension("account,place")
    assert len(series(metric("mrr"), cut, company=company, as_of=AS_OF, dimension=two).values) > 1
    with connection.cursor() as cursor:  # each customer in every place, one after the other
        cursor.execute(
            """
            INSERT INTO customers_customerattribute
                (customer_id, key, value, valid_from, source_id, recorded_at)
            SELECT customer_id, 'place', 'p' || day, '2025-01-01'::date + day, source_id, now()
            FROM customers_customerattribute CROSS JOIN generate_series(1, 20) AS day
            WHERE key = 'place'
            """
        )
    with pytest.raises(TooManyError, match="account,place has more than 1,000 segments"):
        series(metric("mrr"), cut, company=company, as_of=AS_OF, dimension=two)


@pytest.mark.usefixtures("moved")
def test_a_goal_is_of_one_split(company: Company, client_of: Clients) -> None:
    _, secret = create_api_key(by=None, name="goals", scopes=["read", "write"])
    answer = client_of(company).post(
        "/api/v1/goals/",
        {
            "metric": "mrr",
            "target": "10",
            "grain": "month",
            "by": "region,product",
            "segment": "north",
            "begins_on": "2026-01-01",
            "due_on": "2026-12-31",
        },
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 400
    assert "A goal is of one split's segment" in answer.content.decode()


@pytest.mark.usefixtures("moved")
def test_an_answer_stands_where_its_customer_was_and_in_what_it_paid_for(company: Company) -> None:
    (before, after) = (contacts(1, of="both")[0] for _ in range(2))
    answer(before, 10, datetime(2026, 1, 9, 12, tzinfo=UTC))
    answer(after, 0, datetime(2026, 1, 10, 12, tzinfo=UTC))
    answer(contacts(1, of="nobody")[0], 7, datetime(2026, 1, 10, 12, tzinfo=UTC))
    values = {n: v.value for n, v in january(company, "nps", crossed(REGION, PRODUCT)).items()}
    assert values == {
        (): 0,
        ("north", "Suite"): 100,
        ("north", "Extra"): 100,
        ("south", "Suite"): -100,
        ("south", "Extra"): -100,
        ("none", "none"): 0,
    }
    by_customer = january(company, "nps", crossed(REGION, PRODUCT), weight="mrr")
    weighed = {names: value.denominator for names, value in by_customer.items()}
    assert (weighed["north", "Suite"], weighed["none", "none"]) == (15, 0)


@pytest.mark.usefixtures("moved")
def test_too_many_of_a_metric_s_own_are_refused_before_the_sums(get: Get) -> None:
    use_facts.use("both", "u", date(2026, 1, 5), {f"event {number}": 1 for number in range(1001)})
    for by in ("feature", "feature,region", "product,feature"):
        with CaptureQueriesContext(connection) as asked:
            body = get("active_users/", {**SPAN, "by": by}, 400).json()
        assert body["code"] == "too_many"
        assert "feature has more than 1,000 values" in body["message"]
        assert not any("width_bucket" in one["sql"] for one in asked.captured_queries)
    one = get("active_users/", {**SPAN, "by": "feature,region", "event": "event 7"}).json()
    assert [v["segment"] for v in one["values"]] == [None, ["event 7", "north"]]
