"""Items shown to people, and whether they were clicked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext_noop
from psycopg.sql import SQL

from metrics.contributions.frame import Frame
from metrics.contributions.placed import Placed, Relation

# A person is an end user of a customer. The lists of a day are of one length; taken apart in the
# select list they cost a fifth of a join with each. A click that nothing shown in the period goes
# before implies that the item was shown then.
FACTS = SQL("""
    seen AS (
        SELECT day, customer_id, end_user, unnest(items) AS item, unnest(shown_at) AS shown_at,
            unnest(clicked_at) AS clicked_at
        FROM customers_usageday
        WHERE day >= %(first)s AND day <= least(%(last)s::date + 7, %(as_of)s)
            AND cardinality(items) > 0
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY (%(customers)s))
    ), within AS (
        SELECT width_bucket(day, %(borders)s::date[]) AS period, * FROM seen
        WHERE day < %(last)s
    ), pair AS (
        SELECT period, customer_id, end_user, item, min(day) AS day,
            min(shown_at) AS shown_at, min(clicked_at) AS clicked_at
        FROM within GROUP BY period, customer_id, end_user, item
    ), clicked AS (
        SELECT DISTINCT within.period, customer_id, end_user, item
        FROM within
        JOIN (SELECT * FROM seen WHERE clicked_at IS NOT NULL) AS click
            USING (customer_id, end_user, item)
        WHERE click.clicked_at BETWEEN within.shown_at AND within.shown_at + interval '7 days'
    ), fact AS (
        SELECT period, day, customer_id, 0 AS id, item AS own, 1 AS x,
            (clicked.item IS NOT NULL OR shown_at IS NULL
                OR coalesce(clicked_at < shown_at, false))::int AS y
        FROM pair LEFT JOIN clicked USING (period, customer_id, end_user, item)
    )
""")


ITEMS = SQL("""
    SELECT unnest(items) AS segment FROM customers_usageday
    WHERE day >= %(first)s AND day < %(last)s AND cardinality(items) > 0
""")


@dataclass(frozen=True, kw_only=True)
class Clicks(Placed):
    """Of (person, item) shown in the period, those clicked within 7 days; a row per customer."""

    own_values: ClassVar[Mapping[str, SQL]] = {"item": ITEMS}
    is_by_period: ClassVar[bool] = True
    is_per_customer: bool = True
    empty_reason: str = gettext_noop("nothing was shown in the period")

    def facts(self, frame: Frame) -> Sequence[Relation]:
        return [FACTS]

    def parts(self) -> Mapping[str, SQL]:
        return {"shown": SQL("sum(x)"), "clicked": SQL("sum(y)")}
