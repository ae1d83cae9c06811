"""What is asked of one customer's health, by a page or the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.formatting import format_day
from customers.models import Customer
from metrics import query
from metrics.health.explaining import Between, Explained, between, explain
from metrics.health.history import Unscored, span_on, spans_with_models, why_unscored
from metrics.models import HealthScore
from metrics.periods import PeriodError
from tenants.models import Company

TAKEN = ("on", "from")
MONTH = dt.timedelta(days=30)


@dataclass(frozen=True)
class Asked:
    """`on`: the day asked about. `since`: the earlier one it is compared with, if any."""

    on: dt.date
    since: dt.date | None = None


def asked_of(params: Mapping[str, str], today: dt.date) -> Asked:
    """The days `on` (today where none is given) and `from`. Raises PeriodError."""
    on = query.day(params, "on") if params.get("on") else today
    if not query.EARLIEST <= on <= today:
        raise PeriodError(
            _("on must be a day from {earliest} to {today}; got {on}.").format(
                earliest=query.EARLIEST, today=today, on=on
            )
        )
    if not params.get("from"):
        return Asked(on)
    since = query.day(params, "from")
    if not query.EARLIEST <= since < on:
        raise PeriodError(
            _("from must be a day before {on}; got {since}.").format(on=on, since=since)
        )
    return Asked(on, since)


@dataclass(frozen=True)
class CustomerHealth:
    """A customer's score on a day: the span that holds it and its working; without one `unscored`
    says why. `between`: what moved since the earlier day; `unlike` says why it cannot be told."""

    customer: Customer
    asked: Asked
    today: dt.date
    spans: Sequence[HealthScore]
    span: HealthScore | None
    explained: Explained | None
    unscored: Unscored | None
    between: Between | None
    unlike: str

    @property
    def before(self) -> HealthScore | None:
        """The span that held 30 days earlier."""
        return span_on(self.spans, self.asked.on - MONTH)

    @property
    def is_other_now(self) -> bool:
        """Whether the working comes to another score than was given: facts came in since."""
        if self.span is None or self.explained is None:
            return False
        return self.explained.score is None or round(self.explained.score) != self.span.score


def read(customer: Customer, asked: Asked, *, company: Company) -> CustomerHealth:
    """About a dozen queries; twice as many when two days are compared."""
    today = company.today()
    spans = spans_with_models(customer.pk)
    span = span_on(spans, asked.on)
    moved, unlike = None, ""
    if asked.since is not None and span is not None:
        moved = between(customer.pk, asked.since, asked.on, today=today, timezone=company.timezone)
        if moved is None:
            unlike = _("On {day} it had no score to compare with.").format(
                day=format_day(asked.since)
            )
    explained: Explained | None = None
    if moved is not None:
        explained = moved.later
    elif span is not None:
        explained = explain(span, asked.on, today=today, timezone=company.timezone)
    return CustomerHealth(
        customer=customer,
        asked=asked,
        today=today,
        spans=spans,
        span=span,
        explained=explained,
        unscored=why_unscored(customer.pk, asked.on, spans) if span is None else None,
        between=moved,
        unlike=unlike,
    )
