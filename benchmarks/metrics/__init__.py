"""Metrics: the ledger and every metric, against DuckDB doing the plain thing.

BENCH_CUSTOMERS (100000) says how many customers; of several sizes ("100000 1000000") the refreshes
are compared. BENCH_EVENTS=0 leaves usage out. Everything in one run, so that ratios mean
something; the facts are removed afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

from django.db import connection, transaction
from django.utils import timezone
from psycopg.sql import SQL, Identifier

from benchmarks.metrics import reading, visits, yardstick
from benchmarks.metrics.changes import change
from benchmarks.metrics.facts import company_with_everything, span
from metrics import registry
from metrics.actions import ledger
from metrics.contributions.frame import Dimension, Split
from metrics.definition import Metric, Question
from metrics.ledger.build import BOUNDS, TABLES
from metrics.ledger.fresh import Fresh
from metrics.models import HealthModel, Movement, StoredSplit, StoredValue
from metrics.periods import DAY, Grain, Period, periods
from metrics.shared import Shared
from metrics.values import computed
from tenants.context import current_company
from tenants.models import Company

RUNS = 5
READINGS = 25
CHANGED = 100
WORST = 8
REGION = Dimension(Split.ATTRIBUTE, "region")
CUSTOMERS_AND_REVENUE = (Question.REVENUE, Question.STAYING, Question.WINNING)
READ = ("mrr_movements", "customer_churn_rate", "net_revenue_retention", "arpa")


def run() -> None:
    sizes = [int(size) for size in os.environ.get("BENCH_CUSTOMERS", "100000").split()]
    refreshed = [_measure(size) for size in sizes]
    for size, taken in zip(sizes[1:], refreshed[1:], strict=True):
        ratio = taken / refreshed[0]
        print(f"refresh at {size:,} / at {sizes[0]:,}: {ratio:.2f} (within 1.3)")


def _measure(customers: int) -> float:
    """One company, from its facts to its figures; the seconds of a refresh."""
    begun = perf_counter()
    with company_with_everything(customers) as company:
        events = 0
        if os.environ.get("BENCH_EVENTS") != "0":
            checked = visits.check(company, customers)
            events = visits.fill(company, customers)
            print(f"(roll-ups written by SQL; {checked:,} events' compared with a real roll-up)")
        made = perf_counter() - begun
        print(f"{customers:,} customers, {events:,} usage events rolled up; made in {made:.0f} s")
        start, end = span(company)
        sticks = yardstick.measure(start, end, runs=RUNS)
        stick = sticks["segments"]
        _line("DuckDB, 2 threads: term x month, in total", sticks["total"], stick)
        _line("DuckDB, 2 threads: term x month, by segment", stick, stick)
        # Scores have a benchmark of their own (benchmarks/health.py).
        HealthModel.objects.update(retired_at=timezone.now())
        ledger.rebuild()
        built = seconds(ledger.rebuild)
        _line(f"ledger made anew ({Movement.objects.count():,} movements)", built, stick)
        _line("    of it: its rows only copied, with their indexes", seconds(_copy), stick)
        _metrics(company, periods(start, end, Grain.MONTH, as_of=end), stick)
        built = _keep(stick)
        refreshed = _refresh(company, built)
        _read(company)
    print(f"most memory of this process: {peak_mb()} MB (under 400)")
    return refreshed


def _copy() -> None:
    """Copy the ledger as it is: no full rebuild that keeps its rows in PostgreSQL takes less."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BOUNDS)
        fresh = Fresh(TABLES)
        fresh.make()
        for table in TABLES:
            old = Identifier(current_company().schema_name, table)
            copied = SQL("INSERT INTO {new} SELECT * FROM {old}")
            cursor.execute(copied.format(new=Identifier(table), old=old))
        fresh.finish()
        transaction.set_rollback(True)


def _metrics(company: Company, months: list[Period], stick: float) -> None:
    """Each metric computed alone, once, by month and segment: which are slow."""
    times = {metric.key: _one(company, metric, months, REGION) for metric in registry.metrics()}
    _line(f"{len(times)} metrics by month, 5 segments, each alone", sum(times.values()), stick)
    for key in sorted(times, key=lambda key: -times[key])[:WORST]:
        _line(f"    {key}", times[key], stick)


def _keep(stick: float) -> float:
    """Begin to keep all values, in total and by segment; the seconds of making all anew."""
    StoredSplit.objects.create(by=REGION.name, asked_on=timezone.now().date())
    ours = [one for one in registry.metrics() if one.question in CUSTOMERS_AND_REVENUE]
    with _only(ours):
        ledger.refresh(keeps=True)
        name = f"ledger + {len(ours)} revenue and customer metrics, segments"
        _line(name, seconds(ledger.rebuild, runs=3), stick, "(under 3)")
    ledger.rebuild()  # keeps the others too
    name = f"ledger + all metrics, {StoredValue.objects.count():,} values"
    built = seconds(ledger.rebuild, runs=3)
    _line(name, built, stick, "(under 20)")
    return built


@contextmanager
def _only(chosen: list[Metric]) -> Iterator[None]:
    """As if there were no other metrics."""
    every = registry.metrics
    setattr(registry, "metrics", lambda: chosen)  # noqa: B010 - a plain assignment is of no function
    try:
        yield
    finally:
        setattr(registry, "metrics", every)  # noqa: B010


def _one(company: Company, metric: Metric, months: list[Period], dimension: Dimension) -> float:
    shared = Shared(company, months[-1].end, is_live=True)

    def work() -> object:
        return computed(metric, months, dimension=dimension, shared=shared)

    return seconds(work, runs=1)


def _refresh(company: Company, built: float) -> float:
    """After a new price or a cancellation in the last month of CHANGED customers."""
    day = span(company)[1] - 20 * DAY
    last = 0
    times: list[float] = []
    for _ in range(RUNS + 1):  # the first is a warm-up
        last = change(CHANGED, day, after=last)
        times.append(seconds(ledger.refresh, runs=1))
    taken = median(times[1:])
    share = f"{taken / built:8.2%} of the full rebuild (under 1 %)"
    print(f"{f'refresh after changes to {CHANGED} customers':56} {taken * 1000:8.1f} ms {share}")
    return taken


def _read(company: Company) -> None:
    """A series of 36 months by segment through the API, beside a view without anything to do."""
    read = reading.reader(company)
    start, end = span(company)
    for key in READ:
        address = reading.series(key, start, end)
        read("nothing/")
        read(address)
        # In turns: a call takes milliseconds, and the machine is not the same all the time.
        times = [
            (seconds(lambda: read("nothing/"), 1), seconds(lambda: read(address), 1))  # noqa: B023
            for _ in range(READINGS)
        ]
        nothing, taken = (median(each) for each in zip(*times, strict=True))
        ratio = f"{taken / nothing:8.2f} x an empty view's {nothing * 1000:.1f} ms (under 3)"
        print(f"{f'reading 36 months by segment: {key}':56} {taken * 1000:8.1f} ms {ratio}")


def _line(name: str, taken: float, stick: float, aim: str = "") -> None:
    print(f"{name:56} {taken:8.3f} s  {taken / stick:8.2f} x DuckDB {aim}")


def seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """The median time of some runs."""
    times: list[float] = []
    for _ in range(runs):
        begun = perf_counter()
        work()
        times.append(perf_counter() - begun)
    return median(times)


def peak_mb() -> int:
    """The most memory that this process has held at once."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) // 1024
