"""Which addresses must not be written to: compared by hash, in Python and in SQL alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from surveys.models import Suppression
from tenants.context import current_company

PURPOSE = "surveys.suppression"


def prefix() -> str:
    """What goes before an address in its hash; includes the company."""
    return f"{current_company().pk}:{PURPOSE}:"


def hash_of(email: str) -> str:
    """64 hex digits of the address in lower case, for the company of the connection."""
    return hashlib.sha256(f"{prefix()}{email.lower()}".encode()).hexdigest()


def hash_sql(email: str) -> str:
    """The same as an SQL expression over an SQL expression (trusted text); takes `prefix()` as
    its one parameter."""
    return f"encode(sha256(convert_to(%s || lower({email}), 'UTF8')), 'hex')"


def suppressed_among(emails: Iterable[str]) -> set[str]:
    """Those of the addresses that must not be written to. Costs one query."""
    by_hash = {hash_of(email): email for email in emails}
    found = Suppression.objects.filter(email_hash__in=by_hash).values_list("email_hash", flat=True)
    return {by_hash[value] for value in found}
