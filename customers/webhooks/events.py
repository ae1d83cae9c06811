"""Stripe's events as we keep them: which object they are about, when, and what matters of it.

Pure. `state_of` leaves personal data out: what it gives is kept when the body is swept.
"""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from customers.models import StripeEvent

Kind = StripeEvent.Kind
LONGEST_ID = 180
KINDS = {
    "customer": Kind.CUSTOMER,
    "subscription": Kind.SUBSCRIPTION,
    "invoice": Kind.INVOICE,
    "credit_note": Kind.CREDIT_NOTE,
}


class BadEventError(Exception):
    """A body that is no event of Stripe's; the message says why."""


@dataclass(frozen=True)
class Event:
    """`order` says which of two events of one object is the later, whenever they come in."""

    event_id: str
    type: str
    kind: str
    object_id: str
    occurred_at: dt.datetime
    object: Mapping[str, Any]

    @property
    def is_deletion(self) -> bool:
        return self.type.endswith(".deleted")


def parsed(body: str) -> Event:
    """The event of a body; raises BadEventError."""
    try:
        data = _clean(json.loads(body, parse_constant=_refuse))
    except (ValueError, RecursionError):
        raise BadEventError("The body is no JSON.") from None
    if not isinstance(data, dict) or data.get("object") != "event":
        raise BadEventError("The body is no event.")
    event_id, event_type, created = data.get("id"), data.get("type"), data.get("created")
    about = _at(data, "data", "object")
    if not _is_id(event_id, 255) or not _is_id(event_type, 100) or not isinstance(about, dict):
        raise BadEventError("The event lacks its id, type or object.")
    occurred_at = instant(created)
    if occurred_at is None:
        raise BadEventError("The event does not say when it was created.")
    kind = KINDS.get(str(about.get("object")), Kind.OTHER)
    if not str(event_type).startswith(("customer.", "invoice.", "credit_note.")):
        kind = Kind.OTHER
    object_id = about.get("id")
    if not _is_id(object_id, LONGEST_ID):
        if kind != Kind.OTHER:
            raise BadEventError("The event's object has no id.")
        object_id = ""
    return Event(str(event_id), str(event_type), kind, str(object_id), occurred_at, about)


def _refuse(word: str) -> None:
    raise ValueError(word)


def _clean(value: Any) -> Any:
    """Texts without what a database cannot store: NUL and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_clean(key): _clean(one) for key, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list) else value


def _is_id(value: Any, longest: int) -> bool:
    if not isinstance(value, str) or "\N{REPLACEMENT CHARACTER}" in value:
        return False
    return 0 < len(value) <= longest and value.isprintable()


def _at(value: Any, *path: str | int) -> Any:
    """What stands at a path of keys and positions; None where there is no such thing."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and len(value) > step else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def instant(value: Any) -> dt.datetime | None:
    """An instant of seconds since 1970, as Stripe gives them; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    if not 0 <= value < 7_258_118_400:  # the year 2200
        return None
    return dt.datetime.fromtimestamp(value, dt.UTC)


def day(value: Any) -> str | None:
    """Its day, as text; Stripe's days are UTC."""
    found = instant(value)
    return found.date().isoformat() if found else None


def told_at(occurred_at: dt.datetime, rank: int, event_id: str) -> dt.datetime:
    """When an event was, finer than Stripe's seconds: events of one second are ordered by `rank`,
    then by their ids, the same however they come in."""
    fraction = min(rank, 9) * 100_000 + zlib.crc32(event_id.encode()) % 100_000
    return occurred_at.replace(microsecond=fraction)


RANKS = {"draft": 1, "open": 2, "issued": 2, "uncollectible": 3, "paid": 4, "void": 5}


def rank_of(event: Event) -> int:
    """Of events in one second, what follows what: made, changed, deleted."""
    if event.is_deletion:
        return 9
    if event.kind in (Kind.INVOICE, Kind.CREDIT_NOTE):
        return RANKS.get(str(event.object.get("status")), 2)
    return 0 if event.type.endswith(".created") else 1


def state_of(event: Event) -> dict[str, Any]:
    """What is kept of the object."""
    from customers.webhooks.invoices import credit_note_state, invoice_state
    from customers.webhooks.subscriptions import subscription_state

    about = event.object
    match event.kind:
        case Kind.SUBSCRIPTION:
            state = subscription_state(about)
        case Kind.INVOICE:
            state = invoice_state(about)
        case Kind.CREDIT_NOTE:
            state = credit_note_state(about)
        case _:
            state = {}
    return state | {"is_deleted": event.is_deletion, "rank": rank_of(event)}


def reference(value: Any) -> str:
    """The id of an object that may be expanded; empty when there is none."""
    found = value.get("id") if isinstance(value, dict) else value
    return found if isinstance(found, str) and _is_id(found, LONGEST_ID) else ""
