"""Costs of winning and of keeping customers."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_noop

from customers.imports.facts import CURRENCY, CUSTOMER, CUSTOMER_BY_ID, Rule, Stored, fact_kind
from customers.imports.fields import Day, Field, Number, Text, choice
from customers.models import Cost

COST_KIND = choice(
    {
        "acquisition": "acquiring, cac, sales, marketing, sales and marketing, sales & marketing,"
        " s&m, new business, winning, advertising",
        "retention": "retaining, crc, customer success, cs, support, customer support, account"
        " management, keeping, success, service",
    },
    gettext_noop("a kind of cost"),
)

COSTS = fact_kind(
    model=Cost,
    key="costs",
    label=gettext_noop("Costs"),
    noun=gettext_noop("cost"),
    description=gettext_noop(
        "Money spent on winning customers (acquisition) or keeping them (retention)."
    ),
    identity=(
        "kind",
        "category",
        "starts_on",
        "ends_on",
        "segment_key",
        "segment_value",
        "customer",
        "currency",
    ),
    since=("starts_on",),
    last_days=("ends_on",),
    fields=(
        Field(
            "kind",
            gettext_noop("Kind"),
            COST_KIND,
            gettext_noop("acquisition (winning customers) or retention (keeping them)."),
            aliases="kind, cost kind, type, cost type, purpose",
            is_required=True,
        ),
        Field(
            "category",
            gettext_noop("Category"),
            Text(100),
            gettext_noop("What it went to, in your own words: salaries, ads, tools."),
            aliases="category, cost category, account, ledger account, description, name, channel",
        ),
        Field(
            "amount",
            gettext_noop("Amount"),
            Number(14, 10, is_money=True, is_signed=True),
            gettext_noop("What was spent in all, without tax. Negative: it came back."),
            aliases="amount, cost, spend, spent, total, value, net amount",
            is_required=True,
        ),
        CURRENCY,
        Field(
            "starts_on",
            gettext_noop("Starts on"),
            Day(),
            gettext_noop("The first day it is for. It is spread evenly over its days."),
            aliases="starts on, start date, start, from, begin, date, day, month, booked on",
            is_required=True,
        ),
        Field(
            "ends_on",
            gettext_noop("Ends on"),
            Day(),
            gettext_noop(
                "The first day it is no longer for, or the last day (choose below). Empty: the"
                " first"
                " day is the only one."
            ),
            aliases="ends on, end date, end, until, to",
        ),
        Field(
            "segment_key",
            gettext_noop("Segment"),
            Text(63),
            gettext_noop(
                "Spent on some customers only: the attribute they share (or product, or plan)."
            ),
            aliases="segment key, segment, attribute, dimension",
        ),
        Field(
            "segment_value",
            gettext_noop("Segment value"),
            Text(200),
            gettext_noop("The attribute's value that they share."),
            aliases="segment value, attribute value",
        ),
        replace(
            CUSTOMER,
            is_required=False,
            help=gettext_noop("Spent on one customer only: its id, as in the customers file."),
        ),
    ),
    stored={
        "customer": Stored("customer_id", reference=CUSTOMER_BY_ID),
        "category": Stored("category", default="''"),
        "currency": Stored("currency", default="%s"),
        "segment_key": Stored("segment_key", default="''"),
        "segment_value": Stored("segment_value", default="''"),
    },
    derived={"ends_on": "coalesce(n.ends_on, n.starts_on + 1)"},
    rules=(
        Rule(
            "ends_on",
            "n.ends_on <= n.starts_on",
            gettext_noop("it ends on {ends_on}, not after its start on {starts_on}"),
            {"ends_on": "n.ends_on", "starts_on": "n.starts_on"},
        ),
        Rule(
            "segment_value",
            "n.segment_key <> '' AND n.segment_value = ''",
            gettext_noop("the segment {segment_key} needs a value"),
            {"segment_key": "n.segment_key"},
        ),
        Rule(
            "segment_key",
            "n.segment_key = '' AND n.segment_value <> ''",
            gettext_noop("the value {segment_value} needs the name of its segment"),
            {"segment_value": "n.segment_value"},
        ),
    ),
)
