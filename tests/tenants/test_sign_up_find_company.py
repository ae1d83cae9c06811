"""Find my company: the same page for everybody, the answer by mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from tenants.models import Company, DirectoryEntry
from tests.cast import Mailbox
from tests.casting import Jobs
from tests.clients import HostClient


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def known(_companies: Any, db: None) -> str:
    for company in (_companies.acme, _companies.globex):
        DirectoryEntry.objects.get_or_create(company=company, email="ann@both.example")
    return "ann@both.example"


def test_lists_every_company_of_the_address(
    public_client: HostClient, known: str, mailbox: Mailbox, do_jobs: Jobs
) -> None:
    answer = public_client.post("/find/", {"email": "Ann@Both.example"})
    assert answer["Location"] == "/find/sent/"
    do_jobs()
    (mail,) = mailbox.wait_for(known)
    assert mailbox.links(mail)[:2] == [
        "http://acme.localhost:8000/accounts/login/?email=ann%40both.example",
        "http://globex.localhost:8000/accounts/login/?email=ann%40both.example",
    ]


def test_unknown_address_gets_the_same_page_and_a_mail_that_says_so(
    public_client: HostClient, known: str, mailbox: Mailbox, do_jobs: Jobs
) -> None:
    yes = public_client.post("/find/", {"email": known})
    no = public_client.post("/find/", {"email": "stranger@else.example"})
    assert (yes.status_code, yes.headers["Location"]) == (no.status_code, no.headers["Location"])
    do_jobs()
    (mail,) = mailbox.wait_for("stranger@else.example")
    assert "No company here knows" in mailbox.text(mail)
    assert "acme" not in mailbox.text(mail)


def test_same_queries_for_both(public_client: HostClient, known: str) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for address in (known, "stranger@else.example"):
        with CaptureQueriesContext(connection) as queries:
            public_client.post("/find/", {"email": address})
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_company_that_is_not_ready_is_not_listed(
    public_client: HostClient, known: str, mailbox: Mailbox, do_jobs: Jobs
) -> None:

    Company.objects.filter(slug="globex").update(state=Company.State.DELETING)
    public_client.post("/find/", {"email": known})
    do_jobs()
    (mail,) = mailbox.wait_for(known)
    assert "globex" not in mailbox.text(mail)


def test_not_an_address(public_client: HostClient) -> None:
    assert public_client.post("/find/", {"email": "nonsense"}).status_code == 422


def test_asking_too_often_is_stopped(public_client: HostClient, known: str) -> None:
    answers = [public_client.post("/find/", {"email": known}).status_code for _ in range(6)]
    assert answers == [302] * 5 + [429]
    assert public_client.post("/find/", {"email": "x@else.example"}).status_code == 302
