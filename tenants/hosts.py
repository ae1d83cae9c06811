"""Which company a host is of."""

from __future__ import annotations

import time

from tenants.models import Company, Domain

# So long a process may go by what it read before, where that is allowed (`is_recent_enough`).
KEPT_SECONDS = 2.0
_MOST = 10_000
_recent: dict[str, tuple[float, Company]] = {}


def company_at(host: str, *, is_recent_enough: bool = False) -> Company | None:
    """The company of an exact Domain row, in whatever state; None for a host of nobody.

    With `is_recent_enough`, a company that was ready up to KEPT_SECONDS ago, for callers that
    look again at what they rely on. Costs a query, else.
    """
    if is_recent_enough and (kept := _recent.get(host)) and kept[0] > time.monotonic():
        return kept[1]
    domain = Domain.objects.select_related("tenant").filter(domain=host).first()
    company = None if domain is None else domain.tenant
    if company is not None and is_recent_enough and company.state == Company.State.READY:
        if len(_recent) >= _MOST:
            _recent.clear()
        _recent[host] = (time.monotonic() + KEPT_SECONDS, company)
    return company


def forget() -> None:
    """Ask the database next time."""
    _recent.clear()
