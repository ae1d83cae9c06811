"""Invoices as Stripe's dashboard exports them, whole (Billing > Invoices > Export) or by line.

The columns of the whole ones: id, Customer, Customer Name, Customer Email, Number, Subscription,
Status, Currency, Amount Due, Subtotal, Tax, Tax Percent, Total, Amount Paid, Total Discount
Amount, Exclusive Tax Amount, Starting Balance, Date (UTC), Due Date (UTC), Paid At (UTC),
Finalized At (UTC), Voided At (UTC), Period Start (UTC), Period End (UTC), Minimum Line Item
Period Start (UTC), Maximum Line Item Period End (UTC), Applied Coupons. Seen in public code that
reads such files. Of lines: those of docs.stripe.com/api/invoice-line-item/object. An invoice's own
period is that of usage before it (docs.stripe.com/api/invoices/object, `period_start`), so only
that of its lines is taken. Days are Stripe's, which are UTC.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.imports.adapters import adapted
from customers.imports.fields import Currency, Day, Field, Number, Text, YesNo, choice
from customers.imports.kinds.invoice_lines import INVOICE_LINES

STATUS = choice(
    {
        "paid": "",
        "open": "past due, overdue",
        "uncollectible": "",
        "draft": "",
        "void": "voided",
        "deleted": "",
    },
    gettext_noop("a status of a Stripe invoice"),
)
MONEY = Number(14, 10, is_money=True, is_signed=True)

ROWS = """
    SELECT r.row_number, r.external_id, coalesce(r.number, r.invoice) AS invoice, r.customer,
           coalesce(r.customer_name, r.customer_email) AS customer_name, r.subscription,
           r.product, r.plan, r.description, r.quantity, r.currency,
           CASE WHEN r.subscription IS NULL THEN 'one_time'
                WHEN lower(r.usage_type) = 'metered' THEN 'metered'
                WHEN r.is_proration THEN 'proration'
                WHEN lower(r.type) IN ('invoiceitem', 'invoice_item', 'invoice item')
                THEN 'one_time' ELSE 'recurring' END AS type,
           coalesce(r.total - coalesce(r.tax, 0), r.subtotal - coalesce(r.discount, 0),
                    r.amount) AS amount,
           coalesce(r.finalized_on, r.issued_on) AS issued_on,
           CASE WHEN r.period_ends_on > r.period_starts_on THEN r.period_starts_on END
               AS period_starts_on,
           CASE WHEN r.period_ends_on > r.period_starts_on THEN r.period_ends_on END
               AS period_ends_on,
           r.is_proration, r.paid_on, coalesce(r.status, '') IN ('draft', 'void', 'deleted')
               AS is_void
      FROM import_row r
"""

STRIPE_INVOICES = adapted(
    INVOICE_LINES,
    key="stripe_invoices",
    label=gettext_noop("Stripe: invoices"),
    description=gettext_noop(
        "The invoices export of Stripe's dashboard, or its lines. They are stored as"
        " invoices, and MRR is made of those of subscriptions."
    ),
    group="billing",
    fields=(
        Field(
            "external_id",
            gettext_noop("Id"),
            Text(200),
            gettext_noop("in_… of an invoice, il_… of a line."),
            aliases="line item id, invoice line item id, id, invoice id",
            is_required=True,
        ),
        Field(
            "invoice",
            gettext_noop("Invoice"),
            Text(100),
            gettext_noop("in_… of a line."),
            aliases="invoice id, invoice",
        ),
        Field(
            "number",
            gettext_noop("Number"),
            Text(100),
            gettext_noop("The invoice's number."),
            aliases="number, invoice number",
        ),
        Field(
            "customer",
            gettext_noop("Customer id"),
            Text(200),
            gettext_noop("cus_…: known as a further id of the customer, or its id here."),
            aliases="customer id, customer",
            is_required=True,
        ),
        Field(
            "customer_name",
            gettext_noop("Customer name"),
            Text(300),
            gettext_noop("Finds the customer whose id is not known yet, or names a new one."),
            aliases="customer name",
        ),
        Field(
            "customer_email",
            gettext_noop("Customer e-mail"),
            Text(300),
            gettext_noop("Taken as the name where there is none."),
            aliases="customer email",
        ),
        Field(
            "subscription",
            gettext_noop("Subscription id"),
            Text(180),
            gettext_noop("sub_…; without one it is billed once and makes no MRR."),
            aliases="subscription id, subscription",
        ),
        Field(
            "status",
            gettext_noop("Status"),
            STATUS,
            gettext_noop("Draft, void and deleted ones are not held."),
            aliases="status, invoice status",
        ),
        Field(
            "product",
            gettext_noop("Product"),
            Text(200),
            gettext_noop("What is sold."),
            aliases="product, product name",
        ),
        Field(
            "plan",
            gettext_noop("Plan"),
            Text(200),
            gettext_noop("The price's id."),
            aliases="price id, plan id, price, plan",
        ),
        Field(
            "description",
            gettext_noop("Description"),
            Text(300),
            gettext_noop("What the line says."),
            aliases="line item description, description",
        ),
        Field(
            "type",
            gettext_noop("Type"),
            Text(50),
            gettext_noop("Of a line."),
            aliases="line item type, type",
        ),
        Field(
            "usage_type",
            gettext_noop("Usage type"),
            Text(50),
            gettext_noop("Metered makes no MRR."),
            aliases="usage type",
        ),
        Field(
            "is_proration",
            gettext_noop("Proration"),
            YesNo(),
            gettext_noop("Of a line."),
            aliases="proration",
        ),
        Field(
            "quantity",
            gettext_noop("Quantity"),
            Number(7, 6),
            gettext_noop("Of a line."),
            aliases="quantity",
        ),
        Field(
            "currency",
            gettext_noop("Currency"),
            Currency(),
            gettext_noop("The ISO code."),
            aliases="currency",
        ),
        Field(
            "amount",
            gettext_noop("Line amount"),
            MONEY,
            gettext_noop(
                "Of a line, without tax; taken where there is neither a total nor a subtotal."
            ),
            aliases="line item amount, amount",
        ),
        Field(
            "total",
            gettext_noop("Total"),
            MONEY,
            gettext_noop("Of an invoice, with tax."),
            aliases="total",
        ),
        Field(
            "tax",
            gettext_noop("Tax"),
            MONEY,
            gettext_noop("Taken off the total."),
            aliases="tax, tax amount",
        ),
        Field(
            "subtotal",
            gettext_noop("Subtotal"),
            MONEY,
            gettext_noop("Taken where there is no total."),
            aliases="subtotal",
        ),
        Field(
            "discount",
            gettext_noop("Discount"),
            MONEY,
            gettext_noop("Taken off the subtotal."),
            aliases="total discount amount, discount amount",
        ),
        Field(
            "issued_on",
            gettext_noop("Date"),
            Day(),
            gettext_noop("The day of the invoice."),
            aliases="date utc, invoice date utc, created utc, date, created",
            is_required=True,
        ),
        Field(
            "finalized_on",
            gettext_noop("Finalized at"),
            Day(),
            gettext_noop("Better than the date, where given."),
            aliases="finalized at utc, finalized at",
        ),
        Field(
            "period_starts_on",
            gettext_noop("Line item period start"),
            Day(),
            gettext_noop("The first day of service."),
            aliases="minimum line item period start utc, line item period start utc,"
            " line item period start, minimum line item period start",
        ),
        Field(
            "period_ends_on",
            gettext_noop("Line item period end"),
            Day(),
            gettext_noop("The first day of service that it is no longer for."),
            aliases="maximum line item period end utc, line item period end utc,"
            " line item period end, maximum line item period end",
        ),
        Field(
            "paid_on",
            gettext_noop("Paid at"),
            Day(),
            gettext_noop("The day it was paid."),
            aliases="paid at utc, paid at",
        ),
    ),
    rows=ROWS,
    said={
        "external_id": "external_id",
        "invoice": ("number", "invoice"),
        "customer": "customer",
        "customer_name": ("customer_name", "customer_email"),
        "subscription": "subscription",
        "product": "product",
        "plan": "plan",
        "description": "description",
        "type": ("subscription", "external_id"),
        "amount": ("amount", "total", "subtotal"),
        "quantity": "quantity",
        "currency": "currency",
        "issued_on": ("issued_on", "finalized_on"),
        "period_starts_on": "period_starts_on",
        "period_ends_on": "period_ends_on",
        "is_proration": "is_proration",
        "paid_on": "paid_on",
        "is_void": "status",
    },
)
