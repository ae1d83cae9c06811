"""Sign-up from the form to the first sign-in, through real SMTP and a real schema."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.models import AuditEntry, User
from tenants.actions import sign_ups
from tenants.actions.companies import SlugTakenError, create_company, delete_company
from tenants.models import Company, DirectoryEntry, Domain, SignUp
from tests.cast import Mailbox
from tests.casting import Jobs
from tests.clients import HostClient

pytestmark = pytest.mark.usefixtures("_companies")

PASSWORD = "a quite different sentence 42"
VALUES = {
    "company_name": "Initech",
    "slug": "initech",
    "email": "Peter@Initech.example",
    "currency": "EUR",
    "timezone": "Europe/Berlin",
    "password": PASSWORD,
}


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def ask(client: HostClient, **changes: str) -> Any:
    return client.post("/sign-up/", VALUES | changes)


def link_of(mailbox: Mailbox, email: str = "peter@initech.example", count: int = 1) -> str:
    mail = mailbox.wait_for(email, count=count)[-1]
    (link,) = [link for link in mailbox.links(mail) if "/sign-up/verify/" in link]
    return link


def confirm(client: HostClient, link: str, **changes: str) -> Any:
    return client.post(link, {"password": PASSWORD} | changes)


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, pattern
    return match[1]


@pytest.mark.usefixtures("spare_schema")
def test_from_the_form_to_the_first_sign_in(
    public_client: HostClient, mailbox: Mailbox, do_jobs: Jobs
) -> None:
    sent = ask(public_client, name="Peter Gibbons")
    assert sent.status_code == 302
    assert "Check your mail" in public_client.get(sent["Location"]).content.decode()
    assert not Company.objects.filter(slug="initech").exists()
    do_jobs()
    link = link_of(mailbox)
    assert link.startswith("http://localhost:8000/sign-up/verify/")

    shown = public_client.get(link)
    assert shown.status_code == 200
    assert not Company.objects.filter(slug="initech").exists()

    made = confirm(public_client, link)
    assert made.status_code == 302
    waiting = public_client.get(made["Location"])
    assert waiting.status_code == 200
    assert "Setting up" in waiting.content.decode()
    early = HostClient("initech.localhost").get("/accounts/login/")
    assert early.status_code == 503

    do_jobs()
    ready = public_client.get(made["Location"])
    sign_in = "http://initech.localhost:8000/accounts/login/?email=peter%40initech.example"
    assert ready["Location"] == sign_in
    fragment = public_client.get(made["Location"], headers={"HX-Request": "true"})
    assert fragment["HX-Redirect"] == sign_in

    client = HostClient("initech.localhost")
    page = client.get("/accounts/login/?email=peter%40initech.example")
    assert 'value="peter@initech.example"' in page.content.decode()
    answer = client.post(
        "/accounts/login/", {"login": "peter@initech.example", "password": PASSWORD}
    )
    assert answer["Location"] == "/"

    company = Company.objects.get(slug="initech")
    assert company.schema_name == f"c_{company.pk}"
    assert SignUp.objects.get().password == ""
    assert DirectoryEntry.objects.filter(company=company, email="peter@initech.example").exists()
    with tenant_context(company):
        owner = User.objects.get()
        assert (owner.email, owner.role) == ("peter@initech.example", "owner")
        assert owner.name == "Peter Gibbons"
        assert AuditEntry.objects.filter(action="user.added").exists()


@pytest.mark.usefixtures("spare_schema")
def test_a_company_begins_in_the_language_it_was_started_in(
    public_client: HostClient, mailbox: Mailbox, do_jobs: Jobs, catalogues: None
) -> None:
    german = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
    assert "Wissen, wie es Ihren Kunden geht" in public_client.get("/", headers=german).text
    public_client.post("/sign-up/", VALUES, headers=german)
    do_jobs()
    (mail,) = mailbox.wait_for("peter@initech.example")
    assert (
        str(mail["Subject"]).strip() == "Bestätigen Sie Ihre E-Mail-Adresse, um Initech anzulegen"
    )
    confirm(public_client, link_of(mailbox))
    assert Company.objects.get(slug="initech").language == "de"
    do_jobs()
    page = HostClient("initech.localhost").get("/accounts/login/")
    assert "Bei Initech anmelden" in page.content.decode()

    public_client.post("/find/", {"email": "peter@initech.example"}, headers=german)
    do_jobs()
    found = mailbox.wait_for("peter@initech.example", count=2)[-1]
    assert str(found["Subject"]) == "Wo Sie sich anmelden"


def test_currency_and_time_zone_are_the_company_s(
    public_client: HostClient, mailbox: Mailbox, do_jobs: Jobs
) -> None:
    ask(public_client)
    do_jobs()
    confirm(public_client, link_of(mailbox))
    made = Company.objects.get(slug="initech")
    assert (made.currency, made.timezone) == ("EUR", "Europe/Berlin")


@pytest.mark.parametrize(
    ("tongue", "currency"),
    [
        ("de", "EUR"),
        ("en", "USD"),
        ("en-GB,en;q=0.9", "GBP"),
        ("de-CH,de;q=0.9", "CHF"),
        ("en-US,en", "USD"),
        ("en-QQ", "USD"),
    ],
)
def test_the_usual_currency_stands_in_the_form(
    public_client: HostClient, tongue: str, currency: str
) -> None:
    page = public_client.get("/sign-up/", headers={"accept-language": tongue}).content.decode()
    assert f'<option value="{currency}" selected>' in page
    assert "data-own-time-zone" in page
    refused = ask(public_client, slug="-", timezone="UTC").content.decode()
    assert "data-own-time-zone" not in refused
    assert '<option value="UTC" selected>' in refused


def test_an_address_is_made_of_the_name_where_none_is_typed(public_client: HostClient) -> None:
    assert ask(public_client, slug="", company_name="Küsten Werk").status_code == 302
    assert SignUp.objects.get().slug == "kuesten-werk"
    assert ask(public_client, slug="", company_name="").status_code == 422


def test_a_refused_address_is_told_why_beside_it_once(public_client: HostClient) -> None:
    page = ask(public_client, slug="Küstenwerk").content.decode()
    words = "An address has small letters (a to z), digits and hyphens only."
    assert page.count(words) == 2  # above the form and at the field
    assert "kuestenwerk" in page


def test_following_the_link_twice_makes_one_company(
    public_client: HostClient, mailbox: Mailbox, do_jobs: Jobs
) -> None:
    ask(public_client)
    do_jobs()
    link = link_of(mailbox)
    assert confirm(public_client, link).status_code == 302
    assert confirm(public_client, link).status_code == 302
    assert public_client.get(link).status_code == 302
    assert Company.objects.filter(name="Initech").count() == 1


def test_public_pages_set_no_session(public_client: HostClient) -> None:
    for path in ("/", "/sign-up/", "/find/"):
        answer = public_client.get(path)
        assert answer.status_code == 200
        assert not [name for name in answer.cookies if "session" in name]


@pytest.mark.parametrize(
    ("slug", "said"),
    [
        ("www", "reserved"),
        ("api", "reserved"),
        ("acme", "taken"),
        ("ACME", "taken"),
        ("ab", "3 to 40"),
        ("a" * 41, "3 to 40"),
        ("1st-company", "begins with a small letter"),
        ("-dash", "begins with a small letter"),
        ("dash-", "does not end with a hyphen"),
        ("two--dashes", "no two hyphens"),
        ("under_score", "letters (a to z), digits and hyphens"),
        ("dot.dot", "letters (a to z), digits and hyphens"),
        ("xn--mnchen-3ya", "no two hyphens"),
        ("größe", "letters (a to z), digits and hyphens"),
    ],
)
def test_addresses_that_cannot_be_had(public_client: HostClient, slug: str, said: str) -> None:
    answer = ask(public_client, slug=slug)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not SignUp.objects.exists()


def test_a_refused_address_comes_with_one_that_works(public_client: HostClient) -> None:
    text = ask(public_client, slug="acme").content.decode()
    proposed = found(r"How about “([a-z0-9-]+)”", text)
    assert ask(public_client, slug=proposed).status_code == 302


def test_preview_shows_the_whole_address(public_client: HostClient) -> None:
    free = public_client.get("/sign-up/address/?slug=hooli").content.decode()
    assert "hooli.localhost:8000" in free
    assert "Free" in free
    assert "taken" in public_client.get("/sign-up/address/?slug=acme").content.decode()
    named = {"slug": "", "company_name": "Küstenwerk GmbH"}
    proposed = public_client.get("/sign-up/address/", named).content.decode()
    assert "Left empty, it is <strong>kuestenwerk-gmbh.localhost:8000</strong>" in proposed
    assert "Free" not in proposed
    assert "Left empty" not in public_client.get("/sign-up/address/").content.decode()
    nasty = public_client.get("/sign-up/address/", {"slug": "<script>"}).content.decode()
    assert "<script>" not in nasty


@pytest.mark.parametrize(
    "password", ["short", "1234567890", "password123", "peter@initech.example"]
)
def test_weak_passwords(public_client: HostClient, password: str) -> None:
    answer = ask(public_client, password=password)
    assert answer.status_code == 422
    assert not SignUp.objects.exists()


def test_expired_link_says_so_and_a_new_one_can_be_had(
    public_client: HostClient, mailbox: Mailbox, do_jobs: Jobs
) -> None:
    ask(public_client)
    do_jobs()
    link = link_of(mailbox)
    SignUp.objects.update(mailed_at=timezone.now() - dt.timedelta(hours=48, seconds=1))
    for answer in (public_client.get(link), confirm(public_client, link)):
        assert answer.status_code == 410
        assert "expired" in answer.content.decode()
    again = found(r'action="(/sign-up/sent/[^"]+/again/)"', answer.content.decode())
    assert public_client.get(again).status_code == 405
    assert public_client.post(again).status_code == 302
    do_jobs()
    newer = link_of(mailbox, count=2)
    assert newer != link
    assert public_client.get(link).status_code == 404
    assert public_client.get(newer).status_code == 200


def test_an_address_taken_meanwhile_asks_for_another(
    public_client: HostClient, mailbox: Mailbox, do_jobs: Jobs
) -> None:
    ask(public_client)
    do_jobs()
    link = link_of(mailbox)
    create_company(name="Faster", slug="initech")
    shown = public_client.get(link).content.decode()
    assert "Choose another address" in shown
    assert confirm(public_client, link).status_code == 422
    made = confirm(public_client, link, slug="initech-hq")
    assert made.status_code == 302
    assert Company.objects.get(slug="initech-hq").name == "Initech"


def test_race_for_an_address_is_decided_when_it_is_taken(public_client: HostClient) -> None:
    first, second = (
        sign_ups.ask_for_company(
            company_name=name, slug="initech", email=f"{name}@x.example", password=PASSWORD
        )
        for name in ("One", "Two")
    )
    sign_ups.verify_sign_up(sign_up=first, password=PASSWORD)
    with pytest.raises(SlugTakenError):
        sign_ups.verify_sign_up(sign_up=second, password=PASSWORD)
    second.refresh_from_db()
    assert second.verified_at is not None
    assert second.company is None
    assert Domain.objects.filter(domain="initech.localhost").count() == 1


@pytest.mark.usefixtures("spare_schema")
def test_an_address_that_belongs_elsewhere_is_fine(
    public_client: HostClient, mailbox: Mailbox, do_jobs: Jobs
) -> None:
    ask(public_client, email="owner@acme.example")
    do_jobs()
    confirm(public_client, link_of(mailbox, "owner@acme.example"))
    do_jobs()
    assert Company.objects.get(slug="initech").state == Company.State.READY


def test_secrets_are_hashed_and_stand_in_no_queue(
    public_client: HostClient, mailbox: Mailbox, do_jobs: Jobs
) -> None:
    from tenants.jobs import Job

    ask(public_client)
    row = SignUp.objects.get()
    assert PASSWORD not in row.password
    do_jobs()
    token = link_of(mailbox).rstrip("/").rsplit("/", 1)[-1]
    assert token not in str(SignUp.objects.values())
    assert token not in str(Job.objects.values())
    assert PASSWORD not in str(Job.objects.values())


def test_made_up_links(public_client: HostClient) -> None:
    for path in (
        "/sign-up/verify/" + "0" * 64 + "/",
        "/sign-up/progress/" + "0" * 64 + "/",
        "/sign-up/sent/made-up/",
    ):
        assert public_client.get(path).status_code == 404


def test_asking_too_often_is_stopped(public_client: HostClient) -> None:
    answers = [ask(public_client, slug=f"initech{number}").status_code for number in range(11)]
    assert answers == [302] * 10 + [429]
    assert ask(public_client, email="other@initech.example").status_code == 302


def test_old_sign_ups_are_forgotten(public_client: HostClient) -> None:
    ask(public_client)
    SignUp.objects.update(created_at=timezone.now() - dt.timedelta(days=8))
    assert sign_ups.forget_old_sign_ups() == 1
    assert not SignUp.objects.exists()


def test_deleted_company_is_gone_from_its_host(public_client: HostClient) -> None:
    company = create_company(name="Brief", slug="brief")
    delete_company(company=company)
    assert HostClient("brief.localhost").get("/").status_code == 404


def test_the_form_needs_its_token_and_works_with_it(db: None) -> None:
    client = HostClient("localhost", enforce_csrf_checks=True)
    assert ask(client).status_code == 403
    page = client.get("/sign-up/").content.decode()
    token = found(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert ask(client, csrfmiddlewaretoken=token).status_code == 302


def test_a_page_without_scripts_looks_again_by_itself(
    public_client: HostClient, mailbox: Mailbox, do_jobs: Jobs
) -> None:
    ask(public_client)
    do_jobs()
    made = confirm(public_client, link_of(mailbox))
    page = public_client.get(made["Location"]).content.decode()
    assert re.search(r'<noscript><meta http-equiv="refresh" content="\d+"></noscript>', page)
