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


def page_number(request: HttpRequest, *, digits: int) -> int:
    """Of `?page=`, from 0; what is none, or has more digits, is the first."""
    text = request.GET.get("page", "")
    is_number = text.isascii() and text.isdigit() and len(text) <= digits
    return max(int(text) - 1, 0) if is_number else 0


def company_of(request: HttpRequest) -> Company:
    """The company of the host; TypeError on the public host."""
    company = getattr(request, "company", None)
    if not isinstance(company, Company):
        raise TypeError("This view belongs to a company's host.")
    return company
