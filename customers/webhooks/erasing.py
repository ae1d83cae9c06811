"""What was sent by Stripe about somebody, taken out again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from customers.models import StripeEvent

ERASED = "[erased]"
KEPT_FOR = dt.timedelta(days=30)


@transaction.atomic
def erase_from_stripe_events(words: Iterable[str]) -> int:
    """Take every text that holds one of `words` (an address, a name, an id; without regard to
    case) out of the bodies kept; returns how many bodies that changed.

    A body that was applied goes altogether. One that waits keeps what has to be applied: its
    texts are replaced whole, its ids stay.
    """
    wanted = [word for word in words if word.strip()]
    if not wanted:
        return 0
    found = Q()
    for word in wanted:
        # A body is JSON: a word may be written with escapes in it.
        for spelled in {word, json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]}:
            found |= Q(body__icontains=spelled)
    rows = list(StripeEvent.objects.select_for_update().filter(found).exclude(body=""))
    for row in rows:
        row.body = "" if row.applied_at else _redacted(row.body, [w.casefold() for w in wanted])
    StripeEvent.objects.bulk_update(rows, ["body"], batch_size=500)
    return len(rows)


def _redacted(body: str, words: list[str]) -> str:
    def clean(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: clean(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [clean(one, key) for one in value]
        if isinstance(value, str) and key not in ("id", "customer", "subscription", "object"):
            return ERASED if any(word in value.casefold() for word in words) else value
        return value

    return json.dumps(clean(json.loads(body)))


def sweep_bodies() -> int:
    """Empty the bodies of applied events that are older than KEPT_FOR; returns how many."""
    old = StripeEvent.objects.filter(received_at__lt=timezone.now() - KEPT_FOR)
    return old.exclude(applied_at=None).exclude(body="").update(body="")
