"""Referrals: a customer brings in another."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.imports.facts import CUSTOMER, CUSTOMER_BY_ID, Rule, Stored, fact_kind
from customers.imports.fields import Day, Field, Text
from customers.models import Referral

REFERRALS = fact_kind(
    model=Referral,
    key="referrals",
    label=gettext_noop("Referrals"),
    noun=gettext_noop("referral"),
    description=gettext_noop("Who brought in whom, and when that became a customer."),
    identity=("customer", "referred", "referred_name", "referred_on"),
    since=("referred_on", "converted_on"),
    fields=(
        CUSTOMER,
        Field(
            "referred",
            gettext_noop("Referred customer id"),
            Text(200),
            gettext_noop("Who was brought in: the customer's id, once it is a customer."),
            aliases=(
                "referred, referred customer, referred customer id, referred id, new customer id,"
                " new customer, invited customer"
            ),
        ),
        Field(
            "referred_name",
            gettext_noop("Referred name"),
            Text(300),
            gettext_noop("Who was brought in, by name, while it is no customer."),
            aliases="referred name, lead, lead name, prospect, referred company, name",
        ),
        Field(
            "referred_on",
            gettext_noop("Referred on"),
            Day(),
            gettext_noop("The day of the referral."),
            aliases="referred on, referral date, referred, date, created on, created at, created",
            is_required=True,
        ),
        Field(
            "converted_on",
            gettext_noop("Converted on"),
            Day(),
            gettext_noop("The day it became a customer. Empty: not yet."),
            aliases="converted on, conversion date, converted, won on, signed up on, closed won on",
        ),
    ),
    stored={
        "referred": Stored("referred_id", reference=CUSTOMER_BY_ID),
        "referred_name": Stored("referred_name", default="''"),
    },
    rules=(
        Rule(
            "referred",
            "n.referred_id = n.customer_id",
            gettext_noop("a customer can't have brought in itself"),
        ),
        Rule(
            "converted_on",
            "n.converted_on < n.referred_on",
            gettext_noop("it became a customer before it was referred, on {referred_on}"),
            {"referred_on": "n.referred_on"},
        ),
    ),
)
