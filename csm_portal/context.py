"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    """`company`, `user` (None on the public host), and `has_mailbox`. Costs no query."""
    company = getattr(request, "company", None)
    return {
        "company": company,
        "user": getattr(request, "user", None) if company else None,
        "has_mailbox": bool(settings.MAILBOX),
        "site_url": settings.SITE_URL,
        "is_dev": settings.IS_DEV,
        "messages": getattr(request, "_messages", []),
    }
