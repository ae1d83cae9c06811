"""Taking turns: named locks that a transaction holds until it ends, one set per company."""

from __future__ import annotations

from django.db import OperationalError, connection, transaction

from tenants.context import current_company

_LOCK_NOT_AVAILABLE = "55P03"


class LockTimeoutError(Exception):
    """Somebody else held the lock for as long as we were willing to wait."""


def take_lock(name: str, *, patience: str = "") -> None:
    """Be the only one of this company with the lock `name` until the transaction ends.

    Waits for its turn, or up to `patience` (PostgreSQL's way to write a time, `10s`); then raises
    LockTimeoutError, and the transaction can go on without it.
    """
    if not patience:
        _take(name)
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            before = cursor.fetchone()[0]
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [patience])
            _take(name)
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
            raise
        raise LockTimeoutError(name) from None


def _take(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{current_company().schema_name}:{name}"],
        )
