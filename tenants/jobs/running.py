"""Doing queued work: claim a row, do it, say how it went. Survives the death of whoever does it."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
import traceback
from collections.abc import Iterator

import structlog
from django.db import connections, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from tenants.context import company_here, is_public, schema_name
from tenants.jobs.models import Job
from tenants.jobs.registry import kinds
from tenants.models import WakeUp

log = structlog.get_logger("portal.jobs")


class Locks:
    """Advisory locks on a connection of their own: held by the living, free when we die."""

    def __init__(self) -> None:
        self._connection = connections.create_connection("default")
        self._prefix = schema_name()

    def acquire(self, job_id: int) -> bool:
        """True when nobody alive works on the job; it is ours until `release` or our end."""
        return self._call("pg_try_advisory_lock", job_id)

    def release(self, job_id: int) -> None:
        self._call("pg_advisory_unlock", job_id)

    def _call(self, function: str, job_id: int) -> bool:
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {function}(hashtextextended(%s, 0))",
                [f"{self._prefix}:job:{job_id}"],
            )
            return bool(cursor.fetchone()[0])

    def close(self) -> None:
        self._connection.close()


@contextlib.contextmanager
def _locks() -> Iterator[Locks]:
    locks = Locks()
    try:
        yield locks
    finally:
        locks.close()


def run_pending(
    *, queue: str | None = None, key: str | None = None, seconds: float | None = None
) -> int:
    """Do the due jobs of the schema the connection stands in; return how many were done.

    Only those of a `queue`, or with a `key`, when given; stops after `seconds`. A job whose
    runner died is taken up again; one that raises is tried again later, then parked.
    """
    until = None if seconds is None else time.monotonic() + seconds
    done = 0
    with _locks() as locks:
        while until is None or time.monotonic() < until:
            job = _claim(locks, queue=queue, key=key)
            if job is None:
                break
            try:
                _run(job)
            finally:
                locks.release(job.pk)
            done += 1
    return done


class JobFailedError(RuntimeError):
    """A job that somebody waits for failed; the message is its error."""


def finish(*, key: str, patience: float = 3600.0) -> None:
    """Return when no job with this key is open: do it here, or wait for whoever does it.

    Raises JobFailedError when its latest attempt failed, or it took longer than `patience` s.
    """
    deadline = time.monotonic() + patience
    while True:
        run_pending(key=key)
        job = Job.objects.filter(key=key).order_by("-pk").first()
        if job is None or job.state == Job.State.DONE:
            return
        if job.state == Job.State.PARKED or job.error:
            raise JobFailedError(job.error.strip().splitlines()[-1])
        if time.monotonic() > deadline:
            raise JobFailedError(f"{job} took longer than {patience:.0f} s.")
        time.sleep(0.1)


def _claim(locks: Locks, *, queue: str | None, key: str | None) -> Job | None:
    """A due job, marked as running and locked by us; None when there is none."""
    running = Job.objects.filter(state=Job.State.RUNNING, key=OuterRef("key")).exclude(
        pk=OuterRef("pk")
    )
    due = (
        Job.objects.filter(
            Q(state=Job.State.QUEUED, run_at__lte=Now()) | Q(state=Job.State.RUNNING)
        )
        .exclude(Exists(running))
        .order_by("run_at", "id")
    )
    if queue is not None:
        due = due.filter(queue=queue)
    if key is not None:
        due = due.filter(key=key)
    with transaction.atomic():
        for job in due.select_for_update(skip_locked=True, of=("self",))[:50]:
            if locks.acquire(job.pk):
                job.state = Job.State.RUNNING
                job.attempts += 1
                job.started_at = timezone.now()
                job.save(update_fields=["state", "attempts", "started_at"])
                return job
    return None


def _run(job: Job) -> None:
    """Do one claimed job and write down the outcome."""
    kind = kinds[job.kind]
    if kind.is_shared != is_public():
        raise RuntimeError(f"{job.kind} was queued in the wrong schema")
    with structlog.contextvars.bound_contextvars(job=job.kind, job_key=job.key):
        if job.attempts > kind.max_attempts:  # its runners died each time
            _park(job, job.error or "Whoever ran it died each time.")
            return
        try:
            kind.handler(job)
        except Exception:
            log.exception("job failed", attempt=job.attempts)
            _fail(job, traceback.format_exc(limit=-8), kind.max_attempts)
        else:
            _finish(job, Job.State.DONE, "")


def _fail(job: Job, error: str, max_attempts: int) -> None:
    if job.attempts >= max_attempts:
        _park(job, error)
        return
    wait = dt.timedelta(seconds=min(2 ** (job.attempts + 1), 600))
    with transaction.atomic():
        # A job with this key may have been queued meanwhile: then that one is the next attempt.
        if Job.objects.filter(key=job.key, state=Job.State.QUEUED).exists():
            _finish(job, Job.State.DONE, error)
            return
        Job.objects.filter(pk=job.pk).update(
            state=Job.State.QUEUED, run_at=timezone.now() + wait, error=error
        )
    _wake(job.queue, timezone.now() + wait)


def _park(job: Job, error: str) -> None:
    log.error("job parked", attempts=job.attempts)
    _finish(job, Job.State.PARKED, error)


def _finish(job: Job, state: str, error: str) -> None:
    Job.objects.filter(pk=job.pk).update(state=state, error=error, finished_at=timezone.now())


def _wake(queue: str, due_at: dt.datetime) -> None:
    WakeUp.objects.create(company=company_here(), queue=queue, due_at=due_at)


def run_queue(queue: str, *, seconds: float) -> bool:
    """One turn of a queue: work for up to `seconds`, then settle its wake-ups.

    Returns True when due work is left, so that the others get their turn before it goes on.
    """
    company = company_here()
    heard = list(
        WakeUp.objects.filter(company=company, queue=queue, due_at__lte=_horizon()).values_list(
            "pk", flat=True
        )
    )
    run_pending(queue=queue, seconds=seconds)
    is_left = Job.objects.filter(
        state=Job.State.QUEUED, queue=queue, run_at__lte=timezone.now()
    ).exists()
    waiting = Job.objects.filter(queue=queue, state__in=[Job.State.QUEUED, Job.State.RUNNING])
    with transaction.atomic():
        next_at = waiting.order_by("run_at").values_list("run_at", flat=True).first()
        if next_at is not None:
            # Somebody else's running job keeps a wake-up, too: should they die, we look again.
            soonest = timezone.now() + dt.timedelta(seconds=0 if is_left else 15)
            _wake(queue, max(next_at, soonest))
        WakeUp.objects.filter(pk__in=heard).delete()
    return is_left


def _horizon() -> dt.datetime:
    """The dispatcher pushes wake-ups it handed out ahead by less than this."""
    return timezone.now() + dt.timedelta(minutes=5)
