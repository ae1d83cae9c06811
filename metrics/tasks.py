"""Jobs of the metrics."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from metrics.actions import board_reports, digests, health_past, health_proofs, ledger
from metrics.actions.health_models import RESCORE
from metrics.actions.health_scores import rescore_all
from metrics.quality import counting
from metrics.renewals import keeping as renewals_keeping
from metrics.stored import overview
from metrics.stored.nightly import is_due
from metrics.stored.splits import KEEP
from tenants.context import current_company
from tenants.jobs import enqueue, job_handler

if TYPE_CHECKING:
    from tenants.jobs import Job

PREPARE = "metrics.prepare_overview"


@job_handler("metrics.refresh", queue="metrics")
def refresh(job: Job) -> None:
    """Bring the ledger and the values kept up to date. Whoever writes facts queues it, under its
    own name as key."""
    ledger.refresh(keeps=True)
    enqueue(PREPARE)


@job_handler(PREPARE, queue="metrics")
def prepare_overview(job: Job) -> None:
    """Make ahead what the overview shows beside values that are kept."""
    overview.make(current_company())


@job_handler(KEEP, queue="metrics")
def keep_split(job: Job) -> None:
    """Keep the segments that somebody asked for."""
    ledger.keep_asked_splits()


@job_handler(RESCORE, queue="metrics")
def rescore(job: Job) -> None:
    """Score everybody by the health models as they are now."""
    rescore_all()
    enqueue(PREPARE)


@job_handler("metrics.nightly", queue="metrics", every=dt.timedelta(minutes=15))
def nightly(job: Job) -> None:
    """Make everything anew from the facts, once a day, from the company's own time on."""
    if is_due():
        ledger.rebuild()
        enqueue(PREPARE)


@job_handler(counting.COUNT, queue="metrics")
def count_quality(job: Job) -> None:
    """Count anew what the checks of the data find; asked for by somebody."""
    counting.count()


@job_handler("metrics.count_quality_if_due", queue="metrics", every=dt.timedelta(minutes=15))
def count_quality_if_due(job: Job) -> None:
    counting.count_if_due()


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


@job_handler("metrics.digests", queue="mail", every=dt.timedelta(minutes=5))
def digests_due(job: Job) -> None:
    """Queue the digests whose hour has come."""
    digests.make_due()


@job_handler(digests.SEND, queue="mail")
def send_digest(job: Job) -> None:
    digests.send_digest(digest_id=job.payload["digest_id"])


@job_handler(board_reports.MAKE, queue="metrics", max_attempts=board_reports.ATTEMPTS)
def board_report(job: Job) -> None:
    """Make a board report; its last attempt that raises also says on its page that it failed."""
    report_id = job.payload["report_id"]
    try:
        board_reports.make(report_id)
    except Exception:
        if job.attempts >= board_reports.ATTEMPTS:
            board_reports.give_up(report_id)
        raise


@job_handler("metrics.renewal_history", queue="metrics", every=dt.timedelta(minutes=15))
def renewal_history(job: Job) -> None:
    """Keep what became of renewals gone by, where figures changed since or a day went by."""
    company = current_company()
    if renewals_keeping.is_due(company):
        renewals_keeping.make(company)
