"""Who sends: one of the company's API keys, however the sender puts it."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.http import HttpRequest

from accounts.api.authentication import find_key, note_use
from accounts.models import ApiKey, Scope
from accounts.secrets import hash_secret
from customers.models import Source
from customers.stream.bodies import BadRequest
from tenants import hosts
from tenants.context import current_company

SCOPES = frozenset({Scope.WRITE.value, Scope.STREAM.value})
_SCOPES = list(SCOPES)
WRITE_KEY = "writeKey"
_PURPOSE = "customers.stream.senders"

# So long a process may go by a key that it read before: `Sender.open` looks again.
KEPT_SECONDS = 5.0
_MOST = 10_000

# A sender is told that its events are safe, so the commit has to have reached the disk, whatever
# the server's default is. Columns of one row, so that more can be asked in the same round trip.
_OPEN = """
    (SELECT min(id) FROM customers_source WHERE kind = 'api_key' AND reference_id = %s),
           EXISTS (SELECT FROM accounts_apikey
                    WHERE id = %s AND secret_hash = %s AND scopes::text[] && %s::text[]
                      AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())),
           EXISTS (SELECT FROM tenants_company
                    WHERE id = %s AND state = 'ready' AND timezone = %s
                      AND raw_events_kept_days = %s),
           EXISTS (SELECT FROM customers_erasedidentity),
           CASE WHEN current_setting('synchronous_commit') = 'off'
                THEN set_config('synchronous_commit', 'on', true) END
"""


class CompanyChangedError(Exception):
    """The company is not as it was when the request was read: the same again in a moment."""


@dataclass(frozen=True)
class Opened:
    """What has to be known before anything of a request is stored."""

    source_id: int
    is_anybody_erased: bool
    also: tuple[Any, ...]


@dataclass(frozen=True)
class Sender:
    """The key that a request came with."""

    key: ApiKey

    def open(self, also: str = "NULL", params: Sequence[Any] = ()) -> Opened:
        """Begin to store; in the transaction that does it, which from here on waits for the disk.

        What was read before this request is looked at again: raises BadRequest (401) when the
        key was revoked meanwhile, CompanyChangedError. `also`: SQL of what else to look up.
        Costs a query.
        """
        company = current_company()
        key = self.key
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {_OPEN}, {also}",
                [
                    *(key.pk, key.pk, key.secret_hash, _SCOPES),
                    *(company.pk, company.timezone, company.raw_events_kept_days),
                    *params,
                ],
            )
            source_id, is_usable, is_company_same, is_anybody_erased, _, *told = cursor.fetchone()
        if not is_company_same:
            hosts.forget()
            raise CompanyChangedError
        if not is_usable:
            _recent.clear()
            raise _refused()
        if source_id is None:
            source_id = Source.objects.create(
                kind=Source.Kind.API_KEY, label=key.name, reference_id=key.pk
            ).pk
        return Opened(int(source_id), bool(is_anybody_erased), tuple(told))


# By what they are stored as, which includes the company.
_recent: dict[str, tuple[float, Sender]] = {}


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
    """Raises BadRequest (401, 403) unless it is a key that may send events. It was usable up to
    KEPT_SECONDS ago; `Sender.open` sees whether it still is."""
    if not isinstance(key, str):
        raise _refused()
    name = hash_secret(purpose=_PURPOSE, secret=key)
    if (kept := _recent.get(name)) and kept[0] > time.monotonic():
        return kept[1]
    found = find_key(key)
    if found is None:
        raise _refused()
    if SCOPES.isdisjoint(found.scopes):
        raise BadRequest("scope_missing", "This key may not send events.", status=403)
    note_use(found)
    if len(_recent) >= _MOST:
        _recent.clear()
    sender = Sender(found)
    _recent[name] = (time.monotonic() + KEPT_SECONDS, sender)
    return sender


def _refused() -> BadRequest:
    return BadRequest(
        "key_unusable",
        "Send a key of this company that may send events: as the user name of Basic"
        " authentication, or as writeKey in the body.",
        status=401,
    )
