"""Storing what came of large campaigns, and noting what makes it be counted anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from surveys import results
from surveys.models import Campaign, ResultsChange, StoredResults
from surveys.results import stored
from tenants.context import current_company
from tenants.locks import take_lock

EVERY = dt.timedelta(minutes=5)
MANY = 1000
"""Invitations, from which on what came of a campaign is stored."""


def results_changed(*campaign_ids: int) -> None:
    """What came of these changed. In the transaction that changed it."""
    ResultsChange.objects.bulk_create(ResultsChange(campaign_id=pk) for pk in campaign_ids)


@contextmanager
def changing_results(campaign_id: int) -> Iterator[None]:
    """Around transactions of which each may change what came of the campaign."""
    results_changed(campaign_id)
    try:
        yield
    finally:
        results_changed(campaign_id)


def facts_changed(told: Iterable[tuple[str, dt.date | None]]) -> None:
    """The change feed told of facts of a kind from a day on (None: the beginning). In the
    transaction that takes that from the feed."""
    if any(from_day is None or kind in stored.OF_ALL for kind, from_day in told):
        ResultsChange.objects.create(campaign=None)


def store_results() -> int:
    """Count large campaigns anew of which something changed, or nothing is stored; how many."""
    noted = list(ResultsChange.objects.values_list("pk", "campaign"))
    changed = {campaign for _, campaign in noted}
    company = current_company()
    large = Campaign.objects.filter(pk__in=_large()).order_by("pk")
    held = dict(StoredResults.objects.values_list("campaign", "timezone"))
    StoredResults.objects.exclude(campaign__in=large).delete()
    count = 0
    for campaign in large:
        is_other = held.get(campaign.pk) != company.timezone
        if is_other or None in changed or campaign.pk in changed:
            _store(campaign)
            count += 1
    # Those noted meanwhile stay: who noted them may not have been seen by the counting.
    ResultsChange.objects.filter(pk__in=[pk for pk, _ in noted]).delete()
    return count


@transaction.atomic
def _store(campaign: Campaign) -> None:
    # Two that count at the same time: the later one sees all that the earlier one saw.
    take_lock(f"surveys.results:{campaign.pk}")
    content = stored.count(campaign)
    values = {
        "timezone": current_company().timezone,
        "scores": results.tally_of(campaign, content).figure.counts,
        "invited": results.funnel_of(campaign, content).invited,
        "content": content,
    }
    StoredResults.objects.update_or_create(campaign=campaign, defaults=values)


def _large() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT campaign_id FROM surveys_invitation GROUP BY 1 HAVING count(*) >= %s", [MANY]
        )
        return [pk for (pk,) in cursor.fetchall()]
