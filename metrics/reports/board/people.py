"""Who stays, how customers are doing, and what they say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from accounts.formatting import format_number
from metrics.cohorts import cohorts
from metrics.contributions.health import BANDS, LITTLE_KNOWN
from metrics.health.coverage import LittleKnown
from metrics.periods import Grain
from metrics.reports.board.asked import Asked, month, share
from metrics.reports.lines import interval_of, words_of
from metrics.reports.months import twelve_months
from surveys.models import Kind as SurveyKind
from surveys.models import Response

MOST_COMMENTS = 12
LONGEST = 400
NAMES = {"green": gettext_noop("Green"), "amber": gettext_noop("Amber"), "red": gettext_noop("Red")}
PARTS: dict[str, Callable[[int], str]] = {
    "promoters": lambda count: ngettext("{count} promoter", "{count} promoters", count),
    "passives": lambda count: ngettext("{count} passive", "{count} passives", count),
    "detractors": lambda count: ngettext("{count} detractor", "{count} detractors", count),
}


def cohorts_of(asked: Asked) -> dict[str, Any] | None:
    """Of the customers that began in each of the last twelve months, the share paying since."""
    found = cohorts(
        twelve_months(asked.period, as_of=asked.as_of), company=asked.company, grain=Grain.MONTH
    )
    if not found.cohorts:
        return None
    return {
        "numbers": list(range(found.longest)),
        "rows": [
            {
                "name": month(one.period),
                "size": one.size,
                "cells": [
                    {"text": share(cell.share), "share": cell.share or 0.0} for cell in one.cells
                ],
            }
            for one in found.cohorts
        ],
    }


def health(asked: Asked) -> dict[str, Any] | None:
    """Customers and MRR by band at the period's close."""
    by_customers = asked.series("health_score", weight="customer")
    by_mrr = asked.series("health_score", weight="mrr")
    customers, mrr = by_customers.totals[0], by_mrr.totals[0]
    if customers.value is None:
        return None
    return {
        "score": words_of(customers.value, by_customers.unit, None),
        "weighted": words_of(mrr.value, by_mrr.unit, None),
        "rows": [
            {
                "band": band,
                "name": _(NAMES[band]),
                "customers": format_number(int(customers.parts.get(band, 0))),
                "mrr": asked.money(mrr.parts.get(band, 0), by_mrr.currency),
                "share": float(mrr.parts.get(f"{band}_share") or 0),
                "share_text": share(float(mrr.parts.get(f"{band}_share") or 0), 1),
            }
            for band in BANDS
        ],
        "not_scored": int(customers.parts.get("not_scored", 0)),
        "little_known": LittleKnown.among(
            customers.n,
            mrr.denominator,
            customers=int(customers.parts.get(LITTLE_KNOWN, 0)),
            mrr=None if mrr.value is None else mrr.parts.get(LITTLE_KNOWN, Decimal(0)),
        ).words,
    }


def nps(asked: Asked) -> dict[str, Any] | None:
    """The score with its interval, who is in it, and the latest comments."""
    found = asked.series("nps")
    (value,) = found.totals
    if value.value is None:
        return None
    return {
        "value": words_of(value.value, found.unit, None),
        "interval": interval_of(value, found.unit, None),
        "n": value.n,
        "parts": [
            words(int(value.parts[name])).format(count=format_number(int(value.parts[name])))
            for name, words in PARTS.items()
            if name in value.parts
        ],
        "comments": _comments(asked),
    }


def _comments(asked: Asked) -> list[dict[str, Any]]:
    """What customers wrote, the newest first; no contact is named."""
    zone = ZoneInfo(asked.company.timezone)
    begins, ends = (
        dt.datetime.combine(day, dt.time(), tzinfo=zone)
        for day in (asked.period.start, asked.period.end)
    )
    rows = (
        Response.objects.counted()
        .filter(
            answered_at__gte=begins,
            answered_at__lt=ends,
            invitation__campaign__kind=SurveyKind.NPS,
        )
        .exclude(comment="")
        .select_related("invitation__contact__customer")
        .order_by("-answered_at", "-pk")[:MOST_COMMENTS]
    )
    return [
        {
            "score": row.score,
            "customer": row.invitation.contact.customer.name
            or row.invitation.contact.customer.external_id,
            "text": row.comment if len(row.comment) <= LONGEST else f"{row.comment[:LONGEST]} …",
        }
        for row in rows
    ]
