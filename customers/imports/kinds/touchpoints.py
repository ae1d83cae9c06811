"""Touchpoints: talks with customers."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_noop

from customers.imports.facts import CONTACT, CUSTOMER, Stored, fact_kind
from customers.imports.fields import Field, Instant, LongText, Text, choice
from customers.models import Touchpoint
from customers.models.relations import TEXT_LENGTH

TOUCHPOINT_KIND = choice(
    {
        "call": "phone, phone call, telephone, video call, zoom, teams call, outbound call,"
        " inbound call, logged call",
        "meeting": "visit, on site, onsite, on site meeting, demo, training, workshop, lunch",
        "review": "business review, qbr, ebr, quarterly business review, executive business"
        " review, check in, success review",
        "email": "e mail, mail, outbound email, inbound email, logged email, message",
        "other": "task, note, event, letter, chat, social",
    },
    gettext_noop("a kind of touchpoint"),
)

WITH_CONTACT = Field(
    "contact",
    gettext_noop("Contact"),
    Text(254),
    gettext_noop("Who: the id or the address of a contact of the customer."),
    aliases="contact, contact id, contact email, person, email, email address, attendee",
)

TOUCHPOINTS = fact_kind(
    model=Touchpoint,
    key="touchpoints",
    label=gettext_noop("Touchpoints"),
    noun=gettext_noop("touchpoint"),
    description=gettext_noop("Calls, meetings, business reviews and mails with customers."),
    identity=("customer", "happened_at", "kind", "subject"),
    since=("happened_at",),
    fields=(
        CUSTOMER,
        replace(WITH_CONTACT, help=gettext_noop("With whom: the id or the address of a contact.")),
        Field(
            "kind",
            gettext_noop("Kind"),
            TOUCHPOINT_KIND,
            gettext_noop("call, meeting, review (a business review), email or other."),
            aliases="kind, type, activity type, touchpoint type, engagement type, activity",
            is_required=True,
        ),
        Field(
            "happened_at",
            gettext_noop("Happened at"),
            Instant(),
            gettext_noop("When it was."),
            aliases="happened at, held at, date, activity date, at, occurred at, timestamp, time,"
            " start time, due date, created at",
            is_required=True,
        ),
        Field(
            "subject",
            gettext_noop("Subject"),
            Text(300),
            gettext_noop("What it was about."),
            aliases="subject, title, topic, summary",
        ),
        Field(
            "text",
            gettext_noop("Text"),
            LongText(TEXT_LENGTH),
            gettext_noop("What was said."),
            aliases="text, notes, note, body, description, comments, details, minutes",
        ),
        Field(
            "held_by",
            gettext_noop("Held by"),
            Text(200),
            gettext_noop("Who of your company."),
            aliases="held by, owner, assigned to, by, user, csm, author, created by",
        ),
    ),
    stored={
        "contact": Stored("contact_id", reference=CONTACT),
        "subject": Stored("subject", default="''"),
        "text": Stored("text", default="''"),
        "held_by": Stored("held_by", default="''"),
    },
)
