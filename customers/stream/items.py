"""Which item an event shows or clicks, by Segment's own names for it."""

from __future__ import annotations

from typing import Any

_PRODUCT = ("product_id", "sku", "name")
_PROMOTION = ("promotion_id", "name")
_LIST = ("list_id", "category")

# Segment's e-commerce events: what they do, and the properties that name the item, best first.
NAMED: dict[str, tuple[str, tuple[str, ...]]] = {
    "Product Viewed": ("shown", _PRODUCT),
    "Product Clicked": ("clicked", _PRODUCT),
    "Product List Viewed": ("shown", _LIST),
    "Promotion Viewed": ("shown", _PROMOTION),
    "Promotion Clicked": ("clicked", _PROMOTION),
}
ACTIONS = frozenset({"shown", "clicked"})
NOTHING = ("", "")


def action_and_item(name: str, properties: dict[str, Any]) -> tuple[str, Any]:
    """What the event does (shown or clicked) and with which item; two empty texts for neither.

    `properties.action` and `properties.item` say it; else Segment's e-commerce and promotion
    events do.
    """
    action = properties.get("action")
    if type(action) is str and action in ACTIONS and (item := properties.get("item")):
        return action, item
    named = NAMED.get(name)
    if named is None:
        return NOTHING
    action, keys = named
    for key in keys:
        if item := properties.get(key):
            return action, item
    return NOTHING
