"""Board reports quote what contacts wrote: one of a period in which an erased person answered is
made anew, without it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from customers.models import Contact
from customers.registry import Erasing
from metrics.actions.board_reports import make_anew
from metrics.models import BoardReport
from surveys.models import Response
from tenants.context import current_company

PLACE = gettext_noop("board reports with the person's answers, made anew")


def erase(contacts: Sequence[Contact]) -> dict[str, int]:
    return {PLACE: make_anew(list(_of(contacts).values_list("pk", flat=True)))}


def told(contacts: Sequence[Contact]) -> dict[str, int]:
    return {PLACE: _of(contacts).count()}


def _of(contacts: Sequence[Contact]) -> QuerySet[BoardReport]:
    """Of the periods of the days, in the company's zone, on which they gave any answer."""
    zone = ZoneInfo(current_company().timezone)
    given = Response.objects.filter(invitation__contact__in=contacts)
    days = {at.astimezone(zone).date() for at in given.values_list("answered_at", flat=True)}
    return BoardReport.objects.filter(_within(days) if days else Q(pk__in=[]))


def _within(days: set[dt.date]) -> Q:
    found = Q()
    for day in sorted(days):
        found |= Q(start__lte=day, end__gt=day)
    return found


ERASING = Erasing(key="board_reports", erase=erase, told=told)
