"""The jobs of this app."""

from __future__ import annotations

import datetime as dt

from accounts.languages import speaking_to
from accounts.models import User
from customers.actions import bulk, erasing_again, erasure, merging, sample_data
from customers.actions.erasure import ERASE
from customers.actions.import_work import give_up, work_on
from customers.actions.imports import CHECK, RUN
from customers.actions.notes import MAIL_MENTION
from customers.emails import send_mention
from customers.stream import tasks as stream_tasks  # noqa: F401 - registers its jobs
from customers.usage import tasks as usage_tasks  # noqa: F401 - registers its jobs
from customers.webhooks import tasks as webhook_tasks  # noqa: F401 - registers its jobs
from tenants.context import current_company
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


@job_handler(MAIL_MENTION, queue="mail")
def mail_mention(job: Job) -> None:
    send_mention(job.payload["mention_id"])


@job_handler(sample_data.WORK, queue="ingest", max_attempts=ATTEMPTS)
def work_on_sample_data(job: Job) -> None:
    """The last attempt that raises says so on the page."""
    try:
        sample_data.work()
    except Exception:
        if job.attempts >= ATTEMPTS:
            sample_data.give_up()


@job_handler(bulk.FINISH, queue="ingest", max_attempts=ATTEMPTS)
def finish_bulk(job: Job) -> None:
    """Like an import's own jobs: the last attempt that raises fails it, so that people see it."""
    import_id, user_id = job.payload["import_id"], job.payload["user_id"]
    try:
        by = User.objects.filter(pk=user_id).first()
        with speaking_to(by, current_company()):
            bulk.finish(import_id=import_id, by=by)
    except Exception:
        if job.attempts >= ATTEMPTS:
            give_up(import_id=import_id)
        raise
