"""Usage events: files, roll-ups, and storing beside many older rows, each against its yardstick.

Both sides run in one PostgreSQL, in one run, so the ratios mean something on any machine.
USAGE_BENCH_ROWS (1,000,000) and USAGE_BENCH_OLDER (5,000,000) set the sizes; USAGE_BENCH_RUNS
(5) how often each is measured, USAGE_BENCH_PARTS which (file roll_up older).
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils import timezone
from django_tenants.utils import tenant_context

from benchmarks import bench_company
from customers.actions import import_work, imports
from customers.imports.files import form_of, opened, sample_of
from customers.imports.guessing import guess_mapping
from customers.imports.kinds import KINDS
from customers.imports.options import Options
from customers.models import Import, Source, UsageDay, UsageSession
from customers.usage import keys, partitions
from customers.usage.rolling import begin_of, roll_up_day
from customers.usage.storing import Event, store_events
from tenants.context import go_public
from tenants.models import Company

RUNS = 5
DAY = dt.timedelta(days=1)
FILE_COLUMNS = (
    "timestamp",
    "user id",
    "customer id",
    "session id",
    "type",
    "event",
    "action",
    "item",
    "properties",
    "event id",
)
CUSTOMERS, END_USERS, NAMES = 2_000, 50_000, 40
COLUMNS = (
    "occurred_at, received_at, customer_id, end_user, group_id, session, kind, name, action, item,"
    " properties, message_id, source_id"
)


@contextmanager
def company_with_customers() -> Iterator[tuple[Company, Source]]:
    """A company of its own with customers; removed afterwards."""
    with bench_company() as (company, source):
        execute(
            """
            INSERT INTO customers_customer
                   (external_id, name, source_id, recorded_at, changed_at)
            SELECT 'c-' || n, 'Customer ' || n, %s, now(), now() FROM generate_series(1, %s) n
            """,
            [source.pk, CUSTOMERS],
        )
        execute("ANALYZE customers_customer")
        yield company, source


def execute(sql: str, params: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def one_event(number: int, begins: dt.datetime, seconds: int) -> Event:
    """An event of about 400 bytes; the same number gives the same event."""
    user = number * 7919 % END_USERS
    at = begins + dt.timedelta(seconds=number * 104_729 % seconds, microseconds=number % 1_000_000)
    action = ("", "", "", "shown", "clicked")[number % 5]
    properties = (
        f'{{"path": "/reports/{number % 997}", "title": "Quarterly report {number % 89}",'
        f' "referrer": "https://app.example.com/home?tab={number % 7}", "duration": {number % 300},'
        f' "browser": "Firefox 128", "plan": "pro"}}'
    )
    return (
        at,
        f"user-{user}",
        f"c-{user % CUSTOMERS + 1}",
        f"s-{user}-{number % 3}",
        ("track", "page")[number % 2],
        f"Report {number % NAMES}",
        action,
        f"tip-{number % 11}" if action else "",
        properties,
        f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}-4f6c-{number:012x}",
    )


def write_file(path: Path, rows: int, begins: dt.datetime, seconds: int) -> None:
    with path.open("w", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(FILE_COLUMNS)
        for number in range(rows):
            at, *rest = one_event(number, begins, seconds)
            out.writerow([at.isoformat().replace("+00:00", "Z"), *rest])


def work(company_id: int, import_id: int) -> None:
    """In a process of its own: the import's job, as a worker does it. Prints time and memory."""
    company = Company.objects.get(pk=company_id)
    with tenant_context(company):
        begun = perf_counter()
        import_work.work_on(import_id=import_id)
        taken = perf_counter() - begun
    # Not getrusage's, which begins with what the parent held.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak = int(status["VmHWM"].split()[0]) / 1024
    print(json.dumps({"seconds": taken, "megabytes": peak}))


def in_worker(company: Company, import_: Import) -> dict[str, float]:
    code = (
        "import django; django.setup();"
        f"from benchmarks.usage import work; work({company.pk}, {import_.pk})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def empty_events() -> None:
    execute(
        "TRUNCATE customers_usageevent, customers_usagekeyrecent, customers_usagekeyold,"
        " customers_usagechange,"
        " customers_usageday, customers_usagesession"
    )


def copy_out(path: Path) -> None:
    with (
        path.open("wb") as stream,
        connection.cursor() as cursor,
        cursor.copy(
            f"COPY (SELECT {COLUMNS} FROM customers_usageevent ORDER BY id) TO STDOUT"
        ) as c,
    ):
        for piece in c:
            stream.write(piece)


def copy_in(stream: BinaryIO) -> float:
    """The yardstick: a bare COPY of the same rows into the same table; seconds."""
    begun = perf_counter()
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
        cursor.copy(f"COPY customers_usageevent ({COLUMNS}) FROM STDIN") as copy,
    ):
        while piece := stream.read(1 << 18):
            copy.write(piece)
    return perf_counter() - begun


def bench_file(company: Company, rows: int, runs: int) -> None:
    """A CSV file of `rows` against a bare COPY of what came of it."""
    begins = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) - dt.timedelta(40)
    checks: list[float] = []
    times: list[float] = []
    bare: list[float] = []
    peak = 0.0
    with tempfile.TemporaryDirectory() as folder:
        path, plain = Path(folder, "usage.csv"), Path(folder, "usage.copy")
        write_file(path, rows, begins, 30 * 86400)
        for _ in range(runs):
            empty_events()
            with path.open("rb") as stream:
                import_ = imports.take_file(
                    kind="usage",
                    file_name="usage.csv",
                    pieces=iter(partial(stream.read, 1 << 20), b""),
                    by=None,
                )
            sample = sample_of(opened(import_), form_of(import_))
            imports.start_check(
                import_=import_,
                mapping=guess_mapping(KINDS["usage"], sample),
                attributes=[],
                options=Options(),
                by=None,
            )
            found = in_worker(company, import_)
            checks.append(found["seconds"])
            import_.refresh_from_db()
            imports.confirm(
                import_=import_, digest=import_.checked_digest, is_skipping_errors=False, by=None
            )
            found = in_worker(company, import_)
            import_.refresh_from_db()
            assert import_.state == Import.State.DONE, import_.message
            assert import_.created_rows == rows
            times.append(found["seconds"])
            peak = max(peak, found["megabytes"])
            if not plain.exists():
                copy_out(plain)
            empty_events()
            with plain.open("rb") as stream:
                bare.append(copy_in(stream))
            print(
                f"   run: check {checks[-1]:.1f} s, import {times[-1]:.1f} s, copy {bare[-1]:.1f} s"
            )
    taken, yardstick = median(times), median(bare)
    print(
        f"{f'bare COPY of {rows:,} events':52} {yardstick:8.3f} s   {rows / yardstick:9,.0f} rows/s"
    )
    print(f"{'the dry run of a CSV file of them':52} {median(checks):8.3f} s")
    print(
        f"{'the import of that file':52} {taken:8.3f} s   {rows / taken:9,.0f} rows/s"
        f"   {yardstick / taken:4.0%} of COPY (at least 40 %)"
    )
    print(f"{'peak memory of the worker':52} {peak:8.0f} MB (under 300)")


def bench_roll_up(company: Company, rows: int, runs: int) -> None:
    """A day's events rolled up, against counting them by what the first table holds."""
    empty_events()
    day = company.today() - dt.timedelta(days=3)
    begins, ends = begin_of(day, company.timezone), begin_of(day + DAY, company.timezone)
    with transaction.atomic():
        partitions.make([partitions.month_of(begins.date()), partitions.month_of(ends.date())])
    execute(
        """
        INSERT INTO customers_usageevent
               (occurred_at, received_at, customer_id, end_user, group_id, session, kind, name,
                action, item, message_id, source_id)
        SELECT %(begins)s + interval '1 second' * (visit %% 40 * 2100 + n %% 25 * 60),
               %(begins)s, user_id %% %(customers)s + 1, 'user-' || user_id, '', '',
               CASE n %% 2 WHEN 0 THEN 'track' ELSE 'page' END, 'Report ' || n %% 10,
               CASE WHEN n %% 10 = 3 THEN 'shown' WHEN n %% 50 = 7 THEN 'clicked' ELSE '' END,
               CASE WHEN n %% 10 = 3 OR n %% 50 = 7 THEN 'tip-' || n %% 3 ELSE '' END,
               'm-' || n, 1
          FROM (SELECT n, n / 25 AS visit, n / 25 * 7919 %% %(users)s AS user_id
                  FROM generate_series(0, %(rows)s - 1) n) event
        """,
        {
            "begins": begins,
            "customers": CUSTOMERS,
            "users": rows // 50,
            "rows": rows,
        },
    )
    execute("ANALYZE customers_usageevent")
    times: list[float] = []
    bare: list[float] = []
    for _ in range(runs):
        execute("TRUNCATE customers_usageday, customers_usagesession")
        begun = perf_counter()
        execute(
            """
            SELECT count(*) FROM (
                SELECT count(*) FROM customers_usageevent
                 WHERE occurred_at >= %s AND occurred_at < %s
                 GROUP BY customer_id, end_user, (occurred_at AT TIME ZONE %s)::date, kind, name
            ) counted
            """,
            [begins, ends, company.timezone],
        )
        bare.append(perf_counter() - begun)
        execute(
            "INSERT INTO customers_usagechange (customer_id, day)"
            " SELECT DISTINCT customer_id, %s::date FROM customers_usageevent",
            [day],
        )
        begun = perf_counter()
        with transaction.atomic():
            roll_up_day(day)
        times.append(perf_counter() - begun)
    taken, yardstick = median(times), median(bare)
    made = [model.objects.count() for model in (UsageDay, UsageSession)]
    print(f"{f'GROUP BY of a day of {rows:,} events':52} {yardstick:8.3f} s")
    print(
        f"{'its roll-up':52} {taken:8.3f} s   {taken / yardstick:6.2f} x the GROUP BY (under 3)"
        f"   {made[0]:,} days of end users, {made[1]:,} sessions"
    )


def fill_month(month: dt.date, rows: int) -> None:
    """Put that many events into a month; the indexes of one that has no partition yet come after
    its rows."""
    name = partitions.partition_name(month)
    is_new = bool(partitions.missing([month]))
    if is_new:
        execute(
            f"CREATE TABLE {name} (LIKE customers_usageevent INCLUDING DEFAULTS"
            " INCLUDING CONSTRAINTS)"
        )
    execute(
        f"""
        INSERT INTO {name}
               (id, occurred_at, received_at, customer_id, end_user, group_id, session, kind,
                name, action, item, properties, message_id, source_id)
        SELECT n, %(month)s + interval '1 second' * (n * 2400000 / %(rows)s), %(month)s,
               n * 7919 %% %(customers)s + 1, 'user-' || n * 7919 %% %(users)s, 'c-' || n, '',
               'track', 'Report ' || n %% %(names)s, '', '',
               jsonb_build_object('path', '/reports/' || n %% 997, 'plan', 'pro'),
               %(month)s || '-' || n, 1
          FROM generate_series(1, %(rows)s::bigint) n
        """,
        {
            "month": dt.datetime.combine(month, dt.time(), dt.UTC),
            "rows": rows,
            "customers": CUSTOMERS,
            "users": END_USERS,
            "names": NAMES,
        },
    )
    if is_new:
        execute(
            f"ALTER TABLE customers_usageevent ATTACH PARTITION {name}"
            f" FOR VALUES FROM ('{month} 00:00+00')"
            f" TO ('{partitions.following(month)} 00:00+00')"
        )


def fill(older: int) -> None:
    """`older` events in this month and the 23 before it, with the keys of their messages: those
    of two days where new ones come, all others where the daily job moves them."""
    months = [partitions.month_of(timezone.now().date())]
    for _ in range(23):
        months.append(partitions.month_of(months[-1] - DAY))
    for month in reversed(months):
        with transaction.atomic():
            fill_month(month, older // len(months))
    execute("VACUUM ANALYZE customers_usageevent")
    fill_keys(months, older)


def fill_keys(months: Sequence[dt.date], older: int) -> None:
    """Then reads the index of the large table once, as a server has done that has run for a day:
    each batch of 500 looks into as many of its pages."""
    insert = "INSERT INTO {} SELECT gen_random_uuid(), %s FROM generate_series(1, %s)"
    with transaction.atomic():  # what goes into a table emptied in the same one is not logged
        execute(f"TRUNCATE {keys.OLD}")
        execute(f"ALTER TABLE {keys.OLD} DROP CONSTRAINT {keys.OLD}_pkey")
        for month in reversed(months):
            execute(insert.format(keys.OLD), [month, older // len(months)])
        execute("SET LOCAL maintenance_work_mem = '512MB'")
        execute(f"ALTER TABLE {keys.OLD} ADD PRIMARY KEY (key)")
    execute(insert.format(keys.RECENT), [timezone.now().date(), older // 365])
    execute(f"VACUUM ANALYZE {keys.OLD}, {keys.RECENT}")
    with transaction.atomic():
        execute("SET LOCAL enable_seqscan = off")
        execute("SET LOCAL enable_bitmapscan = off")
        execute(f"SELECT count(*) FROM {keys.OLD}")


def bench_older(company: Company, source: Source, older: int, runs: int) -> None:
    """Storing by the stream's way, in batches of 500: in turns for a company without older events
    and for one with `older` of them. The same events of the day before for both."""
    empty_events()
    begins = timezone.now() - dt.timedelta(days=1, hours=1)
    go_public()  # where companies are made
    with company_with_customers() as (full, full_source):
        fill(older)

        def store(into: Company, source_id: int, first: int) -> float:
            batches = [
                [one_event(number + n, begins, 86400) for n in range(500)]
                for number in range(first, first + 20_000, 500)
            ]
            with tenant_context(into):
                begun = perf_counter()
                for events in batches:
                    with transaction.atomic():
                        store_events(events, source_id=source_id, now=timezone.now())
                return perf_counter() - begun

        alone: list[float] = []
        beside: list[float] = []
        execute("CHECKPOINT")
        for run in range(runs + 1):  # the first is a warm-up
            alone.append(store(company, source.pk, run * 20_000))
            beside.append(store(full, full_source.pk, run * 20_000))
            print(f"   run: alone {alone[-1]:.2f} s, beside {beside[-1]:.2f} s")
        with tenant_context(full), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_size_pretty(sum(pg_total_relation_size(relid))),"
                f" pg_size_pretty(pg_total_relation_size('{keys.OLD}'))"
                " FROM pg_partition_tree('customers_usageevent')"
            )
            events_size, keys_size = cursor.fetchone()
    plain, found = median(alone[1:]), median(beside[1:])
    print(f"{'storing 20,000 events, no older ones':52} {plain:8.3f} s")
    print(
        f"{f'beside {older:,} older ones in 24 months':52} {found:8.3f} s"
        f"   {found / plain:6.2f} x without (within 1.3)   {events_size}, keys {keys_size}"
    )


def run() -> None:
    """Print each measure and its ratio to its yardstick."""
    rows = int(os.environ.get("USAGE_BENCH_ROWS", "1_000_000"))
    runs = int(os.environ.get("USAGE_BENCH_RUNS", RUNS))
    older = int(os.environ.get("USAGE_BENCH_OLDER", "5_000_000"))
    parts = os.environ.get("USAGE_BENCH_PARTS", "file roll_up older").split()
    with company_with_customers() as (company, source):
        if "file" in parts:
            bench_file(company, rows, runs)
        if "roll_up" in parts:
            bench_roll_up(company, rows, runs)
        if "older" in parts:
            bench_older(company, source, older, runs)
