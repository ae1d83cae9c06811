"""How fast mails go: a company's mails per hour, and the portal's per second in all."""

from __future__ import annotations

import time

from django.conf import settings

from surveys.models import survey_settings
from tenants.context import current_company
from tenants.jobs import Job
from tenants.pace import Bucket

NAME = "survey-mails"
MOST_AT_ONCE = 200
LOOK_AGAIN = 10.0  # seconds
FAR = 1_000_000


class Pacing:
    """What holds for one slice of one campaign.

    A company's campaigns share its bucket: each takes its part of what it holds, then makes room.
    The bucket holds a minute's worth and fills so that no hour has more mails than allowed.
    """

    def __init__(self, *, job_kind: str) -> None:
        """Costs a query; two where the company set how fast."""
        per_hour = survey_settings().mails_per_hour
        self._bucket: Bucket | None = None
        self._part = FAR
        if per_hour:
            at_once = max(1, min(MOST_AT_ONCE, per_hour // 60))
            per_second = (per_hour - at_once + 1) / 3600
            self._bucket = Bucket(current_company(), NAME, per_second, at_once)
            open_states = [Job.State.QUEUED, Job.State.RUNNING]
            open_jobs = Job.objects.filter(kind=job_kind, state__in=open_states)
            campaigns = open_jobs.values("key").distinct().count()
            if campaigns > 1:
                self._part = -(-at_once // campaigns)
        self._portal: Bucket | None = None
        self._paid = 0
        if settings.MAILS_PER_SECOND:
            rate = settings.MAILS_PER_SECOND
            self._portal = Bucket(None, NAME, rate, max(1.0, rate))

    def most(self) -> int:
        """How many may be claimed now. In the claim's transaction."""
        if self._bucket is None:
            return FAR
        return min(int(self._bucket.hold() + 1e-6), self._part)

    def took(self, mails: int) -> None:
        """So many were claimed. In the same transaction."""
        if self._bucket is not None and mails:
            self._bucket.take(mails)
            self._part -= mails

    @property
    def seconds_to_wait(self) -> float:
        """When to look again after nothing might be claimed."""
        if self._bucket is None:
            return 0.0
        full_after = self._bucket.capacity / self._bucket.per_second
        return max(1 / self._bucket.per_second, min(full_after, LOOK_AGAIN))

    def wait(self) -> None:
        """Return when the portal may send one more mail. A runner waits for a few mails at once,
        behind those of the other runners."""
        if self._portal is None:
            return
        if self._paid == 0:
            self._paid = max(1, int(self._portal.per_second / 4))
            time.sleep(self._portal.take(self._paid))
        self._paid -= 1
