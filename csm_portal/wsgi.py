"""The WSGI application. The ORM is used synchronously only: the async ORM ignores the company."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csm_portal.settings")
application = get_wsgi_application()
