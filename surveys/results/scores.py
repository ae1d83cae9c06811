"""Scores of campaigns, and of one by segment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.models import ContactRole
from customers.models.customer import attribute_label
from surveys.audience import attribute_values
from surveys.models import Campaign
from surveys.models.campaign import Language
from surveys.results.figures import Figure
from tenants.context import current_company

MONTH, WEEK = "month", "week"
# Shorter than this, answers are shown by week.
WEEKS_UP_TO = dt.timedelta(days=120)
LANGUAGE, ROLE = "language", "role"
OF_CONTACTS = {
    LANGUAGE: gettext_noop("Language of the contact"),
    ROLE: gettext_noop("Role of the contact"),
}
ATTRIBUTE_PREFIX = "attribute."
MOST_SEGMENTS = 50

_COUNTED = """
      FROM surveys_response r
      JOIN surveys_invitation i ON i.id = r.invitation_id
      JOIN customers_contact c ON c.id = i.contact_id
     WHERE i.campaign_id = %(campaign)s AND r.superseded_at IS NULL AND NOT r.is_by_user
"""


@dataclass(frozen=True)
class Row:
    """The figure of a period or segment. `is_small`: on fewer answers than the company's minimum
    n. `start`: of a period; `value`: of a segment, empty for none."""

    label: str
    figure: Figure
    is_small: bool
    start: dt.date | None = None
    value: str = ""

    @property
    def bar(self) -> dict[str, float]:
        """Where value and bounds stand, in per cent of the width."""
        interval = self.figure.interval
        low = self.figure.place(interval.low) if interval else 0.0
        high = self.figure.place(interval.high) if interval else 0.0
        value = self.figure.place(self.figure.value or 0)
        return {"low": low, "high": high, "width": round(high - low, 2), "value": value}


@dataclass(frozen=True)
class Segments:
    """`others`: how many answers are in segments beyond the largest MOST_SEGMENTS."""

    rows: list[Row]
    others: int


def figures_of(
    campaigns: Sequence[Campaign], stored: Mapping[int, Mapping[str, Any]]
) -> dict[int, Figure]:
    """The figure of each campaign: current answers, the company's own users' left out. Costs one
    query over those that are not stored."""
    counts: dict[int, dict[int, int]] = {campaign.pk: {} for campaign in campaigns}
    for pk, one in stored.items():
        counts[pk] = {int(score): count for score, count in one["scores"].items()}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT i.campaign_id, r.score, count(*)
              FROM surveys_response r JOIN surveys_invitation i ON i.id = r.invitation_id
             WHERE i.campaign_id = ANY(%s) AND r.superseded_at IS NULL AND NOT r.is_by_user
             GROUP BY 1, 2
            """,
            [[pk for pk in counts if pk not in stored]],
        )
        for pk, score, count in cursor.fetchall():
            counts[pk][score] = count
    return {campaign.pk: _figure(campaign, counts[campaign.pk]) for campaign in campaigns}


def _figure(campaign: Campaign, counts: Mapping[int, int]) -> Figure:
    return Figure(campaign.kind, campaign.lowest_score, campaign.highest_score, counts)


def figure_row(campaign: Campaign, counts: Mapping[int, int], **words: Any) -> Row:
    """The figure of some answers, told apart by `words`."""
    figure = _figure(campaign, counts)
    return Row(figure=figure, is_small=figure.n < current_company().minimum_n, **words)


def segment_names() -> dict[str, str]:
    """What answers can be split by: {key: label}. Costs one query."""
    attributes = {
        f"{ATTRIBUTE_PREFIX}{key}": attribute_label(key) for key, _values in attribute_values()
    }
    return attributes | {key: _(label) for key, label in OF_CONTACTS.items()}


def by_segment(campaign: Campaign, by: str, stored: Mapping[str, Any] | None = None) -> Segments:
    """The figure of each segment, most answers first. Of what is stored, else costs one query.

    `by` is `language`, `role` (of the contact) or `attribute.<key>`: the customer's value on the
    day of the answer, the first one known holding for all time before.
    """
    found: dict[str, dict[int, int]] = {}
    rows = stored["segments"].get(by) if stored else None
    for value, score, count in count_segments(campaign, by) if rows is None else rows:
        found.setdefault(value, {})[score] = count
    shown = [
        figure_row(campaign, counts, label=value_label(by, value), value=value)
        for value, counts in found.items()
    ]
    shown.sort(key=lambda row: (-row.figure.n, row.label))
    return Segments(shown[:MOST_SEGMENTS], sum(row.figure.n for row in shown[MOST_SEGMENTS:]))


def count_segments(campaign: Campaign, by: str) -> list[Any]:
    """[segment, score, answers]."""
    counted = _COUNTED if by in OF_CONTACTS else _COUNTED.replace(" WHERE", f"{_LONE} WHERE", 1)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_segment(by)} AS segment, r.score, count(*) {counted} GROUP BY 1, 2",
            {
                "campaign": campaign.pk,
                "key": by.removeprefix(ATTRIBUTE_PREFIX),
                "zone": current_company().timezone,
            },
        )
        return list(cursor.fetchall())


# Most customers had one value only: it is read once for all, not looked up for each answer.
_LONE = """ LEFT JOIN (
        SELECT a.customer_id, CASE WHEN count(*) = 1 THEN min(a.value) END AS value
          FROM customers_customerattribute a
         WHERE a.key = %(key)s AND a.superseded_at IS NULL
         GROUP BY 1
      ) lone ON lone.customer_id = c.customer_id
    """


def _segment(by: str) -> str:
    """As segment_sql, where `lone` is joined."""
    if by in OF_CONTACTS:
        return segment_sql(by)
    return f"""CASE WHEN lone.customer_id IS NULL THEN ''
                    ELSE coalesce(lone.value, {segment_sql(by)}) END"""


def segment_sql(by: str) -> str:
    """The segment of an answer (`r`) of a contact (`c`), '' for none. Takes `key` and `zone`."""
    if by == LANGUAGE:
        return "lower(c.language)"
    if by == ROLE:
        return "c.role"
    return """coalesce((
        SELECT a.value FROM customers_customerattribute a
         WHERE a.customer_id = c.customer_id AND a.key = %(key)s AND a.superseded_at IS NULL
         ORDER BY (a.valid_from IS NULL
                   OR a.valid_from <= (r.answered_at AT TIME ZONE %(zone)s)::date) DESC,
                  CASE WHEN a.valid_from <= (r.answered_at AT TIME ZONE %(zone)s)::date
                       THEN a.valid_from END DESC NULLS LAST,
                  a.valid_from
         LIMIT 1), '')"""


def value_label(by: str, value: str) -> str:
    """What a segment is called; `none` without a value."""
    if not value:
        return _("none")
    if by == ROLE:
        return str(dict(ContactRole.choices).get(value, value))
    if by == LANGUAGE:
        return f"{dict(Language.choices)[value]} ({value})" if value in Language.values else value
    return value
