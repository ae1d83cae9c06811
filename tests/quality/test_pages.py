"""The list of pages is whole and true: every route is in it, as what it is."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tenants.models import Company
from tests import pages
from tests.casting import Clients
from tests.filled import Things
from tests.pages import ACTIONS, COMPANY, ELSEWHERE, FILES, FRAGMENTS, PAGES, ROUTES

ROLES = ("viewer", "manager", "admin", "owner")


def test_every_route_is_listed_once() -> None:
    listed = [{page.route for page in PAGES}, ACTIONS, FRAGMENTS, FILES, set(ELSEWHERE)]
    known = {
        route
        for routes in ROUTES.values()
        for route in routes
        if route.split(":")[0] not in pages.SPACES_OF_PROGRAMS
    } | {"api:docs"}

    missing = known - set().union(*listed)
    assert not missing, f"Say in tests/pages.py what these are: {sorted(missing)}"
    gone = set().union(*listed) - known
    assert not gone, f"Take these out of tests/pages.py, they are no routes: {sorted(gone)}"
    assert sum(map(len, listed)) == len(known)


def test_names_tell_pages_apart() -> None:
    assert len({str(page) for page in PAGES}) == len(PAGES)


def path_of(route: str, things: Things) -> str:
    """Some address of a route: what it names need not be there."""
    urlconf = COMPANY if route in ROUTES[COMPANY] else pages.PUBLIC
    known = {"form": "csv", "kind": "customers", "token": "t", "reference": "r", "key": "mrr"}
    known |= {"import_id": things["import"], "campaign_id": things["campaign"]}
    arguments = ROUTES[urlconf][route].arguments
    values = {name: known.get(name, things["model"]) for name in arguments}
    return reverse(route, urlconf=urlconf, kwargs=values)


def test_every_page_opens_for_its_roles_and_for_no_other(
    filled: Things, company: Company, client_of: Clients, public_client: Clients
) -> None:
    clients = {role: client_of(company, role) for role in (*ROLES, None)}
    wrong = []
    for page in PAGES:
        path = page.path(filled)
        if page.urlconf == pages.PUBLIC:
            answers = {"anybody": (public_client.get(path).status_code, 200)}  # type: ignore[attr-defined]
        elif page.is_open:
            answers = {"anybody": (clients[None].get(path).status_code, 200)}
        else:
            refused = 404 if page.is_own else 403
            answers = {
                role: (clients[role].get(path).status_code, 200 if role in page.roles else refused)
                for role in ROLES[page.is_own :]  # to work is asked of a viewer first
            }
            answers["anybody"] = (clients[None].get(path).status_code, 302)
        wrong += [f"{page} {who}: {was}" for who, (was, due) in answers.items() if was != due]
    assert wrong == []


def test_what_is_no_page_is_what_it_is_said_to_be(
    filled: Things, company: Company, client_of: Clients
) -> None:
    owner = client_of(company, "owner")
    for route in ACTIONS:
        answer = owner.get(path_of(route, filled))
        assert answer.status_code in ((405,) if route in ROUTES[COMPANY] else (404, 405)), route
    for route in FILES:
        answer = owner.get(path_of(route, filled))
        assert answer.status_code == 200, route
        assert "attachment" in answer["Content-Disposition"], route
    for route in FRAGMENTS & set(ROUTES[COMPANY]):
        answer = owner.get(path_of(route, filled))
        if answer.status_code == 200:
            assert 'class="topbar"' not in answer.content.decode(), route


@pytest.mark.parametrize("page", [page for page in PAGES if page.is_main], ids=str)
def test_main_pages_are_read_by_everybody_who_works(page: pages.Page) -> None:
    assert "manager" in page.roles
