"""Subscriptions as Stripe's dashboard exports them (Billing > Subscriptions > Export).

Its columns: id, Customer ID, Customer Description, Customer Email, Customer Name, Plan, Product,
Quantity, Currency, Interval, Amount, Status, Cancellation Reason, Created (UTC), Start (UTC),
Start Date (UTC), Current Period Start (UTC), Current Period End (UTC), Trial Start (UTC), Trial
End (UTC), Application Fee Percent, Coupon, Tax Percent, Canceled At (UTC), Ended At (UTC), Cancel
At Period End and "<key> (metadata)". Seen in public code that reads such files; what the states
mean: docs.stripe.com/api/subscriptions/object (status, start_date, ended_at). `Start` is the last
change of plan, `Start Date` the beginning. Days are Stripe's, which are UTC.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.billing.states import SUBSCRIPTION_STATES
from customers.billing.words import INTERVAL
from customers.imports.adapters import adapted
from customers.imports.fields import Currency, Day, Field, Number, Text, YesNo, choice

STATUS = choice(
    {
        "active": "",
        "past_due": "overdue",
        "trialing": "trial, in trial",
        "canceled": "cancelled, ended",
        "unpaid": "",
        "incomplete": "",
        "incomplete_expired": "expired",
        "paused": "",
    },
    gettext_noop("a status of a Stripe subscription"),
)

# From the inside out: days and end as the file gives them; then where the state begins, a paused
# one with its pause; then what that makes of it.
ROWS = """
    SELECT row_number, external_id, customer, customer_name, product, plan, quantity, amount,
           "interval", currency, discount_percent, discount_amount, discount_ends_on, starts_on,
           CASE WHEN ended_on > starts_on THEN least(known_from, ended_on) ELSE known_from END
               AS known_from,
           CASE WHEN ended_on > starts_on THEN ended_on END AS ends_on,
           CASE WHEN status = 'paused' THEN known_from END AS paused_on,
           status NOT IN ('trialing', 'unpaid', 'incomplete', 'incomplete_expired')
               AND (ended_on IS NULL OR ended_on > starts_on) AS is_paying
      FROM (SELECT *, greatest(since, first_day) AS known_from,
                   CASE WHEN status = 'paused' THEN greatest(since, first_day)
                        ELSE first_day END AS starts_on
              FROM (SELECT r.row_number, r.external_id, r.customer,
                           coalesce(r.customer_name, r.customer_description, r.customer_email)
                               AS customer_name,
                           r.product, r.plan, r.quantity, r.amount, r."interval", r.currency,
                           r.discount_percent, r.discount_amount, r.discount_ends_on,
                           coalesce(r.status, 'active') AS status,
                           greatest(coalesce(r.start_date, r.created_on, r.changed_on),
                                    r.trial_ends_on) AS first_day,
                           CASE WHEN r.changed_on > coalesce(r.start_date, r.created_on) + 1
                                THEN r.changed_on ELSE r.period_starts_on END AS since,
                           CASE WHEN r.status = 'canceled'
                                THEN coalesce(r.ended_on, r.canceled_on, r.period_ends_on)
                                WHEN r.ended_on IS NOT NULL THEN r.ended_on
                                WHEN r.is_ending THEN r.period_ends_on END AS ended_on
                      FROM import_row r) AS told) AS dated
"""

STRIPE_SUBSCRIPTIONS = adapted(
    SUBSCRIPTION_STATES,
    key="stripe_subscriptions",
    label=gettext_noop("Stripe: subscriptions"),
    description=gettext_noop(
        "The subscriptions export of Stripe's dashboard. Customers are found by Stripe's id or"
        " their name; those that are not known yet are made of it."
    ),
    group="billing",
    fields=(
        Field(
            "external_id",
            gettext_noop("Subscription id"),
            Text(180),
            gettext_noop("sub_…"),
            aliases="id, subscription id, subscription",
            is_required=True,
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
            "customer_description",
            gettext_noop("Customer description"),
            Text(300),
            gettext_noop("Taken as the name where there is none."),
            aliases="customer description",
        ),
        Field(
            "customer_email",
            gettext_noop("Customer e-mail"),
            Text(300),
            gettext_noop("Taken as the name where there is nothing better."),
            aliases="customer email",
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
            gettext_noop("The price's or plan's name or id."),
            aliases="plan, price",
        ),
        Field(
            "quantity",
            gettext_noop("Quantity"),
            Number(7, 6),
            gettext_noop("How many units."),
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
            "interval",
            gettext_noop("Interval"),
            INTERVAL,
            gettext_noop("How often the amount is due: month, year, 3 months."),
            aliases="interval, billing interval",
        ),
        Field(
            "amount",
            gettext_noop("Amount"),
            Number(12, 12, is_money=True),
            gettext_noop("The price per unit and interval, without tax."),
            aliases="amount, plan amount, unit amount",
            is_required=True,
        ),
        Field(
            "status",
            gettext_noop("Status"),
            STATUS,
            gettext_noop(
                "Active and past due pay; trialing, unpaid and incomplete do not; paused is a"
                " pause."
            ),
            aliases="status",
        ),
        Field(
            "created_on",
            gettext_noop("Created"),
            Day(),
            gettext_noop("When it was made."),
            aliases="created utc, created",
        ),
        Field(
            "start_date",
            gettext_noop("Start date"),
            Day(),
            gettext_noop("The first day. Without one: created."),
            aliases="start date utc, start date",
        ),
        Field(
            "changed_on",
            gettext_noop("Start"),
            Day(),
            gettext_noop("Since when it has been on this plan."),
            aliases="start utc, start",
        ),
        Field(
            "period_starts_on",
            gettext_noop("Current period start"),
            Day(),
            gettext_noop(
                "Where the subscription is held already, a changed price holds from here on."
            ),
            aliases="current period start utc, current period start",
        ),
        Field(
            "period_ends_on",
            gettext_noop("Current period end"),
            Day(),
            gettext_noop("The end, where it is cancelled at period end."),
            aliases="current period end utc, current period end",
        ),
        Field(
            "trial_ends_on",
            gettext_noop("Trial end"),
            Day(),
            gettext_noop("It pays from this day on."),
            aliases="trial end utc, trial end",
        ),
        Field(
            "canceled_on",
            gettext_noop("Canceled at"),
            Day(),
            gettext_noop("The end of a cancelled one without Ended at."),
            aliases="canceled at utc, cancelled at utc, canceled at, cancelled at",
        ),
        Field(
            "ended_on",
            gettext_noop("Ended at"),
            Day(),
            gettext_noop("The first day without."),
            aliases="ended at utc, ended at",
        ),
        Field(
            "is_ending",
            gettext_noop("Cancel at period end"),
            YesNo(),
            gettext_noop("Whether it ends with its current period."),
            aliases="cancel at period end",
        ),
        Field(
            "discount_percent",
            gettext_noop("Discount percent"),
            Number(3, 10),
            gettext_noop("Percent off, while the discount lasts."),
            aliases="discount percent, percent off, coupon percent off",
        ),
        Field(
            "discount_amount",
            gettext_noop("Discount amount"),
            Number(12, 12, is_money=True),
            gettext_noop("Money off per interval, while the discount lasts."),
            aliases="discount amount, amount off, coupon amount off",
        ),
        Field(
            "discount_ends_on",
            gettext_noop("Discount end"),
            Day(),
            gettext_noop("The first day without the discount. Without one it stays."),
            aliases="discount end utc, discount end, coupon end",
        ),
    ),
    rows=ROWS,
    said={
        "external_id": "external_id",
        "customer": "customer",
        "customer_name": ("customer_name", "customer_description", "customer_email"),
        "product": "product",
        "plan": "plan",
        "quantity": "quantity",
        "amount": "amount",
        "interval": "interval",
        "currency": "currency",
        "discount_percent": "discount_percent",
        "discount_amount": "discount_amount",
        "discount_ends_on": "discount_ends_on",
        "starts_on": ("start_date", "created_on", "changed_on"),
        "known_from": ("period_starts_on", "changed_on", "start_date", "created_on"),
        "ends_on": ("ended_on", "canceled_on", "period_ends_on"),
        "paused_on": "status",
        "is_paying": ("status", "ended_on", "canceled_on"),
    },
)
