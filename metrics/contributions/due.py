"""The relations of contracts that come due (metrics.contributions.renewals).

They read the ledger's days of contracts (metrics.ledger.contracts).

| relation | one row is |
|---|---|
| `held` | days of a contract on which it comes due |
| `due` | a contract on its last due day in a period; `going`: one that just goes on |
| `contract`, `turn` | what became of it, and of a customer's that were due on one day |
| `person`, `placed` | what became of a customer's in a period, and where |
| `stretch` | contracts that just go on through the same periods |
| `plain` | sums of what just goes on, by period |
"""

from __future__ import annotations

from enum import StrEnum

from psycopg.sql import SQL, Composed, Identifier

from metrics.ledger.contracts import DAY_DUE, DUE_BY

# is_plain: the customer's only contract just goes on, so nothing has to be looked at; is_monthly:
# month after month.
HELD = SQL("""
    held AS NOT MATERIALIZED (
        SELECT *, is_alone AND kind = 'goes_on' AS is_plain,
            is_alone AND kind = 'goes_on' AND months = 1 AND first_on IS DISTINCT FROM last_on
                AS is_monthly
        FROM {days} AS day
        WHERE first_on < %(last)s AND (last_on IS NULL OR last_on >= %(first)s)
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
    )
""")
# Where some days are left out, the next is another.
CHOSEN = SQL("""(
    SELECT customer_id, subscription_id, plan_id, kind, first_on, last_on, begun_on, months,
        currency, mrr, is_alone, noticed_on, renewed_on, renewed_mrr, renewed_currency,
        lead(first_on) OVER (
            PARTITION BY customer_id, subscription_id ORDER BY first_on
        ) AS next_on
    FROM metrics_contractday
    WHERE {which} AND {whom}
        AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
)""")
EVERY = SQL("(SELECT * FROM metrics_contractday WHERE kind <> 'begins' AND {whom})")
ANYBODY = SQL("true")


class Days(StrEnum):
    """Which due days count."""

    ALL = "all"
    LONGER = "longer"
    """On record, and the ends of quarters and years."""
    RECORDED = "recorded"


WHICH = {
    Days.LONGER: SQL("(is_recorded OR months > 1) AND kind <> 'begins'"),
    Days.RECORDED: SQL("is_recorded"),
}


def held(which: Days, whom: SQL | Composed = ANYBODY) -> Composed:
    """`held`, of the customers that the condition `whom` (on `customer_id`) holds for."""
    if which is Days.ALL:
        return HELD.format(days=EVERY.format(whom=whom))
    return HELD.format(days=CHOSEN.format(which=WHICH[which], whom=whom))


# In a period a contract counts by its last due day: the next is in another. `number`: of a due day,
# where a row has several. OFFSET 0: a day is worked out once, and not wherever it is read.
DUE = SQL("""
    {due} AS (
        SELECT *, width_bucket(day, %(borders)s::date[]) AS period
        FROM (
            SELECT *, CASE WHEN number = 0 THEN first_on ELSE {day} END AS day
            FROM (
                SELECT *, generate_series(
                    CASE WHEN first_on = last_on THEN 0 ELSE {low} END,
                    CASE WHEN first_on = last_on THEN 0 ELSE {high} END
                ) AS number
                FROM held WHERE {these}
            ) AS numbered
            OFFSET 0
        ) AS dated
        WHERE width_bucket(CASE WHEN day = last_on THEN next_on ELSE {next_day} END,
                %(borders)s::date[]) IS DISTINCT FROM width_bucket(day, %(borders)s::date[])
    )
""")
LOW = DUE_BY.format(day=SQL("(greatest(first_on, %(first)s) - 1)")) + SQL(" + 1")
HIGH = DUE_BY.format(day=SQL("(least(last_on, %(last)s::date - 1))"))


def days_due(name: str, *, these: SQL | Composed) -> Composed:
    """`due`, or what else it is called, of those rows of `held`."""
    return DUE.format(
        due=Identifier(name),
        low=LOW,
        high=HIGH,
        day=DAY_DUE.format(number=SQL("number")),
        next_day=DAY_DUE.format(number=SQL("number + 1")),
        these=these,
    )


# What is due each month, and where every period but the ends of the frame holds a whole month: it
# counts in all periods from its first due day to its last, in the last of them unless the contract
# comes due there once more. `since` and `until`: while the customer is in one segment.
STRETCH = SQL("""
    stretch AS (
        SELECT place, low, high, count(*) AS n, sum(mrr) AS mrr, sum(mrr * mrr) AS squares
        FROM (
            SELECT place, mrr, width_bucket(low_on, %(borders)s::date[]) AS low,
                width_bucket(high_on, %(borders)s::date[])
                    - (width_bucket(high_on, %(borders)s::date[])
                        IS NOT DISTINCT FROM width_bucket(after_on, %(borders)s::date[]))::int
                    AS high
            FROM (
                SELECT place, mrr,
                    CASE WHEN first_on >= since THEN first_on ELSE {low_on} END AS low_on,
                    CASE WHEN last_on < until THEN last_on ELSE {high_on} END AS high_on,
                    CASE WHEN last_on < until THEN next_on ELSE {after_on} END AS after_on
                FROM (
                    SELECT held.*, {place} AS place, {since} AS since, {until} AS until
                    FROM held {plan} {version}
                    WHERE is_monthly
                ) AS placed
                OFFSET 0
            ) AS cut
            WHERE low_on <= high_on
        ) AS bounded
        WHERE low <= high
        GROUP BY place, low, high
    )
""")
CUT = {
    "low_on": DAY_DUE.format(number=DUE_BY.format(day=SQL("(since - 1)")) + SQL(" + 1")),
    "high_on": DAY_DUE.format(number=DUE_BY.format(day=SQL("(until - 1)"))),
    "after_on": DAY_DUE.format(number=DUE_BY.format(day=SQL("(until - 1)")) + SQL(" + 1")),
}
VERSIONS_OF_HELD = SQL("""
    LEFT JOIN version ON version.customer_id = held.customer_id
        AND (version.lower <= last_on OR last_on IS NULL) AND version.upper > first_on
""")
VERSION_OF_GOING = SQL("""
    LEFT JOIN version ON version.customer_id = going.customer_id
        AND going.day >= version.lower AND going.day < version.upper
""")
PLAIN = SQL("""
    plain AS (
        SELECT period, place, n, mrr, squares
        FROM (
            SELECT period, {place} AS place, count(*) AS n, sum(mrr) AS mrr,
                sum(mrr * mrr) AS squares
            FROM going {plan} {version}
            GROUP BY 1, 2
        ) AS counted
        {and_stretches}
    )
""")
CONVERTED_PLAIN = SQL("""
    plain AS (
        SELECT period, place, n, mrr * rate.rate AS mrr, squares * rate.rate * rate.rate AS squares
        FROM (
            SELECT period, {place} AS place, currency, day, count(*) AS n, sum(mrr) AS mrr,
                sum(mrr * mrr) AS squares
            FROM going {plan} {version}
            GROUP BY 1, 2, currency, day
        ) AS counted
        {rate}
    )
""")
AND_STRETCHES = SQL("""
    UNION ALL
    SELECT period, place, n, mrr, squares
    FROM stretch CROSS JOIN LATERAL generate_series(low, high) AS period
""")

# has_gap: something may have begun in its place; who has no other contract is not looked up.
# contract: m0 what a contract was worth, m1 what it is (null: it did not go on), both at the due
# day's rate. turn: a customer's contracts due on one day together.
TURN = SQL("""
    contract AS (
        SELECT period, {name} AS segment, due.customer_id, subscription_id, due.day, is_alone,
            coalesce(noticed_on <= %(as_of)s, false) AS is_noticed, {m0} AS m0,
            CASE
                WHEN kind = 'goes_on' THEN {m0}
                WHEN renewed_on <= least(due.day + %(grace)s, greatest(%(as_of)s, due.day))
                    THEN {m1}
            END AS m1
        FROM due {plan} {rate} {renewed_rate}
    ), together AS (
        SELECT period, segment, customer_id, day, array_agg(subscription_id) AS contracts,
            sum(m0) AS m0, coalesce(sum(m1), 0) AS kept,
            bool_or(m1 IS NULL AND NOT is_alone) AS has_gap,
            bool_and(is_noticed OR m1 IS NOT NULL) AS is_noticed
        FROM contract GROUP BY period, segment, customer_id, day
    ), turn AS (
        SELECT period, segment, together.customer_id, day, m0,
            kept + coalesce(begun.mrr, 0) AS m1,
            kept + coalesce(begun.mrr, 0) > 0 OR is_noticed
                OR day + %(grace)s <= %(as_of)s AS is_decided
        FROM together
        LEFT JOIN LATERAL (
            SELECT sum({begun_mrr}) AS mrr
            FROM metrics_contractday AS other {other_plan} {begun_rate}
            WHERE has_gap AND other.customer_id = together.customer_id AND kind = 'begins'
                AND NOT subscription_id = ANY(contracts) AND {name} = together.segment
                AND first_on >= together.day
                AND first_on <= least(together.day + %(grace)s, greatest(%(as_of)s, together.day))
        ) AS begun ON true
    )
""")
PLAN = SQL("""
    JOIN customers_plan AS plan ON plan.id = {term}.plan_id
    JOIN customers_product AS product ON product.id = plan.product_id
""")
RATED = SQL("""
    LEFT JOIN rate AS {name} ON {name}.currency = {currency} AND {name}.day = {day}
""")

# A customer stands, once, where it was on its last due day.
PERSON = SQL("""
    person AS (
        SELECT period, segment, customer_id, max(day) AS day,
            CASE WHEN bool_or(m1 > 0) THEN 'renewed' WHEN bool_or(NOT is_decided) THEN 'undecided'
                ELSE 'lost' END AS outcome,
            coalesce(sum(m0) FILTER (WHERE is_decided), 0) AS due,
            coalesce(sum(m0) FILTER (WHERE NOT is_decided), 0) AS undecided,
            coalesce(sum(least(m0, m1)) FILTER (WHERE is_decided), 0) AS gross,
            coalesce(sum(m1) FILTER (WHERE is_decided), 0) AS net
        FROM turn GROUP BY period, segment, customer_id
    )
""")
STOOD = SQL("""
    stood AS (
        SELECT period, segment, customer_id, day, outcome, {y}::numeric AS y, {x}::numeric AS x,
            {due}::numeric AS due, {lost}::numeric AS lost, {undecided}::numeric AS undecided
        FROM person
    )
""")
STOOD_BY_ATTRIBUTE = SQL("""
    placed AS (
        SELECT stood.*, {place} AS place
        FROM (
            SELECT stood.*, max(day) OVER (PARTITION BY period, customer_id) AS last_day FROM stood
        ) AS stood
        LEFT JOIN version ON version.customer_id = stood.customer_id
            AND last_day >= version.lower AND last_day < version.upper
    )
""")
PLACED = SQL("placed AS (SELECT stood.*, segment AS place FROM stood)")
SUMS = SQL("""
    SELECT period, place, count(*) FILTER (WHERE x > 0), sum(y), sum(x), sum(y * y), sum(x * y),
        sum(x * x), sum(due), sum(lost), sum(undecided)
    FROM placed GROUP BY period, place
""")
SUMS_WITH_PLAIN = SQL("""
    SELECT period, place, sum(n), sum(y), sum(x), sum(yy), sum(xy), sum(xx), sum(due), sum(lost),
        sum(undecided)
    FROM (
        SELECT period, place, (x > 0)::int AS n, y, x, y * y AS yy, x * y AS xy, x * x AS xx, due,
            lost, undecided
        FROM placed
        UNION ALL
        SELECT period, place, n, {amount}, {amount}, {square}, {square}, {square}, {amount}, 0, 0
        FROM plain
    ) AS counted
    GROUP BY period, place
""")
ROWS = SQL("""
    SELECT customer_id, y, x, due, lost, undecided, day FROM placed
    WHERE place = %(segment)s AND customer_id > %(after)s
    ORDER BY customer_id LIMIT %(limit)s
""")
