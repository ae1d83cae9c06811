"""The page that shows what the event stream brought lately, and what was wrong with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMinute
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import ApiKey
from accounts.permissions import Permission, requires
from customers.models import StreamCall, StreamProblem, StreamRequest, StreamSubject
from customers.stream.senders import SCOPES
from tenants.context import current_company
from tenants.links import company_url

SHOWN = 100
HOUR = dt.timedelta(hours=1)
SUMS = ("events", "calls", "duplicates", "problems")
# Counting every waiting event may take long; more than this is said as "more than".
WAITING_COUNTED = 10_000


@requires(Permission.ADMINISTER)
@require_safe
def stream(request: HttpRequest) -> HttpResponse:
    """The last hour by minute, the newest events that could not be used, and how to send."""
    now = timezone.now()
    recent = StreamRequest.objects.filter(received_at__gt=now - HOUR)
    waiting = _waiting_events()
    address = company_url(current_company(), "").rstrip("/")
    name = urlsplit(address).hostname or ""
    context = {
        "address": address,
        "local_name": name if name.endswith(".localhost") else "",
        "keys": _sending_keys(),
        "minutes": _by_minute(recent),
        "senders": recent.values("source__label")
        .annotate(requests=Count("pk"), **{name: Sum(name) for name in SUMS})
        .order_by("source__label"),
        "problems": StreamProblem.objects.select_related("source").order_by("-pk")[:SHOWN],
        "shown": SHOWN,
        "waiting_events": min(waiting, WAITING_COUNTED),
        "is_more_waiting": waiting > WAITING_COUNTED,
        "waiting_calls": StreamCall.objects.count(),
        "waiting_people": _waiting_people(),
    }
    return render(request, "customers/stream/stream.html", context)


def _sending_keys() -> QuerySet[ApiKey]:
    return ApiKey.objects.usable().filter(scopes__overlap=sorted(SCOPES)).order_by("name")


def _by_minute(recent: QuerySet[StreamRequest]) -> Sequence[Any]:
    """Newest first; minutes in which nothing came are left out."""
    return list(
        recent.annotate(minute=TruncMinute("received_at"))
        .values("minute")
        .annotate(requests=Count("pk"), **{name: Sum(name) for name in SUMS})
        .order_by("-minute")
    )


def _waiting_events() -> int:
    """Events whose customer is not known yet; one more than are counted when there are more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM customers_usageevent"
            " WHERE customer_id IS NULL LIMIT %s) AS waiting",
            [WAITING_COUNTED + 1],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _waiting_people() -> list[tuple[str, int]]:
    """(what they wait for, how many people)."""
    rows = (
        StreamSubject.objects.filter(~Q(waits_for=""))
        .values_list("waits_for")
        .annotate(people=Count("pk"))
        .order_by("waits_for")
    )
    return [(str(StreamSubject.Waiting(waits).label), people) for waits, people in rows]
