"""Pauses: customers that pay nothing for a while and mean to come back."""

from __future__ import annotations

from customers.imports.facts import CUSTOMER, SUBSCRIPTION_BY_ID, Rule, Stored, fact_kind
from customers.imports.fields import Day, Field, Text
from customers.imports.kinds.renewals import SUBSCRIPTION
from customers.models import Pause

PAUSES = fact_kind(
    model=Pause,
    key="pauses",
    label="Pauses",
    noun="pause",
    description="When a customer, or one of its subscriptions, paused and came back.",
    identity=("customer", "subscription", "starts_on"),
    since=("starts_on",),
    last_days=("ends_on",),
    fields=(
        CUSTOMER,
        SUBSCRIPTION,
        Field(
            "starts_on",
            "Starts on",
            Day(),
            "The first day of the pause.",
            aliases="starts on, paused on, pause date, paused at, start date, start, from, paused",
            is_required=True,
        ),
        Field(
            "ends_on",
            "Ends on",
            Day(),
            "The first day it pays again, or the last day of the pause (choose below). Empty: it"
            " lasts.",
            aliases="ends on, resumes on, resumes at, resume date, resumed on, resumed at,"
            " end date, end, until, to",
        ),
        Field(
            "reason",
            "Reason",
            Text(200),
            "Why, in your own words.",
            aliases="reason, pause reason, why",
        ),
    ),
    stored={
        "subscription": Stored("subscription_id", reference=SUBSCRIPTION_BY_ID),
        "reason": Stored("reason", default="''"),
    },
    rules=(
        Rule(
            "ends_on",
            "n.ends_on <= n.starts_on",
            "'it ends on ' || n.ends_on || ', not after its start on ' || n.starts_on",
        ),
    ),
)
