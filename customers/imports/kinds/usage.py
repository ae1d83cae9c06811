"""Usage events from files and by the API; what they do is in customers.usage.rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from customers.imports.fields import ColumnReading, Field, Instant, Kind, Parser, Read, Text, choice
from customers.models import UsageEvent
from customers.usage import rows
from customers.usage.appending import appender
from customers.usage.properties import are_plain_objects, parse_properties


@dataclass(frozen=True)
class Properties:
    """An object of JSON, as text."""

    sql_type: str = "jsonb"
    is_json: bool = True  # in the API

    def parser(self, reading: ColumnReading) -> Parser:
        return parse_properties

    def are_plain(self, cells: Sequence[str]) -> bool:
        return are_plain_objects(cells)


USAGE = Kind(
    key="usage",
    label=gettext_noop("Usage events"),
    noun=gettext_noop("usage event"),
    description=gettext_noop(
        "What your customers' end users did, each at an instant. For a running product"
        " send them to the event stream instead."
    ),
    sample="usage.csv",
    ages=True,
    fields=(
        Field(
            "external_id",
            gettext_noop("Event id"),
            Text(200),
            gettext_noop(
                "Your own id for the event, the same as a message id of the event stream: an event"
                " with an id that is held is taken once. Without one it is known by what the row"
                " says."
            ),
            aliases="event id, message id, messageid, uuid, insert id, id, external id",
        ),
        Field(
            "customer",
            gettext_noop("Customer id"),
            Text(200),
            gettext_noop(
                "The id of the customer, as in the customers file. Without one the end user must be"
                " the id of a contact."
            ),
            aliases=(
                "customer id, account id, account no, customer number, client id, customer,"
                " account, company id, company, group id, groupid, organization id"
            ),
        ),
        Field(
            "end_user",
            gettext_noop("End user"),
            Text(200),
            gettext_noop("Who did it: an id that stays, of a contact or of anybody else."),
            aliases=(
                "end user, user id, userid, distinct id, anonymous id, user, person id,"
                " contact id, visitor id, member id"
            ),
            is_required=True,
        ),
        Field(
            "occurred_at",
            gettext_noop("Occurred at"),
            Instant(),
            gettext_noop("When it happened: up to 2 years ago."),
            aliases=(
                "occurred at, timestamp, event time, time, date, event date, datetime,"
                " original timestamp, created at, sent at"
            ),
            is_required=True,
        ),
        Field(
            "name",
            gettext_noop("Name"),
            Text(200),
            gettext_noop("Of the event, page or screen."),
            aliases="name, event, event name, page, screen, page name, action name, feature, url",
            is_required=True,
        ),
        Field(
            "kind",
            gettext_noop("Kind"),
            choice(
                {"track": "event", "page": "page view, pageview", "screen": "screen view"},
                gettext_noop("a kind of event"),
            ),
            gettext_noop(
                "track (something done), page or screen (something looked at). Without one: track."
            ),
            aliases="kind, type, event type, message type",
        ),
        Field(
            "action",
            gettext_noop("Action"),
            choice(
                {
                    "shown": "show, viewed, view, seen, impression, displayed",
                    "clicked": "click, tapped, tap, selected",
                },
                gettext_noop("what happens to an item"),
            ),
            gettext_noop("What happened to the item: shown or clicked."),
            aliases="action, item action, interaction",
        ),
        Field(
            "item",
            gettext_noop("Item"),
            Text(200),
            gettext_noop("What was shown or clicked: a banner, a tip, an offer."),
            aliases="item, item id, element, element id, offer, promotion, content id",
        ),
        Field(
            "session",
            gettext_noop("Session id"),
            Text(200),
            gettext_noop(
                "Events of one session share it. Without one, sessions are told apart by gaps."
            ),
            aliases="session, session id, sessionid, visit id",
        ),
        Field(
            "properties",
            gettext_noop("Properties"),
            Properties(),
            gettext_noop("Anything else, as an object of JSON."),
            aliases="properties, event properties, props, data, attributes, payload, metadata",
        ),
    ),
    check=rows.check,
    compare=rows.compare,
    write=rows.write,
    appender=appender,
    remove=rows.remove,
    read=Read(
        tables="FROM customers_usageevent f",
        columns={
            "external_id": "f.message_id",
            "customer": (
                "coalesce((SELECT x.external_id FROM customers_customer x WHERE x.id ="
                " f.customer_id), nullif(f.group_id, ''))"
            ),
            "end_user": "f.end_user",
            "occurred_at": "f.occurred_at",
            "name": "f.name",
            "kind": "f.kind",
            "action": "nullif(f.action, '')",
            "item": "nullif(f.item, '')",
            "session": "nullif(f.session, '')",
            "properties": "f.properties::text",
        },
        recorded_at="f.received_at",
    ),
    model=UsageEvent,
)
