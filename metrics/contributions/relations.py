"""The SQL relations that rows are made from: composable, over the whole ledger at once.

| relation | one row is |
|---|---|
| `version` | the value of an attribute, or of both of two, and the days `[lower, upper)` it holds |
| `contracted` | a movement of what a customer pays for a product or plan; crossed splits only |
| `entry` | a movement as seen by a segment; an attribute's move is an entry out and one in |
| `flow` | what entries changed in a period and segment; period 0 is all before the first |
| `standing` | balances of a segment at a period's close: running sums over `flow` |
| `put` | where a rate puts a customer that moved in a period; crossed splits only |
| `moved` | a customer with a movement in a period: its state at the opening, at close, between |
| `state` | a customer's state on the day before `at` |

The segment of a total is ''; a crossed one is both sides' in one text (`segment_of`). Balances are
`customers` (paying), `mrr`, `squares` (of each customer's MRR), `ever` (with MRR at any time until
then) and `kept` (paying or paused). All are of the frame's customers, where it names some.
"""

from __future__ import annotations

from collections.abc import Collection

from psycopg.sql import SQL, Composed, Identifier

from metrics.contributions import converted, crossed
from metrics.contributions.frame import WHOLE, Frame, Split
from metrics.contributions.segments import (
    HELD,
    Seen,
    Text,
    contracted,
    dimension_of,
    history,
    is_crossed,
    segment_of,
)

# Told once, also where it is joined to each of many periods.
VERSION = SQL("""
    {version} AS MATERIALIZED (
        SELECT customer_id, segment, before,
            CASE WHEN before IS NULL THEN '-infinity' ELSE valid_from END AS lower, upper
        FROM (
            SELECT customer_id, valid_from,
                coalesce(nullif(value, ''), %(none)s) AS segment,
                lag(coalesce(nullif(value, ''), %(none)s)) OVER history AS before,
                coalesce(lead(valid_from) OVER history, 'infinity') AS upper
            FROM customers_customerattribute
            WHERE key = {key} AND superseded_at IS NULL
                AND {whom}
            WINDOW history AS (PARTITION BY customer_id ORDER BY valid_from NULLS FIRST)
        ) AS dated
    )
""")

# Scanned anew wherever it is read: keeping a copy of the ledger for a query costs more.
# turn: how the movement changes who is a customer (null: it doesn't). ever: 1 at the first MRR.
MOVEMENT = SQL("""
    movement AS NOT MATERIALIZED (
        SELECT customer_id, day, position, kind, amount, mrr_before, mrr_after,
            was_paying, is_paying, previous_day, next_day,
            CASE WHEN was_paying <> is_paying THEN kind END AS turn,
            CASE WHEN kind = 'new' AND NOT was_paying THEN 1 ELSE 0 END AS ever,
            was_paying OR kind = 'resume' OR (kind = 'pause' AND amount > 0) AS was_kept,
            is_paying OR (kind = 'pause' AND amount < 0) AS is_kept
        FROM metrics_movement
        WHERE day < %(last)s
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
    )
""")

ENTRY_OF_ALL = SQL("""
    entry AS NOT MATERIALIZED (SELECT '' AS segment, movement.* FROM movement)
""")

# A move takes the state of the day before it out of one segment and into the other; of a
# customer long gone, only that it once was one.
ENTRY_BY_ATTRIBUTE = SQL("""
    move AS (
        SELECT version.customer_id, version.lower AS day, version.before, version.segment,
            held.mrr_after AS mrr, held.is_paying AS paying, 1 AS ever,
            held.is_paying OR held.kind = 'pause' AS kept
        FROM version
        CROSS JOIN LATERAL (
            SELECT mrr_after, is_paying, kind FROM metrics_movement
            WHERE customer_id = version.customer_id AND day < version.lower
            ORDER BY day DESC, position DESC LIMIT 1
        ) AS held
        WHERE version.before <> version.segment AND version.lower < %(last)s
    ), entry AS (
        SELECT coalesce(version.segment, %(unknown)s) AS segment, movement.customer_id, day, kind,
            amount, mrr_before, mrr_after, was_paying, is_paying, turn, ever, was_kept, is_kept
        FROM movement
        LEFT JOIN version ON version.customer_id = movement.customer_id
            AND movement.day >= version.lower AND movement.day < version.upper
        UNION ALL
        SELECT before, customer_id, day, 'transfer', -mrr, mrr, 0, paying, false,
            CASE WHEN paying THEN 'transfer' END, -ever, kept, false
        FROM move
        UNION ALL
        SELECT segment, customer_id, day, 'transfer', mrr, 0, mrr, false, paying,
            CASE WHEN paying THEN 'transfer' END, ever, false, kept
        FROM move
    )
""")

# The kind of an entry is the customer's, so that kinds add up over segments; its turn is the
# segment's own: a product paid for the first time is new there, and one that was paused with its
# customer and comes back with it resumes.
ENTRY_BY_SUBSCRIPTION = SQL("""
    share AS (
        SELECT {name} AS segment, part.customer_id, part.day, part.kind, part.currency,
            sum(part.amount) AS amount
        FROM metrics_movementpart AS part
        JOIN customers_plan AS plan ON plan.id = part.plan_id
        JOIN customers_product AS product ON product.id = plan.product_id
        WHERE part.day < %(last)s
            AND (%(customers)s::bigint[] IS NULL OR part.customer_id = ANY (%(customers)s))
        GROUP BY 1, part.customer_id, part.day, part.kind, part.currency
    ), course AS (
        SELECT segment, customer_id, day, kind, amount,
            row_number() OVER (history ROWS UNBOUNDED PRECEDING) AS number,
            lag(day) OVER history AS previous_day,
            lead(day) OVER history AS next_day,
            coalesce(lag(kind) OVER history = 'pause', false) AS was_paused,
            sum(amount) OVER (history ROWS UNBOUNDED PRECEDING) AS mrr_after
        FROM share
        WINDOW history AS (
            PARTITION BY customer_id, segment
            ORDER BY day, kind <> 'resume', amount DESC, currency
        )
    ), {entry} AS (
        SELECT segment, customer_id, day, kind, amount, previous_day, next_day,
            mrr_after - amount AS mrr_before, mrr_after,
            mrr_after - amount > 0 AS was_paying, mrr_after > 0 AS is_paying,
            CASE
                WHEN mrr_after - amount = 0 AND mrr_after > 0 THEN
                    CASE WHEN number = 1 THEN 'new'
                        WHEN kind = 'pause' THEN 'pause'
                        WHEN kind = 'resume' AND was_paused THEN 'resume'
                        ELSE 'reactivation' END
                WHEN mrr_after - amount > 0 AND mrr_after = 0 THEN
                    CASE WHEN kind = 'pause' THEN 'pause' ELSE 'churn' END
            END AS turn,
            CASE WHEN number = 1 THEN 1 ELSE 0 END AS ever,
            mrr_after - amount > 0 OR was_paused AS was_kept,
            mrr_after > 0 OR kind = 'pause' AS is_kept
        FROM course
    )
""")

FLOW = SQL("""
    flow AS (
        SELECT width_bucket(day, %(borders)s::date[]) AS period, segment, {columns}
        FROM entry
        GROUP BY 1, 2
    )
""")
FLOW_COLUMNS = {
    "customers": SQL("sum(is_paying::int - was_paying::int)"),
    "mrr": SQL("sum(amount)"),
    "squares": SQL("sum(mrr_after * mrr_after - mrr_before * mrr_before)"),
    "ever": SQL("sum(ever)"),
    "kept": SQL("sum(is_kept::int - was_kept::int)"),
}

STANDING = SQL("""
    standing AS (
        SELECT segment, period,
            coalesce(sum(customers) OVER upto, 0) AS customers,
            coalesce(sum(mrr) OVER upto, 0) AS mrr,
            coalesce(sum(squares) OVER upto, 0) AS squares,
            coalesce(sum(ever) OVER upto, 0) AS ever,
            coalesce(sum(kept) OVER upto, 0) AS kept
        FROM (SELECT DISTINCT segment FROM flow) AS known
        CROSS JOIN generate_series(0, cardinality(%(borders)s::date[]) - 1) AS period
        LEFT JOIN flow USING (segment, period)
        WINDOW upto AS (PARTITION BY segment ORDER BY period)
    )
""")

# What can be said of a customer that moved in a period. at_opening, at_close: 1 if paying then,
# else 0; active: 1 if paying at the opening or on any day since; pays: 1 if paying on a day of
# the period itself. The amounts of kinds are signed. Plain sums over the first and last row: no
# sorting.
MOVED_COLUMNS = {
    "opening": SQL("sum(mrr_before) FILTER (WHERE is_first)"),
    "closing": SQL("sum(mrr_after) FILTER (WHERE is_last)"),
    "at_opening": SQL("count(*) FILTER (WHERE is_first AND was_paying)"),
    "at_close": SQL("count(*) FILTER (WHERE is_last AND is_paying)"),
    "active": SQL(
        "max((is_first AND was_paying OR is_paying AND next_day IS DISTINCT FROM day)::int)"
    ),
    "kept_at_opening": SQL("count(*) FILTER (WHERE is_first AND was_kept)"),
    "kept_at_close": SQL("count(*) FILTER (WHERE is_last AND is_kept)"),
    "ever_at_opening": SQL("1 - sum(ever)"),
    "ever_at_close": SQL("1"),
    "pays": SQL("""
        bool_or(
            is_paying AND next_day IS DISTINCT FROM day
            OR is_first AND was_paying AND day > (%(borders)s::date[])[period]
        )::int
    """),
    "in_mrr": SQL("bool_or(amount <> 0)"),
    "in_customers": SQL("bool_or(is_paying <> was_paying)"),
    "times_new": SQL("count(*) FILTER (WHERE turn = 'new')"),
    "times_churned": SQL("count(*) FILTER (WHERE turn = 'churn')"),
    "down": SQL(
        "coalesce(sum(amount) FILTER (WHERE kind IN ('churn', 'contraction', 'pause')), 0)"
    ),
    "up": SQL(
        "coalesce(sum(amount) FILTER (WHERE kind IN ('expansion', 'reactivation', 'resume')), 0)"
    ),
}

WITHIN = SQL("""
    {within} AS (
        SELECT *, coalesce(previous_day < (%(borders)s::date[])[period], true) AS is_first,
            coalesce(next_day >= (%(borders)s::date[])[period + 1], true) AS is_last
        FROM (
            SELECT *, width_bucket(day, %(borders)s::date[]) AS period
            FROM {source} WHERE day >= %(first)s
        ) AS numbered
    )
""")

MOVED = SQL("""
    {moved} AS (
        SELECT period, segment, segment AS opening_segment, customer_id, {columns}
        FROM within
        GROUP BY period, segment, customer_id
    )
""")

# A rate puts a customer where it was on the opening day; one that did not pay then (`here` is
# not 1) where it was when it first paid, if it did. The last day of a pause is no such day.
MOVED_BY_ATTRIBUTE = SQL("""
    unplaced AS (
        SELECT period, customer_id,
            min(day) FILTER (WHERE kind IN ('new', 'reactivation', 'resume')) AS first_day,
            {columns}
        FROM within
        GROUP BY period, customer_id
    ), {moved} AS (
        SELECT unplaced.*,
            coalesce(held.segment, %(unknown)s) AS opening_segment,
            CASE WHEN {here} = 1 OR first_day IS NULL THEN coalesce(held.segment, %(unknown)s)
                ELSE coalesce(begun.segment, %(unknown)s) END AS segment
        FROM unplaced
        LEFT JOIN version AS held ON held.customer_id = unplaced.customer_id
            AND (%(borders)s::date[])[period] - 1 >= held.lower
            AND (%(borders)s::date[])[period] - 1 < held.upper
        LEFT JOIN version AS begun ON begun.customer_id = unplaced.customer_id
            AND first_day >= begun.lower AND first_day < begun.upper
    )
""")

STATE = SQL("""
    state AS (
        SELECT customer_id, segment, mrr_after AS mrr, is_paying, is_kept
        FROM entry
        WHERE day < %(at)s AND (next_day IS NULL OR next_day >= %(at)s)
    )
""")

STATE_BY_ATTRIBUTE = SQL("""
    state AS (
        SELECT held.customer_id, {segment} AS segment, mrr_after AS mrr, is_paying, is_kept
        FROM {source} AS held
        LEFT JOIN version ON version.customer_id = held.customer_id
            AND %(at)s::date - 1 >= version.lower AND %(at)s::date - 1 < version.upper
        WHERE day < %(at)s AND (next_day IS NULL OR next_day >= %(at)s)
    )
""")

NAMES = {
    Split.PRODUCT: SQL("product.name"),
    Split.PLAN: SQL("product.name || ': ' || plan.name"),
}


def is_converted(seen: Seen) -> bool:
    return isinstance(seen, Frame) and seen.rates is not None


ASKED_FOR = SQL("(%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))")


def version(seen: Seen, whom: SQL = ASKED_FOR) -> Composed:
    """`version`, of the dimension's attribute or of both that it crosses, of the customers that
    the condition `whom` holds for."""
    if len(dimension_of(seen).attributes) < 2:
        return VERSION.format(version=SQL("version"), key=SQL("%(attribute)s"), whom=whom)
    return SQL(", ").join(
        [
            VERSION.format(version=SQL("one"), key=SQL("%(attribute)s"), whom=whom),
            VERSION.format(version=SQL("other"), key=SQL("%(second_attribute)s"), whom=whom),
            crossed.VERSION,
        ]
    )


def entries(seen: Seen) -> Composed:
    """`movement` or what stands for it, and `entry`; with `version` for an attribute, and
    `contracted` where that is crossed with product or plan. Also `rate`, where amounts are
    converted."""
    dimension = dimension_of(seen)
    parts: list[Text] = []
    if is_converted(seen):
        parts = [converted.RATE, converted.NETTED]
        movement, by_attribute = converted.MOVEMENT, converted.ENTRY_BY_ATTRIBUTE
        by_subscription, by_both = converted.ENTRY_BY_SUBSCRIPTION, crossed.CONVERTED_ENTRY
    else:
        movement, by_attribute = MOVEMENT, ENTRY_BY_ATTRIBUTE
        by_subscription, by_both = ENTRY_BY_SUBSCRIPTION, crossed.ENTRY
    if dimension.is_by_subscription:
        contracts = by_subscription.format(name=NAMES[dimension.contract], entry=contracted(seen))
        if not dimension.attributes:
            return SQL(",").join([*parts, contracts])
        contract = SQL("contracted.segment")
        both = by_both.format(
            segment=segment_of(seen, customer=HELD, contract=contract),
            before=segment_of(seen, customer=SQL("version.before"), contract=contract),
        )
        return SQL(",").join([*parts, version(seen), movement, contracts, both])
    if dimension.attributes:
        return SQL(",").join([*parts, version(seen), movement, by_attribute])
    return SQL(",").join([*parts, movement, ENTRY_OF_ALL])


def flow(columns: Collection[str], seen: Seen = WHOLE) -> Composed:
    """`flow` and `standing` with the balances asked for, the others 0; needs `entries`."""
    if is_converted(seen):
        has_squares = "squares" in columns
        return converted.FLOW.format(
            squares=converted.SQUARES if has_squares else SQL(""),
            square=converted.SQUARE if has_squares else SQL("0"),
        )
    chosen = [
        SQL("{what} AS {name}").format(
            what=what if name in columns else SQL("0"), name=Identifier(name)
        )
        for name, what in FLOW_COLUMNS.items()
    ]
    return SQL("{}, {}").format(FLOW.format(columns=SQL(", ").join(chosen)), STANDING)


def moved(seen: Seen, columns: Collection[str]) -> Composed:
    """`moved` with the columns asked for; needs `entries`. Its `contract` is the segment without
    the customer's attributes, where it is crossed with them."""
    result = SQL("unvalued") if is_converted(seen) else SQL("moved")
    left_out = {"opening", "closing"} if is_converted(seen) else set()
    named = [name for name in MOVED_COLUMNS if name in columns and name not in left_out]
    chosen = SQL(", ").join(
        SQL("{what} AS {name}").format(what=MOVED_COLUMNS[name], name=Identifier(name))
        for name in named
    )
    here = "kept_at_opening" if "kept_at_opening" in columns else "at_opening"
    parts: list[Text]
    if is_crossed(seen):
        parts = _moved_crossed(seen, named, chosen, here=here, result=result)
        ends = crossed.CONVERTED_ENDS
    elif dimension_of(seen).attributes:
        parts = [
            WITHIN.format(within=SQL("within"), source=SQL("movement")),
            MOVED_BY_ATTRIBUTE.format(columns=chosen, here=Identifier(here), moved=result),
        ]
        ends = converted.ENDS_BY_ATTRIBUTE
    else:
        parts = [
            WITHIN.format(within=SQL("within"), source=SQL("entry")),
            MOVED.format(columns=chosen, moved=result),
        ]
        ends = converted.ENDS
    return SQL(", ").join([*parts, ends] if is_converted(seen) else parts)


def _moved_crossed(
    seen: Seen, named: Collection[str], chosen: Composed, *, here: str, result: SQL
) -> list[Text]:
    stayed: Text = SQL("")
    if "ever_at_close" in named or "ever_at_opening" in named:
        ever = ("ever_at_opening", "ever_at_close")
        values = [SQL("1") if name in ever else SQL("0") for name in named]
        stayed = crossed.STAYED.format(columns=SQL(", ").join(values))
    contract = SQL("unplaced.contract")
    opening = SQL("coalesce(put.opening_segment, held.segment, %(unknown)s)")
    place = SQL("coalesce(put.segment, held.segment, %(unknown)s)")
    return [
        WITHIN.format(within=SQL("all_within"), source=SQL("movement")),
        crossed.PUT.format(here=MOVED_COLUMNS[here]),
        WITHIN.format(within=SQL("within"), source=SQL("contracted")),
        crossed.MOVED.format(
            columns=chosen,
            stayed=stayed,
            moved=result,
            opening_segment=segment_of(seen, customer=opening, contract=contract),
            segment=segment_of(seen, customer=place, contract=contract),
        ),
    ]


def state(seen: Seen) -> Text:
    """`state`, on the day before the parameter `at`; needs `entries`."""
    dimension = dimension_of(seen)
    if not dimension.attributes:
        return converted.STATE if is_converted(seen) else STATE
    segment = segment_of(seen, customer=HELD, contract=SQL("held.segment"))
    if not is_converted(seen):
        return STATE_BY_ATTRIBUTE.format(segment=segment, source=history(seen))
    contract = SQL(", segment") if dimension.is_by_subscription else SQL("")
    return converted.STATE_BY_ATTRIBUTE.format(
        segment=segment, source=history(seen), contract=contract
    )


def query(*relations: Composed | SQL, select: Composed | SQL) -> Composed:
    return SQL("WITH {relations} {select}").format(
        relations=SQL(",").join(relations), select=select
    )
