"""Keeping what the rules read out of answers up to date."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from surveys.content import Content, Type
from surveys.models import (
    Campaign,
    ReadingRules,
    Response,
    SentimentWord,
    Tag,
    TagMark,
    reading_rules,
)
from surveys.word_rules import Rules, read
from tenants.jobs import enqueue

READ = "surveys.read_answers"
BATCH = 2000
_NOTHING: dict[str, Any] = {}


def rules_now() -> tuple[Rules, int]:
    """The company's rules and their version. Costs three queries."""
    version = reading_rules().version
    tags = [(tag.pk, tag.phrases) for tag in Tag.objects.all()]
    return Rules.of(tags, SentimentWord.objects.values_list("phrase", "meaning")), version


def rules_changed() -> None:
    """Everything is to be read anew, by a job. In the transaction that changes a rule."""
    row, _is_new = ReadingRules.objects.select_for_update().get_or_create(pk=1)
    ReadingRules.objects.filter(pk=row.pk).update(version=F("version") + 1)
    read_soon()


def read_soon() -> None:
    """Queue the job that reads whatever is not read, or was by older rules."""
    enqueue(READ)


def read_one(response: Response) -> None:
    """Read a version of an answer now, in the transaction that writes it."""
    _read([response.pk])


def read_unread() -> int:
    """Read what is not read yet, in batches of their own transactions; how many there were.

    Costs a few statements per BATCH; more rules mean no more statements.
    """
    done, after = 0, 0
    while True:
        with transaction.atomic():
            ids = _unread(after)
            if ids:
                _read(ids)
        if not ids:
            return done
        done += len(ids)
        after = ids[-1]


def _unread(after: int) -> list[int]:
    """The next versions without a reading by the rules of now. Versions of before are not read:
    nobody searches them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT r.id FROM surveys_response r
              LEFT JOIN surveys_responsereading d ON d.response_id = r.id
             WHERE r.superseded_at IS NULL AND r.id > %s
                   AND (r.comment <> '' OR r.answers <> '{}'::jsonb OR d.response_id IS NOT NULL)
                   AND d.version IS DISTINCT FROM %s
             ORDER BY r.id LIMIT %s
            """,
            [after, reading_rules().version, BATCH],
        )
        return [row[0] for row in cursor.fetchall()]


@dataclass(frozen=True)
class _Asked:
    """What of a campaign matters to reading."""

    campaign: Campaign
    content: Content
    text_keys: Sequence[str]


def _read(ids: Iterable[int]) -> None:
    rules, version = rules_now()
    # Locked: words that are erased at the same time must not come back by a reading of them.
    responses = list(
        Response.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=list(ids))
        .select_related("invitation__contact")
        .order_by("pk")
    )
    asked = _asked({one.invitation.campaign_id for one in responses})
    marks: dict[int, list[TagMark]] = {}
    for mark in TagMark.objects.filter(
        invitation__in=[one.invitation_id for one in responses]
    ).order_by("pk"):
        marks.setdefault(mark.invitation_id, []).append(mark)
    rows = []
    for response in responses:
        about = asked[response.invitation.campaign_id]
        language = about.content.language_for(response.invitation.contact.language)
        found = read(
            _text_of(response, about.text_keys),
            level=about.campaign.level_of(response.score),
            language=language,
            rules=rules,
        )
        tags = set(found.tags)
        for mark in marks.get(response.invitation_id, []):
            tags = tags - {mark.tag_id} if mark.is_taken else tags | {mark.tag_id}
        why: dict[str, Any] = {
            "positive": found.positive,
            "negative": found.negative,
            "language": language,
        }
        why["tags"] = {str(tag): words for tag, words in found.tags.items()}
        rows.append((response.pk, found.words, found.sentiment, sorted(tags), why))
    _write(rows, version)


def _asked(campaigns: set[int]) -> dict[int, _Asked]:
    found = {}
    for campaign in Campaign.objects.filter(pk__in=campaigns).defer("audience"):
        content = Content.of(campaign)
        keys = [one.key for one in content.questions if one.type is Type.TEXT]
        found[campaign.pk] = _Asked(campaign, content, keys)
    return found


def _text_of(response: Response, keys: Sequence[str]) -> str:
    """The comment, and what was written to further questions."""
    answers = response.answers or _NOTHING
    texts = [response.comment, *(answers.get(key, "") for key in keys)]
    return "\n".join(text for text in texts if isinstance(text, str) and text)


def _write(rows: Sequence[tuple[int, str, str, Sequence[int], Any]], version: int) -> None:
    """One statement for all. Who reads the same version at the same time comes to the same."""
    values = [
        {"id": pk, "words": words, "sentiment": sentiment, "tags": list(tags), "found": found}
        for pk, words, sentiment, tags, found in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO surveys_responsereading
                   (response_id, words, sentiment, tags, found, version)
            SELECT id, words, sentiment, tags, found, %s
              FROM jsonb_to_recordset(%s::jsonb)
                   AS new (id bigint, words text, sentiment text, tags bigint[], found jsonb)
            ON CONFLICT (response_id) DO UPDATE
            SET words = excluded.words, sentiment = excluded.sentiment, tags = excluded.tags,
                found = excluded.found, version = excluded.version
            """,
            [version, json.dumps(values)],
        )
