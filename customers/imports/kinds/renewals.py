"""Renewals: contracts that come up, and notice given."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.imports.facts import CUSTOMER, SUBSCRIPTION_BY_ID, Rule, Stored, fact_kind
from customers.imports.fields import Day, Field, Text, YesNo, choice
from customers.models import Renewal

CHURN_KIND = choice(
    {
        "voluntary": "voluntarily, customer, chosen, customer request, customer choice, by choice",
        "involuntary": "payment, payment failure, payment failed, failed payment, delinquent,"
        " passive, non payment, card declined",
    },
    gettext_noop("a kind of churn"),
)

SUBSCRIPTION = Field(
    "subscription",
    gettext_noop("Subscription id"),
    Text(200),
    gettext_noop("The id of the subscription. Empty: all of the customer's."),
    aliases="subscription id, subscription, contract id, contract, subscription no",
)

RENEWALS = fact_kind(
    model=Renewal,
    key="renewals",
    label=gettext_noop("Renewals"),
    noun=gettext_noop("renewal"),
    description=gettext_noop(
        "When contracts come up for renewal, whether notice was given, and why."
    ),
    identity=("customer", "subscription", "renews_on"),
    since=("renews_on", "notice_by", "cancelled_on"),
    fields=(
        CUSTOMER,
        SUBSCRIPTION,
        Field(
            "renews_on",
            gettext_noop("Renews on"),
            Day(),
            gettext_noop("The first day of the next contract."),
            aliases="renews on, renewal date, renewal, renews, next renewal, contract end,"
            " contract end date, expires on",
            is_required=True,
        ),
        Field(
            "is_auto_renewed",
            gettext_noop("Auto-renewed"),
            YesNo(),
            gettext_noop("Whether it renews unless notice is given."),
            aliases="is auto renewed, auto renew, auto renewal, auto renews, automatic renewal",
        ),
        Field(
            "notice_by",
            gettext_noop("Notice by"),
            Day(),
            gettext_noop("The last day on which notice can be given."),
            aliases="notice by, notice date, notice deadline, cancel by, notice",
        ),
        Field(
            "cancelled_on",
            gettext_noop("Cancelled on"),
            Day(),
            gettext_noop("The day notice was given. Empty: none was."),
            aliases="cancelled on, canceled on, cancelled at, canceled at, cancelled, canceled,"
            " notice given on, cancellation date",
        ),
        Field(
            "agreed_on",
            gettext_noop("Agreed on"),
            Day(),
            gettext_noop("The day the customer agreed to renew. Empty: it has not yet."),
            aliases="agreed on, agreed at, renewal agreed, renewal agreed on, confirmed on,"
            " confirmed at, committed on, verbal on, signed on",
        ),
        Field(
            "churn_reason",
            gettext_noop("Churn reason"),
            Text(200),
            gettext_noop("Why it will not renew, in your own words."),
            aliases="churn reason, reason, cancellation reason, cancel reason, loss reason",
        ),
        Field(
            "churn_kind",
            gettext_noop("Churn kind"),
            CHURN_KIND,
            gettext_noop("voluntary (the customer chose to) or involuntary (a payment failed)."),
            aliases="churn kind, churn type, cancellation type",
        ),
    ),
    stored={
        "subscription": Stored("subscription_id", reference=SUBSCRIPTION_BY_ID),
        "churn_reason": Stored("churn_reason", default="''"),
        "churn_kind": Stored("churn_kind", default="''"),
    },
    rules=(
        Rule(
            "notice_by",
            "n.notice_by > n.renews_on",
            gettext_noop("notice can't be given after the renewal on {renews_on}"),
            {"renews_on": "n.renews_on"},
        ),
    ),
)
