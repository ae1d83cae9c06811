"""The figures that lead a customer's page: what it pays, its tickets, its use.

Higher apps add theirs (customers.registry.Figure). What matters now is said by the same figures.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.formatting import format_day, format_share
from accounts.notations import NO_BREAK_SPACE
from customers.fact_rows import held_kinds
from customers.models import Customer
from customers.open_tickets import open_tickets
from customers.registry import Concern, Figure, figures

MONTHS = 12
LONG_OPEN_DAYS = 14
SILENT_DAYS = 14
ACTIVE_DAYS = 30
FALL_MONTHS = 3
MOST_CONCERNS = 3


@dataclass(frozen=True)
class Headline:
    """`figures`: (figure, its context), in order; `concerns`: the weightiest first."""

    figures: list[tuple[Figure, dict[str, Any]]]
    concerns: list[Concern]


def headline(customer: Customer, today: dt.date) -> Headline:
    """All figures that have something to say. Costs what they query, however long its history."""
    found = []
    concerns: list[Concern] = []
    for figure in figures:
        context = figure.context(customer, today)
        if context is not None:
            found.append((figure, context))
            concerns += figure.concerns(context)
    concerns.sort(key=lambda concern: -concern.weight)
    return Headline(found, concerns[:MOST_CONCERNS])


_TERMS = """
    SELECT term.starts_on, term.ends_on, term.mrr, term.currency
      FROM customers_subscription AS subscription
      JOIN customers_term AS term ON term.subscription_id = subscription.id
     WHERE subscription.customer_id = %s AND term.superseded_at IS NULL AND term.mrr > 0
"""


def mrr_context(customer: Customer, today: dt.date) -> dict[str, Any]:
    """What it pays, by currency; the course is that of the currency that is most of it now, or
    was last. A query of its terms."""
    with connection.cursor() as cursor:
        cursor.execute(_TERMS, [customer.pk])
        terms = cursor.fetchall()
    now = _by_currency(terms, today)
    main = max(now, key=lambda code: (now[code], code)) if now else _last_currency(terms)
    ends = [*_month_ends(today), today]
    course = [_by_currency(terms, day).get(main, Decimal(0)) for day in ends]
    begun = [row for row in terms if row[0] <= today]
    return {
        "customer": customer,
        "amounts": sorted(now.items(), key=lambda item: (item[0] != main, item[0])),
        "currency": main,
        "mrr": now.get(main, Decimal(0)) if terms else None,
        "before": course[-1 - FALL_MONTHS] if any(course) else None,
        "trend": course,
        "first_paid_on": min((row[0] for row in begun), default=None),
        "last_paid_on": None if now else max((row[1] for row in begun if row[1]), default=None),
    }


def _by_currency(terms: Sequence[tuple[Any, ...]], day: dt.date) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for starts_on, ends_on, mrr, currency in terms:
        if starts_on <= day and (ends_on is None or day < ends_on):
            found[currency] = found.get(currency, Decimal(0)) + mrr
    return found


def _last_currency(terms: Sequence[tuple[Any, ...]]) -> str:
    return str(max(terms, default=("", "", "", ""), key=lambda row: row[0])[3])


def _month_ends(today: dt.date) -> list[dt.date]:
    """The last days of the full months before today, the oldest first."""
    first = today.replace(day=1)
    ends = []
    for _month in range(MONTHS):
        last = first - dt.timedelta(days=1)
        ends.append(last)
        first = last.replace(day=1)
    return ends[::-1]


def mrr_concerns(context: dict[str, Any]) -> Iterator[Concern]:
    href = reverse("customers:subscriptions", args=[context["customer"].pk])
    if context["last_paid_on"] is not None:
        yield Concern(
            95,
            _("Stopped paying on {day}").format(day=format_day(context["last_paid_on"])),
            href,
        )
        return
    mrr, before = context["mrr"], context["before"]
    if mrr and before and mrr < before:
        share = (before - mrr) / before
        said = format_share(share, 0).replace(NO_BREAK_SPACE, " ")
        yield Concern(
            40 + 40 * float(share),
            _("MRR fell by {share} within three months").format(share=said),
            href,
        )


def mrr_plain(context: dict[str, Any]) -> dict[str, Any]:
    return {
        "amounts": [{"currency": code, "mrr": str(mrr)} for code, mrr in context["amounts"]],
        "last_12_months": [str(value) for value in context["trend"]],
        "currency": context["currency"] or None,
        "first_paid_on": context["first_paid_on"],
        "stopped_on": context["last_paid_on"],
    }


def tickets_context(customer: Customer, today: dt.date) -> dict[str, Any] | None:
    """Open tickets; None where it never had any. A query, and that of `held_kinds` where none is
    open."""
    found = open_tickets(customer)
    if not found.count and all(kind.key != "tickets" for kind in held_kinds(customer)):
        return None
    days = (today - found.longest[0].opened_at.date()).days if found.longest else 0
    return {"customer": customer, "open": found.count, "days": max(days, 0)}


def tickets_concerns(context: dict[str, Any]) -> Iterator[Concern]:
    if context["open"] and context["days"] >= LONG_OPEN_DAYS:
        query = urlencode({"customer": context["customer"].external_id})
        yield Concern(
            min(45 + context["days"] / 4, 70),
            (
                ngettext(
                    "A ticket is open for {days} days",
                    "{count} tickets are open, the oldest for {days} days",
                    context["open"],
                ).format(count=context["open"], days=context["days"])
            ),
            f"{reverse('customers:fact_list', args=['tickets'])}?{query}",
        )


def tickets_plain(context: dict[str, Any]) -> dict[str, Any]:
    return {"open": context["open"], "oldest_open_days": context["days"] or None}


_USE = """
    SELECT max(day), count(DISTINCT end_user) FILTER (WHERE day > %(since)s)
      FROM customers_usageday WHERE customer_id = %(customer)s AND day > %(long_ago)s
"""


def use_context(customer: Customer, today: dt.date) -> dict[str, Any] | None:
    """When it was last used, of the last year; None where it was not. A query."""
    params: dict[str, Any] = {
        "customer": customer.pk,
        "since": today - dt.timedelta(days=ACTIVE_DAYS),
        "long_ago": today - dt.timedelta(days=366),
    }
    with connection.cursor() as cursor:
        cursor.execute(_USE, params)
        [(last, people)] = cursor.fetchall()
    if last is None:
        return None
    days = (today - last).days
    return {"customer": customer, "last": last, "days": max(days, 0), "people": people}


def use_concerns(context: dict[str, Any]) -> Iterator[Concern]:
    if context["days"] >= SILENT_DAYS:
        weight = min(65 + context["days"] / 10, 79)
        yield Concern(weight, _("Not used for {days} days").format(days=context["days"]))


def use_plain(context: dict[str, Any]) -> dict[str, Any]:
    return {"last_used_on": context["last"], "people_30_days": context["people"]}


FIGURES = (
    Figure(
        "mrr", "customers/headline/_mrr.html", mrr_context, mrr_concerns, mrr_plain, position=10
    ),
    Figure(
        "tickets",
        "customers/headline/_tickets.html",
        tickets_context,
        tickets_concerns,
        tickets_plain,
        position=50,
    ),
    Figure(
        "use", "customers/headline/_use.html", use_context, use_concerns, use_plain, position=60
    ),
)
