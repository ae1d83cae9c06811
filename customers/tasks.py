"""The jobs of this app."""

from __future__ import annotations

from collections.abc import Callable

from customers.actions.import_work import check_import, give_up, run_import
from customers.actions.imports import CHECK, RUN
from tenants.jobs import Job, job_handler

ATTEMPTS = 3


@job_handler(CHECK, queue="ingest", max_attempts=ATTEMPTS)
def check(job: Job) -> None:
    _work(job, check_import)


@job_handler(RUN, queue="ingest", max_attempts=ATTEMPTS)
def run(job: Job) -> None:
    _work(job, run_import)


def _work(job: Job, work: Callable[..., None]) -> None:
    """Does the work; the last attempt that raises also fails the import, so that people see it."""
    import_id = job.payload["import_id"]
    try:
        work(import_id=import_id)
    except Exception:
        if job.attempts >= ATTEMPTS:
            give_up(import_id=import_id)
        raise
