"""The stages tickets went through."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.imports.facts import Reference, Stored, fact_kind
from customers.imports.fields import Field, Instant, Text
from customers.models import TicketStage

TICKET = Reference(
    find="""(SELECT x.external_id FROM customers_ticket x
        WHERE x.external_id = {value} AND x.superseded_at IS NULL)""",
    shown="{id}",
    unknown=gettext_noop("there is no ticket with this id; bring in the tickets first"),
)

TICKET_STAGES = fact_kind(
    model=TicketStage,
    key="ticket_stages",
    label=gettext_noop("Ticket stages"),
    noun=gettext_noop("stage"),
    description=gettext_noop("When each ticket entered a stage, a status or a team's queue."),
    identity=("ticket", "entered_at", "stage"),
    since=("entered_at",),
    fields=(
        Field(
            "ticket",
            gettext_noop("Ticket id"),
            Text(200),
            gettext_noop("The id of the ticket, as in the tickets file."),
            aliases=(
                "ticket id, ticket no, ticket number, ticket key, ticket, case id, case number,"
                " case, issue key, issue id, conversation id"
            ),
            is_required=True,
        ),
        Field(
            "stage",
            gettext_noop("Stage"),
            Text(100),
            gettext_noop("The stage it entered, in your own words: new, waiting, solved."),
            aliases="stage, status, new status, to status, state, queue, step, group",
            is_required=True,
        ),
        Field(
            "entered_at",
            gettext_noop("Entered at"),
            Instant(),
            gettext_noop("When it entered the stage."),
            aliases=(
                "entered at, entered, changed at, from, since, at, date, timestamp, time,"
                " status changed at, stage entered at, created at"
            ),
            is_required=True,
        ),
    ),
    stored={"ticket": Stored("ticket", reference=TICKET)},
    derived={
        "customer_id": """(SELECT x.customer_id FROM customers_ticket x
            WHERE x.external_id = n.ticket AND x.superseded_at IS NULL)"""
    },
)
