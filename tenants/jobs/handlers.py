"""Jobs about companies themselves, and the housekeeping of jobs."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from tenants.actions.companies import provision, remove_company
from tenants.actions.spare import prepare_spare
from tenants.jobs.models import Job
from tenants.jobs.queueing import enqueue
from tenants.jobs.registry import job_handler
from tenants.models import Company, SignUp, Slot

KEEP_DONE_JOBS_FOR = dt.timedelta(days=7)
KEEP_SIGN_UPS_FOR = dt.timedelta(days=14)
SPARE_AFTER = dt.timedelta(minutes=1)  # the machine belongs to the new company first


@job_handler("tenants.provision", is_shared=True, max_attempts=10)
def provision_company(job: Job) -> None:
    """Finish a company that was created; nothing to do when it is gone or ready."""
    company = Company.objects.filter(
        pk=job.payload["company_id"], state=Company.State.PROVISIONING
    ).first()
    if company is not None:
        provision(company=company)
        enqueue("tenants.spare", run_at=timezone.now() + SPARE_AFTER)


@job_handler("tenants.spare", is_shared=True, every=dt.timedelta(days=1))
def make_spare_schema(job: Job) -> None:
    """Make the next company's schema ahead: after the last was used, and after upgrades."""
    prepare_spare()


@job_handler("tenants.remove", is_shared=True, max_attempts=10)
def remove_deleted_company(job: Job) -> None:
    company = Company.objects.filter(
        pk=job.payload["company_id"], state=Company.State.DELETING
    ).first()
    if company is not None:
        remove_company(company=company)


@job_handler("tenants.forget_shared", is_shared=True, every=dt.timedelta(days=1))
def forget_shared(job: Job) -> None:
    """Remove what nobody needs any more from `public`."""
    now = timezone.now()
    _forget_done_jobs()
    Slot.objects.filter(starts_at__lt=now - KEEP_DONE_JOBS_FOR).delete()
    SignUp.objects.filter(company=None, created_at__lt=now - KEEP_SIGN_UPS_FOR).delete()


@job_handler("tenants.forget_done_jobs", every=dt.timedelta(days=1))
def forget_done_jobs(job: Job) -> None:
    """Remove a company's jobs that were done a week ago. Parked ones stay until somebody looks."""
    _forget_done_jobs()


def _forget_done_jobs() -> None:
    Job.objects.filter(
        state=Job.State.DONE, finished_at__lt=timezone.now() - KEEP_DONE_JOBS_FOR
    ).delete()
