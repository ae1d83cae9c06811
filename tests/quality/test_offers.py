"""No page offers a role what that may not do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve

from accounts.permissions import ROLES, Permission
from tenants.models import Company
from tests import pages
from tests.casting import Clients
from tests.filled import Things
from tests.pages import COMPANY, PAGES

OFFERED = re.compile(r"""\s(?:href|action|formaction|hx-get|hx-post)="([^"]*)\"""")


def offered(path: str, text: str) -> Iterator[str]:
    """The addresses that a page leads or posts to, within the portal."""
    for address in OFFERED.findall(text):
        parts = urlsplit(urljoin(path, unescape(address)))
        if not parts.netloc and parts.path.startswith("/"):
            yield parts.path


def asked_for(path: str) -> Permission | None:
    try:
        view = resolve(path, urlconf=COMPANY).func
    except Resolver404:
        return None
    found: Permission | None = getattr(view, "required_permission", None)
    return found


def offences(company: Company, client_of: Clients, things: Things, role: str) -> list[str]:
    client, may = client_of(company, role), ROLES[role].permissions
    wrong = set()
    for page in PAGES:
        if page.urlconf == pages.PUBLIC or page.is_open or not page.is_about(things):
            continue
        if role not in page.roles:
            continue
        answer = client.get(page.path(things))
        for path in offered(page.path(things), answer.content.decode()):
            needed = asked_for(path)
            if needed is not None and needed not in may:
                wrong.add(f"{page}: {path} asks for {needed.name}")

    return sorted(wrong)


@pytest.mark.parametrize("role", ["viewer", "manager", "admin"])
def test_of_a_company_with_everything(
    filled: Things, company: Company, client_of: Clients, role: str
) -> None:
    assert offences(company, client_of, filled, role) == []


@pytest.mark.parametrize("role", ["viewer", "manager", "admin"])
def test_of_a_company_with_nothing(company: Company, client_of: Clients, role: str) -> None:
    assert offences(company, client_of, Things(), role) == []
