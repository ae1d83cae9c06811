"""Files like a telecom company's: its own column names, dates and prices. Same seed, same files."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

CUSTOMER_MAPPING = {"external_id": "account_no", "name": "account_name", "signed_up_on": "joined"}
CUSTOMER_ATTRIBUTES = ["contract_type", "internet", "payment", "senior", "support_plan"]
SUBSCRIPTION_MAPPING = {
    "customer": "account_no",
    "external_id": "service_id",
    "product": "service",
    "amount": "monthly_price",
    "currency": "currency",
    "started_on": "active_from",
    "ended_on": "active_until",
}
ENDS_ON = date(2025, 12, 16)


@dataclass(frozen=True)
class TelcoLike:
    """`mrr`: what the subscriptions that are open pay a month; `open_subscriptions` how many."""

    customers: bytes
    subscriptions: bytes
    mrr: Decimal
    open_subscriptions: int


def telco_like(size: int = 200, seed: int = 7) -> TelcoLike:
    dice = random.Random(seed)
    customers, subscriptions = [], []
    mrr, still_open = Decimal(0), 0
    for number in range(1, size + 1):
        account = f"telco-{number:05d}"
        joined = date(2020, 1, 1) + timedelta(days=dice.randrange(0, 2100))
        customers.append(
            [
                account,
                f"Customer {number}",
                dice.choice(["Month-to-month", "One year", "Two year"]),
                dice.choice(["DSL", "Fiber optic", "No"]),
                dice.choice(["Electronic check", "Mailed check", "Credit card (automatic)"]),
                dice.choice(["no", "yes"]),
                dice.choice(["No", "Yes", "No internet service"]),
                joined.isoformat(),
            ]
        )
        price = Decimal(dice.randrange(1825, 11875, 5)) / 100
        has_left = dice.random() < 0.26
        if not has_left:
            mrr, still_open = mrr + price, still_open + 1
        end = ENDS_ON.isoformat() if has_left else ""
        row = [account, f"svc-{number:05d}", "Telco bundle", f"{price:g}", "USD"]
        subscriptions.append([*row, joined.isoformat(), end])
    return TelcoLike(
        _csv(["account_no", "account_name", *CUSTOMER_ATTRIBUTES, "joined"], customers),
        _csv(
            [
                "account_no",
                "service_id",
                "service",
                "monthly_price",
                "currency",
                "active_from",
                "active_until",
            ],
            subscriptions,
        ),
        mrr,
        still_open,
    )


def _csv(header: list[str], rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
