"""What a sender posts, as JSON; within bounds, whatever it claims to be."""

from __future__ import annotations

import re
import zlib
from typing import Any

import orjson

BATCH_LIMIT = 500 * 1024
_GZIP = 31  # window bits that make zlib read gzip's frame
_DEFLATE = 15
_MOST_MEMBERS = 100  # each one costs a copy of the rest
# An escape begins at a backslash that no other one escapes: after an even number of them.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
_SURROGATES = re.compile(
    rb"(?<!\\)((?:\\\\)*)"
    rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_PAIR_LENGTH = 12
_REPLACEMENT = rb"\\ufffd"


class BadRequest(Exception):
    """Nothing of the request can be taken; answered with `status`, `code` and `message`."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def too_large() -> BadRequest:
    """What a request above the limit is told, before or after unpacking."""
    return BadRequest(
        "batch_too_large", f"A batch has up to {BATCH_LIMIT // 1024} KB, also when unpacked."
    )


def unpacked(body: bytes, encoding: str) -> bytes:
    """The body without its Content-Encoding. Takes no more memory than the limit, however much
    it would inflate to. Raises BadRequest."""
    if len(body) > BATCH_LIMIT:
        raise too_large()
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            return _inflated(body, _GZIP)
        case "deflate":
            return _inflated(body, _DEFLATE)
    raise BadRequest("encoding_unknown", "Content-Encoding is gzip, deflate or none.", status=415)


def _inflated(body: bytes, window_bits: int) -> bytes:
    """Of one or more gzip members one after the other."""
    whole = b""
    rest = body
    members = 0
    while rest:
        members += 1
        if members > _MOST_MEMBERS:
            raise BadRequest("gzip_broken", f"A body is up to {_MOST_MEMBERS} gzip members.")
        member = zlib.decompressobj(window_bits)
        try:
            whole += member.decompress(rest, BATCH_LIMIT + 1 - len(whole))
        except zlib.error as error:
            raise BadRequest("gzip_broken", f"The body cannot be unpacked: {error}.") from None
        if len(whole) > BATCH_LIMIT:
            raise too_large()
        if not member.eof:
            raise BadRequest("gzip_broken", "The packed body ends too early.")
        rest = member.unused_data.lstrip(b"\0")
    return whole


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object that the body is. Raises BadRequest.

    NUL and halves of surrogate pairs, which PostgreSQL cannot hold, become U+FFFD.
    """
    if b"\\u0000" in body:
        body = _NUL.sub(rb"\1" + _REPLACEMENT, body)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        value = _without_half_pairs(body, error)
    if type(value) is not dict:
        raise BadRequest("json_malformed", "The body is a JSON object.")
    return value


def _without_half_pairs(body: bytes, error: orjson.JSONDecodeError) -> Any:
    """Second try; JavaScript and Python both send such halves."""
    mended = _SURROGATES.sub(
        lambda found: found[0] if len(found[2]) == _PAIR_LENGTH else found[1] + b"\\ufffd", body
    )
    if mended != body:
        try:
            return orjson.loads(mended)
        except orjson.JSONDecodeError as second:
            error = second
    # Not what surrounds the place: it may be personal.
    raise BadRequest("json_malformed", f"The body is not JSON: {error}.") from None
