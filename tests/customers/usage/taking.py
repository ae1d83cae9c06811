"""Taking keys as those do who store a batch of events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, connection

from customers.usage import keys


def take_new(wanted: Sequence[str], *, on: dt.date) -> None:
    """Both halves of `keys.insert_new`. Raises IntegrityError when a key is held."""
    keys.insert_new(wanted, on=on)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {keys.IS_IN_OLD}", [keys.array(wanted)])
        if cursor.fetchone()[0]:
            raise IntegrityError("a key of a message is held already")
