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
    "a status of a Chargebee invoice",
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
    "what a Chargebee line is for",
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
    label="Chargebee: invoices",
    description="The invoices of a Chargebee export, by line or whole. They are stored as"
    " invoices, and MRR is made of those of subscriptions.",
    group="billing",
    fields=(
        Field(
            "external_id",
            "Line item id",
            Text(200),
            "Of a line. Without one, whole invoices are known by their number and lines by what"
            " they say.",
            aliases=_named("id", *_LINE).removesuffix(", id"),
        ),
        Field(
            "invoice",
            "Invoice",
            Text(100),
            "The invoice's id, which is its number.",
            aliases=_named("id, number", *_INVOICE).removesuffix(", id, number")
            + ", line items invoice id, invoice line items invoice id, invoice",
            is_required=True,
        ),
        Field(
            "customer",
            "Customer id",
            Text(200),
            "Chargebee's id of the customer: its id here, too.",
            aliases="customers id, "
            + _named("customer id", *_INVOICE, *_LINE)
            + ", customer, customer handle",
            is_required=True,
        ),
        Field(
            "company",
            "Company",
            Text(300),
            "What a customer is called that is not known yet.",
            aliases=_named("company", *_CUSTOMER, "billing address", "invoices billing address"),
        ),
        Field(
            "first_name",
            "First name",
            Text(150),
            "Taken as the name where there is no company.",
            aliases=_named("first name", *_CUSTOMER, "billing address"),
        ),
        Field(
            "last_name",
            "Last name",
            Text(150),
            "Taken as the name where there is no company.",
            aliases=_named("last name", *_CUSTOMER, "billing address"),
        ),
        Field(
            "email",
            "E-mail",
            Text(254),
            "Taken as the name where there is no other.",
            aliases=_named("email", *_CUSTOMER, "billing address"),
        ),
        Field(
            "subscription",
            "Subscription id",
            Text(180),
            "Of the line, else of the invoice. Without one it is billed once and makes no MRR.",
            aliases="subscriptions id, " + _named("subscription id", *_LINE, *_INVOICE),
        ),
        Field(
            "status",
            "Status",
            STATUS,
            "Pending and voided ones are not held.",
            aliases=_named("status", *_INVOICE),
        ),
        Field(
            "type",
            "Entity type",
            ENTITY,
            "What a line is for. Plans and addons make MRR; setup fees and charges do not.",
            aliases=_named("entity type", *_LINE),
        ),
        Field(
            "plan",
            "Entity id",
            Text(200),
            "The plan, addon or item price.",
            aliases=_named("entity id", *_LINE) + ", plan id, item price id",
        ),
        Field(
            "description",
            "Description",
            Text(300),
            "What the line says. “Prorated” makes it a proration.",
            aliases=_named("description", *_LINE),
        ),
        Field(
            "quantity",
            "Quantity",
            Number(7, 6),
            "Of a line.",
            aliases=_named("quantity", *_LINE),
        ),
        Field(
            "currency",
            "Currency",
            Currency(),
            "The ISO code.",
            aliases=_named("currency code", *_INVOICE, *_LINE) + ", currency",
        ),
        Field(
            "amount",
            "Line amount",
            MONEY,
            "Of a line, without tax, in whole units (25.00).",
            aliases=", ".join(f"{owner} amount" for owner in _LINE) + ", amount",
        ),
        Field(
            "discount",
            "Discount",
            MONEY,
            "Taken off the line's amount, or the subtotal.",
            aliases=_named("discount amount", *_LINE) + ", discount",
        ),
        Field(
            "sub_total",
            "Subtotal",
            MONEY,
            "Of a whole invoice, without tax.",
            aliases=_named("sub total", *_INVOICE) + ", subtotal",
        ),
        Field(
            "total",
            "Total",
            MONEY,
            "Of a whole invoice; taken without the tax where there is no subtotal.",
            aliases=_named("total", *_INVOICE),
        ),
        Field("tax", "Tax", MONEY, "Taken off the total.", aliases=_named("tax", *_INVOICE)),
        Field(
            "issued_on",
            "Date",
            Day(),
            "The day of the invoice. Without one: the first day of service.",
            aliases=_named("date", *_INVOICE) + ", invoiced on, generated at",
        ),
        Field(
            "date_from",
            "Date from",
            Day(),
            "The first day of service.",
            aliases=_named("date from", *_LINE),
        ),
        Field(
            "date_to",
            "Date to",
            Day(),
            "The end of the service. Files whose months mostly end on their last day are read so.",
            aliases=_named("date to", *_LINE),
        ),
        Field(
            "paid_on",
            "Paid at",
            Day(),
            "The day it was paid.",
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
