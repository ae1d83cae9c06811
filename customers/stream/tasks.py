"""The jobs of the event stream."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING

from django.utils import timezone

from customers.actions.locking import KindBusyError
from customers.models import StreamCall, StreamProblem, StreamRequest, StreamSubject
from customers.stream.applying import apply_calls, resume_waiting
from customers.stream.storing import APPLY
from tenants.jobs import job_handler

if TYPE_CHECKING:
    from tenants.jobs import Job

UPKEEP = "customers.stream_upkeep"
PROBLEMS_FOR = dt.timedelta(days=30)
# People who never became contacts, and of whom nothing was said for so long, are forgotten.
WAIT_FOR = dt.timedelta(days=90)
REQUESTS_FOR = dt.timedelta(hours=3)


@job_handler(APPLY, queue="ingest", max_attempts=20)
def apply_stream_calls(job: Job) -> None:
    """Turn identify and group calls into contacts and customers."""
    apply_calls()


@job_handler(UPKEEP, queue="ingest", every=dt.timedelta(minutes=10))
def stream_upkeep(job: Job) -> None:
    """Remove what was kept for a time, apply what slipped through and go on with who waited;
    while customers are being imported, the next time."""
    now = timezone.now()
    StreamProblem.objects.filter(received_at__lt=now - PROBLEMS_FOR).delete()
    old = StreamSubject.objects.filter(kind=StreamSubject.Kind.USER, changed_at__lt=now - WAIT_FOR)
    old.exclude(waits_for="").delete()
    with contextlib.suppress(KindBusyError):
        if StreamCall.objects.exists():
            apply_calls()
        resume_waiting()
    StreamRequest.objects.filter(received_at__lt=now - REQUESTS_FOR).delete()
