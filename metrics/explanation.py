"""How a number came about: its formula with the numbers put in, and the rows behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Contact, Customer
from metrics.choosing import choices
from metrics.contributions.frame import WHOLE, Dimension, Frame, label_of
from metrics.contributions.rows import Cursor, FactName, Row, converting, exactly
from metrics.definition import Metric
from metrics.dimensions import UnknownSegmentError
from metrics.options import Options
from metrics.periods import DAY, Period
from metrics.series import Series, Value
from metrics.shared import Shared
from metrics.stored.parts import is_of_sweep
from metrics.values import series
from metrics.wording import filled
from tenants.models import Company

MOST_NAMED = 100
"""Segments that a message lists."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """A customer's part in a value, or that of a `fact` of no customer's. `contact`: who
    answered, for surveys. `href`: the customer's page that says more of it."""

    customer: Customer | None
    contact: Contact | None
    numerator: Decimal
    denominator: Decimal | None
    parts: Mapping[str, Decimal | str]
    fact: FactName | None = None
    href: str = ""


@dataclass(frozen=True)
class Explanation:
    """One value, in words and rows. All its pages' rows add up to its sums."""

    series: Series
    value: Value
    words: str
    rows: list[Contribution]
    next_cursor: Cursor | None


def explain(
    metric: Metric,
    period: Period,
    *,
    company: Company,
    as_of: dt.date,
    dimension: Dimension = WHOLE,
    segment: str | None = None,
    options: Options | None = None,
    after: Cursor | None = None,
    limit: int = 100,
) -> Explanation:
    """The value of `metric` in `period` and `segment` (None: the total), and a page of its rows.

    Raises UnknownSegmentError when the period has no such segment.
    """
    shared = Shared(company, as_of)
    shared.is_live = not _is_kept_with_rows(metric, options or {}, shared)
    found = series(
        metric,
        [period],
        company=company,
        as_of=as_of,
        dimension=dimension,
        options=options,
        shared=shared,
    )
    value = next((value for value in found.values if value.segment == segment), None)
    if value is None:
        raise UnknownSegmentError(_no_such(found, segment or ""))
    frame = Frame([period], dimension, company.timezone, as_of, rates=found.rates)
    return _explained(found, value, frame, after or Cursor(), limit)


def _is_kept_with_rows(metric: Metric, options: Options, shared: Shared) -> bool:
    """Whether a value that is kept is that of the very rows there are now: of the ledger, which is
    brought up to date with it, at no rates, which may be others by now."""
    of = metric.compute(choices(metric, options, shared.own_options(metric)).options)
    is_plain = shared.currency(converts=True).rates is None
    return is_plain and is_of_sweep(of.measure) and of.words is None


def explain_kept(
    found: Series, value: Value, *, company: Company, limit: int
) -> Explanation | None:
    """The same of a value in total that is at hand, perhaps kept, with its first rows as they are
    now; None where its words need more than is kept of it. Costs much less than `explain`."""
    if found.computation.words is not None and value.sums is None:
        return None
    shared = Shared(company, found.as_of)
    rates = shared.currency(converting(found.computation.measure)).rates
    frame = Frame([value.period], WHOLE, company.timezone, found.as_of, rates=rates)
    return _explained(found, value, frame, Cursor(), limit)


def _explained(found: Series, value: Value, frame: Frame, after: Cursor, limit: int) -> Explanation:
    rows: list[Contribution] = []
    cursor = None
    if value.numerator is not None:
        with exactly():
            page = found.computation.measure.rows(frame, value.segment, after, limit)
        rows, cursor = _named(page.rows, found.metric, value.period), page.next_cursor
    return Explanation(found, value, filled(found, value), rows, cursor)


def _no_such(found: Series, segment: str) -> str:
    """Which segments there are."""
    names = [label_of(name) for name in found.segments]
    allowed = ", ".join(names[:MOST_NAMED]) or _("none in this period")
    if len(names) > MOST_NAMED:
        more = len(names) - MOST_NAMED
        words = ngettext("{names} and {count} other", "{names} and {count} others", more)
        allowed = words.format(names=allowed, count=more)
    words = _("{name} must be one of {allowed}; got {given}.")
    return words.format(name="segment", allowed=allowed, given=label_of(segment))


def _href(customer: Customer | None, metric: Metric, period: Period) -> str:
    if customer is None:
        return ""
    if not metric.row_page:
        return customer.get_absolute_url()
    return f"{reverse(metric.row_page, args=[customer.pk])}?on={period.end - DAY}"


def _named(rows: list[Row], metric: Metric, period: Period) -> list[Contribution]:
    """Rows with their customers and contacts, in two look-ups."""
    customers = Customer.objects.in_bulk([row.customer_id for row in rows if row.customer_id])
    contacts = Contact.objects.in_bulk([row.contact_id for row in rows if row.contact_id])
    return [
        Contribution(
            customer=customers[row.customer_id] if row.customer_id else None,
            contact=contacts.get(row.contact_id) if row.contact_id else None,
            numerator=row.numerator,
            denominator=row.denominator,
            parts=row.parts,
            fact=row.fact,
            href=_href(customers.get(row.customer_id), metric, period),
        )
        for row in rows
    ]
