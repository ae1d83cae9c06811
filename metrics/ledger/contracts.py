"""When contracts come due, from their terms and the renewals on record.

What just goes on is one row however often it comes due; what may not has a row of its own for
each due day.

| relation | one row is |
|---|---|
| `paid` | a term with MRR, with what the contract was paid for before and is after |
| `numbered` | the same with the due days in it: those from `low` to before `beyond`, by number |
| `near` | a term and a date on record: the due days after number `before` until `near` give way |
| `run` | due days in a row, from number `first` to `last`, with no date on record between them |
| `recorded` | a term and a date on record in it |
| `due` | a due day, or several on which the contract just goes on |
"""

from __future__ import annotations

from psycopg.sql import SQL, Composed

# How often a contract has come due by a day: the ends of its months, quarters or years since it
# began. (A month's end is the begin's day of the month, in a shorter month the last.)
DUE_BY = SQL("""((
    ((date_part('year', {day}) - date_part('year', begun_on)) * 12
        + date_part('month', {day}) - date_part('month', begun_on))::int
    - (date_part('day', begun_on) > date_part('day', {day})
        AND date_part('day', {day} + 1) <> 1)::int
) / months)""")
DAY_DUE = SQL("(begun_on + make_interval(months => ({number}) * months))::date")

# upto: the last due day in a term; where the term ends with it (`is_at_end`), it is not one on
# which the contract just goes on. A price for days or weeks comes due by dates on record alone.
# OFFSET 0: an expression is worked out once, and not wherever it is read.
DUE = SQL("""
    contract AS (
        SELECT id, customer_id, count(*) OVER (PARTITION BY customer_id) = 1 AS is_alone
        FROM customers_subscription WHERE {subscriptions}
    ), paid AS (
        SELECT customer_id, subscription_id, plan_id, currency, mrr, starts_on, ends_on, is_alone,
            lag(ends_on) OVER by_day IS DISTINCT FROM starts_on AS is_start,
            lead(starts_on) OVER by_day AS renewed_on, lead(mrr) OVER by_day AS renewed_mrr,
            lead(currency) OVER by_day AS renewed_currency,
            CASE interval WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 WHEN 'year' THEN 12 END
                AS months
        FROM customers_term AS term
        JOIN contract ON contract.id = term.subscription_id
        WHERE superseded_at IS NULL AND mrr > 0
        WINDOW by_day AS (PARTITION BY subscription_id ORDER BY starts_on)
    ), begun AS (
        SELECT *, max(starts_on) FILTER (WHERE is_start) OVER (
            PARTITION BY subscription_id ORDER BY starts_on
        ) AS begun_on
        FROM paid
    ), numbered AS (
        SELECT *, upto - is_at_end::int + 1 AS beyond
        FROM (
            SELECT *, coalesce({day_upto} = ends_on, false) AS is_at_end
            FROM (
                SELECT *, {due_by_start} + 1 AS low, {due_by_end} AS upto FROM begun OFFSET 0
            ) AS bounded
            OFFSET 0
        ) AS ended
    ), renewal AS (
        SELECT customer_id, subscription_id, renews_on, cancelled_on FROM customers_renewal
        WHERE superseded_at IS NULL AND {renewals}
    ), near AS (
        SELECT numbered.subscription_id, starts_on, renews_on, low, upto, beyond,
            {due_before} AS before, {due_near} AS near
        FROM numbered
        JOIN renewal ON renewal.customer_id = numbered.customer_id
            AND coalesce(renewal.subscription_id, numbered.subscription_id)
                = numbered.subscription_id
        WHERE months IS NOT NULL
    ), piece AS (
        SELECT subscription_id, starts_on, greatest(low, lag(near) OVER by_day + 1) AS first,
            least(before, beyond - 1) AS last
        FROM near WINDOW by_day AS (PARTITION BY subscription_id, starts_on ORDER BY renews_on)
        UNION ALL
        SELECT subscription_id, starts_on, max(greatest(low, near + 1)), max(beyond - 1)
        FROM near GROUP BY subscription_id, starts_on
    ), run AS (
        SELECT numbered.*, low AS first, beyond - 1 AS last FROM numbered
        WHERE months IS NOT NULL
            AND NOT EXISTS (SELECT FROM near WHERE near.subscription_id = numbered.subscription_id)
        UNION ALL
        SELECT numbered.*, first, last FROM numbered JOIN piece USING (subscription_id, starts_on)
    ), recorded AS (
        SELECT numbered.subscription_id, starts_on, renews_on, min(cancelled_on) AS noticed_on
        FROM numbered
        JOIN renewal ON renewal.customer_id = numbered.customer_id
            AND coalesce(renewal.subscription_id, numbered.subscription_id)
                = numbered.subscription_id
            AND renews_on > starts_on AND (ends_on IS NULL OR renews_on <= ends_on)
        GROUP BY numbered.subscription_id, starts_on, renews_on
    ), due AS (
        SELECT customer_id, subscription_id, plan_id, currency, mrr, begun_on, months, is_alone,
            renewed_on, renewed_mrr, renewed_currency, false AS is_last, false AS is_recorded,
            NULL::date AS noticed_on, {first_on} AS first_on, {last_on} AS last_on
        FROM run WHERE ends_on IS NULL AND last IS NULL OR first <= last
        UNION ALL
        SELECT customer_id, subscription_id, plan_id, currency, mrr, begun_on, months, is_alone,
            renewed_on, renewed_mrr, renewed_currency, true, false, NULL, ends_on, ends_on
        FROM numbered
        WHERE is_at_end AND NOT EXISTS (
            SELECT FROM near
            WHERE near.subscription_id = numbered.subscription_id
                AND near.starts_on = numbered.starts_on
                AND near.upto > before AND near.upto <= near
        )
        UNION ALL
        SELECT customer_id, subscription_id, plan_id, currency, mrr, begun_on, months, is_alone,
            renewed_on, renewed_mrr, renewed_currency, coalesce(renews_on = ends_on, false), true,
            noticed_on, renews_on, renews_on
        FROM numbered JOIN recorded USING (subscription_id, starts_on)
    )
""")
INSERT = SQL("""
    WITH {due}
    INSERT INTO metrics_contractday (customer_id, subscription_id, plan_id, kind, first_on, last_on,
        next_on, begun_on, months, currency, mrr, is_alone, is_recorded, noticed_on, renewed_on,
        renewed_mrr, renewed_currency)
    SELECT customer_id, subscription_id, plan_id, CASE WHEN is_last THEN 'ends' ELSE 'goes_on' END,
        first_on, last_on, lead(first_on) OVER (PARTITION BY subscription_id ORDER BY first_on),
        begun_on, months, currency, mrr, is_alone, is_recorded, noticed_on,
        CASE WHEN is_last THEN renewed_on END, CASE WHEN is_last THEN renewed_mrr END,
        CASE WHEN is_last THEN renewed_currency END
    FROM due
    UNION ALL
    SELECT customer_id, subscription_id, plan_id, 'begins', starts_on, starts_on, NULL, begun_on,
        months, currency, mrr, is_alone, false, NULL, NULL, NULL, NULL
    FROM numbered WHERE is_start AND NOT is_alone
""")


def insert(these: SQL) -> Composed:
    """The statement that makes the rows of `these` customers (a condition on `customer_id`)."""

    def nearest(days: SQL) -> Composed:
        """A day near the renewal's: half the months before or after it, but not before `begun_on`,
        when nothing is due."""
        return DUE_BY.format(day=SQL("greatest(renews_on {days}, begun_on)").format(days=days))

    due = DUE.format(
        subscriptions=these,
        renewals=these,
        due_by_start=DUE_BY.format(day=SQL("starts_on")),
        due_by_end=DUE_BY.format(day=SQL("ends_on")),
        day_upto=DAY_DUE.format(number=SQL("upto")),
        due_before=nearest(SQL("- 15 * months")),
        due_near=nearest(SQL("+ 15 * months - 1")),
        first_on=DAY_DUE.format(number=SQL("first")),
        last_on=DAY_DUE.format(number=SQL("last")),
    )
    return INSERT.format(due=due)
