"""Feature requests."""

from __future__ import annotations

from dataclasses import replace

from customers.imports.facts import CONTACT, CUSTOMER, Rule, Stored, fact_kind
from customers.imports.fields import Day, Field, LongText, Text
from customers.imports.kinds.touchpoints import WITH_CONTACT
from customers.models import FeatureRequest
from customers.models.relations import TEXT_LENGTH

FEATURE_REQUESTS = fact_kind(
    model=FeatureRequest,
    key="feature_requests",
    label="Feature requests",
    noun="feature request",
    description="What customers ask you to build.",
    identity=("customer", "title", "requested_on"),
    since=("requested_on",),
    fields=(
        CUSTOMER,
        replace(WITH_CONTACT, help="Who asked: the id or the address of a contact."),
        Field(
            "title",
            "Title",
            Text(300),
            "What is asked for.",
            aliases="title, feature request, feature, request, idea, subject, summary, name",
            is_required=True,
        ),
        Field(
            "text",
            "Text",
            LongText(TEXT_LENGTH),
            "The request in full.",
            aliases="text, description, body, details, notes, comment",
        ),
        Field(
            "status",
            "Status",
            Text(50),
            "How far it is, in your own words: open, planned, shipped.",
            aliases="status, state, stage",
        ),
        Field(
            "requested_on",
            "Requested on",
            Day(),
            "The day it was asked for.",
            aliases="requested on, requested at, requested, request date, date, created on,"
            " created at, created, submitted on",
            is_required=True,
        ),
        Field(
            "closed_on",
            "Closed on",
            Day(),
            "The day it was built or turned down. Empty: it is open.",
            aliases="closed on, closed at, closed, shipped on, released on, completed on, resolved"
            " on, done on",
        ),
    ),
    stored={
        "contact": Stored("contact_id", reference=CONTACT),
        "text": Stored("text", default="''"),
        "status": Stored("status", default="''"),
    },
    rules=(
        Rule(
            "closed_on",
            "n.closed_on < n.requested_on",
            "'it was closed before it was asked for, on ' || n.requested_on",
        ),
    ),
)
