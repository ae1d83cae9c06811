"""Wrong passwords: guessing is slowed, and nobody is kept out by somebody elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache

from accounts.sign_in_limits import FAILED_PER_ADDRESS
from tenants.models import Company
from tests.cast import PASSWORD, Mailbox
from tests.casting import Clients, Jobs
from tests.clients import HostClient

VIEWER = "viewer@acme.example"
WRONG = "wrong password"
NEW_PASSWORD = "a quite different sentence 42"
TOO_MANY = "Too many failed login attempts"
Try = Callable[..., str]


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def sign_in(company: Company) -> Try:
    """`sign_in(password, network)`: where that leads, or the page that refuses it."""

    def post(password: str, network: str = "198.51.100.1", host: str = "acme.localhost") -> str:
        answer = HostClient(host, REMOTE_ADDR=network).post(
            "/accounts/login/", {"login": VIEWER, "password": password}
        )
        return str(answer.headers.get("Location") or answer.content.decode())

    return post


def test_nobody_is_kept_out_by_guesses_from_elsewhere(other_company: Company, sign_in: Try) -> None:
    for host in ("acme.localhost", "globex.localhost"):
        for _ in range(4):
            page = sign_in(WRONG, "203.0.113.7", host)
    assert TOO_MANY in page
    assert TOO_MANY in sign_in(PASSWORD, "203.0.113.7")
    assert sign_in(PASSWORD) == "/"


def test_one_ipv6_network_counts_as_one(sign_in: Try) -> None:
    for number in range(5):
        assert TOO_MANY not in sign_in(WRONG, f"2001:db8:1:2::{number + 1}")
    assert TOO_MANY in sign_in(PASSWORD, "2001:db8:1:2:ffff::1")
    assert sign_in(PASSWORD, "2001:db8:1:3::1") == "/"


def test_guessing_from_many_networks_is_slowed(sign_in: Try) -> None:
    for _ in range(98):
        FAILED_PER_ADDRESS.allows(VIEWER)
    assert TOO_MANY not in sign_in(WRONG, "203.0.113.1")
    assert sign_in(PASSWORD, "203.0.113.2") == "/"  # the right one counts nowhere
    assert TOO_MANY not in sign_in(WRONG, "203.0.113.3")
    assert TOO_MANY in sign_in(PASSWORD, "203.0.113.4")


def test_where_one_signed_in_before_that_does_not_matter(sign_in: Try) -> None:
    assert sign_in(PASSWORD) == "/"
    for _ in range(100):
        FAILED_PER_ADDRESS.allows(VIEWER)
    assert TOO_MANY in sign_in(PASSWORD, "203.0.113.4")
    assert sign_in(PASSWORD) == "/"
    for _ in range(5):
        assert TOO_MANY not in sign_in(WRONG)
    assert TOO_MANY in sign_in(PASSWORD)  # the limit for one network holds there too


def test_a_new_password_by_mail_starts_afresh(
    company: Company, client_of: Clients, mailbox: Mailbox, do_jobs: Jobs, sign_in: Try
) -> None:
    for _ in range(100):
        FAILED_PER_ADDRESS.allows(VIEWER)
    assert TOO_MANY in sign_in(PASSWORD)
    client = client_of(company, None)
    client.post("/accounts/password/reset/", {"email": VIEWER})
    do_jobs(company)
    (mail,) = mailbox.wait_for(VIEWER)
    (link,) = [link for link in mailbox.links(mail) if "/password/reset/key/" in link]
    form = client.get(link, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert sign_in(NEW_PASSWORD) == "/"
