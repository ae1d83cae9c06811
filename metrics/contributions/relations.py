"""The SQL relations that rows are made from: composable, over the whole ledger at once.

| relation | one row is |
|---|---|
| `version` | a value of the split's attribute with the days `[lower, upper)` it holds |
| `entry` | a movement as seen by a segment; an attribute's move is an entry out and one in |
| `flow` | what entries changed in a period and segment; period 0 is all before the first |
| `standing` | balances of a segment at a period's close: running sums over `flow` |
| `moved` | a customer with a movement in a period: its state at the opening, at close, between |
| `state` | a customer's state on the day before `at` |

The segment of a total is ''. Balances are `customers` (paying), `mrr`, `squares` (of each
customer's MRR) and `ever` (with MRR at any time until then).
"""

from __future__ import annotations

from psycopg.sql import SQL, Composed

from metrics.contributions.frame import Dimension, Split

VERSION = SQL("""
    version AS (
        SELECT customer_id, segment, before,
            CASE WHEN before IS NULL THEN '-infinity' ELSE valid_from END AS lower, upper
        FROM (
            SELECT customer_id, valid_from,
                coalesce(nullif(value, ''), %(unknown)s) AS segment,
                lag(coalesce(nullif(value, ''), %(unknown)s)) OVER history AS before,
                coalesce(lead(valid_from) OVER history, 'infinity') AS upper
            FROM customers_customerattribute
            WHERE key = %(attribute)s AND superseded_at IS NULL
            WINDOW history AS (PARTITION BY customer_id ORDER BY valid_from NULLS FIRST)
        ) AS dated
    )
""")

# turn: how the movement changes who is a customer (null: it doesn't). ever: 1 at the first MRR.
MOVEMENT = SQL("""
    movement AS (
        SELECT customer_id, day, position, kind, amount, mrr_before, mrr_after,
            was_paying, is_paying,
            CASE WHEN was_paying <> is_paying THEN kind END AS turn,
            CASE WHEN kind = 'new' AND NOT was_paying THEN 1 ELSE 0 END AS ever
        FROM metrics_movement
        WHERE day < %(last)s
    )
""")

ENTRY_OF_ALL = SQL("""
    entry AS (SELECT '' AS segment, movement.* FROM movement)
""")

# A move takes the state of the day before it out of one segment and into the other; of a
# customer long gone, only that it once was one.
ENTRY_BY_ATTRIBUTE = SQL("""
    move AS (
        SELECT version.customer_id, version.lower AS day, version.before, version.segment,
            held.mrr_after AS mrr, held.is_paying AS paying, 1 AS ever
        FROM version
        CROSS JOIN LATERAL (
            SELECT mrr_after, is_paying FROM metrics_movement
            WHERE customer_id = version.customer_id AND day < version.lower
            ORDER BY day DESC, position DESC LIMIT 1
        ) AS held
        WHERE version.before <> version.segment AND version.lower < %(last)s
    ), entry AS (
        SELECT coalesce(version.segment, %(unknown)s) AS segment, movement.*
        FROM movement
        LEFT JOIN version ON version.customer_id = movement.customer_id
            AND movement.day >= version.lower AND movement.day < version.upper
        UNION ALL
        SELECT before, customer_id, day, 0, 'transfer', -mrr, mrr, 0, paying, false,
            CASE WHEN paying THEN 'transfer' END, -ever
        FROM move
        UNION ALL
        SELECT segment, customer_id, day, 0, 'transfer', mrr, 0, mrr, false, paying,
            CASE WHEN paying THEN 'transfer' END, ever
        FROM move
    )
""")

# The kind of an entry is the customer's, so that kinds add up over segments; its turn is the
# segment's own: a product paid for the first time is new there.
ENTRY_BY_SUBSCRIPTION = SQL("""
    share AS (
        SELECT {name} AS segment, part.customer_id, part.day, part.kind, part.currency,
            sum(part.amount) AS amount
        FROM metrics_movementpart AS part
        JOIN customers_plan AS plan ON plan.id = part.plan_id
        JOIN customers_product AS product ON product.id = plan.product_id
        WHERE part.day < %(last)s
        GROUP BY 1, part.customer_id, part.day, part.kind, part.currency
    ), course AS (
        SELECT segment, customer_id, day, kind, amount,
            row_number() OVER (history ROWS UNBOUNDED PRECEDING) AS position,
            sum(amount) OVER (history ROWS UNBOUNDED PRECEDING) AS mrr_after
        FROM share
        WINDOW history AS (
            PARTITION BY customer_id, segment ORDER BY day, amount DESC, currency
        )
    ), entry AS (
        SELECT segment, customer_id, day, position, kind, amount,
            mrr_after - amount AS mrr_before, mrr_after,
            mrr_after - amount > 0 AS was_paying, mrr_after > 0 AS is_paying,
            CASE
                WHEN mrr_after - amount = 0 AND mrr_after > 0 THEN
                    CASE WHEN kind = 'resume' THEN 'resume'
                        WHEN position = 1 THEN 'new' ELSE 'reactivation' END
                WHEN mrr_after - amount > 0 AND mrr_after = 0 THEN
                    CASE WHEN kind = 'pause' THEN 'pause' ELSE 'churn' END
            END AS turn,
            CASE WHEN position = 1 THEN 1 ELSE 0 END AS ever
        FROM course
    )
""")

FLOW = SQL("""
    flow AS (
        SELECT width_bucket(day, %(borders)s::date[]) AS period, segment,
            sum(is_paying::int - was_paying::int) AS customers,
            sum(amount) AS mrr,
            sum(mrr_after * mrr_after - mrr_before * mrr_before) AS squares,
            sum(ever) AS ever
        FROM entry
        GROUP BY 1, 2
    )
""")

STANDING = SQL("""
    standing AS (
        SELECT segment, period,
            coalesce(sum(customers) OVER upto, 0) AS customers,
            coalesce(sum(mrr) OVER upto, 0) AS mrr,
            coalesce(sum(squares) OVER upto, 0) AS squares,
            coalesce(sum(ever) OVER upto, 0) AS ever
        FROM (SELECT DISTINCT segment FROM flow) AS known
        CROSS JOIN generate_series(0, cardinality(%(borders)s::date[]) - 1) AS period
        LEFT JOIN flow USING (segment, period)
        WINDOW upto AS (PARTITION BY segment ORDER BY period)
    )
""")

# at_opening, at_close: 1 if paying then, else 0. The amounts of a kind are signed.
MOVED_COLUMNS = SQL("""
    min(day) AS first_day,
    (array_agg(mrr_before ORDER BY day, position))[1] AS opening,
    (array_agg(mrr_after ORDER BY day DESC, position DESC))[1] AS closing,
    (array_agg(was_paying ORDER BY day, position))[1]::int AS at_opening,
    (array_agg(is_paying ORDER BY day DESC, position DESC))[1]::int AS at_close,
    (array_agg(kind ORDER BY day DESC, position DESC))[1] AS last_kind,
    1 - sum(ever) AS ever_at_opening,
    1 AS ever_at_close,
    count(*) FILTER (WHERE turn = 'new') AS times_new,
    count(*) FILTER (WHERE turn = 'churn') AS times_churned,
    coalesce(sum(amount) FILTER (
        WHERE kind IN ('churn', 'contraction', 'pause')), 0) AS down,
    coalesce(sum(amount) FILTER (
        WHERE kind IN ('expansion', 'reactivation', 'resume')), 0) AS up
""")

MOVED = SQL("""
    moved AS (
        SELECT width_bucket(day, %(borders)s::date[]) AS period, segment,
            segment AS opening_segment, customer_id, {columns}
        FROM entry
        WHERE day >= %(first)s
        GROUP BY 1, 2, customer_id
    )
""")

# A rate puts a customer where it was on the opening day, else where it was when it first paid.
MOVED_BY_ATTRIBUTE = SQL("""
    unplaced AS (
        SELECT width_bucket(day, %(borders)s::date[]) AS period, customer_id, {columns}
        FROM movement
        WHERE day >= %(first)s
        GROUP BY 1, customer_id
    ), moved AS (
        SELECT unplaced.*,
            coalesce(held.segment, %(unknown)s) AS opening_segment,
            CASE WHEN at_opening = 1 THEN coalesce(held.segment, %(unknown)s)
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
        SELECT DISTINCT ON (customer_id, segment) customer_id, segment,
            mrr_after AS mrr, is_paying
        FROM entry
        WHERE day < %(at)s
        ORDER BY customer_id, segment, day DESC, position DESC
    )
""")

STATE_BY_ATTRIBUTE = SQL("""
    state AS (
        SELECT held.customer_id, coalesce(version.segment, %(unknown)s) AS segment,
            mrr, is_paying
        FROM (
            SELECT DISTINCT ON (customer_id) customer_id, mrr_after AS mrr, is_paying
            FROM movement
            WHERE day < %(at)s
            ORDER BY customer_id, day DESC, position DESC
        ) AS held
        LEFT JOIN version ON version.customer_id = held.customer_id
            AND %(at)s::date - 1 >= version.lower AND %(at)s::date - 1 < version.upper
    )
""")

_NAMES = {
    Split.PRODUCT: SQL("product.name"),
    Split.PLAN: SQL("product.name || ': ' || plan.name"),
}


def entries(dimension: Dimension) -> Composed:
    """`movement` or what stands for it, and `entry`; with `version` for an attribute."""
    match dimension.split:
        case Split.NOTHING:
            parts = [MOVEMENT, ENTRY_OF_ALL]
        case Split.ATTRIBUTE:
            parts = [VERSION, MOVEMENT, ENTRY_BY_ATTRIBUTE]
        case split:
            return ENTRY_BY_SUBSCRIPTION.format(name=_NAMES[split])
    return SQL(",").join(parts)


def moved(dimension: Dimension) -> Composed:
    """`moved`; needs `entries`."""
    if dimension.split is Split.ATTRIBUTE:
        return MOVED_BY_ATTRIBUTE.format(columns=MOVED_COLUMNS)
    return MOVED.format(columns=MOVED_COLUMNS)


def state(dimension: Dimension) -> SQL:
    """`state`, on the day before the parameter `at`; needs `entries`."""
    return STATE_BY_ATTRIBUTE if dimension.split is Split.ATTRIBUTE else STATE


def query(*relations: Composed | SQL, select: Composed | SQL) -> Composed:
    return SQL("WITH {relations} {select}").format(
        relations=SQL(",").join(relations), select=select
    )
