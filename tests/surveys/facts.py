"""Contacts to ask, and campaigns that ask them, made through the actions a person uses."""

from __future__ import annotations

import datetime as dt
import os
import re
from decimal import Decimal
from email.message import EmailMessage
from typing import Any

from django.utils import timezone

from customers.models import (
    Contact,
    Customer,
    CustomerAttribute,
    Plan,
    Product,
    Source,
    Subscription,
    Term,
)
from surveys import tokens
from surveys.actions.campaigns import create_campaign, start_campaign
from surveys.models import Campaign, Invitation
from tenants.jobs import run_pending

# All test workers share one mail sink: each writes to addresses of its own.
DOMAIN = f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}.example.com"


def at(person: str) -> str:
    """The person's address."""
    return f"{person}@{DOMAIN}"


def source() -> Source:
    return Source.objects.get_or_create(kind=Source.Kind.COMMAND, label="test")[0]


def make_customer(key: str = "c-1", name: str = "", **attributes: str) -> Customer:
    now = timezone.now()
    customer = Customer.objects.create(
        external_id=key, name=name or f"Customer {key}", source=source(), recorded_at=now
    )
    for attribute, value in attributes.items():
        CustomerAttribute.objects.create(
            customer=customer, key=attribute, value=value, source=source(), recorded_at=now
        )
    return customer


def make_contact(email: str, name: str = "", customer: Customer | None = None) -> Contact:
    if customer is None:
        customer = Customer.objects.filter(external_id="c-1").first() or make_customer()
    return Contact.objects.create(
        customer=customer, email=email, name=name, source=source(), recorded_at=timezone.now()
    )


def subscribe(
    person: str, plan: str = "Team", *, starts_on: dt.date, ends_on: dt.date | None = None,
    mrr: int = 10
) -> None:  # fmt: skip
    """The person's customer has a term for a plan of the product CRM."""
    product = Product.objects.get_or_create(name="CRM")[0]
    customer = Contact.objects.get(email=at(person)).customer
    now = timezone.now()
    subscription = Subscription.objects.create(
        customer=customer, external_id=f"{person}-{plan}", source=source(), recorded_at=now
    )
    Term.objects.create(
        subscription=subscription,
        plan=Plan.objects.get_or_create(product=product, name=plan)[0],
        starts_on=starts_on,
        ends_on=ends_on,
        amount=Decimal(mrr),
        currency="EUR",
        mrr=Decimal(mrr),
        source=source(),
        recorded_at=now,
    )


AT_ONE_CUSTOMER = 20  # as many as a company asks at most of one customer, unless it says otherwise


def make_contacts(count: int, prefix: str = "person") -> list[Contact]:
    """Contacts `<prefix>-000@example.com`, ... at as few customers as all can be asked at."""
    first = Customer.objects.filter(external_id="c-1").first() or make_customer()
    now, origin = timezone.now(), source()
    more = Customer.objects.bulk_create(
        Customer(
            external_id=f"{prefix}-{number}",
            name=f"Customer of {prefix} {number}",
            source=origin,
            recorded_at=now,
        )
        for number in range(1, -(-count // AT_ONE_CUSTOMER))
    )
    customers = [first, *more]
    return Contact.objects.bulk_create(
        Contact(
            customer=customers[number // AT_ONE_CUSTOMER],
            email=at(f"{prefix}-{number:03d}"),
            name=f"Person {number}",
            source=origin,
            recorded_at=now,
        )
        for number in range(count)
    )


def make_campaign(**texts: Any) -> Campaign:
    texts = {"name": "Autumn", "question": "Would you recommend {company}?", **texts}
    return create_campaign(by=None, **texts)


def started(**texts: Any) -> Campaign:
    """A campaign to all contacts, started and not sent yet."""
    return start_campaign(campaign=make_campaign(**texts), by=None)


def sent(**texts: Any) -> Campaign:
    """A campaign to all contacts, its mails out at the sink."""
    return send(make_campaign(**texts))


def send(campaign: Campaign) -> Campaign:
    """Start the draft and send all its mails."""
    start_campaign(campaign=campaign, by=None)
    run_pending(queue="mail")
    campaign.refresh_from_db()
    return campaign


def asked(email: str = at("ann"), name: str = "Ann", **texts: Any) -> Invitation:
    """The invitation of one contact, its mail out at the sink."""
    make_contact(email, name)
    sent(**texts)
    return Invitation.objects.select_related("campaign", "contact").get(contact__email=email)


def link_of(invitation: Invitation, rest: str = "") -> str:
    """The path behind the mail's links."""
    return f"/s/{tokens.token_of(invitation)}/{rest}"


def score_links(text: str) -> list[str]:
    return re.findall(r'http[^\s"<>]+\?score=\d+', text)


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("html",))
    assert part is not None
    return str(part.get_content())
