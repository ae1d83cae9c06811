"""The SQL of what comes due in a span of days, past and ahead, a row per customer and month.

What is past is `renewal_rate`'s own (metrics.contributions.due): the same days, outcomes and
amounts. What lies ahead comes due by the same days, and stands as it does today.

| relation | one row is |
|---|---|
| `every` | a contract on its last due day in a period (metrics.contributions.due, `due`) |
| `due` to `person` | of those until today, what became of a customer's in a period |
| `said` | what is on record of a renewal that lies ahead |
| `contract_ahead`, `ahead` | a contract, and a customer, on the last due day ahead in a period |
| `stood` | a customer in a period: both |

`outcome`: renewed, lost, undecided (due, and its grace lasts) of what was due; agreed, cancelled
or open of what lies ahead.
"""

from __future__ import annotations

from psycopg.sql import SQL, Composed

from customers.attributes import values_on
from customers.owners import Owned, condition
from metrics.contributions import due
from metrics.contributions.segments import Text

PAST, AHEAD = ("renewed", "lost", "undecided"), ("agreed", "cancelled", "open")
OUTCOMES = (*PAST, *AHEAD)

DUE_TODAY = SQL("due AS (SELECT * FROM every WHERE day <= %(today)s AND NOT is_plain)")
SAID = SQL("""
    said AS (
        SELECT customer_id, subscription_id, renews_on,
            bool_or(agreed_on <= %(today)s) AS is_agreed,
            bool_or(cancelled_on <= %(today)s) AS is_cancelled
        FROM customers_renewal
        WHERE superseded_at IS NULL AND renews_on > %(today)s AND renews_on < %(last)s
            AND (agreed_on IS NOT NULL OR cancelled_on IS NOT NULL)
        GROUP BY 1, 2, 3
    )
""")
AHEAD_OF_TODAY = SQL("""
    contract_ahead AS (
        SELECT period, every.customer_id, every.subscription_id, day, {mrr} AS mrr,
            bool_or(coalesce(is_cancelled, false)) AS is_cancelled,
            bool_or(coalesce(is_agreed, false)
                OR kind = 'ends' AND coalesce(renewed_on <= day + %(grace)s, false)) AS is_agreed
        FROM every
        LEFT JOIN said ON said.customer_id = every.customer_id AND said.renews_on = every.day
            AND coalesce(said.subscription_id, every.subscription_id) = every.subscription_id
        {rate}
        WHERE day > %(today)s
        GROUP BY period, every.customer_id, every.subscription_id, day, {mrr}
    ), ahead AS (
        SELECT period, customer_id, max(day) AS day, sum(mrr) AS mrr,
            CASE WHEN bool_and(is_cancelled) THEN 'cancelled'
                WHEN bool_and(is_cancelled OR is_agreed) THEN 'agreed' ELSE 'open' END AS outcome
        FROM contract_ahead GROUP BY period, customer_id
    )
""")
STOOD = SQL("""
    stood AS MATERIALIZED (
        SELECT period, customer_id, day, outcome, due + undecided AS mrr, due, gross, net
        FROM person
        UNION ALL
        SELECT period, every.customer_id, day, 'renewed', {mrr}, {mrr}, {mrr}, {mrr}
        FROM every {rate} WHERE day <= %(today)s AND is_plain
        UNION ALL
        SELECT period, customer_id, day, outcome, mrr, 0, 0, 0 FROM ahead
    )
""")
BAND = SQL("""customer_id IN (
    SELECT customer_id FROM metrics_healthscore WHERE ends_on IS NULL AND band = ANY(%(bands)s)
)""")
NO_BAND = SQL(
    "customer_id NOT IN (SELECT customer_id FROM metrics_healthscore WHERE ends_on IS NULL)"
)
OF_SEGMENT = SQL(
    "customer_id IN (SELECT customer_id FROM ({values}) AS placed WHERE value = %(segment)s)"
)
OF_NO_SEGMENT = SQL(
    "customer_id NOT IN (SELECT customer_id FROM ({values}) AS placed WHERE value <> '')"
)
VALUES = SQL(values_on(key="%(by)s", day="%(today)s::date"))


def of_owner(owned: Owned) -> SQL:
    """Whose customers, as a condition."""
    return SQL(condition(owned, column="customer_id"))


def of_band(bands: tuple[str, ...], unknown: str) -> Composed | SQL:
    """Any of the bands; `unknown` is that of customers without a score."""
    if unknown not in bands:
        return BAND
    return SQL("({} OR {})").format(BAND, NO_BAND) if len(bands) > 1 else NO_BAND


def of_segment(segment: str, unknown: str) -> Composed:
    return (OF_NO_SEGMENT if segment == unknown else OF_SEGMENT).format(values=VALUES)


def stood(which: due.Days, whom: list[Text], turn: Composed, *, is_converted: bool) -> list[Text]:
    """The relations up to `stood`, of the customers that all conditions of `whom` hold for;
    `turn` is renewal_rate's (metrics.contributions.renewals)."""
    mrr = SQL("every.mrr * rate.rate") if is_converted else SQL("every.mrr")
    rate: Text = SQL("")
    if is_converted:
        rate = due.RATED.format(
            name=SQL("rate"), currency=SQL("every.currency"), day=SQL("every.day")
        )
    return [
        due.held(which, SQL(" AND ").join(whom) if whom else due.ANYBODY),
        due.days_due("every", these=SQL("true")),
        DUE_TODAY,
        turn,
        due.PERSON,
        SAID,
        AHEAD_OF_TODAY.format(mrr=mrr, rate=rate),
        STOOD.format(mrr=mrr, rate=rate),
    ]
