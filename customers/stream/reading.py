"""Reading the messages of a batch: usage events, calls about people and groups, and bad ones.

Every event passes here, so this is written to be fast: plain tuples, no object per event.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson
from django.utils.translation import gettext_noop

from customers.stream.items import NAMED, NOTHING
from customers.stream.values import (
    TEXT_LIMIT,
    BadEvent,
    are_small,
    check_size,
    company_of,
    instant_of,
    item_of,
    name_of,
    text_of,
)
from customers.usage.storing import Event

# As far ahead of our clock as an event's instant may be, after correcting its sender's clock.
FUTURE = dt.timedelta(days=1)
BODY_KEPT = 2000
_TOGETHER = 40  # events whose size is looked at in one go

USAGE = ("track", "page", "screen")
CALLS = ("identify", "group")
# Taken and answered, but nothing of it is kept: see docs/event-stream.md.
IGNORED = ("alias",)
_NO_PROPERTIES: dict[str, Any] = {}


class Call(NamedTuple):
    """An identify or group, with what of it is used."""

    message_id: str
    happened_at: dt.datetime
    body: dict[str, Any]


class Problem(NamedTuple):
    """A message that cannot be used. `body` is as sent, cut off; `people` whom it names."""

    message_id: str
    type: str
    reason: str
    body: str
    people: tuple[str, ...] = ()


@dataclass
class Batch:
    """What a request holds."""

    events: list[Event] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class Reader:
    """Reads messages that came in one request at `received_at`.

    `sent_at` and `context`: what the batch says for all of its messages. Events before
    `earliest` are refused.
    """

    def __init__(
        self,
        *,
        received_at: dt.datetime,
        sent_at: Any = None,
        context: Any = None,
        earliest: dt.datetime,
    ) -> None:
        self._received_at = received_at
        self._earliest = earliest
        self._latest = received_at + FUTURE
        self._shift = self._shift_of(sent_at)
        self._context = context if type(context) is dict else {}

    def read(self, messages: list[Any], kind: str = "") -> Batch:
        """Read all messages, in order. `kind`: their type, when the address says it."""
        batch = Batch()
        for start in range(0, len(messages), _TOGETHER):
            some = messages[start : start + _TOGETHER]
            is_small = are_small(some)
            for message in some:
                try:
                    if not is_small:
                        check_size(message)
                    self._read(message, kind, batch)
                except BadEvent as error:
                    batch.problems.append(_problem(message, kind, str(error)))
                except (OverflowError, TypeError, ValueError) as error:  # none of ours: be safe
                    batch.problems.append(_problem(message, kind, f"It cannot be read: {error}."))
        return batch

    def _read(self, message: Any, kind: str, batch: Batch) -> None:
        if type(message) is not dict:
            raise BadEvent(gettext_noop("An event is a JSON object."))
        kind = kind or message.get("type") or ""
        context = message.get("context")
        if context is None:
            context = self._context
        elif type(context) is not dict:
            raise BadEvent(gettext_noop("context is not an object."))
        elif self._context:
            context = self._context | context
        if kind in USAGE:
            batch.events.append(self._usage(message, kind, context))
        elif kind in CALLS:
            if call := self._call(message, kind, context):
                batch.calls.append(call)
        elif kind not in IGNORED:
            raise BadEvent(
                f"There is no type {str(kind)[:50]!r}." if kind else gettext_noop("It has no type.")
            )

    def _usage(self, message: dict[str, Any], kind: str, context: dict[str, Any]) -> Event:
        user = message.get("userId")
        if user is None or user == "":
            user = message.get("anonymousId")
        if type(user) is not str or not user or len(user) > TEXT_LIMIT:
            user = text_of(user, "userId")
            if not user:
                raise BadEvent(gettext_noop("It has neither a userId nor an anonymousId."))
        properties = message.get("properties")
        if not properties:
            if properties is not None and type(properties) is not dict:
                raise BadEvent(gettext_noop("properties is not an object."))
            properties, stored = _NO_PROPERTIES, None
        elif type(properties) is dict:
            stored = orjson.dumps(properties).decode()
        else:
            raise BadEvent(gettext_noop("properties is not an object."))
        name = message.get("event" if kind == "track" else "name")
        if type(name) is not str or not name or len(name) > TEXT_LIMIT:
            name = name_of(name, kind, properties, context)
        has_item = "action" in properties or name in NAMED
        action, item = item_of(name, properties) if has_item else NOTHING
        group = context.get("groupId") or properties.get("groupId") or company_of(context)
        if group and (type(group) is not str or len(group) > TEXT_LIMIT):
            group = text_of(group, "groupId")
        session = (
            context.get("sessionId")
            or properties.get("session_id")
            or properties.get("$session_id")
            or ""
        )
        if session and (type(session) is not str or len(session) > TEXT_LIMIT):
            session = text_of(session, "The session id")
        at = self._instant(message)
        message_id = message.get("messageId")
        if type(message_id) is not str or not 0 < len(message_id) <= TEXT_LIMIT:
            message_id = self._message_id(message)
        return (
            at, user, group or "", session, kind, name, action, item or "", stored, message_id,
        )  # fmt: skip

    def _call(self, message: dict[str, Any], kind: str, context: dict[str, Any]) -> Call | None:
        """None for one that names nobody: an identify of an anonymous visitor."""
        user = text_of(message.get("userId"), "userId")
        if not user and not text_of(message.get("anonymousId"), "anonymousId"):
            raise BadEvent(gettext_noop("It has neither a userId nor an anonymousId."))
        traits = message.get("traits")
        if traits is None and kind == "identify":
            traits = context.get("traits")
        if traits is not None and type(traits) is not dict:
            raise BadEvent(gettext_noop("traits is not an object."))
        group = text_of(
            message.get("groupId") if kind == "group" else context.get("groupId"), "groupId"
        )
        if kind == "group" and not group:
            raise BadEvent(gettext_noop("It has no groupId."))
        at = self._instant(message)
        message_id = self._message_id(message)
        if kind == "identify" and not user:
            return None
        body = {"type": kind, "userId": user, "groupId": group, "traits": traits or {}}
        return Call(message_id, at, body)

    def _message_id(self, message: dict[str, Any]) -> str:
        """As sent; else one made of all that the event says, so that the same event again is
        known. One that says no instant is never the same again."""
        sent = message.get("messageId")
        if type(sent) is str and 0 < len(sent) <= TEXT_LIMIT:
            return sent
        if text := text_of(sent, "messageId"):
            return text
        said = orjson.dumps(message, option=orjson.OPT_SORT_KEYS)
        if not (message.get("timestamp") or message.get("originalTimestamp")):
            said += self._received_at.isoformat().encode()
        return f"made-{blake2b(said, digest_size=16).hexdigest()}"

    def _instant(self, message: dict[str, Any]) -> dt.datetime:
        said = message.get("timestamp") or message.get("originalTimestamp")
        if not said:
            return self._received_at
        try:
            at = dt.datetime.fromisoformat(said)
        except (TypeError, ValueError):
            raise BadEvent(gettext_noop("Its timestamp is not an ISO 8601 instant.")) from None
        if at.tzinfo is None:
            at = at.replace(tzinfo=dt.UTC)
        sent_at = message.get("sentAt")
        shift = self._shift if sent_at is None else self._shift_of(sent_at)
        try:
            at += shift
        except OverflowError:
            raise BadEvent(gettext_noop("Its timestamp is out of all bounds.")) from None
        if at < self._earliest:
            raise BadEvent(gettext_noop("It is too old: events up to two years late are taken."))
        if at > self._latest:
            raise BadEvent(gettext_noop("It lies more than a day ahead."))
        return at

    def _shift_of(self, sent_at: Any) -> dt.timedelta:
        """How far the sender's clock is behind ours: Segment's correction."""
        parsed = instant_of(sent_at) if sent_at else None
        return dt.timedelta(0) if parsed is None else self._received_at - parsed


def _problem(message: Any, kind: str, reason: str) -> Problem:
    try:
        body = orjson.dumps(message).decode()
    except TypeError:
        body = "(nested too deeply to be shown)"
    sent: dict[str, Any] = message if type(message) is dict else {}
    message_id = sent.get("messageId")
    return Problem(
        message_id[:TEXT_LIMIT] if type(message_id) is str else "",
        str(kind or sent.get("type") or "")[:50],
        reason[:500],
        body[:BODY_KEPT],
        tuple(_people(sent)),
    )


def _people(message: dict[str, Any]) -> Iterator[str]:
    """Ids and addresses of persons, as far as a message that cannot be used has them."""
    context = message.get("context")
    told = [message.get("traits"), message.get("properties")]
    told.append(context.get("traits") if type(context) is dict else None)
    found = [message.get("userId"), message.get("anonymousId")]
    found += [traits.get("email") for traits in told if type(traits) is dict]
    for one in found:
        if type(one) is int or (type(one) is str and one):
            yield str(one)
