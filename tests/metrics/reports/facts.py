"""A company whose last full month has something of everything to report."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from customers.models import Change, Renewal
from metrics.actions import ledger
from metrics.periods import Grain, advance, floor
from surveys import tokens
from surveys.models import Campaign, Invitation, Response
from tenants.models import Company
from tests.metrics import facts

NAMES = ("Ελληνικά Δίκτυα", "Компания Восток", "شركة الأمل", "東京株式会社", '#panic("x") *b*')


def last_month(company: Company) -> dt.date:
    """Its first day."""
    return advance(floor(company.today(), Grain.MONTH), Grain.MONTH, -1)


def plant(company: Company, *, owner: str = "") -> dt.date:
    """Five customers since two years, of which the third leaves and the first expands in the last
    full month, whose first day is returned; with `owner`, the first two are theirs."""
    month = last_month(company)
    begun = advance(month, Grain.MONTH, -20)
    left = month + dt.timedelta(days=9)
    for number, name in enumerate(NAMES):
        ends = left if number == 2 else None
        facts.term(name, begun, ends, 100 + number)
        if owner:
            facts.attribute(name, "owner", owner if number < 2 else "somebody@else.example")
        Change.objects.create(customer=facts.customer(name))
    facts.term(NAMES[0], month + dt.timedelta(days=3), None, 40, plan_name="More")
    Renewal.objects.create(
        external_id="r-1",
        customer=facts.customer(NAMES[2]),
        renews_on=left,
        cancelled_on=left,
        churn_reason="Too dear",
        churn_kind="voluntary",
        source=facts.source(),
        recorded_at=timezone.now(),
    )
    answer(company, NAMES[3], 9, "とても良い #strong", month + dt.timedelta(days=5))
    answer(company, NAMES[4], 3, "*Slow* $x$", month + dt.timedelta(days=6))
    ledger.refresh(keeps=True)
    return month


def answer(company: Company, name: str, score: int, comment: str, day: dt.date) -> Response:
    """An answer to a relational NPS campaign, at noon of a day."""
    campaign, _ = Campaign.objects.get_or_create(
        name="NPS", defaults={"question": "?", "state": "running", "started_at": timezone.now()}
    )
    at = dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)
    person = facts.contact(facts.customer(name), f"p{score}@c.example")
    seed = tokens.new_seed()
    invitation = Invitation.objects.create(
        campaign=campaign,
        contact=person,
        state="sent",
        token_seed=seed,
        token_hash=tokens.hash_of(tokens.derive(seed)),
        claimed_at=at,
        sent_at=at,
        expires_at=at + dt.timedelta(days=30),
    )
    return Response.objects.create(
        invitation=invitation, score=score, comment=comment, origin="page", answered_at=at
    )
