"""Reading the body of a call: JSON as its standard has it, within limits that bound the memory."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework import exceptions
from rest_framework.parsers import BaseParser

from accounts.api.errors import Problem

# Values take up to a hundred times the memory of their text, so their number is limited, too.
MOST_VALUES = 500_000
LARGEST_EXPONENT = 300


class StrictJSONParser(BaseParser):
    """Refuses what JSON does not have (NaN, Infinity, lone surrogates, a name twice in one object)
    and numbers that none of our columns could hold. Numbers with a point become Decimal, exactly.

    A view may say `largest_body` in bytes; DATA_UPLOAD_MAX_MEMORY_SIZE otherwise. Leaves the
    digest of the bytes at the view, for Idempotency-Key.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        view = (parser_context or {}).get("view")
        largest = getattr(view, "largest_body", None) or settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body: bytes = stream.read(largest + 1)
        if len(body) > largest:
            raise too_large(largest)
        if view is not None:
            view.body_hash = hash_of(body)
        return parsed(body)


def too_large(largest: int) -> Problem:
    return Problem(
        413,
        "body_too_large",
        f"The body is larger than {largest:,} bytes; send it in parts.",
    )


def hash_of(body: bytes) -> str:
    """The length and the SHA-256 of a body."""
    return f"{len(body)}:{hashlib.sha256(body).hexdigest()}"


def parsed(body: bytes) -> Any:
    """The JSON value; raises ParseError that says what is wrong and where."""
    if sum(body.count(mark) for mark in (b",", b"[", b"{")) > MOST_VALUES:
        raise exceptions.ParseError(f"The body has more than {MOST_VALUES:,} values.")
    try:
        text = body.decode()
        value = json.loads(
            text, parse_float=_number, parse_constant=_no_number, object_pairs_hook=_object
        )
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeDecodeError as error:
        raise exceptions.ParseError(
            f"The body is not UTF-8: byte {error.start} does not belong there."
        ) from None
    except UnicodeEncodeError:
        raise exceptions.ParseError(
            "A text has half of a character (a lone surrogate, \\ud800 to \\udfff)."
        ) from None
    except RecursionError:
        raise exceptions.ParseError("The body is nested too deeply.") from None
    except ValueError as error:
        raise exceptions.ParseError(f"The body is not JSON: {error}") from None
    return value


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("Infinity")
    if not number.is_finite() or abs(number.adjusted()) > LARGEST_EXPONENT:
        raise ValueError(f"the number {text[:40]} is out of range")
    return number


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"there is no {name} in JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice = next(name for name, count in Counter(n for n, _ in pairs).items() if count > 1)
        raise ValueError(f"an object has the name {twice[:100]!r} twice")
    return members
