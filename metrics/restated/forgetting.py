"""The log of restatements of a company that has nobody left: it was of made-up customers."""

from __future__ import annotations

from customers.models import Customer
from metrics.models import Recomputation
from tenants.jobs import finish

REFRESH = "metrics.refresh"


def forget_log_of_nobody() -> None:
    """Computes what the removal changed, and drops the log of it, where no customer is left: a
    log says what became of real ones."""
    if not Customer.objects.exists():
        finish(key=REFRESH)
        Recomputation.objects.all().delete()
