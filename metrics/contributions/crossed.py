"""The relations of `metrics.contributions.relations` for customers' attributes crossed with each
other, and with product or plan. Same names and columns; `contracted` and `put` are theirs alone.
"""

from __future__ import annotations

from psycopg.sql import SQL

# Both at once: a change of either ends what was.
VERSION = SQL("""
    version AS (
        SELECT customer_id, segment, lower, upper,
            lag(segment) OVER (PARTITION BY customer_id ORDER BY lower) AS before
        FROM (
            SELECT coalesce(one.customer_id, other.customer_id) AS customer_id,
                concat(coalesce(one.segment, %(none)s), chr(31), coalesce(other.segment, %(none)s))
                    AS segment,
                greatest(one.lower, other.lower) AS lower, least(one.upper, other.upper) AS upper
            FROM one
            FULL JOIN other ON other.customer_id = one.customer_id
                AND other.lower < one.upper AND one.lower < other.upper
        ) AS crossed
    )
""")

# What a customer pays for a product or plan, where the customer is that day; its move takes what
# it pays for each out of one segment and into another.
ENTRY = SQL("""
    move AS (
        SELECT {before} AS before, {segment} AS segment, version.customer_id, version.lower AS day,
            mrr_after AS mrr, is_paying AS paying, 1 AS ever, is_kept AS kept
        FROM version
        JOIN contracted ON contracted.customer_id = version.customer_id
            AND contracted.day < version.lower
            AND (contracted.next_day IS NULL OR contracted.next_day >= version.lower)
        WHERE version.before <> version.segment AND version.lower < %(last)s
    ), entry AS (
        SELECT {segment} AS segment, contracted.customer_id, day, kind,
            amount, mrr_before, mrr_after, was_paying, is_paying, turn, ever, was_kept, is_kept
        FROM contracted
        LEFT JOIN version ON version.customer_id = contracted.customer_id
            AND contracted.day >= version.lower AND contracted.day < version.upper
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

# One row of a move per currency; the latest of what it pays for carries whom it moves.
CONVERTED_ENTRY = SQL("""
    move AS (
        SELECT {before} AS before, {segment} AS segment, version.customer_id, version.lower AS day,
            contracted.currency, sum(own) AS own, sum(own) * min(rate.rate) AS mrr,
            bool_or(is_latest AND is_paying) AS paying, bool_or(is_latest)::int AS ever,
            bool_or(is_latest AND is_kept) AS kept
        FROM version
        JOIN contracted ON contracted.customer_id = version.customer_id
            AND contracted.day < version.lower
        CROSS JOIN LATERAL (
            SELECT coalesce(contracted.next_day >= version.lower, true) AS is_latest
        ) AS last
        LEFT JOIN rate ON rate.currency = contracted.currency AND rate.day = version.lower
        WHERE version.before <> version.segment AND version.lower < %(last)s
        GROUP BY 1, 2, 3, 4, 5
    ), entry AS (
        SELECT {segment} AS segment, contracted.customer_id, day, kind, currency, own, amount,
            was_paying, is_paying, turn, ever, was_kept, is_kept
        FROM contracted
        LEFT JOIN version ON version.customer_id = contracted.customer_id
            AND contracted.day >= version.lower AND contracted.day < version.upper
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

# Customers are put, by their attributes, as a whole; what they pay for a product or plan goes with
# them. first_day: null for one that stays where it was at the opening.
PUT = SQL("""
    turned AS (
        SELECT period, customer_id,
            CASE WHEN {here} <> 1
                THEN min(day) FILTER (WHERE kind IN ('new', 'reactivation', 'resume')) END
                AS first_day
        FROM all_within
        GROUP BY period, customer_id
    ), put AS (
        SELECT turned.*, coalesce(held.segment, %(unknown)s) AS opening_segment,
            CASE WHEN first_day IS NULL THEN coalesce(held.segment, %(unknown)s)
                ELSE coalesce(begun.segment, %(unknown)s) END AS segment
        FROM turned
        LEFT JOIN version AS held ON held.customer_id = turned.customer_id
            AND (%(borders)s::date[])[period] - 1 >= held.lower
            AND (%(borders)s::date[])[period] - 1 < held.upper
        LEFT JOIN version AS begun ON begun.customer_id = turned.customer_id
            AND first_day >= begun.lower AND first_day < begun.upper
    )
""")
MOVED = SQL("""
    unplaced AS (
        SELECT period, segment AS contract, customer_id, {columns}
        FROM within
        GROUP BY period, segment, customer_id
        {stayed}
    ), {moved} AS (
        SELECT unplaced.*, {opening_segment} AS opening_segment, {segment} AS segment
        FROM unplaced
        LEFT JOIN put USING (period, customer_id)
        LEFT JOIN version AS held ON put.customer_id IS NULL
            AND held.customer_id = unplaced.customer_id
            AND (%(borders)s::date[])[period] - 1 >= held.lower
            AND (%(borders)s::date[])[period] - 1 < held.upper
    )
""")
# A former customer of a product is put elsewhere when its first paying day, for another, is.
STAYED = SQL("""
    UNION ALL
    SELECT put.period, contracted.segment, put.customer_id, {columns}
    FROM put
    JOIN contracted ON contracted.customer_id = put.customer_id
        AND contracted.day < (%(borders)s::date[])[period]
        AND (contracted.next_day IS NULL
            OR contracted.next_day >= (%(borders)s::date[])[period + 1])
    WHERE put.segment <> put.opening_segment
""")

CONVERTED_ENDS = SQL("""
    ends AS (
        SELECT seen.period, seen.contract, seen.customer_id,
            coalesce(
                sum(entry.own * rate.rate)
                    FILTER (WHERE entry.day < (%(borders)s::date[])[period]), 0
            ) AS opening,
            sum(entry.own * rate.rate) AS closing
        FROM unvalued AS seen
        JOIN contracted AS entry ON entry.customer_id = seen.customer_id
            AND entry.segment = seen.contract
            AND entry.day < (%(borders)s::date[])[period + 1]
        JOIN rate ON rate.currency = entry.currency
            AND rate.day = (%(borders)s::date[])[period] - 1
        GROUP BY 1, 2, 3
    ), moved AS (
        SELECT * FROM unvalued JOIN ends USING (period, contract, customer_id)
    )
""")
