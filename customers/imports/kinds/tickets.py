"""Support tickets."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.imports.facts import CONTACT, CUSTOMER, Follower, Rule, Stored, fact_kind
from customers.imports.fields import Field, Instant, Number, Text
from customers.models import Ticket, TicketStage

TICKETS = fact_kind(
    model=Ticket,
    key="tickets",
    label=gettext_noop("Tickets"),
    noun=gettext_noop("ticket"),
    description=gettext_noop("Support cases: when they were opened, answered and resolved."),
    identity=("customer", "opened_at", "subject"),
    since=("opened_at",),
    followers=(Follower(TicketStage, "ticket", "ticket_stages", "entered_at"),),
    fields=(
        CUSTOMER,
        Field(
            "contact",
            gettext_noop("Contact"),
            Text(254),
            gettext_noop("Who opened it: the id or the address of a contact of the customer."),
            aliases="contact, contact id, requester, requester email, requester id, email",
        ),
        Field(
            "subject",
            gettext_noop("Subject"),
            Text(300),
            gettext_noop("What it is about."),
            aliases="subject, title, summary, betreff, titel",
        ),
        Field(
            "opened_at",
            gettext_noop("Opened at"),
            Instant(),
            gettext_noop("When it was opened."),
            aliases="opened at, opened, created at, created, created on, date opened, open date,"
            " eroeffnet am, eroeffnet, erstellt am, erstellt, angelegt am",
            is_required=True,
        ),
        Field(
            "first_responded_at",
            gettext_noop("First responded at"),
            Instant(),
            gettext_noop("When somebody first answered it."),
            aliases="first responded at, first response, first reply at, first response at,"
            " first reply, first answer, first answered at, erste antwort, erstantwort",
        ),
        Field(
            "first_resolved_at",
            gettext_noop("First resolved at"),
            Instant(),
            gettext_noop("When it was resolved for the first time."),
            aliases="first resolved at, initially resolved at, first resolution",
        ),
        Field(
            "resolved_at",
            gettext_noop("Resolved at"),
            Instant(),
            gettext_noop("When it was resolved for good. Empty: it is open."),
            aliases="resolved at, solved at, closed at, resolved, solved, closed, date closed,"
            " geloest am, geloest, erledigt am, geschlossen am, geschlossen",
        ),
        Field(
            "reopens",
            gettext_noop("Reopens"),
            Number(6, 0),
            gettext_noop("How often it was opened again. Without one: 0."),
            aliases="reopens, reopened, times reopened, number of reopens",
        ),
        Field(
            "priority",
            gettext_noop("Priority"),
            Text(50),
            gettext_noop("How urgent it is, in your own words."),
            aliases="priority, severity, urgency, prioritaet, dringlichkeit",
        ),
        Field(
            "channel",
            gettext_noop("Channel"),
            Text(50),
            gettext_noop("How it came in: e-mail, chat, phone."),
            aliases="channel, via, source, kanal",
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
            gettext_noop("it was first answered before it was opened, at {opened_at}"),
            {"opened_at": "n.opened_at"},
        ),
        Rule(
            "first_resolved_at",
            "n.first_resolved_at < n.opened_at",
            gettext_noop("it was first resolved before it was opened, at {opened_at}"),
            {"opened_at": "n.opened_at"},
        ),
        Rule(
            "resolved_at",
            "n.resolved_at < n.opened_at",
            gettext_noop("it was resolved before it was opened, at {opened_at}"),
            {"opened_at": "n.opened_at"},
        ),
    ),
)
