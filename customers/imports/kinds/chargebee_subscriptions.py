"""Subscriptions as Chargebee exports them.

The columns of its CSV exports are the attributes of its API, with or without what they belong to
in front: subscriptions.id, subscriptions.plan_id, subscriptions.plan_quantity,
subscriptions.plan_unit_price, subscriptions.status, subscriptions.start_date,
subscriptions.trial_end, subscriptions.current_term_start, subscriptions.current_term_end,
subscriptions.started_at, subscriptions.activated_at, subscriptions.cancelled_at,
subscriptions.pause_date, subscriptions.resume_date, customers.id, customers.company. Seen in
public code that reads such files; what the states mean:
apidocs.chargebee.com/docs/api/subscriptions (status, activated_at, cancelled_at).
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.billing.states import SUBSCRIPTION_STATES
from customers.billing.words import INTERVAL
from customers.imports.adapters import adapted
from customers.imports.fields import Currency, Day, Field, Number, Text, choice

STATUS = choice(
    {
        "active": "live",
        "non_renewing": "cancellation scheduled",
        "in_trial": "trial, trialing",
        "future": "scheduled",
        "paused": "",
        "cancelled": "canceled",
        "transferred": "",
    },
    gettext_noop("a status of a Chargebee subscription"),
)

ROWS = """
    SELECT row_number, external_id, customer, customer_name, plan, quantity, amount, "interval",
           currency, starts_on, ends_on, paused_on, resumes_on,
           least(greatest(since, starts_on), ends_on, paused_on) AS known_from,
           status NOT IN ('in_trial', 'future', 'transferred')
               AND (cancelled_on IS NULL OR cancelled_on > starts_on) AS is_paying
      FROM (SELECT *,
                   CASE WHEN cancelled_on > starts_on THEN cancelled_on END AS ends_on,
                   CASE WHEN status = 'paused' OR pause_date IS NOT NULL
                        THEN greatest(coalesce(pause_date, since), starts_on) END AS paused_on,
                   resume_date AS resumes_on
              FROM (SELECT r.row_number, r.external_id, r.customer, r.plan, r.currency,
                           nullif(concat_ws(' ', coalesce(r.company,
                               nullif(concat_ws(' ', r.first_name, r.last_name), ''), r.email)), '')
                               AS customer_name,
                           CASE WHEN r.unit_price IS NULL THEN 1 ELSE coalesce(r.quantity, 1) END
                               AS quantity,
                           coalesce(r.unit_price, r.amount, r.mrr) AS amount,
                           CASE WHEN r.unit_price IS NULL AND r.amount IS NULL THEN '1 month'
                                WHEN r.interval_unit IS NOT NULL
                                THEN coalesce(r.interval_count, 1)::int || ' '
                                     || split_part(r.interval_unit, ' ', 2)
                                ELSE '1 month' END AS "interval",
                           coalesce(r.status, 'active') AS status,
                           greatest(coalesce(r.activated_on, r.started_on, r.start_date,
                                             r.created_on), r.trial_ends_on) AS starts_on,
                           r.term_starts_on AS since, r.pause_date, r.resume_date,
                           CASE WHEN coalesce(r.status, '') IN ('cancelled', 'non_renewing')
                                THEN coalesce(r.cancelled_on, r.term_ends_on) END AS cancelled_on
                      FROM import_row r) AS told) AS dated
"""


def _named(names: str) -> str:
    """With and without what the column belongs to in front."""
    plain = names.split(", ")
    return ", ".join([*(f"subscriptions {n}" for n in plain), *(f"subscription {n}" for n in plain),
                      *plain])  # fmt: skip


CHARGEBEE_SUBSCRIPTIONS = adapted(
    SUBSCRIPTION_STATES,
    key="chargebee_subscriptions",
    label=gettext_noop("Chargebee: subscriptions"),
    description=gettext_noop(
        "The subscriptions export of Chargebee. Customers that are not known yet are made of it."
    ),
    group="billing",
    fields=(
        Field(
            "external_id",
            gettext_noop("Subscription id"),
            Text(180),
            gettext_noop("Chargebee's id of the subscription."),
            aliases="subscriptions id, subscription id, id",
            is_required=True,
        ),
        Field(
            "customer",
            gettext_noop("Customer id"),
            Text(200),
            gettext_noop("Chargebee's id of the customer: its id here, too."),
            aliases="customers id, customer id, subscriptions customer id, customer",
            is_required=True,
        ),
        Field(
            "company",
            gettext_noop("Company"),
            Text(300),
            gettext_noop("Finds the customer whose id is not known yet, or names a new one."),
            aliases="customers company, customer company, company",
        ),
        Field(
            "first_name",
            gettext_noop("First name"),
            Text(150),
            gettext_noop("Taken as the name where there is no company."),
            aliases="customers first name, customer first name, first name",
        ),
        Field(
            "last_name",
            gettext_noop("Last name"),
            Text(150),
            gettext_noop("Taken as the name where there is no company."),
            aliases="customers last name, customer last name, last name",
        ),
        Field(
            "email",
            gettext_noop("E-mail"),
            Text(300),
            gettext_noop("Taken as the name where there is nothing better."),
            aliases="customers email, customer email, email",
        ),
        Field(
            "plan",
            gettext_noop("Plan"),
            Text(200),
            gettext_noop("The plan's name or id."),
            aliases=_named("plan name, plan id, item price id, plan, current plan"),
        ),
        Field(
            "quantity",
            gettext_noop("Quantity"),
            Number(7, 6),
            gettext_noop("How many units."),
            aliases=_named("plan quantity, quantity"),
        ),
        Field(
            "unit_price",
            gettext_noop("Unit price"),
            Number(12, 12, is_money=True),
            gettext_noop("The price per unit and billing period, in whole units of the currency."),
            aliases=_named("plan unit price, unit price"),
        ),
        Field(
            "amount",
            gettext_noop("Plan amount"),
            Number(12, 12, is_money=True),
            gettext_noop("What all units cost per billing period, where no unit price is given."),
            aliases=_named("plan amount, amount"),
        ),
        Field(
            "mrr",
            gettext_noop("MRR"),
            Number(12, 12, is_money=True),
            gettext_noop("Taken where there is neither a unit price nor an amount."),
            aliases=_named("mrr, monthly recurring revenue"),
        ),
        Field(
            "interval_count",
            gettext_noop("Billing period"),
            Number(3, 0),
            gettext_noop("How many units of time a billing period has."),
            aliases=_named("billing period"),
        ),
        Field(
            "interval_unit",
            gettext_noop("Billing period unit"),
            INTERVAL,
            gettext_noop("Day, week, month or year. Without one: month."),
            aliases=_named("billing period unit, period unit"),
        ),
        Field(
            "currency",
            gettext_noop("Currency"),
            Currency(),
            gettext_noop("The ISO code."),
            aliases=_named("currency code, currency"),
        ),
        Field(
            "status",
            gettext_noop("Status"),
            STATUS,
            gettext_noop(
                "Active and non-renewing pay; in trial and future do not; paused is a pause."
            ),
            aliases=_named("status"),
        ),
        Field(
            "created_on",
            gettext_noop("Created"),
            Day(),
            "",
            aliases=_named("created at, created on"),
        ),
        Field("start_date", gettext_noop("Start date"), Day(), "", aliases=_named("start date")),
        Field(
            "started_on",
            gettext_noop("Started"),
            Day(),
            gettext_noop("When it began, with its trial."),
            aliases=_named("started at, started on"),
        ),
        Field(
            "activated_on",
            gettext_noop("Activated"),
            Day(),
            gettext_noop("The first day that is paid for."),
            aliases=_named("activated at, activated on"),
        ),
        Field("trial_ends_on", gettext_noop("Trial end"), Day(), "", aliases=_named("trial end")),
        Field(
            "term_starts_on",
            gettext_noop("Current term start"),
            Day(),
            gettext_noop(
                "Where the subscription is held already, a changed price holds from here on."
            ),
            aliases=_named("current term start, current billing term start date"),
        ),
        Field(
            "term_ends_on",
            gettext_noop("Current term end"),
            Day(),
            "",
            aliases=_named("current term end, current billing term end date"),
        ),
        Field(
            "cancelled_on",
            gettext_noop("Cancelled"),
            Day(),
            gettext_noop("The first day without; of a non-renewing one, too."),
            aliases=_named("cancelled at, canceled at, canceled on, cancelled on"),
        ),
        Field("pause_date", gettext_noop("Pause date"), Day(), "", aliases=_named("pause date")),
        Field("resume_date", gettext_noop("Resume date"), Day(), "", aliases=_named("resume date")),
    ),
    rows=ROWS,
    said={
        "external_id": "external_id",
        "customer": "customer",
        "customer_name": ("company", "first_name", "last_name", "email"),
        "plan": "plan",
        "quantity": ("quantity", "unit_price", "amount", "mrr"),
        "amount": ("unit_price", "amount", "mrr"),
        "interval": ("interval_unit", "interval_count", "unit_price", "amount", "mrr"),
        "currency": "currency",
        "starts_on": ("activated_on", "started_on", "start_date", "created_on"),
        "known_from": ("term_starts_on", "activated_on", "started_on", "start_date", "created_on"),
        "ends_on": ("cancelled_on", "term_ends_on"),
        "paused_on": ("pause_date", "status"),
        "resumes_on": "resume_date",
        "is_paying": ("status", "cancelled_on"),
    },
)
