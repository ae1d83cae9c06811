"""DuckDB computing MRR movements and customer churn by joining every term to every month.

Run as a program of its own (FOLDER START END RUNS), whose memory is not counted as a worker's, it
prints the medians as JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from django.db import connection

THREADS = 2
COPIES = {
    "term": """
        COPY (SELECT customer_id, starts_on, ends_on, mrr FROM customers_term AS term
            JOIN customers_subscription AS subscription ON subscription.id = term.subscription_id
            WHERE term.superseded_at IS NULL) TO STDOUT (FORMAT csv)
    """,
    "attribute": """
        COPY (SELECT customer_id, value FROM customers_customerattribute
            WHERE key = 'region' AND superseded_at IS NULL AND valid_from IS NULL)
        TO STDOUT (FORMAT csv)
    """,
}
TABLES = {
    "term": "customer_id BIGINT, starts_on DATE, ends_on DATE, mrr DECIMAL(30, 10)",
    "attribute": "customer_id BIGINT, value VARCHAR",
}
PLAIN = """
    WITH month AS (
        SELECT CAST(day AS DATE) AS starts, CAST(day + INTERVAL 1 MONTH AS DATE) AS ends
        FROM generate_series(DATE '{start}', DATE '{end}' - INTERVAL 1 DAY, INTERVAL 1 MONTH)
            AS series (day)
    ), state AS (
        SELECT month.starts, term.customer_id,
            coalesce(sum(mrr) FILTER (WHERE term.starts_on < month.starts
                AND (term.ends_on IS NULL OR term.ends_on >= month.starts)), 0) AS opening,
            coalesce(sum(mrr) FILTER (WHERE term.starts_on < month.ends
                AND (term.ends_on IS NULL OR term.ends_on >= month.ends)), 0) AS closing
        FROM month
        JOIN term ON term.starts_on < month.ends
            AND (term.ends_on IS NULL OR term.ends_on >= month.starts)
        GROUP BY ALL
    )
    SELECT starts, {segment} sum(opening), sum(closing),
        sum(closing) FILTER (WHERE opening = 0) AS gained,
        sum(closing - opening) FILTER (WHERE opening > 0 AND closing > opening) AS up,
        sum(opening - closing) FILTER (WHERE closing > 0 AND closing < opening) AS down,
        sum(opening) FILTER (WHERE closing = 0) AS lost,
        count(*) FILTER (WHERE opening > 0) AS customers,
        count(*) FILTER (WHERE opening > 0 AND closing = 0) AS churned
    FROM state {join}
    GROUP BY ALL
"""


def measure(start: dt.date, end: dt.date, *, runs: int) -> dict[str, float]:
    """The seconds of `total` and `segments`: medians, over the company's terms."""
    with tempfile.TemporaryDirectory() as folder:
        for name, query in COPIES.items():
            with (
                (Path(folder) / f"{name}.csv").open("wb") as file,
                connection.cursor() as cursor,
                cursor.copy(query) as copy,
            ):
                for piece in copy:
                    file.write(piece)
        done = subprocess.run(
            [sys.executable, __file__, folder, f"{start}", f"{end}", f"{runs}"],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main(folder: str, start: str, end: str, runs: str) -> None:
    import duckdb

    base = duckdb.connect()
    base.execute(f"SET threads = {THREADS}")
    for name, columns in TABLES.items():
        base.execute(f"CREATE TABLE {name} ({columns})")
        base.execute(f"COPY {name} FROM '{folder}/{name}.csv' (HEADER false)")
    joined = "LEFT JOIN attribute USING (customer_id)"
    queries = {
        "total": PLAIN.format(start=start, end=end, segment="", join=""),
        "segments": PLAIN.format(start=start, end=end, segment="value,", join=joined),
    }
    print(json.dumps({name: _median(base, query, int(runs)) for name, query in queries.items()}))


def _median(base: object, query: str, runs: int) -> float:
    times: list[float] = []
    for _ in range(runs):
        begun = perf_counter()
        base.execute(query).fetchall()  # type: ignore[attr-defined]
        times.append(perf_counter() - begun)
    return median(times)


if __name__ == "__main__":
    main(*sys.argv[1:])
