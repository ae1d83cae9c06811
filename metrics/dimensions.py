"""What values can be split by, as named in pages and API."""

from __future__ import annotations

from customers.models import CustomerAttribute, Product
from metrics.contributions.frame import WHOLE, Dimension, Split


class UnknownSegmentError(ValueError):
    """There is nothing of that name to split by, or no such segment. `str()` says what there is."""


def attribute_keys() -> list[str]:
    """The company's customer attributes, by name."""
    current = CustomerAttribute.objects.filter(superseded_at=None)
    return list(current.order_by("key").values_list("key", flat=True).distinct())


def names() -> list[str]:
    """Everything values can be split by."""
    own = [Split.PRODUCT.value, Split.PLAN.value] if Product.objects.exists() else []
    return [*attribute_keys(), *own]


def dimension(name: str) -> Dimension:
    """What `by=name` means; nothing for ''. An attribute goes before `product` and `plan`."""
    if not name:
        return WHOLE
    current = CustomerAttribute.objects.filter(superseded_at=None, key=name)
    if current.exists():
        return Dimension(Split.ATTRIBUTE, name)
    if name in (Split.PRODUCT, Split.PLAN):
        return Dimension(Split(name))
    allowed = ", ".join([*attribute_keys(), Split.PRODUCT, Split.PLAN])
    raise UnknownSegmentError(f"by must be one of {allowed}; got {name}.")
