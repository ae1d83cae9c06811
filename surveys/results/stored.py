"""What came of large campaigns, as counted ahead (surveys.actions.storing).

It is used while nothing has changed since; else, and of smaller campaigns, whoever asks counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection

from surveys.models import Campaign
from surveys.results.funnel import count_funnel
from surveys.results.progress import count_states
from surveys.results.questions import count_questions
from surveys.results.scores import count_segments, segment_names
from surveys.results.tally import count_answers
from tenants.context import current_company

Json = dict[str, Any]

OF_ALL = ("customers", "contacts")
"""Facts of these kinds say which segment an answer is in, and may take answers along."""


def count(campaign: Campaign) -> Json:
    """All that the campaign's results are made of but what people wrote. Costs a query over its
    answers for each of some ten things."""
    return {
        "answers": count_answers(campaign),
        "states": count_states(campaign),
        "funnel": count_funnel(campaign),
        "questions": count_questions(campaign),
        "segments": {by: count_segments(campaign, by) for by in segment_names()},
    }


def stored_of(campaign: Campaign) -> Json | None:
    """What is stored of a campaign and still holds, for the functions of surveys.results. Costs
    one query, none of a draft."""
    if campaign.is_editable:
        return None
    return _stored([campaign], "content").get(campaign.pk)


def stored_counts(campaigns: Iterable[Campaign]) -> dict[int, Json]:
    """The same of several, for figures_of and asked_by."""
    return _stored(campaigns, "jsonb_build_object('scores', scores, 'invited', invited)")


def _stored(campaigns: Iterable[Campaign], content: str) -> dict[int, Json]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT s.campaign_id, ({content})::text FROM surveys_storedresults s
             WHERE s.campaign_id = ANY(%s) AND s.timezone = %s
               AND NOT EXISTS (SELECT FROM surveys_resultschange c
                                WHERE c.campaign_id = s.campaign_id OR c.campaign_id IS NULL)
               -- What nobody took from the feed yet: see surveys.actions.storing.facts_changed.
               AND NOT EXISTS (SELECT FROM customers_change f
                                WHERE f.from_day IS NULL OR f.kind = ANY(%s))
            """,  # noqa: S608 - texts of this module only
            [
                [campaign.pk for campaign in campaigns],
                current_company().timezone,
                list(OF_ALL),
            ],
        )
        return {pk: json.loads(content) for pk, content in cursor.fetchall()}
