"""Jobs of the metrics."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from metrics.actions import health_past, health_proofs, ledger
from metrics.actions.health_models import RESCORE
from metrics.actions.health_scores import rescore_all
from metrics.stored.nightly import is_due
from metrics.stored.splits import KEEP
from tenants.jobs import job_handler

if TYPE_CHECKING:
    from tenants.jobs import Job


@job_handler("metrics.refresh", queue="metrics")
def refresh(job: Job) -> None:
    """Bring the ledger and the values kept up to date. Whoever writes facts queues it, under its
    own name as key."""
    ledger.refresh(keeps=True)


@job_handler(KEEP, queue="metrics")
def keep_split(job: Job) -> None:
    """Keep the segments that somebody asked for."""
    ledger.keep_asked_splits()


@job_handler(RESCORE, queue="metrics")
def rescore(job: Job) -> None:
    """Score everybody by the health models as they are now."""
    rescore_all()


@job_handler("metrics.nightly", queue="metrics", every=dt.timedelta(minutes=15))
def nightly(job: Job) -> None:
    """Make everything anew from the facts, once a day, from the company's own time on."""
    if is_due():
        ledger.rebuild()


@job_handler("metrics.health_proof", queue="metrics")
def health_proof(job: Job) -> None:
    """Replay a version of a health model; see metrics.actions.health_proofs.ask_proof."""
    health_proofs.make_proof(job.payload["proof_id"])


@job_handler("metrics.health_suggestion", queue="metrics")
def health_suggestion(job: Job) -> None:
    """Learn weights; see metrics.actions.health_proofs.ask_suggestion."""
    health_proofs.make_suggestion(job.payload["suggestion_id"])


@job_handler(health_past.JOB, queue="metrics")
def make_past_scores(job: Job) -> None:
    """Score customers on the weeks before their first score, from what was known then."""
    health_past.make()
