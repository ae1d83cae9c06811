"""What pauses on record make of the movements: going to 0 is a `pause`, coming back a `resume`.

Only customers that went to 0 with a pause on record have their rows made again here.
"""

from __future__ import annotations

from psycopg.sql import SQL

# A pause is of one subscription (with its plans, `id:plan`) or of all its customer's.
# recorded: the days on which a customer has a pause on record, of whatever it pays for.
# idle: the days on which a subscription pays nothing.
IDLE = SQL("""
    recorded AS (
        SELECT pause.customer_id, range_agg(daterange(pause.starts_on, pause.ends_on)) AS days
        FROM customers_pause AS pause
        WHERE pause.superseded_at IS NULL {pauses}
        GROUP BY pause.customer_id
    ), idle AS (
        SELECT subscription.customer_id, subscription.id AS subscription_id,
            range_agg(daterange(pause.starts_on, pause.ends_on)) AS days
        FROM customers_pause AS pause
        JOIN customers_subscription AS subscription
            ON subscription.customer_id = pause.customer_id
        LEFT JOIN customers_subscription AS named ON named.id = pause.subscription_id
        WHERE pause.superseded_at IS NULL {pauses}
            AND (named.id IS NULL OR named.id = subscription.id
                OR starts_with(subscription.external_id, named.external_id || ':'))
        GROUP BY subscription.customer_id, subscription.id
    )
""")

# paused: the days on which a customer goes to 0 with a pause on record; the day it is back.
# coming: what comes back in time; `resumed` of it is up to what was paused, in its currency. Who
#   comes back in other currencies only has resumed with all of it.
# lapsed: what had not come back by the last day for it.
# again: the rows of customers that paused, out of place; `turn` orders those of a day.
# replaced: in place.
PAUSED = SQL("""
    paused AS (
        SELECT base.customer_id, base.day, nullif(max(base.next_day), base.day) AS back_on
        FROM base
        JOIN recorded ON recorded.customer_id = base.customer_id AND base.day <@ recorded.days
        WHERE base.kind = 'churn'
        GROUP BY base.customer_id, base.day
    ), coming AS (
        SELECT back.customer_id, back.day, back.currency, back.amount, paused.day AS paused_on,
            CASE
                WHEN bool_or(gone.amount IS NOT NULL) OVER (
                    PARTITION BY back.customer_id, back.day
                ) THEN least(back.amount, coalesce(-gone.amount, 0))
                ELSE back.amount
            END AS resumed
        FROM paused
        JOIN base AS back ON back.customer_id = paused.customer_id AND back.day = paused.back_on
        LEFT JOIN base AS gone ON gone.customer_id = paused.customer_id
            AND gone.day = paused.day AND gone.currency = back.currency
        WHERE paused.back_on - paused.day <= %(pause_days)s
    ), lapsed AS (
        SELECT customer_id, day AS paused_on, day + %(pause_days)s AS day
        FROM paused
        WHERE back_on IS NULL OR back_on - day > %(pause_days)s
    ), again AS (
        SELECT base.customer_id, base.day, base.currency, 1 AS turn, base.amount,
            CASE WHEN paused.day IS NULL THEN base.kind ELSE 'pause' END AS kind
        FROM base
        LEFT JOIN paused ON paused.customer_id = base.customer_id AND paused.day = base.day
        WHERE base.customer_id IN (SELECT customer_id FROM paused)
            AND (base.customer_id, base.day) NOT IN (SELECT customer_id, day FROM coming)
        UNION ALL
        SELECT customer_id, day, currency, 1, resumed, 'resume' FROM coming WHERE resumed > 0
        UNION ALL
        SELECT customer_id, day, currency, 2, amount - resumed, 'expansion'
        FROM coming WHERE amount > resumed
        UNION ALL
        SELECT lapsed.customer_id, lapsed.day, base.currency, side.turn,
            side.sign * base.amount, side.kind
        FROM lapsed
        JOIN base ON base.customer_id = lapsed.customer_id AND base.day = lapsed.paused_on
        CROSS JOIN (VALUES (1, -1, 'pause'), (2, 1, 'churn')) AS side (turn, sign, kind)
    ), replaced AS (
        SELECT customer_id, day, currency, amount, kind,
            row_number() OVER (
                PARTITION BY customer_id, day ORDER BY turn, amount DESC, currency
            ) - 1 AS position,
            mrr_after - amount AS mrr_before, mrr_after,
            all_after - amount > 0 AS was_paying, all_after > 0 AS is_paying,
            lag(day) OVER in_order AS previous_day, lead(day) OVER in_order AS next_day
        FROM (
            SELECT *,
                sum(amount) OVER (
                    PARTITION BY customer_id, currency ORDER BY day, turn
                    ROWS UNBOUNDED PRECEDING
                ) AS mrr_after,
                sum(amount) OVER (
                    PARTITION BY customer_id ORDER BY day, turn, amount DESC, currency
                    ROWS UNBOUNDED PRECEDING
                ) AS all_after
            FROM again
        ) AS summed
        WINDOW in_order AS (PARTITION BY customer_id ORDER BY day, turn, amount DESC, currency)
    )
""")

NEVER_PAUSED = SQL("customer_id NOT IN (SELECT customer_id FROM paused)")

# piece: a plan's part of what comes back, first what of it had been paused, then the rest; the
#   first pieces up to what `coming` counts as resumed are resumed.
PARTS = SQL("""
    piece AS (
        SELECT coming.customer_id, coming.day, part.plan_id, coming.currency, coming.resumed,
            share.amount,
            sum(share.amount) OVER (
                PARTITION BY coming.customer_id, coming.day, coming.currency
                ORDER BY share.rank, part.plan_id
            ) - share.amount AS sooner
        FROM coming
        JOIN part ON part.customer_id = coming.customer_id AND part.day = coming.day
            AND part.currency = coming.currency
        LEFT JOIN part AS gone ON gone.customer_id = coming.customer_id
            AND gone.day = coming.paused_on AND gone.currency = coming.currency
            AND gone.plan_id = part.plan_id
        CROSS JOIN LATERAL (
            SELECT least(part.amount, coalesce(-gone.amount, 0)) AS amount
        ) AS held
        CROSS JOIN LATERAL (
            VALUES (1, held.amount), (2, part.amount - held.amount)
        ) AS share (rank, amount)
    ), replaced_part AS (
        SELECT part.customer_id, part.plan_id, part.day, part.currency, part.amount, again.kind,
            1 AS turn
        FROM part
        JOIN again USING (customer_id, day, currency)
        WHERE (part.customer_id, part.day) NOT IN (SELECT customer_id, day FROM coming)
        UNION ALL
        SELECT customer_id, plan_id, day, currency, sum(share.amount), share.kind, share.turn
        FROM piece
        CROSS JOIN LATERAL (
            SELECT greatest(least(piece.amount, piece.resumed - piece.sooner), 0) AS resumed
        ) AS taken
        CROSS JOIN LATERAL (
            VALUES (1, 'resume', taken.resumed), (2, 'expansion', piece.amount - taken.resumed)
        ) AS share (turn, kind, amount)
        GROUP BY customer_id, plan_id, day, currency, share.kind, share.turn
        HAVING sum(share.amount) <> 0
        UNION ALL
        SELECT lapsed.customer_id, part.plan_id, lapsed.day, part.currency,
            side.sign * part.amount, side.kind, side.turn
        FROM lapsed
        JOIN part ON part.customer_id = lapsed.customer_id AND part.day = lapsed.paused_on
        CROSS JOIN (VALUES (1, -1, 'pause'), (2, 1, 'churn')) AS side (turn, sign, kind)
    )
""")
