"""The list of customers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.permissions import Permission, requires
from customers.registry import customer_pages


@requires(Permission.VIEW)
@require_safe
def customer_list(request: HttpRequest) -> HttpResponseBase:
    """By the app that knows the figures that customers are listed by (customers.registry)."""
    return customer_pages[-1](request)
