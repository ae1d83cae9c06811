"""Celery: the two task bases, the tick, the dispatcher, and the turns it hands out."""

from __future__ import annotations

import datetime as dt
from typing import Any

import structlog
from celery import Task, shared_task
from django.db import transaction
from django.utils import timezone
from django_tenants.utils import tenant_context

from tenants.context import go_public
from tenants.jobs import handlers as handlers  # registers them
from tenants.jobs.queueing import enqueue
from tenants.jobs.registry import kinds
from tenants.jobs.running import run_queue
from tenants.models import Company, Slot, WakeUp

TURN_SECONDS = 10.0
HANDED_OUT_FOR = dt.timedelta(seconds=30)


class CompanyNotReadyError(RuntimeError):
    """A task named a company that is missing, deleted or not ready."""


class CompanyTask(Task):  # type: ignore[type-arg]  # generic in the stubs only
    """A task inside one company, named by its first argument.

    Enters the company's schema within the call and leaves it again. Fails closed: a company that
    is not there raises, nothing ever runs in `public` instead.
    """

    abstract = True

    def __call__(self, company_id: int, *args: Any, **kwargs: Any) -> Any:
        go_public()
        company = Company.objects.filter(pk=company_id, state=Company.State.READY).first()
        if company is None:
            raise CompanyNotReadyError(f"There is no company {company_id} that is ready.")
        structlog.contextvars.clear_contextvars()
        with (
            structlog.contextvars.bound_contextvars(company=company.slug, task=self.name),
            tenant_context(company),
        ):
            return super().__call__(company_id, *args, **kwargs)


class SharedTask(Task):  # type: ignore[type-arg]  # generic in the stubs only
    """A task for what all companies share: runs in `public`, and says so by its base."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        go_public()
        structlog.contextvars.clear_contextvars()
        with structlog.contextvars.bound_contextvars(task=self.name):
            return super().__call__(*args, **kwargs)


@shared_task(base=CompanyTask)
def run_company_queue(company_id: int, queue: str) -> None:
    """One turn of a company's queue."""
    if run_queue(queue, seconds=TURN_SECONDS):
        dispatch.apply_async(queue="dispatch")


@shared_task(base=SharedTask)
def run_shared_queue(queue: str) -> None:
    """One turn of the work that belongs to no company."""
    if run_queue(queue, seconds=TURN_SECONDS):
        dispatch.apply_async(queue="dispatch")


@shared_task(base=SharedTask)
def dispatch() -> None:
    """Hand out one turn per (company, queue) with due wake-ups, longest waiting first.

    A turn that was handed out is not handed out again for 30 s, unless new work is queued; a
    turn that got lost (a killed worker, a wiped broker) is handed out again then.
    """
    now = timezone.now()
    with transaction.atomic():
        due = list(
            WakeUp.objects.select_for_update(skip_locked=True)
            .filter(due_at__lte=now)
            .order_by("due_at", "id")[:5000]
        )
        WakeUp.objects.filter(pk__in=[row.pk for row in due]).update(due_at=now + HANDED_OUT_FOR)
    ready = set(
        Company.objects.filter(
            pk__in={row.company_id for row in due}, state=Company.State.READY
        ).values_list("pk", flat=True)
    )
    for company_id, queue in dict.fromkeys((row.company_id, row.queue) for row in due):
        if company_id is None:
            run_shared_queue.apply_async((queue,), queue=queue)
        elif company_id in ready:
            run_company_queue.apply_async((company_id, queue), queue=queue)


@shared_task(base=SharedTask)
def tick() -> None:
    """What beat does: hand out the slots of periodic jobs, then dispatch."""
    now = timezone.now()
    for kind in [kind for kind in kinds.values() if kind.every is not None]:
        assert kind.every is not None
        seconds = kind.every.total_seconds()
        starts_at = dt.datetime.fromtimestamp(now.timestamp() // seconds * seconds, tz=dt.UTC)
        if kind.is_shared:
            _hand_out_shared(kind.name, starts_at)
        else:
            _hand_out(kind.name, starts_at)
    dispatch()


def _hand_out_shared(name: str, starts_at: dt.datetime) -> None:
    with transaction.atomic():
        _, is_new = Slot.objects.get_or_create(company=None, job=name, starts_at=starts_at)
        if is_new:
            enqueue(name)


def _hand_out(name: str, starts_at: dt.datetime) -> None:
    """One job per ready company that has none for this slot yet. Costs a query when all have."""
    missing = Company.objects.filter(state=Company.State.READY).exclude(
        pk__in=Slot.objects.filter(job=name, starts_at=starts_at, company__isnull=False).values(
            "company"
        )
    )
    for company in missing.order_by("pk"):
        with transaction.atomic():
            _, is_new = Slot.objects.get_or_create(company=company, job=name, starts_at=starts_at)
            if is_new:
                with tenant_context(company):
                    enqueue(name)
