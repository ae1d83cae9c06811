"""The work list: which follow-ups there are, and how fast contacts get their first reply."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.formatting import format_number
from accounts.models import User
from surveys.models import FollowUp, Response, reading_rules
from surveys.results.answers import FilterError

OWNERS = ("mine", "none")
STATES = ("unfinished", "overdue", *FollowUp.State.values, "all")
MEASURED_DAYS = 365


@dataclass(frozen=True)
class Narrowed:
    """`owner`: mine, none, a user's address, or empty for anybody's. `state`: unfinished, overdue,
    one of FollowUp.State, or all. `user` is who asks."""

    owner: str = ""
    state: str = "unfinished"
    user: User | None = None

    @classmethod
    def of(cls, query: Mapping[str, Any], user: User | None) -> Narrowed:
        """From a query string. Raises FilterError."""
        owner = str(query.get("owner", "")).strip().replace("\0", "")[:254]
        state = str(query.get("state", "")).strip() or "unfinished"
        if state not in STATES:
            words = _("{name} is one of {known}.").format(name="state", known=", ".join(STATES))
            raise FilterError("state", words)
        if owner == "mine" and user is None:
            raise FilterError("owner", "mine is somebody's who is signed in; name an address.")
        return cls(owner, state, user)


def follow_ups(narrowed: Narrowed) -> QuerySet[FollowUp]:
    """Those that fit, with what is shown of each and, as `score`, `comment` and `is_by_user`, the
    current answer. In no order."""
    current = Response.objects.current().filter(invitation=OuterRef("invitation"))
    rows = (
        FollowUp.objects.select_related(
            "owner", "invitation__campaign", "invitation__contact__customer"
        )
        .defer("invitation__campaign__audience")
        .annotate(
            score=Subquery(current.values("score")[:1]),
            comment=Subquery(current.values("comment")[:1]),
            answered_at=Subquery(current.values("answered_at")[:1]),
        )
    )
    if narrowed.owner == "mine":
        rows = rows.filter(owner=narrowed.user)
    elif narrowed.owner == "none":
        rows = rows.filter(owner=None)
    elif narrowed.owner:
        rows = rows.filter(owner__email=narrowed.owner.lower())
    if narrowed.state == "overdue":
        return rows.filter(is_overdue())
    if narrowed.state == "unfinished":
        return rows.exclude(state=FollowUp.State.CLOSED)
    return rows if narrowed.state == "all" else rows.filter(state=narrowed.state)


def overdue_before() -> dt.datetime:
    """What was opened before, and not replied to, is overdue. Costs a query."""
    return timezone.now() - dt.timedelta(days=reading_rules().reply_days)


def is_overdue() -> Q:
    """Not closed, and without a reply for longer than the company allows."""
    return ~Q(state=FollowUp.State.CLOSED) & Q(first_reply_at=None, opened_at__lt=overdue_before())


def seconds_to_first_reply(follow_up: FollowUp) -> float | None:
    if follow_up.first_reply_at is None:
        return None
    return (follow_up.first_reply_at - follow_up.opened_at).total_seconds()


@dataclass(frozen=True)
class Replying:
    """Of the follow-ups opened in the last MEASURED_DAYS: the median time to the first reply, of
    how many that is, and how many are open without one."""

    median: dt.timedelta | None
    n: int
    waiting: int
    overdue: int

    @property
    def words(self) -> str:
        """ "2 h 10 min", "3.5 days"; empty without any."""
        return duration(self.median) if self.median is not None else ""


def duration(span: dt.timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    if minutes < 1:
        return _("under a minute")
    if minutes < 60:
        return _("{minutes} min").format(minutes=minutes)
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        words = _("{hours} h {minutes} min") if rest else _("{hours} h")
        return words.format(hours=hours, minutes=rest)
    return _("{days} days").format(days=format_number(minutes / 60 / 24, 1))


def replying() -> Replying:
    """Costs two queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT percentile_cont(0.5) WITHIN GROUP (
                       ORDER BY extract(epoch FROM first_reply_at - opened_at)),
                   count(first_reply_at),
                   count(*) FILTER (WHERE first_reply_at IS NULL AND state <> 'closed'),
                   count(*) FILTER (WHERE first_reply_at IS NULL AND state <> 'closed'
                                          AND opened_at < %s)
              FROM surveys_followup WHERE opened_at > now() - make_interval(days => %s)
            """,
            [overdue_before(), MEASURED_DAYS],
        )
        seconds, n, waiting, overdue = cursor.fetchone()
    median = dt.timedelta(seconds=seconds) if seconds is not None else None
    return Replying(median, n, waiting, overdue)


def oldest_first(rows: QuerySet[FollowUp]) -> QuerySet[FollowUp]:
    return rows.order_by(F("opened_at").asc(), "pk")
