"""How long the customers there are have lived: MRR at a period's close by full months lived.

A spell begins with the first MRR, and again when a customer comes back after churn; a pause does
not end it. By product and plan it is the contract's own. Where the customer stands is, as for all
MRR, where it is at the close.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from psycopg.sql import SQL, Composed

from metrics.contributions import relations
from metrics.contributions.frame import WHOLE, Frame, names_of
from metrics.contributions.rows import Cell
from metrics.contributions.segments import HELD, history, segment_of

# A month is full on the day of its number (in a shorter month, on the last).
FULL_MONTHS = SQL("""
    (
        12 * (extract(year FROM day) - extract(year FROM since))
        + extract(month FROM day) - extract(month FROM since)
        - (extract(day FROM day) < least(
            extract(day FROM since),
            extract(day FROM date_trunc('month', day) + interval '1 month - 1 day')
        ))::int
    )::int
""")

SPELL = SQL("""
    spell AS (
        SELECT customer_id, contract, day AS since,
            coalesce(lead(day) OVER (PARTITION BY customer_id, contract ORDER BY day), 'infinity')
                AS until
        FROM (
            SELECT DISTINCT customer_id, {contract} AS contract, day
            FROM {source} WHERE turn IN ('new', 'reactivation')
        ) AS begun
    )
""")

# What the changes of a spell add to a segment from their day on, or from the customer's move into
# it, and take from it when the customer moves on.
CHANGE = SQL("""
    change AS (
        SELECT width_bucket(side.day, %(borders)s::date[]) AS period, {segment} AS segment, since,
            {currency} AS currency, sum(side.sign * {amount}) AS mrr
        FROM {source} AS held
        JOIN spell ON spell.customer_id = held.customer_id AND spell.contract = {contract}
            AND held.day >= since AND held.day < until
        {moves}
        WHERE side.day < %(last)s
        GROUP BY 1, 2, 3, 4
    )
""")
STAYS = SQL("CROSS JOIN LATERAL (VALUES (held.day, 1)) AS side (day, sign)")
MOVES = SQL("""
    LEFT JOIN version ON version.customer_id = held.customer_id AND version.upper > held.day
    CROSS JOIN LATERAL (
        VALUES (greatest(held.day, version.lower), 1), (version.upper, -1)
    ) AS side (day, sign)
""")

PRESENT = SQL("""
    SELECT period, segment, {months} AS months, sum(mrr)
    FROM (
        SELECT period, segment, since, close.day, mrr * {rate} AS mrr
        FROM (
            SELECT segment, since, currency, period, sum(mrr) OVER upto AS mrr
            FROM (SELECT DISTINCT segment, since, currency FROM change) AS known
            CROSS JOIN generate_series(0, cardinality(%(borders)s::date[]) - 1) AS period
            LEFT JOIN change USING (segment, since, currency, period)
            WINDOW upto AS (PARTITION BY segment, since, currency ORDER BY period)
        ) AS standing
        CROSS JOIN LATERAL (SELECT (%(borders)s::date[])[period + 1] - 1 AS day) AS close
        {converted}
        WHERE period > 0 AND mrr > 0
    ) AS present
    GROUP BY 1, 2, 3
""")
RATED = SQL("JOIN rate ON rate.currency = standing.currency AND rate.day = close.day")

MONTHS_LIVED = SQL("""
    SELECT customer_id, {months}
    FROM (
        SELECT customer_id, since, %(at)s::date - 1 AS day FROM spell
        WHERE contract = %(contract)s AND since < %(at)s AND until >= %(at)s
    ) AS present
""")


def mrr_by_months(frame: Frame) -> dict[Cell, dict[int, Decimal]]:
    """MRR at the close of every period, by the full months that it has been paid for by then."""
    rows = frame.fetch(_present(frame))
    if frame.dimension != WHOLE:
        rows += frame.whole().fetch(_present(frame.whole()))
    found: dict[Cell, dict[int, Decimal]] = defaultdict(dict)
    for period, segment, months, mrr in rows:
        found[period - 1, segment or None][months] = mrr
    return found


def months_of(frame: Frame, segment: str | None, customers: Sequence[int]) -> dict[int, int]:
    """The full months that each customer of a segment has lived by the close of the frame's only
    period."""
    seen = replace(frame if segment is not None else frame.whole(), customers=customers)
    query = relations.query(
        relations.entries(seen), _spell(seen), select=MONTHS_LIVED.format(months=FULL_MONTHS)
    )
    return dict(seen.fetch(query, at=seen.borders[-1], contract=_contract(seen, segment)))


def _contract(frame: Frame, segment: str | None) -> str:
    """The product or plan that a segment is of; '' where it is of none."""
    sides = zip(frame.dimension.each, names_of(segment or ""), strict=False)
    return next((name for side, name in sides if side.split.is_by_subscription), "")


def _spell(frame: Frame) -> Composed:
    contract = SQL("segment") if frame.dimension.is_by_subscription else SQL("''")
    return SPELL.format(contract=contract, source=history(frame))


def _present(frame: Frame) -> Composed:
    dimension, is_converted = frame.dimension, frame.rates is not None
    contract = SQL("held.segment") if dimension.is_by_subscription else SQL("''")
    change = CHANGE.format(
        segment=segment_of(dimension, customer=HELD, contract=contract),
        currency=SQL("currency") if is_converted else SQL("''"),
        amount=SQL("own") if is_converted else SQL("amount"),
        source=history(frame),
        contract=contract,
        moves=MOVES if dimension.attributes else STAYS,
    )
    select = PRESENT.format(
        months=FULL_MONTHS,
        rate=SQL("rate.rate") if is_converted else SQL("1"),
        converted=RATED if is_converted else SQL(""),
    )
    return relations.query(relations.entries(frame), _spell(frame), change, select=select)
