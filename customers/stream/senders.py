"""Who sends: one of the company's API keys, however the sender puts it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.http import HttpRequest

from accounts.api.authentication import find_key, note_use
from accounts.models import ApiKey, Scope
from customers.models import Source
from customers.stream.bodies import BadRequest

SCOPES = frozenset({Scope.WRITE.value, Scope.STREAM.value})
WRITE_KEY = "writeKey"

# A sender is told that its events are safe, so the commit has to have reached the disk, whatever
# the server's default is. Comes with the source to save a round trip.
_SOURCE = """
    SELECT (SELECT min(id) FROM customers_source WHERE kind = 'api_key' AND reference_id = %s),
           CASE WHEN current_setting('synchronous_commit') = 'off'
                THEN set_config('synchronous_commit', 'on', true) END
"""


@dataclass(frozen=True)
class Sender:
    """The key that a request came with."""

    key: ApiKey

    def source_id(self) -> int:
        """The source of what it sends; in the transaction that stores it, which from here on
        waits for the disk. Costs a query."""
        with connection.cursor() as cursor:
            cursor.execute(_SOURCE, [self.key.pk])
            row = cursor.fetchone()
        if row and row[0]:
            return int(row[0])
        return Source.objects.create(
            kind=Source.Kind.API_KEY, label=self.key.name, reference_id=self.key.pk
        ).pk


def key_in_header(request: HttpRequest) -> str:
    """The key in `Authorization`: the user name of Basic, or Bearer; empty without the header.

    The header wins over the body's `writeKey`. Raises BadRequest when it cannot be read.
    """
    scheme, _, value = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    match scheme.lower():
        case "":
            return ""
        case "bearer":
            return str(value.strip())
        case "basic":
            try:
                return base64.b64decode(value.strip(), validate=True).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                pass
    raise _refused()


def sender_with(key: Any) -> Sender:
    """Raises BadRequest (401, 403) unless it is a usable key that may send events."""
    found = find_key(key) if isinstance(key, str) else None
    if found is None:
        raise _refused()
    if SCOPES.isdisjoint(found.scopes):
        raise BadRequest("scope_missing", "This key may not send events.", status=403)
    note_use(found)
    return Sender(found)


def _refused() -> BadRequest:
    return BadRequest(
        "key_unusable",
        "Send a key of this company that may send events: as the user name of Basic"
        " authentication, or as writeKey in the body.",
        status=401,
    )
