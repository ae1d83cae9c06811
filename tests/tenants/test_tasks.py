"""The task bases fail closed, ticks are idempotent, companies get turns."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from celery import shared_task
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from csm_portal.celery import app
from tenants import tasks
from tenants.jobs import Job, enqueue, job_handler
from tenants.jobs.registry import kinds
from tenants.models import Company, Slot, WakeUp
from tenants.tasks import CompanyNotReadyError, CompanyTask


@shared_task(base=CompanyTask)
def where(company_id: int) -> str:
    return str(connection.schema_name)


Messages = list[tuple[str, tuple[Any, ...]]]


def read_broker() -> Messages:
    """Take what really lies in the broker's queues, as (task, arguments)."""
    found = []
    with app.connection_for_read() as broker:
        for name in ("dispatch", "mail", "ingest", "metrics", "default"):
            with broker.SimpleQueue(name) as queue, contextlib.suppress(queue.Empty):
                while True:
                    message = queue.get(block=False)
                    message.ack()
                    found.append((message.headers["task"], tuple(message.payload[0])))
    return found


@pytest.fixture
def queued() -> Callable[[], Messages]:
    """Reads the broker; what lay there before the test is thrown away."""
    read_broker()
    return read_broker


def test_a_company_task_runs_in_the_companys_schema_and_leaves_it(other_company: Company) -> None:
    assert where(other_company.pk) == other_company.schema_name
    assert connection.schema_name == "public"


def test_a_task_of_a_company_that_is_gone_raises(db: None) -> None:
    with pytest.raises(CompanyNotReadyError):
        where(10**9)
    assert connection.schema_name == "public"


@pytest.mark.parametrize("state", [Company.State.PROVISIONING, Company.State.DELETING])
def test_a_task_of_a_company_that_is_not_ready_raises(other_company: Company, state: str) -> None:
    Company.objects.filter(pk=other_company.pk).update(state=state)
    with pytest.raises(CompanyNotReadyError):
        where(other_company.pk)


def test_dispatch_hands_out_one_turn_per_company_and_queue(
    company: Company, other_company: Company, queued: Callable[[], Messages]
) -> None:
    for place in (company, other_company):
        with tenant_context(place):
            for number in range(3):
                enqueue("customers.check_import", key=f"k{number}", payload={})
    queued()
    connection.set_schema_to_public()

    tasks.dispatch()
    tasks.dispatch()  # a second dispatcher finds nothing left to hand out

    assert queued() == [
        ("tenants.tasks.run_company_queue", (company.pk, "ingest")),
        ("tenants.tasks.run_company_queue", (other_company.pk, "ingest")),
    ]


def test_a_lost_turn_is_handed_out_again(company: Company, queued: Callable[[], Messages]) -> None:
    enqueue("customers.check_import", payload={})
    connection.set_schema_to_public()
    tasks.dispatch()
    assert len(queued()) == 1  # read and thrown away: the broker was wiped

    WakeUp.objects.update(due_at=timezone.now() - dt.timedelta(seconds=1))  # 30 s later
    tasks.dispatch()

    assert queued() == [("tenants.tasks.run_company_queue", (company.pk, "ingest"))]


def test_two_beats_hand_out_each_slot_once(company: Company, other_company: Company) -> None:
    before = dict(kinds)
    try:

        @job_handler("test.hourly", every=dt.timedelta(hours=1))
        def hourly(job: Job) -> None:
            raise AssertionError("only queued here")

        connection.set_schema_to_public()
        tasks.tick()
        tasks.tick()

        slots = Slot.objects.filter(job="test.hourly")
        assert {slot.company_id for slot in slots} == {company.pk, other_company.pk}
        for place in (company, other_company):
            with tenant_context(place):
                assert Job.objects.filter(kind="test.hourly").count() == 1
    finally:
        kinds.clear()
        kinds.update(before)


def test_a_turn_settles_its_wake_ups(company: Company) -> None:
    before = dict(kinds)
    try:

        @job_handler("test.quick")
        def quick(job: Job) -> None:
            return None

        enqueue("test.quick")
        tasks.run_company_queue(company.pk, "default")
        assert not WakeUp.objects.exists()
        with tenant_context(company):
            assert Job.objects.get().state == Job.State.DONE
    finally:
        kinds.clear()
        kinds.update(before)
