"""Which segments are kept: those of the splits that somebody looked at."""

from __future__ import annotations

from metrics.contributions.frame import WHOLE, Dimension
from metrics.models import StoredSeries, StoredSplit
from tenants.context import current_company
from tenants.jobs import enqueue

MOST_SPLITS = 10
MOST_SEGMENTS = 200
"""Segments of a split that is kept."""

KEEP = "metrics.keep_split"


def by_of(dimension: Dimension) -> str:
    """How a request names the split; '' is the total."""
    return "" if dimension == WHOLE else dimension.name


def kept_splits() -> list[str]:
    """Those that series are kept by."""
    found = StoredSeries.objects.exclude(by="").order_by("by")
    return list(found.values_list("by", flat=True).distinct())


def asked_splits() -> list[str]:
    """Those that somebody wants kept."""
    return list(StoredSplit.objects.order_by("by").values_list("by", flat=True))


def ask_for(by: str) -> None:
    """Have a split kept from now on, unless as many are as can be."""
    if StoredSplit.objects.count() >= MOST_SPLITS:
        return
    _, is_new = StoredSplit.objects.get_or_create(
        by=by, defaults={"asked_on": current_company().today()}
    )
    if is_new:
        enqueue(KEEP)
