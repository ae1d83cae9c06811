"""Tickets as Zendesk exports them.

The columns are those of its CSV exports (Admin Center > Reports > Export, and views): Id,
Requester, Requester id, Requester external id, Requester email, Requester domain, Submitter,
Assignee, Group, Subject, Tags, Status, Priority, Via, Ticket type, Created at, Updated at,
Assigned at, Organization, Due date, Initially assigned at, Solved at, Resolution time,
Satisfaction Score, Group stations, Assignee stations, Reopens, Replies, First reply time in
minutes [within business hours], First resolution time in minutes [...], Full resolution time in
minutes [...]. Source: support.zendesk.com/hc/en-us/articles/4408886165402 (the export) and the
file it gives; Explore names the same attributes "Ticket ID", "Ticket created - Timestamp",
"Requester organization name" (support.zendesk.com/hc/en-us/articles/4408827693594).
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.imports.adapters import adapted
from customers.imports.fields import Email, Field, Instant, Number, Text
from customers.imports.kinds.tickets import TICKETS
from customers.imports.matching import note_unmatched, stage_matches
from customers.imports.staging import Stage
from customers.wording import in_sql

# Business hours leave out nights and weekends: no instant can be made of them.
NOT_OF_ALL_HOURS = "business hours, office hours"

_SOLVED_STATES = "('solved', 'closed')"
_STATE = "lower(btrim(coalesce(r.status, '')))"
_SOLVED_AT = "coalesce(r.solved_at, r.created_at + r.full_resolution_minutes * interval '1 minute')"
# Without a status, a time of solution means that it is solved.
_IS_SOLVED = f"({_STATE} IN {_SOLVED_STATES} OR r.status IS NULL)"


def _before(stage: Stage) -> None:
    stage.note(
        "solved_at",
        value="r.status",
        message=in_sql(
            _(
                "the ticket is {status}, but the row does not say since when; have the "
                "export show Solved at or Full resolution time in minutes"
            ),
            status="lower(btrim(r.status))",
        ),
        found=f"FROM import_row r WHERE {_STATE} IN {_SOLVED_STATES} AND {_SOLVED_AT} IS NULL",
    )
    stage_matches(stage, named=("organization",), email="requester_email")
    note_unmatched(stage, field="organization")


PRIORITY = """
    CASE lower(btrim({value})) WHEN '-' THEN NULL WHEN 'none' THEN NULL
         ELSE lower(btrim({value})) END"""
# What Zendesk and Intercom call a channel, in one word each; others stay as they are.
CHANNEL = """
    CASE
        WHEN {value} ~* 'e-?mail|^mail$' THEN 'email'
        WHEN {value} ~* 'phone|voice|^call' THEN 'phone'
        WHEN {value} ~* 'chat|messag|messenger' THEN 'chat'
        WHEN {value} ~* 'web ?form|web ?service|^web$|help cent(er|re)|web ?widget' THEN 'web'
        ELSE lower(btrim({value})) END"""

ZENDESK_TICKETS = adapted(
    TICKETS,
    key="zendesk_tickets",
    label=gettext_noop("Zendesk: tickets"),
    description=gettext_noop(
        "The ticket export of Zendesk. Organizations are found among your customers."
    ),
    before=_before,
    fields=(
        Field(
            "ticket_id",
            gettext_noop("Ticket id"),
            Text(180),
            gettext_noop("Zendesk's number of the ticket. We know it as zendesk-<number>."),
            aliases="ticket id, id, zendesk ticket id, ticket, number",
            is_required=True,
        ),
        Field(
            "organization",
            gettext_noop("Organization"),
            Text(300),
            gettext_noop("The id or the name of one of your customers."),
            aliases=(
                "organization, organisation, ticket organization name, organization name,"
                " requester organization name, requester organization, organization id, company"
            ),
        ),
        Field(
            "requester_email",
            gettext_noop("Requester e-mail"),
            Email(),
            gettext_noop("Whose ticket it is. Tells the customer where the organization does not."),
            aliases="requester email, requester e mail, email",
        ),
        Field(
            "subject",
            gettext_noop("Subject"),
            Text(300),
            gettext_noop("What it is about."),
            aliases="subject, ticket subject, title",
        ),
        Field(
            "status",
            gettext_noop("Status"),
            Text(50),
            gettext_noop(
                "New, open, pending, on-hold, solved or closed. A ticket that is not solved (or was"
                " opened again) has no time of solution."
            ),
            aliases="status, ticket status",
        ),
        Field(
            "created_at",
            gettext_noop("Created at"),
            Instant(),
            gettext_noop("When it was opened."),
            aliases="created at, ticket created timestamp, ticket created, created, requested",
            is_required=True,
        ),
        Field(
            "solved_at",
            gettext_noop("Solved at"),
            Instant(),
            gettext_noop("When it was solved for good."),
            aliases="solved at, ticket solved timestamp, ticket solved, solved, closed at",
        ),
        Field(
            "first_reply_minutes",
            gettext_noop("First reply time in minutes"),
            Number(9, 2),
            gettext_noop("Of all hours, not of business hours."),
            aliases="first reply time in minutes, first reply time min, first reply time",
            unlike=NOT_OF_ALL_HOURS,
        ),
        Field(
            "first_resolution_minutes",
            gettext_noop("First resolution time in minutes"),
            Number(9, 2),
            gettext_noop("Of all hours, not of business hours."),
            aliases="first resolution time in minutes, first resolution time min",
            unlike=NOT_OF_ALL_HOURS,
        ),
        Field(
            "full_resolution_minutes",
            gettext_noop("Full resolution time in minutes"),
            Number(9, 2),
            gettext_noop("Of all hours; tells when it was solved where Solved at is missing."),
            aliases="full resolution time in minutes, full resolution time min",
            unlike=NOT_OF_ALL_HOURS,
        ),
        Field(
            "reopens",
            gettext_noop("Reopens"),
            Number(6, 0),
            gettext_noop("How often it was opened again."),
            aliases="reopens, ticket reopens",
        ),
        Field(
            "priority",
            gettext_noop("Priority"),
            Text(50),
            gettext_noop("Low, normal, high or urgent; - is none."),
            aliases="priority, ticket priority",
        ),
        Field(
            "channel",
            gettext_noop("Channel"),
            Text(50),
            gettext_noop("How it came in."),
            aliases="via, ticket channel, channel",
        ),
        Field(
            "updated_at",
            gettext_noop("Updated at"),
            Instant(),
            gettext_noop("When it last changed. A row older than what is held is ignored."),
            aliases="updated at, ticket last updated timestamp, ticket updated, latest update",
        ),
    ),
    rows=f"""
        SELECT r.row_number, 'zendesk-' || r.ticket_id AS external_id, m.customer,
               (SELECT h.email FROM customers_contact h
                  JOIN customers_customer c ON c.id = h.customer_id
                 WHERE c.external_id = m.customer AND lower(h.email) = lower(r.requester_email)
               ) AS contact,
               r.subject, r.created_at AS opened_at,
               r.created_at + r.first_reply_minutes * interval '1 minute' AS first_responded_at,
               coalesce(r.created_at + r.first_resolution_minutes * interval '1 minute',
                        CASE WHEN {_IS_SOLVED} AND r.reopens = 0 THEN {_SOLVED_AT} END)
               AS first_resolved_at,
               CASE WHEN {_IS_SOLVED} THEN {_SOLVED_AT} END AS resolved_at,
               r.reopens, {PRIORITY.format(value="r.priority")} AS priority,
               {CHANNEL.format(value="r.channel")} AS channel, r.updated_at
          FROM import_row r JOIN import_match m USING (row_number)""",  # noqa: S608 - built from constants
    said={
        "external_id": "ticket_id",
        "customer": ("organization", "requester_email"),
        "contact": "requester_email",
        "subject": "subject",
        "opened_at": "created_at",
        "first_responded_at": "first_reply_minutes",
        "first_resolved_at": ("first_resolution_minutes", "solved_at", "full_resolution_minutes"),
        "resolved_at": ("solved_at", "full_resolution_minutes"),
        "reopens": "reopens",
        "priority": "priority",
        "channel": "channel",
        "updated_at": "updated_at",
    },
)
