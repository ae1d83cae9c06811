"""Put plain facts into the database, as the actions of `customers` would leave them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.utils import timezone

from customers.models import (
    Change,
    Contact,
    Customer,
    CustomerAttribute,
    ExchangeRate,
    Pause,
    Plan,
    Product,
    Source,
    Subscription,
    Term,
)
from tests.metrics import plain


def source() -> Source:
    return Source.objects.get_or_create(kind=Source.Kind.COMMAND, label="facts of a test")[0]


def customer(name: str) -> Customer:
    found, _ = Customer.objects.get_or_create(
        external_id=name,
        defaults={"name": name, "source": source(), "recorded_at": timezone.now()},
    )
    return found


def contact(of: Customer, email: str) -> Contact:
    return Contact.objects.create(
        customer=of, email=email, name=email, source=source(), recorded_at=timezone.now()
    )


def plan(product: str, name: str) -> Plan:
    made, _ = Product.objects.get_or_create(name=product)
    return Plan.objects.get_or_create(product=made, name=name)[0]


def term(
    of: str,
    starts_on: date,
    ends_on: date | None,
    mrr: Decimal | int,
    *,
    subscription: str | None = None,
    product: str = "Suite",
    plan_name: str = "Basic",
    currency: str = "USD",
) -> Term:
    """A monthly term of a customer's subscription (default: one it has no other of)."""
    owner = customer(of)
    number = subscription or f"{of}-{Subscription.objects.filter(customer=owner).count()}"
    made = _subscription(of, number)
    return Term.objects.create(
        subscription=made,
        plan=plan(product, plan_name),
        starts_on=starts_on,
        ends_on=ends_on,
        amount=mrr,
        mrr=mrr,
        currency=currency,
        source=source(),
        recorded_at=timezone.now(),
    )


def pause(
    of: str, starts_on: date, ends_on: date | None, *, subscription: str | None = None
) -> Pause:
    """Of one subscription (one that is not there: of none), or of the whole customer."""
    return Pause.objects.create(
        external_id=f"{of}/{Pause.objects.count()}",
        customer=customer(of),
        subscription=_subscription(of, subscription) if subscription else None,
        starts_on=starts_on,
        ends_on=ends_on,
        source=source(),
        recorded_at=timezone.now(),
    )


def _subscription(of: str, number: str) -> Subscription:
    return Subscription.objects.get_or_create(
        external_id=number,
        defaults={"customer": customer(of), "source": source(), "recorded_at": timezone.now()},
    )[0]


def rate(currency: str, base: str, day: date, value: Decimal | str) -> ExchangeRate:
    return ExchangeRate.objects.create(
        external_id=f"{currency}/{base}/{day}",
        currency=currency,
        base=base,
        day=day,
        rate=value,
        source=source(),
        recorded_at=timezone.now(),
    )


def attribute(of: str, key: str, value: str, valid_from: date | None = None) -> None:
    CustomerAttribute.objects.create(
        customer=customer(of),
        key=key,
        value=value,
        valid_from=valid_from,
        source=source(),
        recorded_at=timezone.now(),
    )


def store(customers: Iterable[plain.Customer], *, key: str = "region") -> None:
    """The customers with their terms and one attribute, each on the change feed."""
    customers = list(customers)
    for product, name in sorted({(t.product, t.plan) for each in customers for t in each.terms}):
        plan(product, name)
    for each in customers:
        made = customer(each.name)
        for one in each.terms:
            term(
                each.name,
                one.starts_on,
                one.ends_on,
                one.mrr,
                subscription=f"{each.name}/{one.subscription}",
                product=one.product,
                plan_name=one.plan,
                currency=one.currency,
            )
        for one_pause in each.pauses:
            pause(
                each.name,
                one_pause.starts_on,
                one_pause.ends_on,
                subscription=one_pause.subscription and f"{each.name}/{one_pause.subscription}",
            )
        for valid_from, value in each.attributes:
            attribute(each.name, key, value, valid_from)
        for valid_from, value in each.tiers:
            attribute(each.name, "tier", value, valid_from)
        Change.objects.create(customer=made)


def clear() -> None:
    """Remove every customer and what hangs on them."""
    Customer.objects.all().delete()
    Plan.objects.all().delete()
    Product.objects.all().delete()
