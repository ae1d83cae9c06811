"""A link from one company's mail does nothing at another, even where the same rows stand."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmation
from django_tenants.utils import tenant_context

from accounts.models import User, UserInvitation
from surveys.models import Invitation, ReferredPerson, Response
from tenants.models import Company
from tests.cast import Mailbox
from tests.casting import Clients, Jobs
from tests.clients import HostClient
from tests.isolation.planting import ID, Planted, plant

PASSWORD = "a quite different sentence 42"


@pytest.fixture
def acme(company: Company) -> Planted:
    return plant(company)


@pytest.fixture
def globex(other_company: Company) -> Planted:
    return plant(other_company)


@pytest.fixture
def at_globex(other_company: Company, client_of: Clients) -> HostClient:
    return client_of(other_company, None)


def copy_fields(model: Any, source: Company, target: Company, fields: list[str]) -> None:
    """Give the target's row the source's secrets: the worst that a leaked row could do."""
    with tenant_context(source):
        values = model.objects.values(*fields).get(pk=ID)
    with tenant_context(target):
        model.objects.filter(pk=ID).update(**values)


def test_user_invitation(
    company: Company,
    other_company: Company,
    acme: Planted,
    globex: Planted,
    at_globex: HostClient,
    client_of: Clients,
) -> None:
    path = f"/invitations/{acme.invitation_token}/"
    copy_fields(UserInvitation, company, other_company, ["secret_hash", "email"])
    assert at_globex.get(path).status_code == 404
    answer = at_globex.post(path, {"name": "Eve", "password": PASSWORD})
    assert answer.status_code == 404
    with tenant_context(other_company):
        assert not User.objects.filter(name="Eve").exists()
    assert client_of(company, None).get(path).status_code == 200


def test_password_reset(
    company: Company,
    other_company: Company,
    acme: Planted,
    at_globex: HostClient,
    client_of: Clients,
    mailbox: Mailbox,
    do_jobs: Jobs,
) -> None:
    with tenant_context(company):
        here = User.objects.get(role="viewer")
    with tenant_context(other_company):
        twin = User.objects.get(pk=here.pk)
        for field in ("email", "password", "last_login", "name", "session_epoch"):
            setattr(twin, field, getattr(here, field))
        twin.save()
        EmailAddress.objects.filter(user=twin).update(email=here.email)
    client_of(company, None).post("/accounts/password/reset/", {"email": here.email})
    do_jobs(company)
    (link,) = [
        link for link in mailbox.links(mailbox.wait_for(here.email)[0]) if "/reset/key/" in link
    ]
    path = link.split(":8000", 1)[1]
    shown = at_globex.get(path, follow=True)
    assert "does not work" in shown.content.decode()
    set_path = path.rsplit("-", 2)[0] + "-set-password/"
    at_globex.post(set_path, {"password1": PASSWORD, "password2": PASSWORD})
    with tenant_context(other_company):
        assert not User.objects.get(pk=here.pk).check_password(PASSWORD)
    own = client_of(company, None).get(path, follow=True)
    assert "Choose a new password" in own.content.decode()


def test_address_confirmation(
    company: Company, other_company: Company, at_globex: HostClient, client_of: Clients
) -> None:
    with tenant_context(company):
        user = User.objects.get(role="viewer")
        address = EmailAddress.objects.create(
            pk=ID, user=user, email="moved@x.example", verified=False
        )
        confirmation = EmailConfirmation.create(address)
        confirmation.sent = confirmation.created
        confirmation.save()
    with tenant_context(other_company):
        twin = User.objects.get(role="viewer")
        EmailAddress.objects.create(pk=ID, user=twin, email="moved@x.example", verified=False)
    path = f"/accounts/confirm-email/{confirmation.key}/"
    for answer in (at_globex.get(path), at_globex.post(path)):
        assert "does not work" in answer.content.decode() or answer.status_code == 404
    with tenant_context(other_company):
        assert not EmailAddress.objects.get(pk=ID).verified
    client_of(company, None).post(path)
    with tenant_context(company):
        assert EmailAddress.objects.get(pk=ID).verified


def test_survey_answer(
    company: Company,
    other_company: Company,
    acme: Planted,
    globex: Planted,
    at_globex: HostClient,
    client_of: Clients,
) -> None:
    copy_fields(Invitation, company, other_company, ["token_hash", "token_seed"])
    for path in (
        f"/s/{acme.survey_token}/",
        f"/s/{acme.survey_token}/thanks/",
        f"/s/{acme.survey_token}/unsubscribe/",
    ):
        for answer in (at_globex.get(path), at_globex.post(path, {"score": "0"})):
            assert answer.status_code in (404, 405)
            assert acme.mark not in answer.content.decode()
            assert globex.mark not in answer.content.decode()
    with tenant_context(other_company):
        assert not Response.objects.filter(score=0).exists()  # the planted one's is another
    assert client_of(company, None).get(f"/s/{acme.survey_token}/").status_code == 200


def test_referral_link(
    company: Company,
    other_company: Company,
    acme: Planted,
    globex: Planted,
    at_globex: HostClient,
    client_of: Clients,
) -> None:
    copy_fields(Invitation, company, other_company, ["token_hash", "token_seed"])
    path = f"/r/{acme.referral_token}/"
    person = {"name": "Eve", "email": "eve@x.example", "consent": "yes"}
    for answer in (at_globex.get(path), at_globex.post(path, person)):
        assert answer.status_code == 404
        assert globex.mark not in answer.content.decode()
    with tenant_context(other_company):
        assert not ReferredPerson.objects.exists()
    assert client_of(company, None).get(path).status_code == 200


def test_api_key_of_a_copied_row(
    company: Company, other_company: Company, acme: Planted, globex: Planted, at_globex: HostClient
) -> None:
    from accounts.models import ApiKey

    copy_fields(ApiKey, company, other_company, ["prefix", "secret_hash"])
    answer = at_globex.get("/api/v1/schema/", headers={"Authorization": f"Bearer {acme.key}"})
    assert answer.status_code == 401


def test_session_row_copied_to_another_company(
    company: Company, other_company: Company, client_of: Clients
) -> None:
    from django.contrib.sessions.models import Session

    client = client_of(company, "owner")
    with tenant_context(company):
        row = Session.objects.values().get(pk=client.session.session_key)
        owner = User.objects.values("password", "session_epoch").get(role="owner")
    with tenant_context(other_company):
        Session.objects.create(**row)
        User.objects.filter(role="owner").update(**owner)
    client.defaults["SERVER_NAME"] = "globex.localhost"
    answer = client.get("/settings/people/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
