"""Stripe's invoices and credit notes as rows of the invoices kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from customers.webhooks.events import day, reference
from customers.webhooks.money import amount_of, currency_of

State = dict[str, Any]
# An invoice in one of these bills nothing (any more).
NOT_BILLED = frozenset(["draft", "void", "deleted"])


def _list(value: Any) -> list[Mapping[str, Any]]:
    found = value.get("data") if isinstance(value, dict) else value
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def invoice_state(about: Mapping[str, Any]) -> State:
    """What is kept of an invoice; amounts without tax."""
    currency = currency_of(about.get("currency"))
    moved = about.get("status_transitions")
    transitions = moved if isinstance(moved, dict) else {}
    periods = [_period(line) for line in _list(about.get("lines"))]
    known = [period for period in periods if period is not None]
    return {
        "customer": reference(about.get("customer")),
        "subscription": _subscription(about),
        "status": str(about.get("status") or "")[:20],
        "number": str(about.get("number") or "")[:100],
        "amount": _text(_without_tax(about, currency)),
        "currency": currency,
        "issued_on": day(transitions.get("finalized_at")) or day(about.get("created")),
        "paid_on": day(transitions.get("paid_at")),
        "period_starts_on": min((first for first, _ in known), default=None),
        "period_ends_on": max((last for _, last in known), default=None),
    }


def _subscription(about: Mapping[str, Any]) -> str:
    """Under `parent` since API version 2025-03-31."""
    parent = about.get("parent")
    details = parent.get("subscription_details") if isinstance(parent, dict) else None
    told = details.get("subscription") if isinstance(details, dict) else None
    return reference(about.get("subscription") or told)


def _period(line: Mapping[str, Any]) -> tuple[str, str] | None:
    period = line.get("period")
    if not isinstance(period, dict):
        return None
    first, last = day(period.get("start")), day(period.get("end"))
    return (first, last) if first and last and first < last else None


def _without_tax(about: Mapping[str, Any], currency: str) -> Decimal | None:
    exact = amount_of(about.get("total_excluding_tax"), currency)
    total = amount_of(about.get("total"), currency)
    if exact is not None or total is None:
        return exact
    return total - (amount_of(about.get("tax"), currency) or Decimal(0))


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


def credit_note_state(about: Mapping[str, Any]) -> State:
    """A credit note bills less: its amount is negative."""
    currency = currency_of(about.get("currency"))
    amount = _without_tax(about, currency)
    return {
        "customer": reference(about.get("customer")),
        "subscription": "",
        "status": str(about.get("status") or "")[:20],
        "number": str(about.get("number") or "")[:100],
        "amount": _text(None if amount is None else -amount),
        "currency": currency,
        "issued_on": day(about.get("effective_at")) or day(about.get("created")),
        "paid_on": None,
        "period_starts_on": None,
        "period_ends_on": None,
    }


def invoice_row(object_id: str, states: Sequence[State]) -> State | None:
    """The row of an invoice with these states, in their order; None: it is not (or no longer)
    billed. Void and deleted are for good."""
    last = states[-1]
    if any(state["is_deleted"] or state["status"] == "void" for state in states):
        return None
    if last["status"] in NOT_BILLED or None in (last["amount"], last["issued_on"]):
        return None
    if not last["customer"] or not last["currency"]:
        return None
    word = "Credit note" if Decimal(last["amount"]) < 0 else "Invoice"
    return {
        "external_id": object_id,
        "customer": last["customer"],
        "subscription": last["subscription"] or None,
        "description": f"{word} {last['number']}".strip(),
        "issued_on": last["issued_on"],
        "amount": last["amount"],
        "currency": last["currency"],
        "period_starts_on": last["period_starts_on"],
        "period_ends_on": last["period_ends_on"],
        "paid_on": last["paid_on"],
    }
