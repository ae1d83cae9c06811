"""The jobs of webhooks."""

from __future__ import annotations

import datetime as dt

from accounts.languages import speaking_to
from customers.webhooks.applying import apply_events
from customers.webhooks.erasing import sweep_bodies
from customers.webhooks.receiving import APPLY
from tenants.context import current_company
from tenants.jobs import Job, job_handler


@job_handler(APPLY, queue="ingest", max_attempts=20)
def apply_stripe_events(job: Job) -> None:
    # What can't be used is told on a page of the company, to nobody in particular.
    with speaking_to(None, current_company()):
        apply_events()


@job_handler("customers.sweep_stripe_bodies", every=dt.timedelta(days=1))
def sweep_stripe_bodies(job: Job) -> None:
    sweep_bodies()
