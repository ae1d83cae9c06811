"""What values can be split by, as named in pages and API."""

from __future__ import annotations

from django.db import connection

from customers.models import CustomerAttribute, Product
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


def attribute_keys() -> list[str]:
    """The company's customer attributes, by name."""
    current = CustomerAttribute.objects.filter(superseded_at=None)
    return list(current.order_by("key").values_list("key", flat=True).distinct())


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
        raise UnknownSegmentError(
            f"by takes one or two of {_allowed(metric)}; got {len(names)}: {', '.join(names)}."
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
    if "\x00" not in key and _is_attribute(key):  # which the database cannot be asked for
        return Dimension(Split.ATTRIBUTE, key, asked_as=name)
    if name in (Split.PRODUCT, Split.PLAN):
        return Dimension(Split(name))
    raise UnknownSegmentError(f"by must be one of {_allowed(metric)}; got {name}.")


def _is_attribute(key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(HAS_ATTRIBUTE, [key])
        return cursor.fetchone() is not None


def _check_crossing(sides: list[Dimension]) -> None:
    one, other = (side.name for side in sides)
    if sides[0] == sides[1]:
        raise UnknownSegmentError(f"by takes two different ones to cross; got {one} twice.")
    if all(side.is_by_subscription for side in sides):
        raise UnknownSegmentError(
            f"{one} and {other} cannot be crossed: a plan names its product. Take either alone, or "
            "cross it with another."
        )


def _allowed(metric: Metric | None) -> str:
    own = metric.splits if metric else ()
    return ", ".join([*own, *attribute_keys(), Split.PRODUCT, Split.PLAN])
