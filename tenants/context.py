"""Which company are we in? Always asked of the connection, never of a global of ours."""

from __future__ import annotations

from django.db import connection

from tenants.models import Company


class NoCompanyError(RuntimeError):
    """Code that needs a company ran outside of one."""


def current_company() -> Company:
    """The company whose schema the connection stands in; NoCompanyError in `public`."""
    company = connection.tenant
    if not isinstance(company, Company):
        raise NoCompanyError("This runs inside a company only; the connection is in `public`.")
    return company


def company_cache_key(key: str, key_prefix: str, version: int) -> str:
    """KEY_FUNCTION of the cache alias `company`: refuses to make a key outside a company."""
    return f"{current_company().schema_name}:{key_prefix}:{version}:{key}"
