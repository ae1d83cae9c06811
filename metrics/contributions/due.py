"""The relations of contracts that come due (metrics.contributions.renewals).

| relation | one row is |
|---|---|
| `paid` | a term with MRR |
| `watched` | a customer whose dues are looked at one by one, and in which days |
| `recorded`, `ended`, `due` | a contract on a due day: on record, by what its price is for, both |
| `turn`, `person`, `placed` | what became of a customer's: on a day, in a period, and where |
| `run`, `plain` | what just goes on: a term's dues in a row, and sums of them by period |
"""

from __future__ import annotations

from psycopg.sql import SQL

# paid: terms with MRR, from when the contract was paid for without a gap, and how many months its
# price is for (null: it does not come due by that).
PAID = SQL("""
    paid AS MATERIALIZED (
        SELECT islands.*, step.months,
            max(starts_on) FILTER (WHERE is_start) OVER (
                PARTITION BY subscription_id ORDER BY starts_on
            ) AS begun_on
        FROM (
            SELECT subscription.customer_id, term.subscription_id, term.plan_id, term.starts_on,
                term.ends_on, term.interval, term.mrr, term.currency,
                lag(term.ends_on) OVER (
                    PARTITION BY term.subscription_id ORDER BY term.starts_on
                ) IS DISTINCT FROM term.starts_on AS is_start
            FROM customers_term AS term
            JOIN customers_subscription AS subscription ON subscription.id = term.subscription_id
            WHERE term.superseded_at IS NULL AND term.mrr > 0
                AND (%(customers)s::bigint[] IS NULL
                    OR subscription.customer_id = ANY (%(customers)s))
        ) AS islands
        LEFT JOIN (VALUES ('month', 1), ('quarter', 3), ('year', 12)) AS step (interval, months)
            ON step.interval = islands.interval
    )
""")

# Of a contract: the day it comes due with the term that was in force the day before.
RECORDED = SQL("""
    recorded AS (
        SELECT paid.customer_id, paid.subscription_id, paid.plan_id, paid.mrr, paid.currency,
            paid.ends_on, renewal.renews_on AS day,
            bool_or(coalesce(renewal.cancelled_on <= %(as_of)s, false)) AS is_noticed
        FROM customers_renewal AS renewal
        JOIN paid ON paid.customer_id = renewal.customer_id
            AND paid.subscription_id = coalesce(renewal.subscription_id, paid.subscription_id)
            AND paid.starts_on < renewal.renews_on
            AND (paid.ends_on IS NULL OR paid.ends_on >= renewal.renews_on)
        WHERE renewal.superseded_at IS NULL
            AND renewal.renews_on >= %(first)s AND renewal.renews_on < %(last)s
        GROUP BY 1, 2, 3, 4, 5, 6, 7
    )
""")

# How often a contract has come due by a day: the ends of its months, quarters or years since it
# began. (A month's end is the begin's day of the month, in a shorter month the last.)
DUE_BY = SQL("""(
    (date_part('year', {day}) * 12 + date_part('month', {day})
        - date_part('year', begun_on) * 12 - date_part('month', begun_on))::int / months
    - (begun_on + make_interval(months => (
        (date_part('year', {day}) * 12 + date_part('month', {day})
            - date_part('year', begun_on) * 12 - date_part('month', begun_on))::int / months
        ) * months) > {day})::int
)""")
DAY_DUE = SQL("(begun_on + make_interval(months => ({number}) * months))::date")

# watched: the days to look for dues of a customer.
WATCHED = SQL("""
    watched AS (SELECT DISTINCT customer_id, %(first)s::date AS since, %(last)s::date AS until
        FROM paid)
""")
ENDED = SQL("""
    ended AS (
        SELECT paid.customer_id, paid.subscription_id, paid.plan_id, paid.mrr, paid.currency,
            paid.ends_on, turned.day, months
        FROM watched
        JOIN paid USING (customer_id)
        CROSS JOIN LATERAL (
            SELECT greatest(starts_on, since - 1) AS after, least(ends_on, until - 1) AS upto
        ) AS span
        CROSS JOIN LATERAL generate_series({after} + 1, {upto}) AS number
        CROSS JOIN LATERAL (SELECT {day} AS day) AS turned
        WHERE months IS NOT NULL AND after < upto
    )
""").format(
    after=DUE_BY.format(day=SQL("after")),
    upto=DUE_BY.format(day=SQL("upto")),
    day=DAY_DUE.format(number=SQL("number")),
)
DUE_BY_RECORD = SQL("""
    due AS (
        SELECT customer_id, subscription_id, plan_id, mrr, currency, ends_on, day, is_noticed
        FROM recorded
    )
""")
DUE_BY_ALL = SQL("""
    due AS (
        SELECT customer_id, subscription_id, plan_id, mrr, currency, ends_on, day, is_noticed
        FROM recorded
        UNION ALL
        SELECT customer_id, subscription_id, plan_id, mrr, currency, ends_on, day, false
        FROM ended
        WHERE NOT EXISTS (
            SELECT FROM customers_renewal AS renewal
            WHERE renewal.customer_id = ended.customer_id AND renewal.superseded_at IS NULL
                AND coalesce(renewal.subscription_id, ended.subscription_id)
                    = ended.subscription_id
                AND abs(renewal.renews_on - ended.day) * 2 < ended.months * 30
        )
    )
""")

# contract: every due one by its last due day in the period; m0 what it was worth, m1 what it is
# (null: it did not go on), both at the due day's rate. A term that is not over goes on. turn: a
# customer's contracts due on one day together.
TURN = SQL("""
    dated AS (
        SELECT DISTINCT ON (period, subscription_id) *
        FROM (SELECT width_bucket(day, %(borders)s::date[]) AS period, due.* FROM due) AS cut
        ORDER BY period, subscription_id, day DESC
    ), contract AS (
        SELECT period, {name} AS segment, dated.customer_id, subscription_id, dated.day,
            is_noticed, {m0} AS m0,
            CASE WHEN ends_on IS NULL OR ends_on > dated.day THEN {m0} ELSE later.m1 END AS m1
        FROM dated
        {plan} {rate}
        LEFT JOIN LATERAL (
            SELECT {term_mrr} AS m1 FROM customers_term AS term {term_rate}
            WHERE dated.ends_on <= dated.day AND term.subscription_id = dated.subscription_id
                AND term.superseded_at IS NULL AND term.mrr > 0
                AND (term.ends_on IS NULL OR term.ends_on > dated.day)
                AND term.starts_on
                    <= least(dated.day + %(grace)s, greatest(%(as_of)s, dated.day))
            ORDER BY term.starts_on LIMIT 1
        ) AS later ON true
    ), together AS (
        SELECT period, segment, customer_id, day, array_agg(subscription_id) AS contracts,
            sum(m0) AS m0, coalesce(sum(m1), 0) AS kept, bool_or(m1 IS NULL) AS has_gap,
            bool_and(is_noticed OR m1 IS NOT NULL) AS is_noticed
        FROM contract GROUP BY period, segment, customer_id, day
    ), turn AS (
        SELECT period, segment, together.customer_id, day, m0,
            kept + coalesce(begun.mrr, 0) AS m1,
            kept + coalesce(begun.mrr, 0) > 0 OR is_noticed
                OR day + %(grace)s <= %(as_of)s AS is_decided
        FROM together
        LEFT JOIN LATERAL (
            SELECT sum({term_mrr}) AS mrr
            FROM customers_subscription AS other
            JOIN customers_term AS term ON term.subscription_id = other.id
            {term_plan} {begun_rate}
            WHERE has_gap AND other.customer_id = together.customer_id
                AND NOT other.id = ANY(contracts)
                AND term.superseded_at IS NULL AND term.mrr > 0
                AND {term_name} = together.segment
                AND term.starts_on >= together.day
                AND term.starts_on <= together.day + %(grace)s
                AND term.starts_on <= greatest(%(as_of)s, together.day)
                AND NOT EXISTS (
                    SELECT FROM customers_term AS before
                    WHERE before.subscription_id = other.id AND before.superseded_at IS NULL
                        AND before.mrr > 0 AND before.ends_on = term.starts_on
                )
        ) AS begun ON true
    )
""")
PLAN = SQL("""
    JOIN customers_plan AS plan ON plan.id = {term}.plan_id
    JOIN customers_product AS product ON product.id = plan.product_id
""")
RATED = SQL("""
    JOIN rate ON rate.currency = {term}.currency AND rate.day = {day}
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

# Most contracts just go on, month by month. Those of customers with one contract are counted
# where they run, by the day they began on and how often they have come due since, not one by one:
# a contract is due by `run` for every number from `low` to `high` and worth the same after as
# before. In a period only the last of them counts: all but the term's last where the next comes
# in a later period; the term's last where no later term comes due in its period.
#
# What is not so plain is looked at one by one as ever: the periods (`watched`) of such customers
# with a date on record near, or with a term that ends on a due day. What was counted of these
# (`counted_twice`) is taken back.
ALONE = SQL("""
    single AS MATERIALIZED (
        SELECT customer_id, max(months) AS longest FROM paid
        GROUP BY customer_id HAVING min(subscription_id) = max(subscription_id)
    ), special AS (
        SELECT customer_id, width_bucket(ends_on, %(borders)s::date[]) AS period
        FROM single JOIN paid USING (customer_id)
        WHERE ends_on >= %(first)s AND ends_on < %(last)s
            AND {day_due_last} = ends_on AND {due_last} > 0
        UNION
        SELECT customer_id, period
        FROM customers_renewal AS renewal
        JOIN single USING (customer_id)
        CROSS JOIN LATERAL (
            SELECT renews_on - 15 * coalesce(longest, 0) AS since,
                renews_on + 15 * coalesce(longest, 0) AS until
        ) AS near
        CROSS JOIN LATERAL generate_series(
            greatest(width_bucket(since, %(borders)s::date[]), 1),
            least(width_bucket(until, %(borders)s::date[]), cardinality(%(borders)s::date[]) - 1)
        ) AS period
        WHERE superseded_at IS NULL AND since < %(last)s AND until >= %(first)s
    ), watched AS (
        SELECT customer_id, %(first)s::date AS since, %(last)s::date AS until FROM paid
        GROUP BY customer_id HAVING min(subscription_id) <> max(subscription_id)
        UNION ALL
        SELECT customer_id, (%(borders)s::date[])[period], (%(borders)s::date[])[period + 1]
        FROM special
    )
""").format(
    due_last=DUE_BY.format(day=SQL("ends_on")),
    day_due_last=DAY_DUE.format(number=DUE_BY.format(day=SQL("ends_on"))),
)
RUN = SQL("""
    numbered AS MATERIALIZED (
        SELECT paid.customer_id, subscription_id, {name} AS segment, starts_on, begun_on,
            paid.months, currency, mrr, {after} + 1 AS low, {before} AS high
        FROM single
        JOIN paid USING (customer_id)
        {plan}
        CROSS JOIN LATERAL (
            SELECT greatest(starts_on, %(first)s::date - 1) AS after,
                least(ends_on, %(last)s::date) - 1 AS before
        ) AS span
        WHERE paid.months IS NOT NULL AND after < before
    ), dued AS MATERIALIZED (
        SELECT *, {first_due} AS first_due, {last_due} AS last_due
        FROM numbered WHERE low <= high
    ), run AS MATERIALIZED (
        SELECT *, min(first_due) OVER (
            PARTITION BY subscription_id ORDER BY starts_on
            ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS next_due
        FROM dued
    )
""")
STRETCH = SQL("stretch AS (SELECT run.*, high - 1 AS upto FROM run)")
STRETCH_BY_ATTRIBUTE = SQL("""
    stretch AS (
        SELECT customer_id, {segment} AS segment, begun_on, months, currency,
            mrr, greatest(low, {lower} + 1) AS low, least(high - 1, {upper}) AS upto
        FROM (
            SELECT run.*, version.segment AS place,
                greatest(coalesce(version.lower, '-infinity'), begun_on + 1) - 1 AS after,
                greatest(least(coalesce(version.upper, 'infinity'), last_due), begun_on + 1) - 1
                    AS before
            FROM run LEFT JOIN version ON version.customer_id = run.customer_id
                AND version.lower <= last_due AND version.upper > first_due
        ) AS held
    )
""")
COUNTED = SQL("""
    event AS (
        SELECT begun_on, months, currency, segment, number, sum(n) AS n, sum(n * mrr) AS mrr,
            sum(n * mrr * mrr) AS squares
        FROM stretch CROSS JOIN LATERAL (VALUES (low, 1), (upto + 1, -1)) AS side (number, n)
        WHERE upto >= low
        GROUP BY begun_on, months, currency, segment, number
    ), course AS (
        SELECT begun_on, months, currency, segment, number, sum(n) OVER upto AS n,
            sum(mrr) OVER upto AS mrr, sum(squares) OVER upto AS squares,
            lead(number) OVER upto - 1 AS until
        FROM event
        WINDOW upto AS (PARTITION BY begun_on, months, currency, segment ORDER BY number)
    ), plain_due AS (
        SELECT segment, currency, {day} AS day, n, mrr, squares
        FROM course CROSS JOIN LATERAL generate_series(number, until) AS one
        WHERE n <> 0 AND width_bucket({day}, %(borders)s::date[])
            <> width_bucket({next_day}, %(borders)s::date[])
        UNION ALL
        SELECT {run_segment}, currency, last_due, 1, mrr, mrr * mrr
        FROM run {run_version}
        WHERE next_due IS NULL
            OR width_bucket(last_due, %(borders)s::date[])
                <> width_bucket(next_due, %(borders)s::date[])
    ), counted_twice AS (
        SELECT DISTINCT ON (width_bucket(day, %(borders)s::date[]), ended.customer_id)
            ended.customer_id, {twice_name} AS segment, currency, day, mrr
        FROM ended
        JOIN single USING (customer_id)
        {twice_plan}
        WHERE ends_on IS NULL OR day < ends_on
        ORDER BY width_bucket(day, %(borders)s::date[]), ended.customer_id, day DESC
    ), plain AS (
        SELECT width_bucket(due.day, %(borders)s::date[]) AS period, segment AS place, n,
            {mrr} AS mrr, {squares} AS squares
        FROM (
            SELECT segment, currency, day, n, mrr, squares FROM plain_due
            UNION ALL
            SELECT {twice_segment}, currency, day, -1, -mrr, -mrr * mrr
            FROM counted_twice {twice_version}
        ) AS due {rate}
    )
""")
VERSION_OF_LAST = SQL("""
    LEFT JOIN version ON version.customer_id = {relation}.customer_id
        AND {day} >= version.lower AND {day} < version.upper
""")
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
    GROUP BY period, place HAVING sum(due) <> 0
""")
ROWS = SQL("""
    SELECT customer_id, y, x, due, lost, undecided, day FROM placed
    WHERE place = %(segment)s AND customer_id > %(after)s
    ORDER BY customer_id LIMIT %(limit)s
""")
