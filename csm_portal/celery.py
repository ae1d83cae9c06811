"""The Celery app. Jobs stand in PostgreSQL (tenants.jobs); Celery only wakes whoever does them."""

from __future__ import annotations

import os
import signal
from typing import Any

from celery import Celery, signals

from csm_portal.engines.processes import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csm_portal.settings")

app = Celery("csm_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
APPS = ["tenants", "accounts", "customers", "surveys", "metrics"]
app.autodiscover_tasks(APPS)


@signals.setup_logging.connect
def keep_our_logging(**kwargs: Any) -> None:
    """With a receiver here Celery leaves the logging that Django set up alone."""


@signals.worker_process_init.connect
def end_with_the_worker(**kwargs: Any) -> None:
    """However the worker ends, the processes of its pool end with it, in the midst of a task too.

    Otherwise a killed worker's task goes on beside the next worker, or waits for ever.
    """
    die_with_parent(signal.SIGKILL, parent=os.getppid())
