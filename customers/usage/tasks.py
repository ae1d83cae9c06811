"""The jobs of usage events."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from customers.usage import partitions
from customers.usage.assigning import assign_events
from customers.usage.keeping import drop_expired, forget_keys, move_keys
from customers.usage.rebuilding import REBUILD, have_everything_rolled_up
from customers.usage.rolling import roll_up
from customers.usage.waiting import ROLL_UP
from tenants.jobs import job_handler

if TYPE_CHECKING:
    from tenants.jobs import Job


@job_handler(ROLL_UP, queue="metrics", every=dt.timedelta(minutes=1))
def roll_up_changed(job: Job) -> None:
    """Roll up what changed. Comes by itself, too: see customers.usage.waiting."""
    roll_up()


@job_handler("customers.assign_events", queue="metrics", every=dt.timedelta(hours=1))
def assign_waiting(job: Job) -> None:
    """Events that were stored while their customer or contact was: neither saw the other."""
    assign_events(now=timezone.now())


@job_handler("customers.keep_usage", queue="metrics", every=dt.timedelta(days=1))
def keep_usage(job: Job) -> None:
    """Drop what is older than raw events are kept, move the keys of the days before out of the
    way of new ones, and make the next month's partition ready."""
    today = timezone.now().date()
    drop_expired(today=today)
    forget_keys(today=today)
    move_keys(today=today)
    with transaction.atomic():
        this = partitions.month_of(today)
        partitions.make([this, partitions.following(this)])


@job_handler(REBUILD, queue="metrics")
def rebuild(job: Job) -> None:
    """Make everything anew: the company's time zone or session gap is another."""
    have_everything_rolled_up()
    roll_up()
