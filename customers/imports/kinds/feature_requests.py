"""Feature requests."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_noop

from customers.imports.facts import CONTACT, CUSTOMER, Rule, Stored, fact_kind
from customers.imports.fields import Day, Field, LongText, Text
from customers.imports.kinds.touchpoints import WITH_CONTACT
from customers.models import FeatureRequest
from customers.models.relations import TEXT_LENGTH

FEATURE_REQUESTS = fact_kind(
    model=FeatureRequest,
    key="feature_requests",
    label=gettext_noop("Feature requests"),
    noun=gettext_noop("feature request"),
    description=gettext_noop("What customers ask you to build."),
    identity=("customer", "title", "requested_on"),
    since=("requested_on",),
    fields=(
        CUSTOMER,
        replace(WITH_CONTACT, help=gettext_noop("Who asked: the id or the address of a contact.")),
        Field(
            "title",
            gettext_noop("Title"),
            Text(300),
            gettext_noop("What is asked for."),
            aliases="title, feature request, feature, request, idea, subject, summary, name",
            is_required=True,
        ),
        Field(
            "text",
            gettext_noop("Text"),
            LongText(TEXT_LENGTH),
            gettext_noop("The request in full."),
            aliases="text, description, body, details, notes, comment",
        ),
        Field(
            "status",
            gettext_noop("Status"),
            Text(50),
            gettext_noop("How far it is, in your own words: open, planned, shipped."),
            aliases="status, state, stage",
        ),
        Field(
            "requested_on",
            gettext_noop("Requested on"),
            Day(),
            gettext_noop("The day it was asked for."),
            aliases="requested on, requested at, requested, request date, date, created on,"
            " created at, created, submitted on",
            is_required=True,
        ),
        Field(
            "closed_on",
            gettext_noop("Closed on"),
            Day(),
            gettext_noop("The day it was built or turned down. Empty: it is open."),
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
            gettext_noop("it was closed before it was asked for, on {requested_on}"),
            {"requested_on": "n.requested_on"},
        ),
    ),
)
