"""A campaign's answers, counted in one pass: what its page says of them in many places."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from surveys.models import Campaign
from surveys.results.figures import Figure
from surveys.results.scores import MONTH, WEEK, WEEKS_UP_TO, Row, figure_row
from tenants.context import current_company


@dataclass(frozen=True)
class Tally:
    """`figure`: of what counts. `total`: current answers, the company's own users' (`by_users`)
    too; `with_comment` of these. `days`: {day of the company: {score: answers}} of what counts,
    oldest first. `span`: between the first and the last that counts."""

    figure: Figure
    total: int
    with_comment: int
    by_users: int
    days: Mapping[dt.date, Mapping[int, int]]
    span: dt.timedelta

    @property
    def grain(self) -> str:
        """By week while the answers are of a few months, else by month."""
        return WEEK if self.span <= WEEKS_UP_TO else MONTH


def tally_of(campaign: Campaign, stored: Mapping[str, Any] | None = None) -> Tally:
    """Of what is stored, else costs one query over the campaign's answers."""
    counts = stored["answers"] if stored else count_answers(campaign)
    days = {
        dt.date.fromisoformat(day): {int(score): count for score, count in scores.items()}
        for day, scores in counts["days"].items()
    }
    scores: Counter[int] = Counter()
    for of_day in days.values():
        scores.update(of_day)
    return Tally(
        figure=Figure(campaign.kind, campaign.lowest_score, campaign.highest_score, scores),
        total=counts["total"],
        with_comment=counts["with_comment"],
        by_users=counts["total"] - scores.total(),
        days=days,
        span=dt.timedelta(seconds=counts["seconds"]),
    )


def count_answers(campaign: Campaign) -> dict[str, Any]:
    """`days`: {day: {score: answers}} of what counts; `seconds` between the first and the last of
    these; `total` and `with_comment` as Tally has them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (r.answered_at AT TIME ZONE %s)::date, r.score, r.is_by_user, count(*),
                   count(*) FILTER (WHERE r.comment <> ''), min(r.answered_at), max(r.answered_at)
              FROM surveys_response r JOIN surveys_invitation i ON i.id = r.invitation_id
             WHERE i.campaign_id = %s AND r.superseded_at IS NULL
             GROUP BY 1, 2, 3 ORDER BY 1
            """,
            [current_company().timezone, campaign.pk],
        )
        rows = cursor.fetchall()
    days: dict[str, dict[str, int]] = {}
    moments = []
    for day, score, is_by_user, count, _, first, last in rows:
        if not is_by_user:
            days.setdefault(str(day), {})[str(score)] = count
            moments += [first, last]
    return {
        "days": days,
        "seconds": (max(moments) - min(moments)).total_seconds() if moments else 0,
        "total": sum(row[3] for row in rows),
        "with_comment": sum(row[4] for row in rows),
    }


def over_time(campaign: Campaign, tally: Tally, grain: str) -> list[Row]:
    """The figure of each week or month (of the company's days) with an answer, oldest first."""
    week_start = current_company().week_start
    found: dict[dt.date, Counter[int]] = {}
    for day, counts in tally.days.items():
        into = (day.weekday() - week_start) % 7 if grain == WEEK else day.day - 1
        found.setdefault(day - dt.timedelta(days=into), Counter()).update(counts)
    return [figure_row(campaign, counts, label="", start=start) for start, counts in found.items()]
