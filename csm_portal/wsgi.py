"""The WSGI application. The ORM is used synchronously only: the async ORM ignores the company."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csm_portal.settings")
application = get_wsgi_application()

# What is loaded by now stays: looking through it for garbage again and again was a fifth of what
# a batch of events costs. A batch is a few thousand objects, which go without the collector; many
# more than that should not wait for it, since a circle may hold a large piece of an upload.
gc.collect()
gc.freeze()
gc.set_threshold(5_000, 10, 10)
