"""Tickets: conversations as Intercom exports them.

The columns are those of its reports' CSV export (the Conversations dataset): Conversation ID,
Conversation started at (zone), Conversation first replied at (zone), Conversation first closed at
(zone), Conversation last closed at (zone), Conversation updated at (zone), Current conversation
state, Conversation priority, Channel, Title, User email, User ID, User name, Company ID, Company
name, First response time (seconds). Sources: intercom.com/help/en/articles/7022438 (the dataset's
attributes) and the header of the file it gives. Older exports write conversation_id,
conversation_created_at, conversation_first_response_at, conversation_closed_at,
conversation_state (prodsight.ai, "What does the Intercom conversation export contain").
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.imports.adapters import adapted
from customers.imports.fields import Email, Field, Instant, Number, Text
from customers.imports.kinds.tickets import TICKETS
from customers.imports.kinds.zendesk_tickets import CHANNEL, NOT_OF_ALL_HOURS
from customers.imports.matching import note_unmatched, stage_matches
from customers.imports.staging import Stage
from customers.wording import in_sql

_STATE = "lower(btrim(coalesce(r.state, '')))"
_CLOSED_AT = "r.last_closed_at"


def _before(stage: Stage) -> None:
    stage.note(
        "last_closed_at",
        value="r.state",
        message=in_sql(
            _(
                "the conversation is closed, but the row does not say since when; have the "
                "export show Conversation last closed at"
            )
        ),
        found=f"FROM import_row r WHERE {_STATE} = 'closed' AND {_CLOSED_AT} IS NULL",
    )
    stage_matches(stage, named=("company_id", "company"), email="user_email")
    note_unmatched(stage, field="company")


INTERCOM_CONVERSATIONS = adapted(
    TICKETS,
    key="intercom_conversations",
    label=gettext_noop("Intercom: conversations"),
    description=gettext_noop(
        "Conversations of Intercom's reports. Companies are found among your customers."
    ),
    before=_before,
    fields=(
        Field(
            "conversation_id",
            gettext_noop("Conversation id"),
            Text(180),
            gettext_noop("Intercom's number of the conversation. We know it as intercom-<number>."),
            aliases="conversation id, id, ticket id",
            is_required=True,
        ),
        Field(
            "company_id",
            gettext_noop("Company id"),
            Text(300),
            gettext_noop("Your own id of the company, as Intercom holds it."),
            aliases="company id, company external id",
        ),
        Field(
            "company",
            gettext_noop("Company name"),
            Text(300),
            gettext_noop("The id or the name of one of your customers."),
            aliases="company name, company, message author companies",
        ),
        Field(
            "user_email",
            gettext_noop("User e-mail"),
            Email(),
            gettext_noop("Who wrote. Tells the customer where the company does not."),
            aliases="user email, email, message author email",
        ),
        Field(
            "title",
            gettext_noop("Title"),
            Text(300),
            gettext_noop("What it is about."),
            aliases="title, conversation title, ticket title, subject",
        ),
        Field(
            "state",
            gettext_noop("State"),
            Text(50),
            gettext_noop("Open, snoozed or closed. Only a closed conversation is resolved."),
            aliases="current conversation state, conversation state, state, status",
        ),
        Field(
            "started_at",
            gettext_noop("Started at"),
            Instant(),
            gettext_noop("When it was started."),
            aliases=(
                "conversation started at, conversation created at, started at, created at,"
                " conversation created"
            ),
            is_required=True,
        ),
        Field(
            "first_replied_at",
            gettext_noop("First replied at"),
            Instant(),
            gettext_noop("When a teammate first answered."),
            aliases=(
                "conversation first replied at, conversation first response at, first replied at"
            ),
        ),
        Field(
            "first_response_seconds",
            gettext_noop("First response time in seconds"),
            Number(12, 2),
            gettext_noop("Of all hours; used where there is no time of the first reply."),
            aliases="first response time seconds, first response time",
            unlike=f"{NOT_OF_ALL_HOURS}, excluding",
        ),
        Field(
            "first_closed_at",
            gettext_noop("First closed at"),
            Instant(),
            gettext_noop("When it was closed for the first time."),
            aliases="conversation first closed at, first closed at",
        ),
        Field(
            "last_closed_at",
            gettext_noop("Last closed at"),
            Instant(),
            gettext_noop("When it was closed for good."),
            aliases="conversation last closed at, conversation closed at, last closed at",
        ),
        Field(
            "reopens",
            gettext_noop("Reopens"),
            Number(6, 0),
            gettext_noop("How often it was opened again."),
            aliases="reopens, number of reopens, count reopens",
        ),
        Field(
            "priority",
            gettext_noop("Priority"),
            Text(50),
            gettext_noop("Priority becomes high; not priority is none."),
            aliases="conversation priority, priority",
        ),
        Field(
            "channel",
            gettext_noop("Channel"),
            Text(50),
            gettext_noop("How it came in."),
            aliases="channel, conversation channel",
        ),
        Field(
            "updated_at",
            gettext_noop("Updated at"),
            Instant(),
            gettext_noop("When it last changed. A row older than what is held is ignored."),
            aliases="conversation updated at, updated at",
        ),
    ),
    rows=f"""
        SELECT r.row_number, 'intercom-' || r.conversation_id AS external_id, m.customer,
               (SELECT h.email FROM customers_contact h
                  JOIN customers_customer c ON c.id = h.customer_id
                 WHERE c.external_id = m.customer AND lower(h.email) = lower(r.user_email)
               ) AS contact,
               r.title AS subject, r.started_at AS opened_at,
               coalesce(r.first_replied_at,
                        r.started_at + r.first_response_seconds * interval '1 second')
               AS first_responded_at,
               r.first_closed_at AS first_resolved_at,
               CASE WHEN {_STATE} = 'closed' OR r.state IS NULL THEN {_CLOSED_AT} END
               AS resolved_at,
               r.reopens,
               CASE WHEN r.priority ~* '^(not|no|false|none|-)' THEN NULL
                    WHEN r.priority ~* '^(priority|yes|true)$' THEN 'high'
                    ELSE lower(btrim(r.priority)) END AS priority,
               {CHANNEL.format(value="r.channel")} AS channel, r.updated_at
          FROM import_row r JOIN import_match m USING (row_number)""",  # noqa: S608 - built from constants
    said={
        "external_id": "conversation_id",
        "customer": ("company", "company_id", "user_email"),
        "contact": "user_email",
        "subject": "title",
        "opened_at": "started_at",
        "first_responded_at": ("first_replied_at", "first_response_seconds"),
        "first_resolved_at": "first_closed_at",
        "resolved_at": "last_closed_at",
        "reopens": "reopens",
        "priority": "priority",
        "channel": "channel",
        "updated_at": "updated_at",
    },
)
