"""Stripe's subscriptions: what is kept of one, and what all its states make.

Rules (docs.stripe.com/api/subscriptions/object): active and past due pay; trialing, incomplete
and unpaid do not; canceled has ended; a status of paused, or a collection paused with invoices
voided or uncollectible, is a pause. Metered items are no MRR. Days are UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from customers.webhooks.events import day, reference
from customers.webhooks.invoices import _list
from customers.webhooks.money import amount_of, currency_of

State = dict[str, Any]
Row = dict[str, Any]
PAYING = frozenset(["active", "past_due"])
ENDED = frozenset(["canceled", "incomplete_expired"])
FREE_BEHAVIORS = frozenset(["void", "mark_uncollectible"])
OPEN = dt.date.max


def subscription_state(about: Mapping[str, Any]) -> State:
    """What is kept of a subscription, days as text."""
    items = _list(about.get("items"))
    if not items and isinstance(about.get("plan"), dict):  # before 2018
        items = [{"plan": about["plan"], "quantity": about.get("quantity")}]
    ends = [day(item.get("current_period_end")) for item in items]
    period_end = day(about.get("current_period_end")) or max(
        (end for end in ends if end), default=None
    )
    paused = about.get("pause_collection")
    collection = paused if isinstance(paused, dict) else {}
    kept, problems = _items(items)
    discounts, unknown = _discounts(about, items, period_end)
    ends_on = day(about.get("cancel_at"))
    if about.get("cancel_at_period_end") is True:
        ends_on = ends_on or period_end
    return {
        "customer": reference(about.get("customer")),
        "status": str(about.get("status") or "")[:20],
        "starts_on": day(about.get("start_date")) or day(about.get("created")),
        "trial_ends_on": day(about.get("trial_end")),
        "ends_on": ends_on,
        "ended_on": day(about.get("ended_at")),
        "is_collection_paused": collection.get("behavior") in FREE_BEHAVIORS,
        "resumes_on": day(collection.get("resumes_at")),
        "items": kept,
        "discounts": discounts,
        "problems": [*problems, *unknown],
    }


def _items(items: Sequence[Mapping[str, Any]]) -> tuple[list[State], list[str]]:
    kept: list[State] = []
    problems: list[str] = []
    for item in items:
        price = item.get("price") or item.get("plan")
        if not isinstance(price, dict):
            continue
        told = price.get("recurring")
        recurring = told if isinstance(told, dict) else price
        if recurring.get("usage_type") == "metered":
            continue
        currency = currency_of(price.get("currency"))
        amount = _unit_amount(price, currency)
        if amount is None or not currency:
            problems.append(
                _("The price {price} does not say its amount (tiers?).").format(
                    price=reference(price)
                )
            )
            continue
        product = price.get("product")
        name = product.get("name") if isinstance(product, dict) else None
        count = recurring.get("interval_count")
        kept.append(
            {
                "product": str(name or reference(product))[:200],
                "plan": str(price.get("nickname") or reference(price))[:200],
                "quantity": _quantity(item.get("quantity")),
                "amount": f"{amount:f}",
                "currency": currency,
                "interval": f"{count if isinstance(count, int) and 0 < count < 366 else 1}"
                f" {_unit(recurring.get('interval'))}",
            }
        )
    return sorted(kept, key=lambda one: (one["plan"], one["amount"])), problems


def _unit(value: Any) -> str:
    return value if value in ("day", "week", "month", "year") else "month"


def _quantity(value: Any) -> int:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value < 10_000_000 else 1


def _unit_amount(price: Mapping[str, Any], currency: str) -> Decimal | None:
    for name in ("unit_amount_decimal", "unit_amount", "amount_decimal", "amount"):
        amount = amount_of(price.get(name), currency)
        if amount is not None and amount >= 0:
            return amount
    return None


def _discounts(
    about: Mapping[str, Any], items: Sequence[Mapping[str, Any]], period_end: str | None
) -> tuple[list[State], list[str]]:
    """The discounts that are told whole; of an id alone nothing is known."""
    told = about.get("discounts")
    found: list[Any] = list(told) if isinstance(told, list) else []
    if isinstance(about.get("discount"), dict) and not any(isinstance(d, dict) for d in found):
        found = [about["discount"]]
    for item in items:
        mine = item.get("discounts")
        found += mine if isinstance(mine, list) and len(items) == 1 else []
    kept: list[State] = []
    unknown: list[str] = []
    for discount in found:
        source = discount.get("source") if isinstance(discount, dict) else None
        coupon = discount.get("coupon") if isinstance(discount, dict) else None
        coupon = coupon or (source.get("coupon") if isinstance(source, dict) else None)
        if not isinstance(coupon, dict):
            unknown.append(
                _("A discount is told by its id only: have Stripe's endpoint expand it.")
            )
            continue
        ends_on = day(discount.get("end"))
        if coupon.get("duration") == "once":
            ends_on = ends_on or period_end
        amount = amount_of(coupon.get("amount_off"), currency_of(coupon.get("currency")))
        kept.append(
            {
                "percent": str(_percent(coupon.get("percent_off"))),
                "amount": f"{amount or 0:f}",
                "ends_on": ends_on,
            }
        )
    return kept, sorted(set(unknown))


def _percent(value: Any) -> Decimal:
    try:
        percent = Decimal(str(value)) if isinstance(value, int | float) else Decimal(0)
    except InvalidOperation:
        return Decimal(0)
    return min(max(percent, Decimal(0)), Decimal(100)) if percent.is_finite() else Decimal(0)


def rows_of(
    subscription: str,
    states: Sequence[tuple[dt.datetime, State]],
    *,
    customer_deleted_at: dt.datetime | None = None,
) -> list[Row]:
    """Rows of customers.billing.states for all states of a subscription, in their order.

    A state holds from the day it was told to the next one's. A deletion is for good, and so is
    its customer's.
    """
    dated = _by_day(states, customer_deleted_at)
    if not dated:
        return []
    rows: list[Row] = []
    merged = _merge_pauses(dated)
    for (since, state), (until, _next) in pairwise([*merged, (OPEN, {})]):
        rows += _rows(subscription, state, since, until)
    return rows


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _by_day(
    states: Sequence[tuple[dt.datetime, State]], customer_deleted_at: dt.datetime | None
) -> list[tuple[dt.date, State]]:
    """The last state of each day; after an end there is none."""
    dated: list[tuple[dt.date, State]] = []
    for told_at, state in states:
        if not state["customer"] or not state["starts_on"]:
            continue
        since = told_at.date()
        has_ended = state["is_deleted"] or state["status"] in ENDED
        if has_ended:
            since = min(since, _day(state["ended_on"]) or since)
        while dated and dated[-1][0] >= since:
            dated.pop()
        dated.append((since, state | {"has_ended": has_ended}))
        if state["is_deleted"]:
            break
    if customer_deleted_at is not None and dated:
        since = customer_deleted_at.date()
        last = dated[-1][1]
        dated = [(day_, state) for day_, state in dated if day_ < since]
        dated.append((since, last | {"has_ended": True}))
    return dated


def _is_paused(state: State) -> bool:
    pays = state["status"] in PAYING and state["is_collection_paused"]
    return not state["has_ended"] and (pays or state["status"] == "paused")


def _merge_pauses(dated: Sequence[tuple[dt.date, State]]) -> list[tuple[dt.date, State]]:
    """Changes within a pause are no new pause."""
    merged: list[tuple[dt.date, State]] = []
    for since, state in dated:
        if merged and _is_paused(state) and _is_paused(merged[-1][1]):
            merged[-1] = (merged[-1][0], state)
        else:
            merged.append((since, state))
    return merged


def _rows(subscription: str, state: State, since: dt.date, until: dt.date) -> Iterator[Row]:
    is_paused = _is_paused(state)
    starts_on = max(_day(state["starts_on"]) or since, _day(state["trial_ends_on"]) or dt.date.min)
    if state["status"] not in PAYING:
        starts_on = max(starts_on, since)
    ends_on = min(until, _day(state["ends_on"]) or OPEN)
    is_paying = not state["has_ended"] and (state["status"] in PAYING or is_paused)
    common = {
        "external_id": subscription,
        "customer": state["customer"],
        "starts_on": min(starts_on, since).isoformat() if is_paying else since.isoformat(),
        "is_paying": is_paying and since < ends_on,
    }
    if not common["is_paying"] or not state["items"]:
        # Nothing is paid from here on; the row says so.
        yield common | {"known_from": since.isoformat(), "is_paying": False}
        return
    resumes_on = _day(state["resumes_on"])
    pause: Row = {}
    if is_paused:
        resumed = min(until, resumes_on or OPEN) if resumes_on != since else until
        pause = {"paused_on": since.isoformat(), "resumes_on": _text(resumed)}
    for first, last, discounts in _discounted(state, since, ends_on):
        for item in state["items"]:
            yield (
                common
                | pause
                | item
                | _off(item, state["items"], discounts)
                | {
                    "known_from": first.isoformat(),
                    "ends_on": _text(last),
                }
            )


def _text(until: dt.date) -> str | None:
    return None if until == OPEN else until.isoformat()


def _discounted(
    state: State, since: dt.date, until: dt.date
) -> Iterator[tuple[dt.date, dt.date, list[State]]]:
    """The state's days, cut where a discount ends."""
    ends = {_day(discount["ends_on"]) or OPEN for discount in state["discounts"]}
    borders = sorted({since, until, *(end for end in ends if since < end < until)})
    for first, last in pairwise(borders):
        yield first, last, [d for d in state["discounts"] if (_day(d["ends_on"]) or OPEN) > first]


def _off(item: State, items: Sequence[State], discounts: Sequence[State]) -> Row:
    """What discounts take off an item: percents one after the other, amounts of all items by
    their share."""
    left = Decimal(1)
    for discount in discounts:
        left *= 1 - Decimal(discount["percent"]) / 100
    dues = [Decimal(one["amount"]) * one["quantity"] for one in items]
    due = Decimal(item["amount"]) * item["quantity"]
    amount = sum((Decimal(discount["amount"]) for discount in discounts), Decimal(0))
    share = due / sum(dues) if sum(dues) else Decimal(0)
    return {
        "discount_percent": f"{((1 - left) * 100).quantize(Decimal('1e-8')):f}",
        "discount_amount": f"{(amount * share).quantize(Decimal('1e-8')):f}",
    }
