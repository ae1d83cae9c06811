"""Which attributes of customers changed since values were last made."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet

from customers.models import CustomerAttribute

LONGEST_TRANSACTION = dt.timedelta(hours=12)
"""A fact says when its transaction began; it is seen when that ends, this much later at most."""


def moved_keys(customers: QuerySet[Any, Any], *, since: dt.datetime | None) -> frozenset[str]:
    """The attributes that any of `customers` has another value of, perhaps."""
    found = CustomerAttribute.objects.filter(customer_id__in=customers)
    if since is not None:
        after = since - LONGEST_TRANSACTION
        found = found.filter(Q(recorded_at__gte=after) | Q(superseded_at__gte=after))
    return frozenset(found.order_by().values_list("key", flat=True).distinct())
