"""Invoices: what was billed. MRR out of invoices is another kind, `invoice_lines`."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_noop

from customers.imports.facts import CURRENCY, CUSTOMER, SUBSCRIPTION_BY_ID, Rule, Stored, fact_kind
from customers.imports.fields import Day, Field, Number, Text, YesNo
from customers.imports.kinds.renewals import SUBSCRIPTION
from customers.models import Invoice

INVOICES = fact_kind(
    model=Invoice,
    key="invoices",
    label=gettext_noop("Invoices"),
    noun=gettext_noop("invoice"),
    description=gettext_noop("What was billed to customers: invoices or their lines, and credits."),
    identity=(
        "customer",
        "subscription",
        "issued_on",
        "description",
        "currency",
        "period_starts_on",
    ),
    since=("issued_on", "period_starts_on"),
    last_days=("period_ends_on",),
    fields=(
        CUSTOMER,
        replace(SUBSCRIPTION, help=gettext_noop("The id of the subscription it bills.")),
        Field(
            "description",
            gettext_noop("Description"),
            Text(300),
            gettext_noop("What was billed."),
            aliases="description, item, line, line description, product, memo, subject",
        ),
        Field(
            "issued_on",
            gettext_noop("Issued on"),
            Day(),
            gettext_noop("The day of the invoice."),
            aliases="issued on, invoice date, issued at, issued, date, billed on, created on,"
            " created at, created",
            is_required=True,
        ),
        Field(
            "amount",
            gettext_noop("Amount"),
            Number(14, 10, is_money=True, is_signed=True),
            gettext_noop("What was billed in all, without tax. Negative: a credit."),
            aliases="amount, net amount, net, subtotal, total, line total, line amount, value",
            is_required=True,
        ),
        CURRENCY,
        Field(
            "period_starts_on",
            gettext_noop("Period starts on"),
            Day(),
            gettext_noop("The first day of service that it is for."),
            aliases="period starts on, period start, service start, service period start,"
            " line period start, from, start date",
        ),
        Field(
            "period_ends_on",
            gettext_noop("Period ends on"),
            Day(),
            gettext_noop(
                "The first day of service that it is no longer for, or the last day (choose below)."
            ),
            aliases="period ends on, period end, service end, service period end,"
            " line period end, to, until, end date",
        ),
        Field(
            "paid_on",
            gettext_noop("Paid on"),
            Day(),
            gettext_noop("The day it was paid. Empty: it is open."),
            aliases="paid on, paid at, payment date, paid, date paid",
        ),
        Field(
            "product",
            gettext_noop("Product"),
            Text(200),
            gettext_noop("What is sold."),
            aliases="product name",
        ),
        Field(
            "plan",
            gettext_noop("Plan"),
            Text(200),
            gettext_noop("The plan that is billed."),
            aliases="plan name",
        ),
        Field(
            "quantity",
            gettext_noop("Quantity"),
            Number(7, 6),
            gettext_noop("How many units."),
            aliases="qty",
        ),
        Field(
            "is_recurring",
            gettext_noop("Recurring"),
            YesNo(),
            gettext_noop(
                "Whether a subscription is billed: invoice lines that come in later make MRR with"
                " it."
            ),
            aliases="recurring, is recurring",
        ),
        Field(
            "is_proration",
            gettext_noop("Proration"),
            YesNo(),
            gettext_noop("Whether it is for a part of a period."),
            aliases="proration, is proration",
        ),
    ),
    stored={
        "subscription": Stored("subscription_id", reference=SUBSCRIPTION_BY_ID),
        "description": Stored("description", default="''"),
        "currency": Stored("currency", default="%s"),
        "product": Stored("product", default="''"),
        "plan": Stored("plan", default="''"),
        "is_proration": Stored("is_proration", default="false"),
    },
    rules=(
        Rule(
            "period_ends_on",
            "n.period_ends_on IS NULL AND n.period_starts_on IS NOT NULL",
            gettext_noop("the period starts on {period_starts_on} and needs an end, too"),
            {"period_starts_on": "n.period_starts_on"},
        ),
        Rule(
            "period_starts_on",
            "n.period_starts_on IS NULL AND n.period_ends_on IS NOT NULL",
            gettext_noop("the period ends on {period_ends_on} and needs a start, too"),
            {"period_ends_on": "n.period_ends_on"},
        ),
        Rule(
            "period_ends_on",
            "n.period_ends_on <= n.period_starts_on",
            gettext_noop("it ends on {ends_on}, not after its start on {starts_on}"),
            {"ends_on": "n.period_ends_on", "starts_on": "n.period_starts_on"},
        ),
    ),
)
