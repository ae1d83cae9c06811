"""Signing in, out, and resetting the password, on a company's host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django_tenants.utils import tenant_context

from accounts.middleware import SESSION_COMPANY
from accounts.models import AuditEntry, User
from accounts.tokens import CompanyPasswordResetTokenGenerator
from tenants.models import Company
from tests.cast import PASSWORD, Mailbox
from tests.casting import Clients, Jobs, Users
from tests.clients import HostClient

NEW_PASSWORD = "a quite different sentence 42"


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def sign_in(client: HostClient, email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/accounts/login/", {"login": email, "password": password, **more})


def test_sign_in_and_out(company: Company, client_of: Clients, user_of: Users) -> None:
    client = client_of(company, None)
    answer = sign_in(client, "Viewer@acme.example")
    assert answer.status_code == 302
    assert answer["Location"] == "/"
    assert client.session[SESSION_COMPANY] == company.pk
    answer = client.post("/accounts/logout/")
    assert answer["Location"] == "/accounts/login/"
    assert client.get("/settings/").status_code == 302


def test_sign_in_goes_back_to_where_one_was(company: Company, client_of: Clients) -> None:
    client = client_of(company, None)
    away = client.get("/settings/people/?page=2")
    assert away["Location"] == "/accounts/login/?next=%2Fsettings%2Fpeople%2F%3Fpage%3D2"
    answer = sign_in(client, "owner@acme.example", next="/settings/people/?page=2")
    assert answer["Location"] == "/settings/people/?page=2"
    foreign = sign_in(client_of(company, None), "owner@acme.example", next="//evil.example/")
    assert foreign["Location"] == "/"


def test_htmx_is_sent_to_sign_in_as_a_page(company: Company, client_of: Clients) -> None:
    answer = client_of(company, None).get(
        "/settings/people/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://acme.localhost:8000/settings/"},
    )
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/accounts/login/?next=%2Fsettings%2F"


def test_the_address_can_come_with_the_link(company: Company, client_of: Clients) -> None:
    page = client_of(company, None).get("/accounts/login/?email=someone@acme.example")
    assert 'value="someone@acme.example"' in page.content.decode()


def test_wrong_password_and_unknown_address_answer_alike(
    company: Company, client_of: Clients
) -> None:
    client = client_of(company, None)
    wrong = sign_in(client, "viewer@acme.example", "wrong password").content.decode()
    unknown = sign_in(client, "nobody@acme.example", "wrong password").content.decode()
    said = "The email address and/or password you specified are not correct."
    assert said in wrong
    assert said in unknown


def test_guessing_is_stopped_over_all_companies(
    company: Company, other_company: Company, client_of: Clients
) -> None:
    address = "viewer@acme.example"
    for client in (client_of(company, None), client_of(other_company, None)):
        for _ in range(3):
            sign_in(client, address, "wrong password")
    page = sign_in(client_of(company, None), address).content.decode()
    assert "Too many failed login attempts" in page


def test_a_user_of_another_company_is_unknown(
    company: Company, other_company: Company, client_of: Clients
) -> None:
    client = client_of(company, None)
    sign_in(client, "owner@globex.example")
    assert "_auth_user_id" not in client.session


def test_nobody_signs_up_on_the_sign_in_pages(company: Company, client_of: Clients) -> None:
    client = client_of(company, None)
    page = client.get("/accounts/signup/")
    assert "takes an invitation" in page.content.decode()
    client.post("/accounts/signup/", {"email": "new@acme.example", "password1": NEW_PASSWORD})
    assert not User.objects.filter(email="new@acme.example").exists()


def test_reset_by_mail(
    company: Company,
    client_of: Clients,
    user_of: Users,
    mailbox: Mailbox,
    do_jobs: Jobs,
) -> None:
    client = client_of(company, None)
    answer = client.post("/accounts/password/reset/", {"email": "viewer@acme.example"})
    assert answer["Location"] == "/accounts/password/reset/done/"
    do_jobs(company)
    (mail,) = mailbox.wait_for("viewer@acme.example")
    (link,) = [link for link in mailbox.links(mail) if "/password/reset/key/" in link]
    assert link.startswith("http://acme.localhost:8000/accounts/password/reset/key/")
    form = client.get(link, follow=True)
    path = form.redirect_chain[-1][0]
    answer = client.post(path, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert answer["Location"] == "/accounts/password/reset/key/done/"
    assert sign_in(client, "viewer@acme.example", NEW_PASSWORD).status_code == 302
    assert AuditEntry.objects.filter(action="user.password_changed").exists()
    again = client_of(company, None).get(link)
    assert "does not work" in again.content.decode()


def test_reset_page_does_not_tell_who_is_here(
    company: Company,
    client_of: Clients,
    mailbox: Mailbox,
    do_jobs: Jobs,
) -> None:
    client = client_of(company, None)
    known = client.post("/accounts/password/reset/", {"email": "viewer@acme.example"})
    unknown = client.post("/accounts/password/reset/", {"email": "stranger@else.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    do_jobs(company)
    (mail,) = mailbox.wait_for("stranger@else.example")
    assert "Nobody signs in" in mailbox.text(mail)
    assert "/password/reset/key/" not in mailbox.text(mail)


def test_reset_link_keeps_its_secret_out_of_the_queue(
    company: Company,
    client_of: Clients,
    mailbox: Mailbox,
    do_jobs: Jobs,
) -> None:
    from tenants.jobs import Job

    client_of(company, None).post("/accounts/password/reset/", {"email": "viewer@acme.example"})
    job = Job.objects.get(kind="accounts.send_password_reset")
    assert job.payload == {"user_id": User.objects.get(email="viewer@acme.example").pk}


def test_reset_token_of_an_equal_user_elsewhere_is_refused(
    company: Company, other_company: Company, user_of: Users
) -> None:
    here = user_of(company, "viewer")
    generator = CompanyPasswordResetTokenGenerator()
    token = generator.make_token(here)
    assert generator.check_token(here, token)
    with tenant_context(other_company):
        twin = User.objects.get(pk=here.pk)
        twin.email, twin.password, twin.last_login = here.email, here.password, here.last_login
        assert not generator.check_token(twin, token)


def test_session_of_another_company_is_signed_out(company: Company, client_of: Clients) -> None:
    client = client_of(company, "owner")
    session = client.session
    session[SESSION_COMPANY] = company.pk + 1
    session.save()
    assert client.get("/settings/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_changing_the_address_takes_the_directory_along(
    company: Company,
    client_of: Clients,
    user_of: Users,
    mailbox: Mailbox,
    do_jobs: Jobs,
) -> None:
    from tenants.models import DirectoryEntry

    DirectoryEntry.objects.create(company=company, email="viewer@acme.example")
    client = client_of(company, None)
    sign_in(client, "viewer@acme.example")
    asked = client.post("/accounts/email/", {"action_add": "", "email": "moved@acme.example"})
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    client.post(asked["Location"], {"password": PASSWORD, "next": "/accounts/email/"})
    do_jobs(company)
    (mail,) = mailbox.wait_for("moved@acme.example")
    (link,) = [link for link in mailbox.links(mail) if "/confirm-email/" in link]
    assert link.startswith("http://acme.localhost:8000/")
    assert "Confirm" in client.get(link).content.decode()
    assert User.objects.filter(email="viewer@acme.example").exists()
    client.post(link)
    assert User.objects.filter(email="moved@acme.example").exists()
    listed = DirectoryEntry.objects.filter(company=company).values_list("email", flat=True)
    assert "moved@acme.example" in listed
    assert "viewer@acme.example" not in listed


def test_no_limit_counts_by_a_user_id_that_other_companies_have_too(settings: Any) -> None:
    from allauth.account import app_settings

    by_user = {name for name, rate in app_settings.RATE_LIMITS.items() if "/user" in (rate or "")}
    assert by_user <= {"change_phone"}  # no phones here


def test_links_take_the_stored_host_whatever_the_request_says(
    company: Company,
    client_of: Clients,
    mailbox: Mailbox,
    do_jobs: Jobs,
) -> None:
    client_of(company, None).post(
        "/accounts/password/reset/",
        {"email": "viewer@acme.example"},
        headers={"Host": "acme.localhost:6666", "X-Forwarded-Host": "evil.example"},
    )
    do_jobs(company)
    (mail,) = mailbox.wait_for("viewer@acme.example")
    links = mailbox.links(mail)
    assert links
    assert all(link.startswith("http://acme.localhost:8000/") for link in links)


def test_forms_need_their_token(company: Company) -> None:
    client = HostClient("acme.localhost", enforce_csrf_checks=True)
    assert sign_in(client, "viewer@acme.example").status_code == 403
