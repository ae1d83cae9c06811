"""Support tickets."""

from __future__ import annotations

from customers.imports.facts import CONTACT, CUSTOMER, Follower, Rule, Stored, fact_kind
from customers.imports.fields import Field, Instant, Number, Text
from customers.models import Ticket, TicketStage

TICKETS = fact_kind(
    model=Ticket,
    key="tickets",
    label="Tickets",
    noun="ticket",
    description="Support cases: when they were opened, answered and resolved.",
    identity=("customer", "opened_at", "subject"),
    since=("opened_at",),
    followers=(Follower(TicketStage, "ticket", "ticket_stages", "entered_at"),),
    fields=(
        CUSTOMER,
        Field(
            "contact",
            "Contact",
            Text(254),
            "Who opened it: the id or the address of a contact of the customer.",
            aliases="contact, contact id, requester, requester email, requester id, email",
        ),
        Field(
            "subject",
            "Subject",
            Text(300),
            "What it is about.",
            aliases="subject, title, summary",
        ),
        Field(
            "opened_at",
            "Opened at",
            Instant(),
            "When it was opened.",
            aliases="opened at, opened, created at, created, created on, date opened, open date",
            is_required=True,
        ),
        Field(
            "first_responded_at",
            "First responded at",
            Instant(),
            "When somebody first answered it.",
            aliases="first responded at, first response, first reply at, first response at",
        ),
        Field(
            "first_resolved_at",
            "First resolved at",
            Instant(),
            "When it was resolved for the first time.",
            aliases="first resolved at, initially resolved at, first resolution",
        ),
        Field(
            "resolved_at",
            "Resolved at",
            Instant(),
            "When it was resolved for good. Empty: it is open.",
            aliases="resolved at, solved at, closed at, resolved, solved, closed, date closed",
        ),
        Field(
            "reopens",
            "Reopens",
            Number(6, 0),
            "How often it was opened again. Without one: 0.",
            aliases="reopens, reopened, times reopened, number of reopens",
        ),
        Field(
            "priority",
            "Priority",
            Text(50),
            "How urgent it is, in your own words.",
            aliases="priority, severity, urgency",
        ),
        Field(
            "channel",
            "Channel",
            Text(50),
            "How it came in: e-mail, chat, phone.",
            aliases="channel, via, source",
        ),
    ),
    stored={
        "contact": Stored("contact_id", reference=CONTACT),
        "subject": Stored("subject", default="''"),
        "reopens": Stored("reopens", default="0"),
        "priority": Stored("priority", default="''"),
        "channel": Stored("channel", default="''"),
    },
    rules=(
        Rule(
            "first_responded_at",
            "n.first_responded_at < n.opened_at",
            "'it was first answered before it was opened, at ' || n.opened_at",
        ),
        Rule(
            "first_resolved_at",
            "n.first_resolved_at < n.opened_at",
            "'it was first resolved before it was opened, at ' || n.opened_at",
        ),
        Rule(
            "resolved_at",
            "n.resolved_at < n.opened_at",
            "'it was resolved before it was opened, at ' || n.opened_at",
        ),
    ),
)
