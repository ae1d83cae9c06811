"""What the rows of a file show of its end dates: last days, or the days after them."""

from __future__ import annotations

from django.db import connection

from customers.imports.options import EndDay

MOST_MONTHS = 36


def whole_months(starts: str, ends: str) -> str:
    """SQL of whether `ends` is 1 to MOST_MONTHS whole months after `starts`; both are SQL of days.

    January 1st to 31st is a month up to its last day; to February 1st, up to the day after.
    """
    months = (
        f"((extract(year FROM {ends}) - extract(year FROM {starts})) * 12"
        f" + extract(month FROM {ends}) - extract(month FROM {starts}))::int"
    )
    return (
        f"({months} BETWEEN 1 AND {MOST_MONTHS}"
        f" AND {ends} = ({starts} + make_interval(months => {months}))::date)"
    )


def shown(evidence: str) -> EndDay | None:
    """What more rows show; None where none shows anything, or as many the one as the other.

    `evidence`: SQL of rows, from FROM on, that show something where `{days}` is what is added to
    their end dates: 0 if those are the days after, 1 if they are last days.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (SELECT count(*) {evidence.format(days=0)}),"
            f" (SELECT count(*) {evidence.format(days=1)})"
        )
        after, last = cursor.fetchone()
    if after == last:
        return None
    return EndDay.LAST if last > after else EndDay.FIRST_WITHOUT
