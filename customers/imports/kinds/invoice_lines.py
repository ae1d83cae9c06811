"""Invoice lines, from which MRR is made. The rules: customers.billing.lines and docs/billing.md."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.billing.invoiced import check, compare, write
from customers.imports.facts import CURRENCY, CUSTOMER, EXTERNAL_ID
from customers.imports.fields import Day, Field, Kind, Number, Text, Word, YesNo, choice
from customers.imports.parsing import parse_interval
from customers.mrr import FACTORS

# What a line is for. All but recurring, proration, discount and credit leave MRR alone.
LINE_TYPE = choice(
    {
        "recurring": "subscription, plan, addon, add on, charge, item, line item, invoice line"
        " item, plan item price, addon item price, licensed, fixed, service, standard, seats",
        "proration": "prorated, proration charge, proration credit, prorated charge, adjustment",
        "discount": "coupon, promotional credit, rebate",
        "credit": "credit note, credit memo, credit line, refund credit",
        "one_time": "one off, once, setup, setup fee, one time charge, invoice item, invoiceitem,"
        " ad hoc, adhoc, charge item price, non recurring, manual, professional services, hardware",
        "metered": "usage, usage based, overage, consumption, pay as you go",
        "tax": "vat, gst, sales tax, taxes",
        "refund": "refunds, payment refund",
        "free": "free of charge, complimentary, trial, gratis",
    },
    gettext_noop("what a line is for"),
)

INVOICE_LINES = Kind(
    key="invoice_lines",
    label=gettext_noop("Invoice lines (MRR from invoices)"),
    noun=gettext_noop("line"),
    description=gettext_noop(
        "What was billed, line by line. MRR is made of it: a year paid at once is twelve"
        " months, credits are netted, short gaps are joined."
    ),
    sample="invoice_lines.csv",
    group="billing",
    target="invoices",
    asks=("gap_days",),
    writes=("customers", "subscriptions"),
    fields=(
        Field(
            EXTERNAL_ID.name,
            gettext_noop("Line id"),
            Text(200),
            gettext_noop(
                "The id of the line (or of the invoice, where each has one line). Without one it is"
                " known by what the row says."
            ),
            aliases="line id, line item id, invoice line id, invoice line item id, item id, id,"
            " external id",
        ),
        Field(
            "invoice",
            gettext_noop("Invoice"),
            Text(100),
            gettext_noop("The invoice's number."),
            aliases="invoice number, invoice no, invoice id, invoice, document number, number",
        ),
        CUSTOMER,
        Field(
            "customer_name",
            gettext_noop("Customer name"),
            Text(300),
            gettext_noop(
                "What a customer is called that is not known yet. Customers of yours are left as"
                " they"
                " are."
            ),
            aliases="customer name, company name, account name, client name, customer company,"
            " bill to name, customer description, customer email",
        ),
        Field(
            "subscription",
            gettext_noop("Subscription id"),
            Text(180),
            gettext_noop(
                "The subscription that is billed. Without one, a customer has one subscription."
            ),
            aliases="subscription id, subscription, subscription number, contract id, contract no,"
            " contract number, contract",
        ),
        Field(
            "product",
            gettext_noop("Product"),
            Text(200),
            gettext_noop("What is sold."),
            aliases="product, product name, service name, service",
        ),
        Field(
            "plan",
            gettext_noop("Plan"),
            Text(200),
            gettext_noop(
                "The plan of the product. Plans billed side by side are separate subscriptions."
            ),
            aliases="plan, plan name, price, price id, plan id, tier, package, edition, item name",
        ),
        Field(
            "description",
            gettext_noop("Description"),
            Text(300),
            gettext_noop(
                "What the line says. “Unused time” and “Remaining time” make it a proration."
            ),
            aliases="description, line item description, line description, item, line, memo",
        ),
        Field(
            "type",
            gettext_noop("Type"),
            LINE_TYPE,
            gettext_noop(
                "What the line is for. Only recurring charges, prorations, discounts and credits"
                " make"
                " MRR. Without one: recurring."
            ),
            aliases="type, line type, line item type, charge type, item type, entity type, usage"
            " type",
        ),
        Field(
            "amount",
            gettext_noop("Amount"),
            Number(14, 10, is_money=True, is_signed=True),
            gettext_noop("What is billed for the line in all, without tax. Negative: a credit."),
            aliases="amount, net amount, line amount, line item amount, line total, net, subtotal,"
            " total, amount excl tax, amount without tax, value",
            is_required=True,
        ),
        Field(
            "quantity",
            gettext_noop("Quantity"),
            Number(7, 6),
            gettext_noop("How many units."),
            aliases="quantity, qty, seats, units, licenses, licences, users",
        ),
        CURRENCY,
        Field(
            "interval",
            gettext_noop("Interval"),
            Word(parse_interval, tuple(FACTORS)),
            gettext_noop(
                "How long the line lasts from its day on, where it has no period: day, week, month,"
                " quarter or year."
            ),
            aliases="interval, billing interval, billing period, billing cycle, frequency",
        ),
        Field(
            "issued_on",
            gettext_noop("Issued on"),
            Day(),
            gettext_noop("The day of the invoice."),
            aliases="issued on, invoice date, issued at, issued, date, billed on, finalized at,"
            " created on, created at, created",
            is_required=True,
        ),
        Field(
            "period_starts_on",
            gettext_noop("Period starts on"),
            Day(),
            gettext_noop(
                "The first day of service that the line is for. Without a period it is found from"
                " the"
                " rhythm of the invoices."
            ),
            aliases="period starts on, period start, service start, service period start,"
            " line period start, line item period start, date from, from, start date",
        ),
        Field(
            "period_ends_on",
            gettext_noop("Period ends on"),
            Day(),
            gettext_noop(
                "The first day of service that it is no longer for, or the last day (choose below)."
            ),
            aliases="period ends on, period end, service end, service period end,"
            " line period end, line item period end, date to, to, until, end date",
        ),
        Field(
            "is_proration",
            gettext_noop("Proration"),
            YesNo(),
            gettext_noop(
                "Whether the line is for a part of a period, because something changed within it."
            ),
            aliases="proration, is proration, prorated, is prorated",
        ),
        Field(
            "paid_on",
            gettext_noop("Paid on"),
            Day(),
            gettext_noop("The day it was paid."),
            aliases="paid on, paid at, payment date, date paid, paid",
        ),
        Field(
            "is_void",
            gettext_noop("Void"),
            YesNo(),
            gettext_noop(
                "Whether the invoice was voided or never issued: then it is no longer held."
            ),
            aliases="void, voided, is void, is voided, cancelled invoice",
        ),
    ),
    check=check,
    compare=compare,
    write=write,
)
