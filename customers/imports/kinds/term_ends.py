"""Whether the end dates of a file of terms are last days, or the days after them.

Two rows of a customer that follow each other tell: the second begins on the end date, or on the
day after it. Where none do, terms of whole months tell: 1 January to 31 December, or to 1 January.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from customers.imports.end_days import shown, whole_months
from customers.imports.options import EndDay
from customers.imports.staging import Stage

_FOLLOWED = """
    FROM import_row r WHERE EXISTS (SELECT FROM import_row n
        WHERE n.customer = r.customer AND n.started_on = r.ended_on + {days})
"""
_WHOLE = f"FROM import_row r WHERE {whole_months('r.started_on', '(r.ended_on + {days})')}"


def read_end_days(stage: Stage) -> None:
    """Makes every `ended_on` the day after the last one, and tells how end dates were read where
    the file does not say, or says something else than was chosen."""
    is_last = stage.options.end_day is EndDay.LAST if stage.is_partial else _is_last(stage)
    if is_last:
        stage.execute("UPDATE import_row SET ended_on = ended_on + 1")


def _is_last(stage: Stage) -> bool:
    chosen = stage.options.end_day
    seen = shown(_FOLLOWED)
    if chosen is EndDay.LAST:
        if seen is EndDay.FIRST_WITHOUT:
            stage.tell(
                _(
                    "The same customer's next row begins on the end date, as if that were the day"
                    " after the last one. It is read as the last day, as chosen: two terms overlap"
                    " for a day."
                ),
                found=_FOLLOWED.format(days=0),
            )
        return True
    if chosen is EndDay.FIRST_WITHOUT:
        if seen is EndDay.LAST:
            stage.tell(
                _(
                    "The same customer's next row begins the day after the end date, as if that"
                    " were the last day. It is read as the day after the last one, as chosen: the"
                    " customer leaves for a day and comes back."
                ),
                found=_FOLLOWED.format(days=1),
            )
        return False
    evidence = _FOLLOWED if seen else _WHOLE
    seen = seen or shown(_WHOLE)
    if seen is EndDay.LAST:
        stage.tell(
            _("End dates are read as last days, as these rows show."),
            found=evidence.format(days=1),
        )
    elif seen is None:
        stage.tell(
            _(
                "Nothing in the file shows whether an end date is the last day or the day after"
                " it. It is read as the day after."
            ),
            found="FROM import_row r WHERE r.ended_on IS NOT NULL",
        )
    return seen is EndDay.LAST
