"""Invoice lines of one subscription, brought to its terms.

Pure: every rule of docs/billing.md is here, in the order it is applied. The same lines, in any
order, give the same terms.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from customers.billing.periods import (
    Price,
    add_months,
    monthly_price,
    price_of,
    rhythm_of,
    whole_months,
)
from customers.billing.spans import Credit, Span, join_gaps, net, renew_early
from customers.billing.terms import BilledTerm, named

# How descriptions of prorations begin, as Stripe and Chargebee write them; also read by PostgreSQL.
PRORATION = re.compile("unused time|remaining time|prorat", re.IGNORECASE)
CENT = Fraction(1, 100)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an invoice for something recurring; a credit is negative.

    `key` says which line it is; it is given back with what is reported about it.
    """

    key: str
    issued_on: dt.date
    amount: Decimal
    currency: str
    product: str = ""
    plan: str = ""
    quantity: Decimal | None = None
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    is_proration: bool = False


@dataclass
class Billed:
    """The terms, and the keys of credits that lowered nothing or more than there was."""

    terms: list[BilledTerm]
    without_match: list[str] = field(default_factory=list)
    too_large: list[str] = field(default_factory=list)


def terms_of_lines(subscription: str, lines: Iterable[Line], *, gap_days: int) -> Billed:
    """The terms that the lines of a subscription make."""
    ordered = sorted(lines, key=lambda line: (line.issued_on, line.key))
    spans = _spans([line for line in ordered if line.amount > 0])
    renew_early(spans)
    join_gaps(spans, gap_days)
    billed = Billed([])
    lowered = []
    for line in ordered:
        if line.amount < 0:
            credit = _credit(line, spans)
            if credit is None:
                billed.without_match.append(line.key)
            else:
                lowered.append(credit)
    stretches, billed.too_large = net(spans, lowered)
    billed.terms = named(subscription, stretches)
    return billed


def _spans(charges: Sequence[Line]) -> list[Span]:
    dated = _with_periods(charges)
    whole = [line for line in dated if not _is_odd(line)]
    spans = [_span(line, price_of(line.amount, line.quantity, *_period(line))) for line in whole]
    for line in dated:
        if _is_odd(line):
            spans.append(_span(line, _odd_price(line, spans[: len(whole)])))
    return spans


def _with_periods(charges: Sequence[Line]) -> list[Line]:
    """Lines without a period get one: the rhythm of the plan's invoices, else of the
    subscription's, else a month."""
    days: dict[str, list[dt.date]] = defaultdict(list)
    for line in charges:
        if line.starts_on is None:
            days[line.plan].append(line.issued_on)
    rhythms = {plan: rhythm_of(issued) for plan, issued in days.items()}
    fallback = rhythm_of([day for issued in days.values() for day in issued]) or 1
    return [
        line
        if line.starts_on is not None
        else replace(
            line,
            starts_on=line.issued_on,
            ends_on=add_months(line.issued_on, rhythms[line.plan] or fallback),
        )
        for line in charges
    ]


def _period(line: Line) -> tuple[dt.date, dt.date]:
    assert line.starts_on is not None
    assert line.ends_on is not None
    return line.starts_on, line.ends_on


def _is_odd(line: Line) -> bool:
    """A part of a month or so many days, which are no whole months and no whole weeks."""
    starts_on, ends_on = _period(line)
    days = (ends_on - starts_on).days
    return line.is_proration or not (
        whole_months(starts_on, ends_on) or (days % 7 == 0 and days <= 28)
    )


def _span(line: Line, price: Price) -> Span:
    starts_on, ends_on = _period(line)
    return Span(
        key=line.key,
        plan=line.plan,
        product=line.product,
        currency=line.currency,
        starts_on=starts_on,
        ends_on=ends_on,
        price=price,
        issued_on=line.issued_on,
        amount=line.amount,
        billed_from=starts_on,
        billed_to=ends_on,
        is_proration=line.is_proration,
    )


def _odd_price(line: Line, whole: Sequence[Span]) -> Price:
    """Part of a billing period costs so much of its price: the period is that of a line which
    holds it, else which follows or precedes it. Without one: by days."""
    starts_on, ends_on = _period(line)
    days = (ends_on - starts_on).days
    own = price_of(line.amount, line.quantity, starts_on, ends_on)
    same = [span for span in whole if span.currency == line.currency]
    lengths = [
        (span.days, span.months)
        for span in same
        if span.billed_from <= starts_on and ends_on <= span.billed_to and span.months
    ]
    plan = [span for span in same if span.plan == line.plan and span.months]
    lengths += [
        ((ends_on - add_months(ends_on, -span.months)).days, span.months)
        for span in plan
        if span.billed_from == ends_on
    ]
    lengths += [
        ((add_months(starts_on, span.months) - starts_on).days, span.months)
        for span in plan
        if span.billed_to == starts_on
    ]
    fitting = [length for length in lengths if days <= length[0]]
    if fitting:
        whole_days, months = min(fitting)
        if days < whole_days:
            own = monthly_price(Fraction(line.amount) * Fraction(whole_days, days * months))
    near = _nearest(own.monthly, plan, _tolerance(line, days, own.monthly))
    return own if near is None else near.price


def _tolerance(line: Line, days: int, monthly: Fraction) -> Fraction:
    """How far rounding takes a part's price from the whole: a cent of the part; where it is said
    to be a proration, a day of it too, as billing systems count the seconds."""
    share = CENT / abs(Fraction(line.amount))
    if line.is_proration:
        share += min(Fraction(1, days), Fraction(1, 2))
    return abs(monthly) * share


def _nearest(monthly: Fraction, spans: Sequence[Span], tolerance: Fraction) -> Span | None:
    fitting = [span for span in spans if abs(span.price.monthly - monthly) <= tolerance]
    return min(
        fitting,
        key=lambda span: (abs(span.price.monthly - monthly), span.billed_from, span.key),
        default=None,
    )


def _credit(line: Line, spans: Sequence[Span]) -> Credit | None:
    """What a credit lowers, from when to when and by how much a month; None: nothing there."""
    mine = [span for span in spans if span.currency == line.currency]
    named_plan = [span for span in mine if span.plan == line.plan]
    candidates = named_plan or mine
    if line.starts_on is not None:
        found = _credit_of_period(line, candidates)
        if found is None and candidates is not mine:
            found = _credit_of_period(line, mine)
        return found
    before = [span for span in candidates if span.issued_on <= line.issued_on]
    exact = [span for span in before if span.amount == -line.amount]
    inside = [span for span in candidates if span.starts_on <= line.issued_on < span.ends_on]
    for choice in (exact, inside, before):
        if choice:
            span = max(choice, key=lambda span: (span.issued_on, span.price.monthly, span.key))
            return _of(line, span, span.starts_on, span.ends_on, _share(line, span))
    return None


def _share(line: Line, span: Span) -> Fraction:
    """By how much a month a credit lowers a line that it credits as a whole."""
    return Fraction(-line.amount) / Fraction(span.amount) * span.price.monthly


def _credit_of_period(line: Line, spans: Sequence[Span]) -> Credit | None:
    starts_on, ends_on = _period(line)
    days = (ends_on - starts_on).days
    overlapping = [span for span in spans if span.starts_on < ends_on and starts_on < span.ends_on]
    if not overlapping:
        return None
    same = [s for s in overlapping if (s.billed_from, s.billed_to) == (starts_on, ends_on)]
    if same and not line.is_proration:
        span = max(same, key=lambda s: (s.amount == -line.amount, s.price.monthly, s.key))
        # The line may have been cut or joined since: the credit goes as far as it does.
        return _of(line, span, span.starts_on, span.ends_on, _share(line, span))
    holding = [s for s in overlapping if s.billed_from <= starts_on and ends_on <= s.billed_to]
    if holding:
        span = min(holding, key=lambda s: (s.days, -s.price.monthly, s.key))
        monthly = _share(line, span) * span.days / days
    else:
        span = max(overlapping, key=lambda s: (s.price.monthly, s.key))
        monthly = -price_of(line.amount, None, starts_on, ends_on).monthly
    near = _nearest(monthly, overlapping, _tolerance(line, days, monthly))
    if near is not None:
        return _of(line, near, starts_on, ends_on, near.price.monthly)
    return _of(line, span, starts_on, ends_on, monthly)


def _of(line: Line, span: Span, starts_on: dt.date, ends_on: dt.date, monthly: Fraction) -> Credit:
    return Credit(line.key, span.plan, line.currency, starts_on, ends_on, monthly)
