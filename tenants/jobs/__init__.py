"""Jobs: truth in PostgreSQL, Celery is the nudge (docs/architecture.md).

`enqueue` writes a row where the work belongs and a wake-up row in `public`, in the transaction
that caused them. The dispatcher (tenants.tasks) reads wake-ups and gives companies turns; a turn
claims rows with FOR UPDATE SKIP LOCKED and does them. Losing the broker, a worker or a message
loses nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenants.jobs.registry import job_handler

if TYPE_CHECKING:
    from tenants.jobs.models import Job
    from tenants.jobs.queueing import NewJob, enqueue, enqueue_many, nudge
    from tenants.jobs.running import JobFailedError, finish, run_pending

__all__ = [
    "Job",
    "JobFailedError",
    "NewJob",
    "enqueue",
    "enqueue_many",
    "finish",
    "job_handler",
    "nudge",
    "run_pending",
]

_WHERE = {
    "Job": "models",
    "NewJob": "queueing",
    "enqueue": "queueing",
    "enqueue_many": "queueing",
    "nudge": "queueing",
    "run_pending": "running",
    "finish": "running",
    "JobFailedError": "running",
}


def __getattr__(name: str) -> Any:
    """Load on first use: this package is an app, so it is imported before models can be."""
    from importlib import import_module

    if name not in _WHERE:
        raise AttributeError(name)
    return getattr(import_module(f"tenants.jobs.{_WHERE[name]}"), name)
