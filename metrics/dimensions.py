"""What values can be split by, as named in pages and API."""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext as _

from customers.models import Product
from metrics.contributions.frame import WHOLE, Dimension, Split, crossed
from metrics.definition import Metric

MOST_SIDES = 2
HAS_ATTRIBUTE = (
    "SELECT FROM customers_customerattribute WHERE key = %s AND superseded_at IS NULL LIMIT 1"
)
OF_CUSTOMERS = "customer."
"""Before the key of an attribute that is called as one of the metric's own splits."""


class UnknownSegmentError(ValueError):
    """There is nothing of that name to split by, or no such segment. `str()` says what there is."""


# One look into the index per key, however many customers have it.
_KEYS = """
    WITH RECURSIVE known AS (
        SELECT min(key) AS key FROM customers_customerattribute WHERE superseded_at IS NULL
        UNION ALL
        SELECT (SELECT min(key) FROM customers_customerattribute
                 WHERE superseded_at IS NULL AND key > known.key)
        FROM known WHERE known.key IS NOT NULL
    )
    SELECT key FROM known WHERE key IS NOT NULL ORDER BY key
"""


def attribute_keys() -> list[str]:
    """The company's customer attributes, by name. A query."""
    with connection.cursor() as cursor:
        cursor.execute(_KEYS)
        return [key for (key,) in cursor.fetchall()]


def names(metric: Metric | None = None) -> list[str]:
    """Everything values can be split by; of a metric, its own splits first."""
    by_subscription = [Split.PRODUCT.value, Split.PLAN.value] if Product.objects.exists() else []
    own = metric.splits if metric else ()
    attributes = [f"{OF_CUSTOMERS}{key}" if key in own else key for key in attribute_keys()]
    return [*own, *attributes, *by_subscription]


def dimension(name: str, metric: Metric | None = None) -> Dimension:
    """What `by=name` means; nothing for ''. Two names with a comma between them are crossed. The
    metric's own splits go before customers' attributes, and these before `product` and `plan`.
    """
    names = [one.strip() for one in name.split(",") if one.strip()]
    if not names:
        return WHOLE
    if len(names) > MOST_SIDES:
        words = _("by takes one or two of {allowed}; got {count}: {given}.")
        raise UnknownSegmentError(
            words.format(allowed=_allowed(metric), count=len(names), given=", ".join(names))
        )
    sides = [_side(one, metric) for one in names]
    if len(sides) > 1:
        _check_crossing(sides)
    return crossed(*sides)


def _side(name: str, metric: Metric | None) -> Dimension:
    own = metric.splits if metric else ()
    if name in own:
        return Dimension(Split.OWN, name)
    key = name.removeprefix(OF_CUSTOMERS)
    key = key if key in own else name
    if "\x00" not in key and is_attribute(key):  # which the database cannot be asked for
        return Dimension(Split.ATTRIBUTE, key, asked_as=name)
    if name in (Split.PRODUCT, Split.PLAN):
        return Dimension(Split(name))
    words = _("{name} must be one of {allowed}; got {given}.")
    raise UnknownSegmentError(words.format(name="by", allowed=_allowed(metric), given=name))


def is_attribute(key: str) -> bool:
    """Whether any customer has a value of it on record. One look into the index."""
    with connection.cursor() as cursor:
        cursor.execute(HAS_ATTRIBUTE, [key])
        return cursor.fetchone() is not None


def _check_crossing(sides: list[Dimension]) -> None:
    one, other = (side.name for side in sides)
    if sides[0] == sides[1]:
        words = _("by takes two different ones to cross; got {name} twice.")
        raise UnknownSegmentError(words.format(name=one))
    if all(side.is_by_subscription for side in sides):
        words = _(
            "{one} and {other} cannot be crossed: a plan names its product. Take either alone, or"
            " cross it with another."
        )
        raise UnknownSegmentError(words.format(one=one, other=other))


def _allowed(metric: Metric | None) -> str:
    own = metric.splits if metric else ()
    return ", ".join([*own, *attribute_keys(), Split.PRODUCT, Split.PLAN])
