"""The answers of all campaigns: filters, search, pages. What page, API and export read alike."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from customers.spelling import plain
from surveys.models import Campaign, Kind, Response, ResponseReading, Sentiment, Tag
from surveys.models.campaign import SCALES
from surveys.models.response import MAY_HAVE_WORDS
from surveys.results.scores import ATTRIBUTE_PREFIX, OF_CONTACTS, segment_names
from surveys.scales import Level, level_of
from tenants.context import current_company

PAGE = 50
LONGEST = 200
MOST_WORDS = 10
LARGEST_ID = 2**63 - 1
YES, NO = "yes", "no"


class FilterError(ValueError):
    """What was asked for cannot be; `str()` says what can. `name`: which filter."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True)
class Filters:
    """What answers are narrowed by; empty or None: not at all. Days are the company's; `until` is
    the first day without. `segment` is `<by>:<value>`, an empty value means none."""

    q: str = ""
    kind: str = ""
    campaign: int | None = None
    level: str = ""
    tag: int | None = None
    sentiment: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    segment: str = ""
    customer: str = ""
    comment: str = YES
    by_user: str = ""

    @classmethod
    def of(cls, query: Mapping[str, Any], *, comment: str = YES) -> Filters:
        """From a query string; `comment`: what holds where it is not in it. Raises FilterError."""
        said = {
            one.name: str(query.get(one.name, "")).strip().replace("\0", "")[:LONGEST]
            for one in fields(cls)
        }
        found = cls(
            q=said["q"],
            kind=_one_of("kind", said["kind"], Kind.values),
            campaign=_number("campaign", said["campaign"]),
            level=_one_of("level", said["level"], [level.value for level in Level]),
            tag=_number("tag", said["tag"]),
            sentiment=_one_of("sentiment", said["sentiment"], Sentiment.values),
            since=_day("since", said["since"]),
            until=_day("until", said["until"]),
            segment=_segment(said["segment"]),
            customer=said["customer"],
            comment=_one_of("comment", said["comment"] or comment, [YES, NO, "any"]),
            by_user=_one_of("by_user", said["by_user"], [YES, NO]),
        )
        if found.since and found.until and found.until <= found.since:
            raise FilterError("until", _("until: choose a day after the first one."))
        return found

    @property
    def is_any(self) -> bool:
        """Whether more is asked for than answers with a comment."""
        return self != Filters(comment=self.comment)


def _one_of(name: str, value: str, known: Sequence[str]) -> str:
    if value and value not in known:
        words = _("{name} is one of {known}.").format(name=name, known=", ".join(known))
        raise FilterError(name, words)
    return value


def _number(name: str, value: str) -> int | None:
    if not value:
        return None
    if not (value.isascii() and value.isdigit()) or int(value) > LARGEST_ID:
        raise FilterError(name, _("{name} is an id, a number.").format(name=name))
    return int(value)


def _day(name: str, value: str) -> dt.date | None:
    if not value:
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise FilterError(name, _("{name} is a day like 2026-03-31.").format(name=name)) from None


def _segment(value: str) -> str:
    if not value:
        return ""
    by, colon, _value = value.partition(":")
    if not colon or by not in segment_names():
        known = ", ".join([*OF_CONTACTS, f"{ATTRIBUTE_PREFIX}<name>"])
        raise FilterError(
            "segment", _("segment is <by>:<value>, where by is one of {known}.").format(known=known)
        )
    return value


def answers(filters: Filters) -> QuerySet[Response]:
    """Current answers that fit, in no order. `reading`, contact, customer and campaign come with
    them where they are read by `page`."""
    rows = _of_time(_of_campaigns(Response.objects.current(), filters), filters)
    if filters.comment == YES:
        # The second is for words that are only in answers to further questions; an index has all
        # that may have words.
        rows = rows.filter(MAY_HAVE_WORDS)
        rows = rows.filter(~Q(comment="") | ~Q(reading__words="") & Q(reading__isnull=False))
    elif filters.comment == NO:
        rows = rows.filter(comment="")
    if filters.by_user:
        rows = rows.filter(is_by_user=filters.by_user == YES)
    for word in plain(filters.q).split()[:MOST_WORDS]:
        rows = rows.filter(reading__words__contains=word)
    if filters.sentiment:
        rows = rows.filter(reading__sentiment=filters.sentiment)
    if filters.tag is not None:
        rows = rows.filter(reading__tags__contains=[filters.tag])
    if filters.customer:
        rows = rows.filter(
            Q(invitation__contact__customer__external_id=filters.customer)
            | Q(invitation__contact__customer__aliases__external_id=filters.customer)
        )
    return _of_segment(rows, filters.segment)


def _of_campaigns(rows: QuerySet[Response], filters: Filters) -> QuerySet[Response]:
    if filters.kind:
        rows = rows.filter(invitation__campaign__kind=filters.kind)
    if filters.campaign is not None:
        rows = rows.filter(invitation__campaign=filters.campaign)
    if filters.level:
        rows = rows.filter(is_of_level(Level(filters.level)))
    return rows


def is_of_level(level: Level, prefix: str = "") -> Q:
    """Whether the score of an answer (at `prefix`) is of a level, whatever kind and scale."""
    found = Q()
    for kind in Kind.values:
        for lowest, highest in SCALES:
            scores = [
                score
                for score in range(lowest, highest + 1)
                if level_of(kind, highest, score) is level
            ]
            found |= Q(
                **{
                    f"{prefix}invitation__campaign__kind": kind,
                    f"{prefix}invitation__campaign__lowest_score": lowest,
                    f"{prefix}invitation__campaign__highest_score": highest,
                    f"{prefix}score__in": scores,
                }
            )
    return found


def _of_time(rows: QuerySet[Response], filters: Filters) -> QuerySet[Response]:
    zone = ZoneInfo(current_company().timezone)
    if filters.since:
        rows = rows.filter(answered_at__gte=_begin(filters.since, zone))
    if filters.until:
        rows = rows.filter(answered_at__lt=_begin(filters.until, zone))
    return rows


def _begin(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone)


def _of_segment(rows: QuerySet[Response], segment: str) -> QuerySet[Response]:
    by, colon, value = segment.partition(":")
    if not colon:
        return rows
    if by in OF_CONTACTS:
        return rows.filter(**{f"invitation__contact__{by}__iexact": value})
    # The customer's value on the day of the answer (surveys.results.scores.segment_sql).
    held = RawSQL(
        """
        SELECT coalesce((
            SELECT a.value FROM customers_customerattribute a
             WHERE a.customer_id = customers_contact.customer_id AND a.key = %s
                   AND a.superseded_at IS NULL
             ORDER BY (a.valid_from IS NULL OR a.valid_from <= held.day) DESC,
                      CASE WHEN a.valid_from <= held.day THEN a.valid_from END DESC NULLS LAST,
                      a.valid_from
             LIMIT 1), '')
          FROM (SELECT (surveys_response.answered_at AT TIME ZONE %s)::date AS day) AS held
        """,
        [by.removeprefix(ATTRIBUTE_PREFIX), current_company().timezone],
    )
    # The join with contacts that the SQL names is made by a condition that is always true.
    return (
        rows.filter(invitation__contact__isnull=False, invitation__contact__customer__gt=0)
        .alias(segment=held)
        .filter(segment=value)
    )


@dataclass(frozen=True)
class Page:
    """`next`: the cursor of what is older, empty where there is nothing."""

    rows: list[Response]
    next: str
    is_first: bool


def page(filters: Filters, *, cursor: str = "", size: int = PAGE) -> Page:
    """The newest answers that fit, from the cursor on. Costs one query. Raises FilterError."""
    rows = with_all(answers(filters)).order_by("-answered_at", "-pk")
    if cursor:
        at, pk = _place(cursor)
        rows = rows.filter(Q(answered_at__lt=at) | Q(answered_at=at, pk__lt=pk))
    found = list(rows[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return Page(found[:size], cursor_of(last) if last else "", not cursor)


def with_all(rows: QuerySet[Response]) -> QuerySet[Response]:
    """With what is shown of each; no query per row."""
    return rows.select_related(
        "reading", "invitation__campaign", "invitation__contact__customer", "invitation__follow_up"
    ).defer("invitation__campaign__audience")


def cursor_of(row: Response) -> str:
    text = f"{row.answered_at.isoformat()}~{row.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[dt.datetime, int]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _tilde, pk = text.partition("~")
        if int(pk) > LARGEST_ID:
            raise ValueError(pk)
        instant = dt.datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise ValueError(at)
        return instant, int(pk)
    except (ValueError, binascii.Error):
        raise FilterError("cursor", _("cursor is not one of ours; begin without one.")) from None


def reading_of(response: Response) -> ResponseReading | None:
    """None where nothing was read: no words, or not yet."""
    try:
        return response.reading
    except ResponseReading.DoesNotExist:
        return None


@dataclass(frozen=True)
class TagShown:
    """A tag of an answer and why it has it: the words, or by hand."""

    tag: Tag
    words: Sequence[str] = field(default_factory=list)

    @property
    def is_by_hand(self) -> bool:
        return not self.words


def tags_of(response: Response, known: Mapping[int, Tag]) -> list[TagShown]:
    """By name. A tag that was deleted since is left out."""
    reading = reading_of(response)
    if reading is None:
        return []
    why = reading.found.get("tags", {})
    shown = [TagShown(known[tag], why.get(str(tag), [])) for tag in reading.tags if tag in known]
    return sorted(shown, key=lambda one: one.tag.name.lower())


def known_tags() -> dict[int, Tag]:
    return {tag.pk: tag for tag in Tag.objects.order_by("name")}


def in_batches(filters: Filters, size: int = 2000) -> Iterator[Response]:
    """All that fit, newest first, a page at a time, in bounded memory."""
    cursor = ""
    while True:
        found = page(filters, cursor=cursor, size=size)
        yield from found.rows
        if not found.next:
            return
        cursor = found.next


def campaigns_answered() -> QuerySet[Campaign]:
    """Those that can have answers, newest first."""
    return Campaign.objects.exclude(state__in=["draft", "scheduled"]).newest_first()
