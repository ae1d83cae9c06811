"""The relations of `metrics.contributions.relations` for contracts in several currencies.

Same names and columns, with amounts in the company's currency. `entry` and `movement` have two
amounts: `own` in the contract's `currency`, and `amount`, which is that at the day's rate (null
before the frame's opening day). A state is the sum of all `own` until then at the rate of the day
it is valued on: a balance the close of its period, a rate's two ends its opening day. So what
the movements don't explain between two closes is what the rates did: the previous day's MRR times
the change of the rate, summed over the days.

`rate`: what 1 of a currency is worth on each day from the frame's opening day to its last.
"""

from __future__ import annotations

from psycopg.sql import SQL

RATE = SQL("""
    rate AS MATERIALIZED (
        SELECT currency, day, rate FROM unnest(
            %(currencies)s::text[], %(rate_days)s::date[], %(rates)s::numeric[]
        ) AS known (currency, day, rate)
    )
""")

# netted: what a day's changes of a customer in several currencies come to together.
NETTED = SQL("""
    netted AS (
        SELECT customer_id, day, CASE sign(sum(amount * rate.rate))
            WHEN 1 THEN 'expansion' WHEN -1 THEN 'contraction' ELSE 'transfer' END AS kind
        FROM metrics_movement JOIN rate USING (currency, day)
        WHERE day >= %(first)s
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
        GROUP BY customer_id, day
        HAVING count(*) > 1 AND bool_and(kind IN ('expansion', 'contraction', 'transfer'))
    )
""")

MOVEMENT = SQL("""
    movement AS MATERIALIZED (
        SELECT held.customer_id, held.day, coalesce(netted.kind, held.kind) AS kind,
            held.currency, held.amount AS own, held.amount * rate.rate AS amount,
            was_paying, is_paying, previous_day, next_day,
            CASE WHEN was_paying <> is_paying THEN held.kind END AS turn,
            CASE WHEN held.kind = 'new' AND NOT was_paying THEN 1 ELSE 0 END AS ever,
            was_paying OR held.kind = 'resume' OR (held.kind = 'pause' AND held.amount > 0)
                AS was_kept,
            is_paying OR (held.kind = 'pause' AND held.amount < 0) AS is_kept
        FROM metrics_movement AS held
        LEFT JOIN rate ON rate.currency = held.currency AND rate.day = held.day
        LEFT JOIN netted ON netted.customer_id = held.customer_id AND netted.day = held.day
        WHERE held.day < %(last)s
            AND (%(customers)s::bigint[] IS NULL OR held.customer_id = ANY (%(customers)s))
    )
""")

# One row of a move per currency; the first of them carries whom it moves.
ENTRY_BY_ATTRIBUTE = SQL("""
    move AS (
        SELECT version.customer_id, version.lower AS day, version.before, version.segment,
            held.currency, held.mrr_after AS own, held.mrr_after * rate.rate AS mrr,
            is_latest AND is_paying AS paying, is_latest::int AS ever,
            is_latest AND (is_paying OR kind = 'pause') AS kept
        FROM version
        CROSS JOIN LATERAL (
            SELECT *, row_number() OVER (ORDER BY day DESC, position DESC) = 1 AS is_latest
            FROM (
                SELECT DISTINCT ON (currency) currency, mrr_after, is_paying, kind, day, position
                FROM metrics_movement
                WHERE customer_id = version.customer_id AND day < version.lower
                ORDER BY currency, day DESC, position DESC
            ) AS by_currency
        ) AS held
        LEFT JOIN rate ON rate.currency = held.currency AND rate.day = version.lower
        WHERE version.before <> version.segment AND version.lower < %(last)s
    ), entry AS (
        SELECT coalesce(version.segment, %(unknown)s) AS segment, movement.customer_id, day, kind,
            currency, own, amount, was_paying, is_paying, turn, ever, was_kept, is_kept
        FROM movement
        LEFT JOIN version ON version.customer_id = movement.customer_id
            AND movement.day >= version.lower AND movement.day < version.upper
        UNION ALL
        SELECT before, customer_id, day, 'transfer', currency, -own, -mrr, paying, false,
            CASE WHEN paying THEN 'transfer' END, -ever, kept, false
        FROM move
        UNION ALL
        SELECT segment, customer_id, day, 'transfer', currency, own, mrr, false, paying,
            CASE WHEN paying THEN 'transfer' END, ever, false, kept
        FROM move
    )
""")

ENTRY_BY_SUBSCRIPTION = SQL("""
    share AS (
        SELECT {name} AS segment, part.customer_id, part.day,
            coalesce(netted.kind, part.kind) AS kind, part.currency, sum(part.amount) AS own
        FROM metrics_movementpart AS part
        JOIN customers_plan AS plan ON plan.id = part.plan_id
        JOIN customers_product AS product ON product.id = plan.product_id
        LEFT JOIN netted ON netted.customer_id = part.customer_id AND netted.day = part.day
        WHERE part.day < %(last)s
            AND (%(customers)s::bigint[] IS NULL OR part.customer_id = ANY (%(customers)s))
        GROUP BY 1, part.customer_id, part.day, 4, part.currency
    ), course AS (
        SELECT segment, customer_id, day, kind, currency, own,
            row_number() OVER (history ROWS UNBOUNDED PRECEDING) AS number,
            lag(day) OVER history AS previous_day,
            lead(day) OVER history AS next_day,
            coalesce(lag(kind) OVER history = 'pause', false) AS was_paused,
            sum(own) OVER (history ROWS UNBOUNDED PRECEDING) AS after
        FROM share
        WINDOW history AS (
            PARTITION BY customer_id, segment
            ORDER BY day, kind <> 'resume', own DESC, currency
        )
    ), {entry} AS (
        SELECT segment, customer_id, course.day, kind, course.currency, own,
            own * rate.rate AS amount, previous_day, next_day,
            after - own > 0 AS was_paying, after > 0 AS is_paying,
            CASE
                WHEN after - own = 0 AND after > 0 THEN
                    CASE WHEN number = 1 THEN 'new'
                        WHEN kind = 'pause' THEN 'pause'
                        WHEN kind = 'resume' AND was_paused THEN 'resume'
                        ELSE 'reactivation' END
                WHEN after - own > 0 AND after = 0 THEN
                    CASE WHEN kind = 'pause' THEN 'pause' ELSE 'churn' END
            END AS turn,
            CASE WHEN number = 1 THEN 1 ELSE 0 END AS ever,
            after - own > 0 OR was_paused AS was_kept,
            after > 0 OR kind = 'pause' AS is_kept
        FROM course
        LEFT JOIN rate ON rate.currency = course.currency AND rate.day = course.day
    )
""")

FLOW = SQL("""
    flow AS (
        SELECT width_bucket(day, %(borders)s::date[]) AS period, segment, currency,
            sum(is_paying::int - was_paying::int) AS customers, sum(own) AS mrr,
            sum(ever) AS ever, sum(is_kept::int - was_kept::int) AS kept
        FROM entry
        GROUP BY 1, 2, 3
    ), {squares}
    running AS (
        SELECT segment, currency, period,
            coalesce(sum(customers) OVER upto, 0) AS customers,
            coalesce(sum(mrr) OVER upto, 0) AS mrr,
            coalesce(sum(ever) OVER upto, 0) AS ever,
            coalesce(sum(kept) OVER upto, 0) AS kept
        FROM (SELECT DISTINCT segment, currency FROM flow) AS known
        CROSS JOIN generate_series(0, cardinality(%(borders)s::date[]) - 1) AS period
        LEFT JOIN flow USING (segment, currency, period)
        WINDOW upto AS (PARTITION BY segment, currency ORDER BY period)
    ), standing AS (
        SELECT segment, period, sum(customers) AS customers, sum(mrr * rate.rate) AS mrr,
            {square} AS squares, sum(ever) AS ever, sum(kept) AS kept
        FROM running
        JOIN rate ON rate.currency = running.currency
            AND rate.day = (%(borders)s::date[])[period + 1] - 1
        GROUP BY segment, period
    )
""")

# The square of a customer's MRR is the sum over pairs of its currencies of the products of what
# it has in both. held: what a customer has in a currency, and the days it has it. A product is
# there for the days that both are; at a period's close it is worth both rates.
SQUARES = SQL("""
    held AS (
        SELECT segment, customer_id, currency, day AS lower,
            coalesce(lead(day) OVER course, 'infinity') AS upper, sum(own) OVER course AS mrr
        FROM (
            SELECT segment, customer_id, currency, day, sum(own) AS own
            FROM entry GROUP BY 1, 2, 3, 4
        ) AS by_day
        WINDOW course AS (PARTITION BY segment, customer_id, currency ORDER BY day)
    ), product AS (
        SELECT one.segment, one.currency, other.currency AS other,
            width_bucket(side.day, %(borders)s::date[]) AS period,
            sum(side.sign * one.mrr * other.mrr) AS product
        FROM held AS one
        JOIN held AS other ON other.customer_id = one.customer_id
            AND other.segment = one.segment
            AND other.lower < one.upper AND one.lower < other.upper
        CROSS JOIN LATERAL (
            VALUES (greatest(one.lower, other.lower), 1), (least(one.upper, other.upper), -1)
        ) AS side (day, sign)
        WHERE one.mrr > 0 AND other.mrr > 0 AND side.day < %(last)s
        GROUP BY 1, 2, 3, 4
    ), square AS (
        SELECT segment, period, sum(product * one.rate * two.rate) AS squares
        FROM (
            SELECT segment, currency, other, period, sum(product) OVER (
                PARTITION BY segment, currency, other ORDER BY period
            ) AS product
            FROM (SELECT DISTINCT segment, currency, other FROM product) AS known
            CROSS JOIN generate_series(0, cardinality(%(borders)s::date[]) - 1) AS period
            LEFT JOIN product USING (segment, currency, other, period)
        ) AS upto
        JOIN rate AS one ON one.currency = upto.currency
            AND one.day = (%(borders)s::date[])[period + 1] - 1
        JOIN rate AS two ON two.currency = upto.other
            AND two.day = (%(borders)s::date[])[period + 1] - 1
        GROUP BY segment, period
    ),
""")
SQUARE = SQL("""
    coalesce((
        SELECT squares FROM square
        WHERE square.segment = running.segment AND square.period = running.period
    ), 0)
""")

# Who moved, as `unvalued`, with its MRR at both ends at the opening day's rates.
ENDS = SQL("""
    ends AS (
        SELECT seen.period, seen.segment, seen.customer_id,
            coalesce(
                sum(entry.own * rate.rate)
                    FILTER (WHERE entry.day < (%(borders)s::date[])[period]), 0
            ) AS opening,
            sum(entry.own * rate.rate) AS closing
        FROM unvalued AS seen
        JOIN entry ON entry.customer_id = seen.customer_id AND entry.segment = seen.segment
            AND entry.day < (%(borders)s::date[])[period + 1]
        JOIN rate ON rate.currency = entry.currency
            AND rate.day = (%(borders)s::date[])[period] - 1
        GROUP BY 1, 2, 3
    ), moved AS (
        SELECT * FROM unvalued JOIN ends USING (period, segment, customer_id)
    )
""")

ENDS_BY_ATTRIBUTE = SQL("""
    ends AS (
        SELECT seen.period, seen.customer_id,
            coalesce(
                sum(movement.own * rate.rate)
                    FILTER (WHERE movement.day < (%(borders)s::date[])[period]), 0
            ) AS opening,
            sum(movement.own * rate.rate) AS closing
        FROM unvalued AS seen
        JOIN movement ON movement.customer_id = seen.customer_id
            AND movement.day < (%(borders)s::date[])[period + 1]
        JOIN rate ON rate.currency = movement.currency
            AND rate.day = (%(borders)s::date[])[period] - 1
        GROUP BY 1, 2
    ), moved AS (
        SELECT * FROM unvalued JOIN ends USING (period, customer_id)
    )
""")

STATE = SQL("""
    state AS (
        SELECT customer_id, segment, sum(own * rate.rate) AS mrr,
            bool_or(is_paying AND coalesce(next_day >= %(at)s, true)) AS is_paying,
            bool_or(is_kept AND coalesce(next_day >= %(at)s, true)) AS is_kept
        FROM entry
        JOIN rate ON rate.currency = entry.currency AND rate.day = %(at)s::date - 1
        WHERE entry.day < %(at)s
        GROUP BY customer_id, segment
    )
""")

STATE_BY_ATTRIBUTE = SQL("""
    state AS (
        SELECT held.customer_id, {segment} AS segment, mrr, is_paying, is_kept
        FROM (
            SELECT customer_id {contract}, sum(own * rate.rate) AS mrr,
                bool_or(is_paying AND coalesce(next_day >= %(at)s, true)) AS is_paying,
                bool_or(is_kept AND coalesce(next_day >= %(at)s, true)) AS is_kept
            FROM {source} AS entry
            JOIN rate ON rate.currency = entry.currency AND rate.day = %(at)s::date - 1
            WHERE entry.day < %(at)s
            GROUP BY customer_id {contract}
        ) AS held
        LEFT JOIN version ON version.customer_id = held.customer_id
            AND %(at)s::date - 1 >= version.lower AND %(at)s::date - 1 < version.upper
    )
""")

# What the rates did to a customer's MRR in the frame: what it had at the opening, and what it
# gained or lost since then, at the last day's rate less at the rate it came with.
REVALUED = SQL("""
    SELECT customer_id, 'fx' AS kind, sum(own * (closing.rate - begun.rate)) AS amount
    FROM entry
    JOIN rate AS closing ON closing.currency = entry.currency
        AND closing.day = %(last)s::date - 1
    JOIN rate AS begun ON begun.currency = entry.currency
        AND begun.day = greatest(entry.day, %(opening)s::date)
    WHERE segment = %(segment)s AND customer_id > %(after)s
    GROUP BY customer_id
    HAVING sum(own * (closing.rate - begun.rate)) <> 0
""")
