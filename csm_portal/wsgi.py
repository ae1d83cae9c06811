"""The WSGI application. The ORM is used synchronously only: the async ORM ignores the company."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from csm_portal.garbage import leave_out_the_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csm_portal.settings")
application = get_wsgi_application()
leave_out_the_loaded()
