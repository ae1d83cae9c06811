"""The jobs of surveys."""

from __future__ import annotations

import datetime as dt

from surveys.actions.campaigns import SEND
from surveys.actions.follow_ups import SEND_REPLY
from surveys.actions.readings import READ, read_unread
from surveys.actions.referrals import STORE, store_due
from surveys.actions.rewards import keep_the_rule
from surveys.actions.senders import check_due
from surveys.actions.storing import EVERY as STORE_EVERY
from surveys.actions.storing import store_results
from surveys.replies import send_reply
from surveys.schedule import EVERY, SCHEDULE, look
from surveys.sending.slices import send_slice
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


# As with campaigns: a death settles what was claimed.
@job_handler(SEND_REPLY, queue="mail", max_attempts=100)
def send_one_reply(job: Job) -> None:
    """One reply to a contact; gone with its follow-up, or sent already, is nothing to do."""
    send_reply(job.payload["reply_id"], failures=job.payload.get("failures", 0))


@job_handler("surveys.store_results", every=STORE_EVERY)
def store_large_results(job: Job) -> None:
    """Count what came of large campaigns ahead of their pages."""
    store_results()


# What a rule's change or an import asks for is queued at once; the hour catches the rest.
@job_handler(READ, every=dt.timedelta(hours=1))
def read_answers(job: Job) -> None:
    """Tags and sentiment of whatever is not read by the rules of now."""
    read_unread()


@job_handler(STORE, queue="ingest")
def store_referrals(job: Job) -> None:
    """Store what came by referral links as facts."""
    store_due()


@job_handler("surveys.promise_rewards", every=dt.timedelta(minutes=10))
def promise_rewards(job: Job) -> None:
    """Promise the rule's reward to whose referral became a customer, wherever that was told, and
    take it back where that was not so."""
    keep_the_rule()


@job_handler(SCHEDULE, every=EVERY)
def schedule(job: Job) -> None:
    """Start what is to start, ask whom rounds and events are about, end what is over."""
    look()
