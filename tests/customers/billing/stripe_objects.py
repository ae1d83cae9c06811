"""Objects and events as Stripe sends them, and sending them, signed."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import Any

import stripe

SECRET = "whsec_of_the_tests_0123456789"
State = dict[str, Any]


def at(day: str, clock: str = "10:00:00") -> int:
    """Seconds since 1970 of a UTC time."""
    return int(dt.datetime.fromisoformat(f"{day}T{clock}+00:00").timestamp())


def event(event_id: str, kind: str, created: int, about: State) -> State:
    return {
        "id": event_id,
        "object": "event",
        "api_version": "2025-06-30.basil",
        "type": kind,
        "created": created,
        "livemode": False,
        "data": {"object": about},
    }


def customer(name: str = "Alpha GmbH", **more: Any) -> State:
    return {
        "id": "cus_1",
        "object": "customer",
        "created": at("2025-01-01"),
        "name": name,
        "email": "billing@alpha.example",
        "phone": "+49 30 1",
    } | more


def item(price: str = "price_a", amount: int = 1000, quantity: int = 1, **more: Any) -> State:
    return {
        "id": f"si_{price}",
        "object": "subscription_item",
        "quantity": quantity,
        "price": {
            "id": price,
            "object": "price",
            "currency": "eur",
            "unit_amount": amount,
            "unit_amount_decimal": str(amount),
            "nickname": None,
            "product": "prod_1",
            "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
        }
        | more,
        "current_period_end": at("2025-02-01"),
    }


def subscription(*items: State, **more: Any) -> State:
    return {
        "id": "sub_1",
        "object": "subscription",
        "customer": "cus_1",
        "status": "active",
        "created": at("2025-01-01"),
        "start_date": at("2025-01-01"),
        "trial_end": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "ended_at": None,
        "pause_collection": None,
        "discounts": [],
        "items": {"object": "list", "data": list(items) or [item()]},
    } | more


def invoice(status: str = "open", **more: Any) -> State:
    return {
        "id": "in_1",
        "object": "invoice",
        "customer": "cus_1",
        "customer_email": "billing@alpha.example",
        "number": "A-0001",
        "status": status,
        "currency": "eur",
        "created": at("2025-01-01"),
        "total": 1190,
        "total_excluding_tax": 1000,
        "status_transitions": {"finalized_at": at("2025-01-02"), "paid_at": None},
        "parent": {"subscription_details": {"subscription": "sub_1"}},
        "lines": {
            "data": [{"period": {"start": at("2025-01-01"), "end": at("2025-02-01")}}],
        },
    } | more


def signature(body: bytes, *, secret: str = SECRET, age: int = 0) -> str:
    return stripe.WebhookSignature.generate_signature_header(
        body.decode(), secret, int(time.time()) - age
    )


def as_body(value: Any) -> bytes:
    return json.dumps(value).encode()
