"""Putting work into the queue: a row where the work belongs, and a wake-up row beside it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from celery import current_app
from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from tenants.context import company_here, is_public
from tenants.jobs.registry import Kind, kinds
from tenants.models import Company, WakeUp

log = structlog.get_logger("portal.jobs")


@dataclass(frozen=True)
class NewJob:
    """One row to queue; see `enqueue`."""

    key: str
    payload: Mapping[str, Any] = field(default_factory=dict)


def enqueue(
    kind: str,
    *,
    key: str = "",
    payload: Mapping[str, Any] | None = None,
    run_at: dt.datetime | None = None,
) -> None:
    """Queue one job of a kind, in the current transaction.

    `key` (default: the kind) says what it is about: a queued job with the same key is kept, only
    brought forward to `run_at` (default: now). Raises RuntimeError when the connection is not
    where such jobs belong: in a company's schema, or in `public` for shared kinds.
    """
    enqueue_many(kind, [NewJob(key or kind, payload or {})], run_at=run_at)


def enqueue_many(kind: str, jobs: Iterable[NewJob], *, run_at: dt.datetime | None = None) -> None:
    """Queue several jobs of a kind with one statement."""
    known = kinds[kind]
    company = _place_for(known)
    due_at = run_at or timezone.now()
    rows = list(jobs)
    if not rows:
        return
    with transaction.atomic():
        _insert(known, rows, due_at)
        WakeUp.objects.create(company=company, queue=known.queue, due_at=due_at)
        transaction.on_commit(nudge)


def _place_for(kind: Kind) -> Company | None:
    company = company_here()
    if kind.is_shared and not is_public():
        raise RuntimeError(f"{kind.name} is shared work and is queued in `public`")
    if not kind.is_shared and company is None:
        raise RuntimeError(f"{kind.name} is a company's work and is queued in its schema")
    return None if kind.is_shared else company


def _insert(kind: Kind, rows: list[NewJob], due_at: dt.datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO jobs_job
                   (kind, key, queue, payload, state, attempts, run_at, error, created_at)
            SELECT %s, key, %s, payload::jsonb, 'queued', 0, %s, '', now()
              FROM unnest(%s::text[], %s::text[]) AS new (key, payload)
            ON CONFLICT (key) WHERE state = 'queued'
            DO UPDATE SET run_at = LEAST(jobs_job.run_at, excluded.run_at)
            """,
            [
                kind.name,
                kind.queue,
                due_at,
                [row.key for row in rows],
                [json.dumps(row.payload) for row in rows],
            ],
        )


def nudge() -> None:
    """Tell the dispatcher to look now. Without a broker the next tick does it instead."""
    try:
        current_app.send_task("tenants.tasks.dispatch", queue="dispatch", retry=False)
    except (OperationalError, OSError) as error:
        log.warning("the broker does not answer; jobs wait for the next tick", error=str(error))
