"""The Celery app. Jobs stand in PostgreSQL (tenants.jobs); Celery only wakes whoever does them."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csm_portal.settings")

app = Celery("csm_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
APPS = ["tenants", "accounts", "customers", "surveys", "metrics"]
app.autodiscover_tasks(APPS)


@signals.setup_logging.connect
def keep_our_logging(**kwargs: Any) -> None:
    """With a receiver here Celery leaves the logging that Django set up alone."""
