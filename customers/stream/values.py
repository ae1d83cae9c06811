"""What single values of an event may be: texts, instants, sizes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
from django.utils.translation import gettext_noop

from customers.stream.items import action_and_item

EVENT_LIMIT = 32 * 1024
TEXT_LIMIT = 200


class BadEvent(Exception):
    """Why a message cannot be used."""


def are_small(messages: list[Any]) -> bool:
    """Whether each of them fits because they do so together: faster than one by one."""
    try:
        return len(orjson.dumps(messages)) <= EVENT_LIMIT
    except TypeError:
        return False


def check_size(message: Any) -> None:
    """Raises BadEvent when it is too long, or nested too deeply to be stored."""
    try:
        size = len(orjson.dumps(message))
    except TypeError:
        raise BadEvent(gettext_noop("It is nested too deeply.")) from None
    if size > EVENT_LIMIT:
        raise BadEvent(f"It has {size:,} bytes; up to {EVENT_LIMIT:,} fit.")


def instant_of(value: Any) -> dt.datetime | None:
    """An ISO 8601 instant, UTC without an offset; None for anything else."""
    if type(value) is not str:
        return None
    try:
        at = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=dt.UTC)


def text_of(value: Any, what: str) -> str:
    """A short text or number as text; empty for null. Raises BadEvent."""
    if value is None:
        return ""
    if type(value) is str:
        text = value
    elif type(value) is int or (type(value) is float and value.is_integer()):
        text = str(int(value))
    else:
        raise BadEvent(f"{what} is neither a text nor a whole number.")
    if len(text) > TEXT_LIMIT:
        raise BadEvent(f"{what} has {len(text):,} characters; up to {TEXT_LIMIT} fit.")
    return text


def name_of(name: Any, kind: str, properties: dict[str, Any], context: dict[str, Any]) -> str:
    """The event's name; a page's or screen's may also be its path or address."""
    if kind == "track":
        if name is None or name == "":
            raise BadEvent(gettext_noop("It has no event name (event)."))
        return text_of(name, "event")
    if name is None or name == "":
        page = context.get("page")
        page = page if type(page) is dict else {}
        name = (
            properties.get("name")
            or properties.get("path")
            or properties.get("url")
            or page.get("path")
            or page.get("url")
        )
        if type(name) is str:
            name = name.partition("?")[0][:TEXT_LIMIT]
    return text_of(name, "name") or ("(page)" if kind == "page" else "(screen)")


def company_of(context: dict[str, Any]) -> Any:
    """`context.traits.company.id`."""
    traits = context.get("traits")
    company = traits.get("company") if type(traits) is dict else None
    return company.get("id") if type(company) is dict else None


def item_of(name: str, properties: dict[str, Any]) -> tuple[str, str]:
    """What the event does and with which item, as customers.stream.items has it."""
    action, found = action_and_item(name, properties)
    return action, text_of(found, "The item")
