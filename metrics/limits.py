"""How much one answer holds, told before the sums are made where that can be told cheaply."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from psycopg.sql import SQL, Composed

from accounts.formatting import format_number
from metrics.contributions import relations
from metrics.contributions.frame import Dimension, Frame, Split
from metrics.contributions.rows import Measure
from metrics.contributions.segments import Text, is_crossed, segment_of

MOST_SEGMENTS = 1000
MOST_VALUES = 100_000
LOOKED_AT = 100_000
"""Facts whose own names are looked at before a split by them."""


VALUES = SQL("""
    SELECT coalesce(nullif(value, ''), %(none)s) AS segment FROM customers_customerattribute
    WHERE key = %(attribute)s AND superseded_at IS NULL
""")
PAIRS = SQL("WITH {version} SELECT segment FROM version WHERE lower < %(last)s")
# Whatever a customer paid for while it was there.
PAIRS_WITH_CONTRACTS = SQL("""
    WITH {version} SELECT {segment} AS segment
    FROM version
    JOIN customers_subscription AS subscription USING (customer_id)
    JOIN customers_term AS term ON term.subscription_id = subscription.id
        AND term.superseded_at IS NULL AND term.mrr > 0 AND term.starts_on < version.upper
        AND (term.ends_on IS NULL OR term.ends_on >= version.lower)
    JOIN customers_plan AS plan ON plan.id = term.plan_id
    JOIN customers_product AS product ON product.id = plan.product_id
    WHERE lower < %(last)s AND term.starts_on < %(last)s
""")
COUNT = SQL(
    "SELECT count(*) FROM (SELECT DISTINCT segment FROM ({found}) AS found LIMIT {most}) AS few"
)


# By: whether it is crossed, whether the number is known, and whether it is of several periods.
_HAS = {
    (False, True, False): gettext_noop("{split} has {count} values"),
    (False, True, True): gettext_noop("{split} has {count} values in these {periods} periods"),
    (False, False, False): gettext_noop("{split} has more than {count} values"),
    (False, False, True): gettext_noop(
        "{split} has more than {count} values in these {periods} periods"
    ),
    (True, True, False): gettext_noop("{split} has {count} segments"),
    (True, True, True): gettext_noop("{split} has {count} segments in these {periods} periods"),
    (True, False, False): gettext_noop("{split} has more than {count} segments"),
    (True, False, True): gettext_noop(
        "{split} has more than {count} segments in these {periods} periods"
    ),
}


class TooManyError(ValueError):
    """More segments or values were asked for than one answer holds."""


def check_segments(frame: Frame, measure: Measure) -> None:
    """Raise TooManyError when the frame's split has more segments than one answer holds, whoever
    is in them: tens of milliseconds in place of the sums. Few enough here can still be too many
    values over the periods.
    """
    dimension = frame.dimension
    product = 1
    for side in dimension.each:
        count = _count(replace(frame, dimension=side), _values_of(side, measure))
        if count > MOST_SEGMENTS:
            raise too_many(side)
        product *= count
    if product > MOST_SEGMENTS and _count(frame, _pairs_of(dimension)) > MOST_SEGMENTS:
        raise too_many(dimension)


def too_many(dimension: Dimension, *, count: int | None = None, periods: int = 0) -> TooManyError:
    """In words: `count` segments, or more than an answer holds; in so many periods."""
    words = _HAS[bool(dimension.sides), count is not None, bool(periods)]
    has = _(words).format(
        split=dimension.name,
        count=format_number(MOST_SEGMENTS if count is None else count),
        periods=periods,
    )
    return TooManyError(
        _(
            "{has}; one answer holds {segments} segments and {values} values. Take another split"
            " or fewer periods."
        ).format(
            has=has,
            segments=format_number(MOST_SEGMENTS),
            values=format_number(MOST_VALUES),
        )
    )


def _values_of(side: Dimension, measure: Measure) -> Text | None:
    """What the side of a split can be, as the column `segment`; None where only the sums tell."""
    match side.split:
        case Split.ATTRIBUTE:
            return VALUES
        case Split.PRODUCT:
            return SQL("SELECT name AS segment FROM customers_product")
        case Split.PLAN:
            return SQL("SELECT id::text AS segment FROM customers_plan")
        case Split.OWN:
            found: Text | None = getattr(measure, "own_values", {}).get(side.attribute)
            return found and SQL("{} LIMIT {}").format(found, LOOKED_AT)
    return None


def _pairs_of(dimension: Dimension) -> Composed | None:
    """The crossed segments there can be; None where only the sums tell."""
    version = relations.version(dimension)
    if len(dimension.attributes) == 2:
        return PAIRS.format(version=version)
    if not is_crossed(dimension):
        return None
    contract = relations.NAMES[dimension.contract]
    segment = segment_of(dimension, customer=SQL("version.segment"), contract=contract)
    return PAIRS_WITH_CONTRACTS.format(version=version, segment=segment)


def _count(frame: Frame, found: Text | None) -> int:
    """How many segments, up to one more than an answer holds; 0 where that is not known."""
    if found is None:
        return 0
    query = COUNT.format(found=found, most=MOST_SEGMENTS + 1)
    ((count,),) = frame.fetch(query)
    return int(count)
