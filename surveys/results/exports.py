"""Answers and follow-ups as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import islice
from typing import Any

from customers.tables import Cell, Table
from surveys.content import Content
from surveys.models import FollowUp
from surveys.results.answers import LONGEST, Filters, in_batches, known_tags
from surveys.results.rows import row_of
from surveys.results.worklist import Narrowed, follow_ups, seconds_to_first_reply
from tenants.context import current_company

# A workbook is made in memory.
MOST_IN_XLSX = 50_000


def told_of(query: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit keeps of the filters of an export: not what was searched for, which may be
    somebody's name, only that something was."""
    names = [one.name for one in fields(Filters) if one.name != "q"]
    said = {name: str(query[name])[:LONGEST] for name in names if query.get(name)}
    return {"filters": said, "is_searched": bool(query.get("q"))}


COLUMNS = ["answer", "campaign", "kind", "lowest", "highest", "customer", "customer_name"]
COLUMNS += ["contact", "email", "score", "level", "comment", "further_answers", "tags"]
COLUMNS += ["sentiment", "sentiment_words", "answered_at", "by_user", "follow_up"]


def of_answers(filters: Filters, *, most: int | None = None) -> Table:
    """Answers that fit, newest first; read a page at a time while the file is written."""
    return Table(f"answers-{current_company().today()}", COLUMNS, _answers(filters, most))


def _answers(filters: Filters, most: int | None) -> Iterator[list[Cell]]:
    tags = known_tags()
    contents: dict[int, Content] = {}
    for response in islice(in_batches(filters), most):
        row = row_of(response, tags, contents)
        invitation = response.invitation
        contact, campaign = invitation.contact, invitation.campaign
        found = row.reading.found if row.reading else {}
        words = [f"+{word}" for word in found.get("positive", [])]
        words += [f"-{word}" for word in found.get("negative", [])]
        yield [
            invitation.pk,
            campaign.name,
            campaign.kind,
            campaign.lowest_score,
            campaign.highest_score,
            contact.customer.external_id,
            contact.customer.name,
            contact.name,
            contact.email,
            response.score,
            row.level_name,
            response.comment,
            "; ".join(f"{one.question}: {one.text}" for one in row.texts),
            ", ".join(one.tag.name for one in row.tags),
            row.sentiment,
            ", ".join(words),
            response.answered_at.isoformat(),
            response.is_by_user,
            row.follow_up.state if row.follow_up else None,
        ]


FOLLOW_UP_COLUMNS = ["follow_up", "state", "outcome", "owner", "customer", "customer_name"]
FOLLOW_UP_COLUMNS += ["contact", "email", "campaign", "score", "comment", "opened_at"]
FOLLOW_UP_COLUMNS += ["first_reply_at", "hours_to_first_reply", "closed_at"]


def of_follow_ups(narrowed: Narrowed) -> Table:
    """Follow-ups that fit, oldest first."""
    rows = follow_ups(narrowed).order_by("opened_at", "pk").iterator(chunk_size=2000)
    return Table(
        f"follow-ups-{current_company().today()}",
        FOLLOW_UP_COLUMNS,
        (_follow_up(row) for row in rows),
    )


def _follow_up(row: FollowUp) -> list[Cell]:
    contact = row.invitation.contact
    seconds = seconds_to_first_reply(row)
    return [
        row.pk,
        row.state,
        row.outcome or None,
        row.owner.email if row.owner else None,
        contact.customer.external_id,
        contact.customer.name,
        contact.name,
        contact.email,
        row.invitation.campaign.name,
        row.score,  # type: ignore[attr-defined]  # annotated by follow_ups
        row.comment,  # type: ignore[attr-defined]
        row.opened_at.isoformat(),
        row.first_reply_at.isoformat() if row.first_reply_at else None,
        round(seconds / 3600, 2) if seconds is not None else None,
        row.closed_at.isoformat() if row.closed_at else None,
    ]
