"""The jobs of this app."""

from __future__ import annotations

import datetime as dt

from customers.actions import erasing_again, erasure, merging
from customers.actions.erasure import ERASE
from customers.actions.import_work import give_up, work_on
from customers.actions.imports import CHECK, RUN
from customers.stream import tasks as stream_tasks  # noqa: F401 - registers its jobs
from customers.usage import tasks as usage_tasks  # noqa: F401 - registers its jobs
from customers.webhooks import tasks as webhook_tasks  # noqa: F401 - registers its jobs
from tenants.jobs import Job, job_handler

ATTEMPTS = 3
ERASING_ATTEMPTS = 20


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


class ErasureStoppedError(RuntimeError):
    """An erasure gave up."""


@job_handler(ERASE, queue="ingest", max_attempts=ERASING_ATTEMPTS)
def erase(job: Job) -> None:
    """The steps that are done stay done; what raises is tried again, up to the last attempt."""
    erasure_id = job.payload["erasure_id"]
    try:
        erasure.work_on(erasure_id=erasure_id)
    except Exception as error:
        if job.attempts < ERASING_ATTEMPTS:
            raise
        erasing_again.stop(erasure_id=erasure_id)
        # Only its name: what it says may name the person.
        raise ErasureStoppedError(type(error).__name__) from None


@job_handler("customers.erasure_upkeep", queue="ingest", every=dt.timedelta(hours=1))
def erasure_upkeep(job: Job) -> None:
    erasing_again.stop_abandoned()


@job_handler(merging.SETTLE, queue="ingest")
def settle_merge(job: Job) -> None:
    merging.settle(kept=job.payload["kept"], gone=job.payload["gone"])
