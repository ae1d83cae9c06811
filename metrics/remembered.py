"""What was made of the whole ledger, remembered until that is brought up to date again."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from django.core.cache import caches
from django.db import connection
from django.db.models import F

from metrics.models import LedgerState

KEPT_SECONDS = 2 * 86_400

# The row's own version too, so that no two states of the ledger are taken for one.
STATE = "SELECT refreshed_at, xmin::text, ctid::text FROM metrics_ledgerstate"

Made = TypeVar("Made")


def remembered(what: str, make: Callable[[], Made], *said: object) -> Made:
    """`make()`, or what that made when the ledger was the same.

    `said` is all that it depends on beside the ledger, each told by its repr. What facts of other
    kinds it reads must be brought up to date with the ledger. Costs a query and a look into the
    company's part of the cache. Nothing is remembered before the ledger was first made.
    """
    with connection.cursor() as cursor:
        cursor.execute(STATE)
        state = cursor.fetchone()
    if state is None:
        return make()
    return cached("of-ledger", (what, said, state, _code()), make, seconds=KEPT_SECONDS)


def cached(what: str, said: object, make: Callable[[], Made], *, seconds: int) -> Made:
    """`make()`, or what that made at most so long ago, in the company's part of the cache, of
    something of which the same was `said` (told by its repr)."""
    key = f"{what}-{sha256(repr(said).encode()).hexdigest()}"
    found: Made | None = caches["company"].get(key)
    if found is None:
        found = make()
        caches["company"].set(key, found, seconds)
    return found


def forget() -> None:
    """Have everything made anew: for those who change what is made with the ledger alone."""
    LedgerState.objects.update(refreshed_at=F("refreshed_at"))


@cache
def _code() -> str:
    """Names this version of the package's code: other code makes other things."""
    files = sorted(Path(__file__).parent.rglob("*.py"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
