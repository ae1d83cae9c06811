"""What facts put on a customer's timeline: one query over every kind, the newest of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.formatting import format_number
from customers.looking import Look, TimelineEntry
from customers.models import Customer
from customers.wording import in_sql
from tenants.context import current_company

_TEXT_LENGTH = 160


@dataclass(frozen=True)
class _Happening:
    """Something that a fact says happened: SQL over the fact's table `f`. `on` is a day or an
    instant; where it is null nothing happened. `title` goes before the `name`, if there is one;
    `is_money`: which is an amount and its currency."""

    kind: str
    table: str
    on: str
    title: str
    icon: str
    name: str = "''"
    text: str = "''"
    is_instant: bool = False
    is_money: bool = False

    @property
    def group(self) -> str:
        """What a timeline is narrowed to (customers.looking.KINDS)."""
        return _GROUPS[self.kind]


_GROUPS = {
    "tickets": "tickets",
    "renewals": "contracts",
    "pauses": "contracts",
    "invoices": "invoices",
    "milestones": "journey",
    "objectives": "journey",
    "touchpoints": "talks",
    "notes": "talks",
    "referrals": "feedback",
    "reviews": "feedback",
    "feature_requests": "feedback",
}
_TOUCHPOINT = """CASE f.kind WHEN 'call' THEN 'Call' WHEN 'meeting' THEN 'Meeting'
    WHEN 'review' THEN 'Business review' WHEN 'email' THEN 'E-mail' ELSE 'Touchpoint' END"""
_REFERRED = """coalesce((SELECT x.name FROM customers_customer x WHERE x.id = f.referred_id),
    nullif(f.referred_name, ''), {somebody})"""
# What the SQL of a title says.
_TITLES = (
    *(gettext_noop("Call"), gettext_noop("Meeting"), gettext_noop("Business review")),
    *(gettext_noop("E-mail"), gettext_noop("Touchpoint")),
    *(gettext_noop("Credited"), gettext_noop("Invoiced")),
)
HAPPENINGS = (
    _Happening(
        "tickets",
        "ticket",
        "f.opened_at",
        gettext_noop("Ticket opened"),
        "inbox",
        "f.subject",
        "f.priority",
        is_instant=True,
    ),
    _Happening(
        "tickets",
        "ticket",
        "f.resolved_at",
        gettext_noop("Ticket resolved"),
        "check",
        "f.subject",
        is_instant=True,
    ),
    _Happening("renewals", "renewal", "f.renews_on", gettext_noop("Renewal due"), "calendar"),
    _Happening(
        "renewals",
        "renewal",
        "f.cancelled_on",
        gettext_noop("Notice given"),
        "alert",
        text="f.churn_reason",
    ),
    _Happening("pauses", "pause", "f.starts_on", gettext_noop("Paused"), "minus", text="f.reason"),
    _Happening("pauses", "pause", "f.ends_on", gettext_noop("Pause ended"), "arrow-right"),
    _Happening(
        "milestones",
        "milestone",
        "f.reached_on",
        gettext_noop("Milestone reached"),
        "check",
        "f.name",
    ),
    _Happening(
        "objectives",
        "objective",
        "f.agreed_on",
        gettext_noop("Objective agreed"),
        "edit",
        "f.outcome",
    ),
    _Happening(
        "objectives",
        "objective",
        "f.reached_on",
        gettext_noop("Objective reached"),
        "good",
        "f.outcome",
    ),
    _Happening(
        "referrals", "referral", "f.referred_on", gettext_noop("Referred"), "users", _REFERRED
    ),
    _Happening(
        "referrals",
        "referral",
        "f.converted_on",
        gettext_noop("Referral became a customer"),
        "users",
        _REFERRED,
    ),
    _Happening(
        "touchpoints",
        "touchpoint",
        "f.happened_at",
        _TOUCHPOINT,
        "users",
        "f.subject",
        "f.text",
        is_instant=True,
    ),
    _Happening(
        "reviews",
        "review",
        "f.published_on",
        gettext_noop("Review"),
        "external",
        "f.site || ', ' || coalesce({rating}, '')",
        "f.title",
    ),
    _Happening(
        "feature_requests",
        "featurerequest",
        "f.requested_on",
        gettext_noop("Feature requested"),
        "plus",
        "f.title",
        "f.status",
    ),
    _Happening(
        "notes", "note", "f.written_at", gettext_noop("Note"), "file", "f.author", "f.text", True
    ),
    _Happening(
        "invoices",
        "invoice",
        "f.issued_on",
        "CASE WHEN f.amount < 0 THEN 'Credited' ELSE 'Invoiced' END",
        "file",
        "f.amount || ' ' || f.currency",
        "f.description",
        is_money=True,
    ),
)


def fact_entries(customer: Customer, look: Look) -> Iterator[TimelineEntry]:
    """The entries of all facts together that the look wants. Costs one query."""
    params: dict[str, Any] = {
        "zone": current_company().timezone,
        "customer": customer.pk,
        "limit": look.limit,
    }
    parts = []
    for place, happening in enumerate(HAPPENINGS):
        if look.wants(happening.group):
            parts.append(_part(happening, place, is_marked=look.mark is not None))
            params[f"day_{place}"], params[f"number_{place}"] = look.bounds(_slot(place))
    if not parts:
        return
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        rows = cursor.fetchall()
    for place, fact_id, day, title, name, text in rows:
        happening = HAPPENINGS[place]
        title = _(title)
        name = _amount(name) if happening.is_money else name
        yield TimelineEntry(
            day,
            f"{title}: {name}" if name else title,
            text,
            happening.icon,
            reverse("customers:fact_detail", args=[happening.kind, fact_id]),
            kind=happening.group,
            slot=_slot(place),
            number=fact_id,
        )


def _amount(said: str) -> str:
    amount, currency = said.split(" ", 1)
    sign = "-" if Decimal(amount) < 0 else ""
    return f"{sign}{format_number(abs(Decimal(amount)), 2)} {currency}"


def _name(happening: _Happening) -> str:
    return happening.name.format(
        somebody=in_sql(_("somebody")),
        rating=in_sql(
            _("{rating} of {best}"), rating="trim_scale(f.rating)", best="trim_scale(f.best_rating)"
        ),
    )


def _slot(place: int) -> str:
    """Its place among the entries of a day: of one kind the later happening stands first."""
    return f"facts.{len(HAPPENINGS) - place:02}"


def _part(happening: _Happening, place: int, *, is_marked: bool) -> str:
    """The newest of one happening. A mark bounds the column itself, too, so that no more is read
    than can be on the page."""
    column = happening.on
    day = f"({column} AT TIME ZONE %(zone)s)::date" if happening.is_instant else column
    is_sql = happening.title.startswith("CASE")
    title = happening.title if is_sql else f"'{happening.title}'"
    text = f"left(regexp_replace(left({happening.text}, 500), '\\s+', ' ', 'g'), {_TEXT_LENGTH})"
    after = f"AND ({day}, f.id) < (%(day_{place})s::date, %(number_{place})s::bigint)"
    return f"""(
        SELECT {place} AS place, f.id, {day} AS day, {title} AS title, {_name(happening)} AS name,
               {text} AS text
          FROM customers_{happening.table} f
         WHERE f.customer_id = %(customer)s AND f.superseded_at IS NULL
               AND {column} IS NOT NULL {after if is_marked else ""}
         ORDER BY {day} DESC, f.id DESC LIMIT %(limit)s)"""  # noqa: S608 - constants
