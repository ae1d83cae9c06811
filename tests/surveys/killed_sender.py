"""Run as a process by a test: send what is due, to be killed while at it.

`python -m tests.surveys.killed_sender COMPANY [N]`: with N it kills itself between the server's
250 to the Nth mail and our commit.
"""

from __future__ import annotations

import os
import signal
import sys

import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
django.setup()

from django_tenants.utils import tenant_context  # noqa: E402

from surveys import smtp  # noqa: E402
from surveys.outcomes import Result  # noqa: E402
from tenants.jobs import run_pending  # noqa: E402
from tenants.models import Company  # noqa: E402


def die_after(mails: int) -> None:
    """SIGKILL this process when the server has said 250 that often."""
    finish = smtp.Sender.finish
    count = 0

    def counting(self: smtp.Sender) -> Result:
        nonlocal count
        result = finish(self)
        count += 1
        if count == mails:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    smtp.Sender.finish = counting  # type: ignore[method-assign]


if len(sys.argv) > 2:
    die_after(int(sys.argv[2]))
with tenant_context(Company.objects.get(pk=int(sys.argv[1]))):
    run_pending(queue="mail")
