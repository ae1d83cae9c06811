"""What Today cannot tell of, as nothing of the kind was ever brought in."""

from __future__ import annotations

from django.db import connection

from customers.imports.fields import Kind
from customers.imports.kinds import KINDS
from metrics.remembered import remembered

_RENEWS = "SELECT EXISTS (SELECT FROM metrics_contractday WHERE is_recorded OR months >= 12)"
# By kind of facts: SQL that is true once reasons can come of it.
_HELD = {
    "milestones": "EXISTS (SELECT FROM customers_milestone)",
    "responses": "EXISTS (SELECT FROM surveys_response)",
    "usage": "EXISTS (SELECT FROM customers_usageday)",
}


def unknown_kinds() -> list[Kind]:
    """The kinds of facts that reasons come from and nothing is held of. Two queries, once the
    ledger's days of contracts were looked through."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(_HELD.values())}")
        held = cursor.fetchone()
    missing = [key for key, is_held in zip(_HELD, held, strict=True) if not is_held]
    if not remembered("contracts renew", _renews):
        missing.insert(0, "renewals")
    return [KINDS[key] for key in missing]


def _renews() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_RENEWS)
        return bool(cursor.fetchone()[0])
