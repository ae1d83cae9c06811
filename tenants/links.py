"""Absolute links: from the stored domain and SITE_URL, never from a request."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from tenants.models import Company, Domain


def public_url(path: str = "/") -> str:
    """The link of `path` on the public host."""
    return f"{settings.SITE_URL}{path}"


def company_url(company: Company, path: str = "/") -> str:
    """The link of `path` on the company's primary domain. Costs a query the first time."""
    host = getattr(company, "_primary_host", None)
    if host is None:
        host = Domain.objects.get(tenant=company, is_primary=True).domain
        company._primary_host = host
    site = urlsplit(settings.SITE_URL)
    port = f":{site.port}" if site.port else ""
    return f"{site.scheme}://{host}{port}{path}"
