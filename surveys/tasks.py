"""The jobs of surveys."""

from __future__ import annotations

import datetime as dt

from surveys.actions.campaigns import SEND
from surveys.actions.senders import check_due
from surveys.sending import send_slice
from tenants.jobs import Job, job_handler


# Every death of a runner settles what it had claimed, so even a mail that kills its runner cannot
# do so twice: the limit of attempts is only there to end.
@job_handler(SEND, queue="mail", max_attempts=100)
def send_campaign(job: Job) -> None:
    """One slice of a campaign's mails. The campaign may be gone or paused by now."""
    send_slice(job.payload["campaign_id"], failures=job.payload.get("failures", 0))


@job_handler("surveys.check_sender", every=dt.timedelta(hours=1))
def check_sender(job: Job) -> None:
    """See, once a day, whether DNS still says that the sender's domain is the company's."""
    check_due()
