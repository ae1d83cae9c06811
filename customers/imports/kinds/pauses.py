"""Pauses: customers that pay nothing for a while and mean to come back."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.imports.facts import CUSTOMER, SUBSCRIPTION_BY_ID, Rule, Stored, fact_kind
from customers.imports.fields import Day, Field, Text
from customers.imports.kinds.renewals import SUBSCRIPTION
from customers.models import Pause

PAUSES = fact_kind(
    model=Pause,
    key="pauses",
    label=gettext_noop("Pauses"),
    noun=gettext_noop("pause"),
    description=gettext_noop("When a customer, or one of its subscriptions, paused and came back."),
    identity=("customer", "subscription", "starts_on"),
    since=("starts_on",),
    last_days=("ends_on",),
    fields=(
        CUSTOMER,
        SUBSCRIPTION,
        Field(
            "starts_on",
            gettext_noop("Starts on"),
            Day(),
            gettext_noop("The first day of the pause."),
            aliases="starts on, paused on, pause date, paused at, start date, start, from, paused",
            is_required=True,
        ),
        Field(
            "ends_on",
            gettext_noop("Ends on"),
            Day(),
            gettext_noop(
                "The first day it pays again, or the last day of the pause (choose below). Empty:"
                " it"
                " lasts."
            ),
            aliases="ends on, resumes on, resumes at, resume date, resumed on, resumed at,"
            " end date, end, until, to",
        ),
        Field(
            "reason",
            gettext_noop("Reason"),
            Text(200),
            gettext_noop("Why, in your own words."),
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
            gettext_noop("it ends on {ends_on}, not after its start on {starts_on}"),
            {"ends_on": "n.ends_on", "starts_on": "n.starts_on"},
        ),
    ),
)
