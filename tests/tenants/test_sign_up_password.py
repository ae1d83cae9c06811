"""Following the link is not enough: only who signed up, and knows the password, gets a company."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from tenants.actions import sign_ups
from tenants.models import Company, SignUp
from tests.cast import Mailbox
from tests.casting import Jobs
from tests.clients import HostClient

pytestmark = pytest.mark.usefixtures("_companies")

EMAIL = "victim@initech.example"
PASSWORD = "a quite different sentence 42"
VALUES = {
    "company_name": "Initech",
    "slug": "initech",
    "currency": "USD",
    "timezone": "UTC",
    "email": EMAIL,
    "password": PASSWORD,
}
WRONG = "what the victim would choose"
NOT_IT = "That is not the password this company was started with."


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def link(public_client: HostClient, mailbox: Mailbox, do_jobs: Jobs) -> str:
    """What the mail leads to."""
    public_client.post("/sign-up/", VALUES)
    do_jobs()
    return newest_link(mailbox)


def newest_link(mailbox: Mailbox, count: int = 1) -> str:
    mail = mailbox.wait_for(EMAIL, count=count)[-1]
    (found,) = [link for link in mailbox.links(mail) if "/sign-up/verify/" in link]
    return found


def send(client: HostClient, link: str, password: str) -> Any:
    return client.post(link, {"password": password})


@pytest.mark.parametrize("data", [{}, {"password": ""}, {"password": WRONG}])
def test_without_the_password_there_is_no_company(
    public_client: HostClient, link: str, data: dict[str, str]
) -> None:
    assert public_client.post(link, data).status_code == 422
    row = SignUp.objects.get()
    assert (row.company, row.verified_at) == (None, None)
    assert not Company.objects.filter(slug="initech").exists()


def test_a_wrong_one_is_said_so_and_the_right_one_still_works(
    public_client: HostClient, link: str
) -> None:
    page = send(public_client, link, WRONG).content.decode()
    assert NOT_IT in page
    assert "close this page: nothing happens" in page
    assert '<a href="/sign-up/">Start over</a>' in page
    assert WRONG not in page
    assert send(public_client, link, PASSWORD).status_code == 302
    assert Company.objects.filter(slug="initech").exists()


def test_the_page_and_the_mail_say_why(
    public_client: HostClient, link: str, mailbox: Mailbox
) -> None:
    page = public_client.get(link).content.decode()
    assert "anybody can type your address into the sign-up form" in page
    assert NOT_IT not in page
    assert "with the password you chose" in mailbox.text(mailbox.wait_for(EMAIL)[-1])


def test_nothing_typed_is_not_called_wrong(public_client: HostClient, link: str) -> None:
    page = public_client.post(link).content.decode()
    assert "This field is required" in page
    assert NOT_IT not in page


def test_ten_wrong_ones_and_the_link_is_dead(public_client: HostClient, link: str) -> None:
    assert {send(public_client, link, WRONG).status_code for _ in range(10)} == {422}
    for answer in (public_client.get(link), send(public_client, link, PASSWORD)):
        assert answer.status_code == 410
        assert "Too many wrong passwords" in answer.content.decode()
        assert '<a href="/sign-up/">Start over</a>' in answer.content.decode()
    with pytest.raises(sign_ups.LinkDeadError):
        sign_ups.verify_sign_up(sign_up=SignUp.objects.get(), password=PASSWORD)
    assert not Company.objects.filter(slug="initech").exists()


def test_a_dead_link_leaves_a_newer_one_alone(
    public_client: HostClient, link: str, mailbox: Mailbox, do_jobs: Jobs
) -> None:
    for _ in range(10):
        send(public_client, link, WRONG)
    sign_ups.send_link_again(sign_up=SignUp.objects.get())
    do_jobs()
    newer = newest_link(mailbox, count=2)
    assert public_client.get(link).status_code == 404
    assert send(public_client, newer, PASSWORD).status_code == 302


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\x01", "\x85", "\u2028"])
def test_a_company_name_is_one_line(public_client: HostClient, separator: str) -> None:
    answer = public_client.post("/sign-up/", VALUES | {"company_name": f"Ini{separator}tech"})
    assert answer.status_code == 422
    assert "without line breaks" in answer.content.decode()
    assert not SignUp.objects.exists()
