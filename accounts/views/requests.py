"""Typed access to what the middleware put on a request."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.models import User
from tenants.models import Company


def user_of(request: HttpRequest) -> User:
    """The signed-in user; TypeError behind a view that let nobody in particular through."""
    if not isinstance(request.user, User):
        raise TypeError("This view needs a signed-in user: declare it with @requires.")
    return request.user


def company_of(request: HttpRequest) -> Company:
    """The company of the host; TypeError on the public host."""
    company = getattr(request, "company", None)
    if not isinstance(company, Company):
        raise TypeError("This view belongs to a company's host.")
    return company
