"""The movement ledger against the plain query that joins every term to every month.

Makes a company with random facts, measures, prints ratios, and removes it. Both sides run in one
PostgreSQL, in one run, so the ratios mean something on any machine.

    manage.py shell -c "from benchmarks.ledger import run; run(customers=100_000)"
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter

from django.db import connection

from benchmarks import bench_company
from customers.models import Change, Customer
from metrics.actions import ledger
from metrics.contributions.frame import WHOLE, Dimension, Split
from metrics.models import Movement
from metrics.periods import Grain, periods
from metrics.registry import metric
from metrics.values import series
from tenants.models import Company

START, END, AS_OF = dt.date(2023, 1, 1), dt.date(2026, 1, 1), dt.date(2026, 6, 1)
REGION = Dimension(Split.ATTRIBUTE, "region")
RUNS = 5

FACTS = [
    "SELECT setseed(0.42)",
    """
    INSERT INTO customers_product (name) VALUES ('Suite'), ('Extra')
    """,
    """
    INSERT INTO customers_plan (product_id, name)
    SELECT id, tier FROM customers_product, unnest(ARRAY['Basic', 'Pro']) AS tier
    """,
    """
    INSERT INTO customers_customer (external_id, name, source_id, recorded_at, changed_at)
    SELECT 'c' || number, 'Customer ' || number, %(source)s, now(), now()
    FROM generate_series(1, %(customers)s) AS number
    """,
    """
    INSERT INTO customers_customerattribute
        (customer_id, key, value, valid_from, source_id, recorded_at)
    SELECT id, 'region', (ARRAY['north', 'south', 'east', 'west', 'centre'])[1 + id %% 5],
        NULL::date, %(source)s, now()
    FROM customers_customer
    UNION ALL
    SELECT id, 'region', 'north', DATE '2024-06-01' + (id %% 300)::int, %(source)s, now()
    FROM customers_customer WHERE id %% 20 = 3
    """,
    """
    INSERT INTO customers_subscription
        (customer_id, external_id, source_id, recorded_at, changed_at)
    SELECT id, external_id || '-s', %(source)s, now(), now() FROM customers_customer
    """,
    """
    INSERT INTO customers_term (subscription_id, plan_id, starts_on, ends_on, quantity, amount,
        interval, currency, mrr, source_id, recorded_at)
    SELECT id, (SELECT min(id) FROM customers_plan) + floor(4 * random())::int,
        begun + number * length + (number = 2)::int * 20,
        CASE WHEN number < 3 OR id %% 3 = 0 THEN begun + (number + 1) * length END,
        1, price, 'month', 'USD', price, %(source)s, now()
    FROM (
        SELECT id, DATE '2022-06-01' + floor(900 * random())::int AS begun,
            30 + floor(150 * random())::int AS length
        FROM customers_subscription
    ) AS subscription
    CROSS JOIN generate_series(0, 3) AS number
    CROSS JOIN LATERAL (
        SELECT (10 + floor((90 + number * 0 + id * 0) * random()))::numeric AS price
    ) AS priced
    """,
    "ANALYZE",
]

# The yardstick: every term against every month, then what changed.
PLAIN = """
    WITH month AS (
        SELECT day::date AS starts, (day + INTERVAL '1 month')::date AS ends
        FROM generate_series(%(start)s::date, %(end)s::date - 1, INTERVAL '1 month') AS day
    ), state AS (
        SELECT month.starts, subscription.customer_id,
            coalesce(sum(term.mrr) FILTER (WHERE term.starts_on < month.starts
                AND (term.ends_on IS NULL OR term.ends_on >= month.starts)), 0) AS opening,
            coalesce(sum(term.mrr) FILTER (WHERE term.starts_on < month.ends
                AND (term.ends_on IS NULL OR term.ends_on >= month.ends)), 0) AS closing
        FROM month
        JOIN customers_term AS term ON term.superseded_at IS NULL AND term.starts_on < month.ends
            AND (term.ends_on IS NULL OR term.ends_on >= month.starts)
        JOIN customers_subscription AS subscription ON subscription.id = term.subscription_id
        GROUP BY month.starts, subscription.customer_id
    )
    SELECT state.starts, attribute.value, sum(opening), sum(closing),
        sum(closing) FILTER (WHERE opening = 0) AS gained,
        sum(closing - opening) FILTER (WHERE opening > 0 AND closing > opening) AS up,
        sum(opening - closing) FILTER (WHERE closing > 0 AND closing < opening) AS down,
        sum(opening) FILTER (WHERE closing = 0) AS lost,
        count(*) FILTER (WHERE opening > 0) AS customers,
        count(*) FILTER (WHERE opening > 0 AND closing = 0) AS churned
    FROM state
    LEFT JOIN customers_customerattribute AS attribute
        ON attribute.customer_id = state.customer_id AND attribute.key = 'region'
        AND attribute.superseded_at IS NULL AND attribute.valid_from IS NULL
    GROUP BY state.starts, attribute.value
"""


@contextmanager
def company_with_facts(customers: int) -> Iterator[Company]:
    """A company of its own with `customers` customers of about four terms; removed afterwards."""
    with bench_company() as (company, source):
        with connection.cursor() as cursor:
            for statement in FACTS:
                cursor.execute(statement, {"source": source.pk, "customers": customers})
        yield company


def seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """The median time of some runs."""
    times: list[float] = []
    for _ in range(runs):
        begun = perf_counter()
        work()
        times.append(perf_counter() - begun)
    return median(times)


def plain() -> None:
    with connection.cursor() as cursor:
        cursor.execute(PLAIN, {"start": START, "end": END})
        cursor.fetchall()


def change(count: int) -> None:
    """Put `count` customers on the change feed and refresh."""
    for customer in Customer.objects.order_by("id")[:count]:
        Change.objects.create(customer=customer)
    ledger.refresh()


def run(*, customers: int = 100_000) -> None:
    """Print each measure and its ratio to the plain query."""
    with company_with_facts(customers) as company:
        months = periods(START, END, Grain.MONTH, as_of=AS_OF)

        def read(key: str, dimension: Dimension) -> Callable[[], object]:
            return lambda: series(
                metric(key), months, company=company, as_of=AS_OF, dimension=dimension
            )

        ledger.rebuild()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE metrics_movement; ANALYZE metrics_movementpart")
        print(f"{customers:,} customers, {Movement.objects.count():,} movements, 36 months")
        yardstick = seconds(plain)
        print(f"{'yardstick: every term x every month, by segment':52} {yardstick:8.3f} s")
        measures: list[tuple[str, Callable[[], object]]] = [
            ("full rebuild of the ledger", ledger.rebuild),
            ("refresh of 100 customers", lambda: change(100)),
            ("mrr_movements, total", read("mrr_movements", WHOLE)),
            ("mrr_movements, total and 5 segments", read("mrr_movements", REGION)),
            ("customer_churn_rate, total and 5 segments", read("customer_churn_rate", REGION)),
            (
                "gross_revenue_churn_rate, total and 5 segments",
                read("gross_revenue_churn_rate", REGION),
            ),
            ("arpa by product", read("arpa", Dimension(Split.PRODUCT))),
        ]
        for name, work in measures:
            taken = seconds(work)
            print(f"{name:52} {taken:8.3f} s   {taken / yardstick:6.2f} x the yardstick")
