"""Jobs of the metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metrics.actions import ledger
from tenants.jobs import job_handler

if TYPE_CHECKING:
    from tenants.jobs import Job


@job_handler("metrics.refresh", queue="metrics")
def refresh(job: Job) -> None:
    """Bring the ledger up to date. Whoever writes facts queues it, under its own name as key."""
    ledger.refresh()
