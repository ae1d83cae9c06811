"""Referrals: a customer brings in another."""

from __future__ import annotations

from customers.imports.facts import CUSTOMER, CUSTOMER_BY_ID, Rule, Stored, fact_kind
from customers.imports.fields import Day, Field, Text
from customers.models import Referral

REFERRALS = fact_kind(
    model=Referral,
    key="referrals",
    label="Referrals",
    noun="referral",
    description="Who brought in whom, and when that became a customer.",
    identity=("customer", "referred", "referred_name", "referred_on"),
    since=("referred_on", "converted_on"),
    fields=(
        CUSTOMER,
        Field(
            "referred",
            "Referred customer id",
            Text(200),
            "Who was brought in: the customer's id, once it is a customer.",
            aliases=(
                "referred, referred customer, referred customer id, referred id, new customer id,"
                " new customer, invited customer"
            ),
        ),
        Field(
            "referred_name",
            "Referred name",
            Text(300),
            "Who was brought in, by name, while it is no customer.",
            aliases="referred name, lead, lead name, prospect, referred company, name",
        ),
        Field(
            "referred_on",
            "Referred on",
            Day(),
            "The day of the referral.",
            aliases="referred on, referral date, referred, date, created on, created at, created",
            is_required=True,
        ),
        Field(
            "converted_on",
            "Converted on",
            Day(),
            "The day it became a customer. Empty: not yet.",
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
            "'a customer can''t have brought in itself'",
        ),
        Rule(
            "converted_on",
            "n.converted_on < n.referred_on",
            "'it became a customer before it was referred, on ' || n.referred_on",
        ),
    ),
)
