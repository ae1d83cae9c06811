"""Which company are we in? Always asked of the connection, never of a global of ours."""

from __future__ import annotations

from typing import Any, Protocol, cast

from django.db import connection
from django_tenants.utils import get_public_schema_name

from tenants.models import Company


class NoCompanyError(RuntimeError):
    """Code that needs a company ran outside of one."""


class _Connection(Protocol):
    """What django-tenants adds to Django's connection."""

    tenant: Any
    schema_name: str

    def set_tenant(self, tenant: Company) -> None: ...
    def set_schema_to_public(self) -> None: ...


def _connection() -> _Connection:
    return cast(_Connection, connection)


def schema_name() -> str:
    """The schema the connection stands in: a company's, or `public`."""
    return _connection().schema_name


def is_public() -> bool:
    """Whether the connection stands in `public`."""
    return bool(schema_name() == get_public_schema_name())


def company_here() -> Company | None:
    """The company whose schema the connection stands in; None in `public`."""
    company = _connection().tenant
    return company if isinstance(company, Company) else None


def current_company() -> Company:
    """The company whose schema the connection stands in; NoCompanyError in `public`."""
    company = company_here()
    if company is None:
        raise NoCompanyError("This runs inside a company only; the connection is in `public`.")
    return company


def go_public() -> None:
    """Leave whatever company the connection stands in. For the edges: requests and tasks."""
    _connection().set_schema_to_public()


def go_to(company: Company) -> None:
    """Stand in a company until `go_public`. For the middleware; others use `tenant_context`."""
    _connection().set_tenant(company)


def company_cache_key(key: str, key_prefix: str, version: int) -> str:
    """KEY_FUNCTION of the cache alias `company`: refuses to make a key outside a company."""
    return f"{current_company().schema_name}:{key_prefix}:{version}:{key}"
