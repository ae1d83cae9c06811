"""The jobs of usage events."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from customers.usage.rolling import roll_up
from customers.usage.waiting import ROLL_UP
from tenants.jobs import job_handler

if TYPE_CHECKING:
    from tenants.jobs import Job


@job_handler(ROLL_UP, queue="metrics", every=dt.timedelta(minutes=1))
def roll_up_changed(job: Job) -> None:
    """Roll up what changed. Comes by itself, too: see customers.usage.waiting."""
    roll_up()
