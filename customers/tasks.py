"""The jobs of this app."""

from __future__ import annotations

from customers.actions import erasure, merging
from customers.actions.erasure import ERASE
from customers.actions.import_work import give_up, work_on
from customers.actions.imports import CHECK, RUN
from customers.stream import tasks as stream_tasks  # noqa: F401 - registers its jobs
from customers.usage import tasks as usage_tasks  # noqa: F401 - registers its jobs
from customers.webhooks import tasks as webhook_tasks  # noqa: F401 - registers its jobs
from tenants.jobs import Job, job_handler

ATTEMPTS = 3


@job_handler(CHECK, queue="ingest", max_attempts=ATTEMPTS)
def check(job: Job) -> None:
    _work(job)


@job_handler(RUN, queue="ingest", max_attempts=ATTEMPTS)
def run(job: Job) -> None:
    _work(job)


def _work(job: Job) -> None:
    """Does what the import's state asks for: its jobs share a key, so that one runs at a time.

    The last attempt that raises also fails the import, so that people see it.
    """
    import_id = job.payload["import_id"]
    try:
        work_on(import_id=import_id)
    except Exception:
        if job.attempts >= ATTEMPTS:
            give_up(import_id=import_id)
        raise


@job_handler(ERASE, queue="ingest", max_attempts=20)
def erase(job: Job) -> None:
    """The steps that are done stay done; what raises is tried again."""
    erasure.work_on(erasure_id=job.payload["erasure_id"])


@job_handler(merging.SETTLE, queue="ingest")
def settle_merge(job: Job) -> None:
    merging.settle(kept=job.payload["kept"], gone=job.payload["gone"])
