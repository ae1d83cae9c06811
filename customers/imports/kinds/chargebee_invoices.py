"""Invoices as Chargebee exports them, whole or by line.

The columns are the attributes of Chargebee's invoices and of their line items, with or without
what they belong to in front (invoices.id, line_items.id, invoice_line_items.date_from), as listed
in datacatalog.chargebee.com/invoices and datacatalog.chargebee.com/invoice_line_items; the words
of `entity_type` and `status` are those of apidocs.chargebee.com/docs/api/invoices. No public
export file was found: that amounts are in whole units of the currency, as in Chargebee's
subscriptions exports, and that both kinds of columns stand in one file are assumptions, told in
docs/billing.md.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.imports.adapters import adapted
from customers.imports.fields import Currency, Day, Field, Number, Text, choice
from customers.imports.kinds.invoice_lines import INVOICE_LINES

STATUS = choice(
    {
        "paid": "",
        "posted": "",
        "payment_due": "due",
        "not_paid": "unpaid",
        "pending": "",
        "voided": "void",
    },
    gettext_noop("a status of a Chargebee invoice"),
)
ENTITY = choice(
    {
        "plan": "",
        "plan_item_price": "",
        "addon": "",
        "addon_item_price": "",
        "plan_setup": "setup fee",
        "charge_item_price": "charge",
        "adhoc": "ad hoc",
    },
    gettext_noop("what a Chargebee line is for"),
)
MONEY = Number(14, 10, is_money=True, is_signed=True)

# A line that lasts no day is for something bought once.
ROWS = """
    SELECT r.row_number, r.invoice, r.customer, r.subscription, r.plan, r.description, r.quantity,
           CASE WHEN r.external_id IS NULL AND r.amount IS NULL THEN r.invoice
                ELSE r.external_id END AS external_id,
           coalesce(r.company, nullif(concat_ws(' ', r.first_name, r.last_name), ''), r.email)
               AS customer_name,
           CASE WHEN r.subscription IS NULL OR r.date_to <= r.date_from
                     OR r.type IN ('plan_setup', 'charge_item_price', 'adhoc')
                THEN 'one_time' ELSE 'recurring' END AS type,
           coalesce(r.amount - coalesce(r.discount, 0), r.sub_total - coalesce(r.discount, 0),
                    r.total - coalesce(r.tax, 0)) AS amount,
           r.currency, coalesce(r.issued_on, r.date_from) AS issued_on,
           CASE WHEN r.date_to > r.date_from THEN r.date_from END AS period_starts_on,
           CASE WHEN r.date_to > r.date_from THEN r.date_to END AS period_ends_on,
           r.paid_on, coalesce(r.status IN ('pending', 'voided'), false) AS is_void
      FROM import_row r
"""

_LINE = ("line items", "line item", "invoice line items", "invoice line item")
_INVOICE = ("invoices", "invoice")
_CUSTOMER = ("customers", "customer")


def _named(names: str, *owners: str) -> str:
    """With each of the owners in front, then without."""
    plain = names.split(", ")
    return ", ".join([*(f"{owner} {name}" for name in plain for owner in owners), *plain])


CHARGEBEE_INVOICES = adapted(
    INVOICE_LINES,
    key="chargebee_invoices",
    label=gettext_noop("Chargebee: invoices"),
    description=gettext_noop(
        "The invoices of a Chargebee export, by line or whole. They are stored as"
        " invoices, and MRR is made of those of subscriptions."
    ),
    group="billing",
    fields=(
        Field(
            "external_id",
            gettext_noop("Line item id"),
            Text(200),
            gettext_noop(
                "Of a line. Without one, whole invoices are known by their number and lines by what"
                " they say."
            ),
            aliases=_named("id", *_LINE).removesuffix(", id"),
        ),
        Field(
            "invoice",
            gettext_noop("Invoice"),
            Text(100),
            gettext_noop("The invoice's id, which is its number."),
            aliases=_named("id, number", *_INVOICE).removesuffix(", id, number")
            + ", line items invoice id, invoice line items invoice id, invoice",
            is_required=True,
        ),
        Field(
            "customer",
            gettext_noop("Customer id"),
            Text(200),
            gettext_noop("Chargebee's id of the customer: its id here, too."),
            aliases="customers id, "
            + _named("customer id", *_INVOICE, *_LINE)
            + ", customer, customer handle",
            is_required=True,
        ),
        Field(
            "company",
            gettext_noop("Company"),
            Text(300),
            gettext_noop("Finds the customer whose id is not known yet, or names a new one."),
            aliases=_named("company", *_CUSTOMER, "billing address", "invoices billing address"),
        ),
        Field(
            "first_name",
            gettext_noop("First name"),
            Text(150),
            gettext_noop("Taken as the name where there is no company."),
            aliases=_named("first name", *_CUSTOMER, "billing address"),
        ),
        Field(
            "last_name",
            gettext_noop("Last name"),
            Text(150),
            gettext_noop("Taken as the name where there is no company."),
            aliases=_named("last name", *_CUSTOMER, "billing address"),
        ),
        Field(
            "email",
            gettext_noop("E-mail"),
            Text(254),
            gettext_noop("Taken as the name where there is no other."),
            aliases=_named("email", *_CUSTOMER, "billing address"),
        ),
        Field(
            "subscription",
            gettext_noop("Subscription id"),
            Text(180),
            gettext_noop(
                "Of the line, else of the invoice. Without one it is billed once and makes no MRR."
            ),
            aliases="subscriptions id, " + _named("subscription id", *_LINE, *_INVOICE),
        ),
        Field(
            "status",
            gettext_noop("Status"),
            STATUS,
            gettext_noop("Pending and voided ones are not held."),
            aliases=_named("status", *_INVOICE),
        ),
        Field(
            "type",
            gettext_noop("Entity type"),
            ENTITY,
            gettext_noop(
                "What a line is for. Plans and addons make MRR; setup fees and charges do not."
            ),
            aliases=_named("entity type", *_LINE),
        ),
        Field(
            "plan",
            gettext_noop("Entity id"),
            Text(200),
            gettext_noop("The plan, addon or item price."),
            aliases=_named("entity id", *_LINE) + ", plan id, item price id",
        ),
        Field(
            "description",
            gettext_noop("Description"),
            Text(300),
            gettext_noop("What the line says. “Prorated” makes it a proration."),
            aliases=_named("description", *_LINE),
        ),
        Field(
            "quantity",
            gettext_noop("Quantity"),
            Number(7, 6),
            gettext_noop("Of a line."),
            aliases=_named("quantity", *_LINE),
        ),
        Field(
            "currency",
            gettext_noop("Currency"),
            Currency(),
            gettext_noop("The ISO code."),
            aliases=_named("currency code", *_INVOICE, *_LINE) + ", currency",
        ),
        Field(
            "amount",
            gettext_noop("Line amount"),
            MONEY,
            gettext_noop("Of a line, without tax, in whole units (25.00)."),
            aliases=", ".join(f"{owner} amount" for owner in _LINE) + ", amount",
        ),
        Field(
            "discount",
            gettext_noop("Discount"),
            MONEY,
            gettext_noop("Taken off the line's amount, or the subtotal."),
            aliases=_named("discount amount", *_LINE) + ", discount",
        ),
        Field(
            "sub_total",
            gettext_noop("Subtotal"),
            MONEY,
            gettext_noop("Of a whole invoice, without tax."),
            aliases=_named("sub total", *_INVOICE) + ", subtotal",
        ),
        Field(
            "total",
            gettext_noop("Total"),
            MONEY,
            gettext_noop("Of a whole invoice; taken without the tax where there is no subtotal."),
            aliases=_named("total", *_INVOICE),
        ),
        Field(
            "tax",
            gettext_noop("Tax"),
            MONEY,
            gettext_noop("Taken off the total."),
            aliases=_named("tax", *_INVOICE),
        ),
        Field(
            "issued_on",
            gettext_noop("Date"),
            Day(),
            gettext_noop("The day of the invoice. Without one: the first day of service."),
            aliases=_named("date", *_INVOICE) + ", invoiced on, generated at",
        ),
        Field(
            "date_from",
            gettext_noop("Date from"),
            Day(),
            gettext_noop("The first day of service."),
            aliases=_named("date from", *_LINE),
        ),
        Field(
            "date_to",
            gettext_noop("Date to"),
            Day(),
            gettext_noop(
                "The end of the service. Files whose months mostly end on their last day are read"
                " so."
            ),
            aliases=_named("date to", *_LINE),
        ),
        Field(
            "paid_on",
            gettext_noop("Paid at"),
            Day(),
            gettext_noop("The day it was paid."),
            aliases=_named("paid at", *_INVOICE) + ", paid on",
        ),
    ),
    rows=ROWS,
    said={
        "external_id": ("external_id", "invoice"),
        "invoice": "invoice",
        "customer": "customer",
        "customer_name": ("company", "first_name", "last_name", "email"),
        "subscription": "subscription",
        "plan": "plan",
        "description": "description",
        "type": ("type", "subscription", "invoice"),
        "amount": ("amount", "sub_total", "total"),
        "quantity": "quantity",
        "currency": "currency",
        "issued_on": ("issued_on", "date_from"),
        "period_starts_on": "date_from",
        "period_ends_on": "date_to",
        "paid_on": "paid_on",
        "is_void": "status",
    },
)
