"""Every view says what it needs: a permission, an API scope, or why it is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.permissions import Permission, declaration_of, open_to_all, requires
from tenants.decorators import public_page

URLCONFS = ("csm_portal.urls", "csm_portal.urls_public")


def views_of(resolver: Any, prefix: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from views_of(entry, path)
        elif isinstance(entry, URLPattern):
            yield path, entry.callback


@pytest.mark.parametrize("urlconf", URLCONFS)
def test_every_view_declares_what_it_needs(urlconf: str) -> None:
    views = list(views_of(get_resolver(urlconf)))
    assert views
    silent = [path for path, view in views if declaration_of(view) is None]
    assert silent == []


@pytest.mark.parametrize("urlconf", URLCONFS[1:])
def test_public_host_asks_nobody_to_sign_in(urlconf: str) -> None:
    for path, view in views_of(get_resolver(urlconf)):
        assert getattr(view, "required_permission", None) is None, path


def test_a_plain_view_declares_nothing() -> None:
    def view(request: Any) -> Any: ...

    assert declaration_of(view) is None
    assert declaration_of(requires(Permission.WORK)(view)) == "requires WORK"
    assert declaration_of(open_to_all("a reason")(view)) == "open: a reason"
    assert declaration_of(public_page(view)) is not None
