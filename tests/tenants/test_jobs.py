"""Jobs: queued with what caused them, done at least once, never by two at a time, never lost."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tenants.jobs import Job, NewJob, enqueue, enqueue_many, job_handler, run_pending
from tenants.jobs.registry import kinds
from tenants.models import Company, WakeUp

done: list[str] = []


class Boom(Exception):
    """What the failing handler raises."""


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Kinds of this test's own: one that notes its key, one that fails, a shared one."""
    done.clear()
    before = dict(kinds)

    @job_handler("test.note", queue="default")
    def note(job: Job) -> None:
        done.append(f"{connection.schema_name}:{job.key}")

    @job_handler("test.fail", queue="default", max_attempts=2)
    def fail(job: Job) -> None:
        raise Boom("no luck")

    @job_handler("test.shared", is_shared=True)
    def shared(job: Job) -> None:
        done.append(f"{connection.schema_name}:{job.key}")

    yield
    kinds.clear()
    kinds.update(before)


def test_a_job_is_done_once_in_its_companys_schema(company: Company) -> None:
    enqueue("test.note", key="a")

    assert run_pending() == 1
    assert run_pending() == 0
    assert done == [f"{company.schema_name}:a"]
    assert Job.objects.get(key="a").state == Job.State.DONE


def test_one_queued_job_per_key(company: Company) -> None:
    enqueue("test.note", key="a", payload={"first": True})
    enqueue("test.note", key="a", payload={"first": False})

    assert Job.objects.get().payload == {"first": True}
    run_pending()
    enqueue("test.note", key="a")  # after it is done there may be another
    assert run_pending() == 1


def test_many_are_queued_with_one_statement(
    company: Company, django_assert_num_queries: Callable[..., object]
) -> None:
    with transaction.atomic(), django_assert_num_queries(4):  # and a savepoint, and the wake-up
        enqueue_many("test.note", [NewJob(f"k{number}") for number in range(100)])
    assert run_pending() == 100


def test_queueing_writes_a_wake_up_for_the_dispatcher(company: Company) -> None:
    enqueue("test.note")
    wake_up = WakeUp.objects.get()
    assert (wake_up.company, wake_up.queue) == (company, "default")


def test_nothing_is_queued_when_its_cause_is_rolled_back(company: Company) -> None:
    def cause_and_fail() -> None:
        with transaction.atomic():
            enqueue("test.note")
            raise Boom

    with pytest.raises(Boom):
        cause_and_fail()
    assert not Job.objects.exists()
    assert not WakeUp.objects.exists()


def test_a_job_for_later_waits(company: Company) -> None:
    enqueue("test.note", run_at=timezone.now() + dt.timedelta(hours=1))
    assert run_pending() == 0


def test_a_companys_job_cannot_be_queued_in_public(db: None) -> None:
    with pytest.raises(RuntimeError, match="in its schema"):
        enqueue("test.note")


def test_shared_work_cannot_be_queued_in_a_company(company: Company) -> None:
    with pytest.raises(RuntimeError, match="in `public`"):
        enqueue("test.shared")


def test_shared_work_runs_in_public(db: None) -> None:
    enqueue("test.shared")
    run_pending()
    assert done == ["public:test.shared"]


def test_a_failing_job_is_tried_again_then_parked_with_its_error(company: Company) -> None:
    enqueue("test.fail")

    run_pending()
    job = Job.objects.get()
    assert (job.state, job.attempts) == (Job.State.QUEUED, 1)
    assert job.run_at > timezone.now()

    Job.objects.update(run_at=timezone.now())
    run_pending()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.State.PARKED, 2)
    assert "no luck" in job.error


def test_a_job_whose_runner_is_alive_is_left_alone(company: Company) -> None:
    from tenants.jobs.running import Locks

    enqueue("test.note")
    Job.objects.update(state=Job.State.RUNNING, attempts=1)
    alive = Locks()
    assert alive.acquire(Job.objects.get().pk)

    assert run_pending() == 0

    alive.close()  # its runner died: the lock went with the connection
    assert run_pending() == 1
    assert Job.objects.get().attempts == 2


def test_a_job_whose_runner_keeps_dying_is_parked(company: Company) -> None:
    enqueue("test.note")
    Job.objects.update(state=Job.State.RUNNING, attempts=kinds["test.note"].max_attempts)

    run_pending()

    assert Job.objects.get().state == Job.State.PARKED
    assert done == []


CLAIM_AND_DIE = """
import django, os, signal
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = os.environ["TEST_DATABASE"]
connection.close()
from django_tenants.utils import tenant_context
from tenants.jobs.registry import job_handler
from tenants.jobs.running import run_pending
from tenants.models import Company

@job_handler("test.note", queue="default")
def die(job):
    os.kill(os.getpid(), signal.SIGKILL)

with tenant_context(Company.objects.get(slug="acme")):
    run_pending()
"""


def test_a_job_outlives_a_killed_runner(committed_company: Company) -> None:
    """A process claims the job and is killed -9 in the middle; the next one does it."""
    enqueue("test.note", key="survivor")
    try:
        died = subprocess.run(
            [sys.executable, "-c", CLAIM_AND_DIE],
            env={
                **os.environ,
                "TEST_DATABASE": str(connection.settings_dict["NAME"]),
                "DJANGO_SETTINGS_MODULE": "csm_portal.settings",
            },
            check=False,
            capture_output=True,
            timeout=60,
        )
        assert died.returncode == -9, died.stderr
        assert Job.objects.get(key="survivor").state == Job.State.RUNNING

        assert run_pending(key="survivor") == 1
        assert done == [f"{committed_company.schema_name}:survivor"]
    finally:
        Job.objects.all().delete()
        WakeUp.objects.all().delete()
