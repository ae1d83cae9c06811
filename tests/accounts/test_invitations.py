"""Inviting people and their joining."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actions import invitations
from accounts.actions.refusals import Refused
from accounts.models import AuditEntry, User, UserInvitation
from tenants.models import Company, DirectoryEntry
from tests.cast import Mailbox
from tests.casting import Clients, Jobs, Users

PASSWORD = "a quite different sentence 42"
Invite = Callable[..., tuple[UserInvitation, str]]
JOIN = {"name": "Nell Newcomer", "password": PASSWORD}


@pytest.fixture
def invite(company: Company, user_of: Users, mailbox: Mailbox, do_jobs: Jobs) -> Invite:
    """`invite(email, role)`: the invitation and the link that came by mail."""

    def make(email: str = "new@acme.example", role: str = "manager") -> tuple[UserInvitation, str]:
        invitation = invitations.invite_user(email=email, role=role, by=user_of(company, "owner"))
        do_jobs(company)
        invitation.refresh_from_db()
        return invitation, mailbox.links(mailbox.wait_for(email.lower())[-1])[0]

    return make


def test_invited_by_mail_joins_and_is_signed_in(
    company: Company,
    client_of: Clients,
    invite: Invite,
) -> None:
    _, link = invite("New@acme.example")
    assert link.startswith("http://acme.localhost:8000/invitations/")
    client = client_of(company, None)
    page = client.get(link)
    assert page.status_code == 200
    assert not User.objects.filter(email="new@acme.example").exists()
    answer = client.post(link, JOIN)
    assert answer.status_code == 302
    user = User.objects.get(email="new@acme.example")
    assert (user.role, user.name) == ("manager", "Nell Newcomer")
    assert client.get("/accounts/password/change/").status_code != 302
    assert DirectoryEntry.objects.filter(company=company, email="new@acme.example").exists()
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"user_invitation.sent", "user_invitation.accepted", "user.added"} <= actions


def test_a_name_is_one_line(company: Company, client_of: Clients, invite: Invite) -> None:
    _, link = invite()
    answer = client_of(company, None).post(link, JOIN | {"name": "Nell\nNewcomer"})
    assert answer.status_code == 422
    assert "without line breaks" in answer.content.decode()
    assert not User.objects.filter(email="new@acme.example").exists()


def test_works_once(
    company: Company,
    client_of: Clients,
    invite: Invite,
) -> None:
    _, link = invite()
    client_of(company, None).post(link, JOIN)
    again = client_of(company, None).post(link, JOIN | {"password": "another long sentence 9"})
    assert again.status_code == 410
    assert "is a user of Acme already" in again.content.decode()
    assert User.objects.get(email="new@acme.example").check_password(PASSWORD)


def test_weak_password_is_refused(
    company: Company,
    client_of: Clients,
    invite: Invite,
) -> None:
    _, link = invite()
    answer = client_of(company, None).post(link, JOIN | {"password": "new@acme.example"})
    assert answer.status_code == 422
    assert not User.objects.filter(email="new@acme.example").exists()


def test_expires(
    company: Company,
    client_of: Clients,
    invite: Invite,
) -> None:
    invitation, link = invite()
    UserInvitation.objects.filter(pk=invitation.pk).update(
        expires_at=timezone.now() - dt.timedelta(seconds=1)
    )
    answer = client_of(company, None).post(link, JOIN)
    assert answer.status_code == 410
    assert "It expired" in answer.content.decode()
    with pytest.raises(Refused):
        invitations.accept_invitation(invitation=invitation, name="N", password=PASSWORD)


def test_sent_again_only_the_newer_link_works(
    company: Company,
    client_of: Clients,
    user_of: Users,
    invite: Invite,
    mailbox: Mailbox,
    do_jobs: Jobs,
) -> None:
    invitation, first = invite()
    answer = client_of(company, "owner").post(
        f"/settings/people/invitations/{invitation.pk}/sending/"
    )
    assert answer.status_code == 302
    do_jobs(company)
    second = mailbox.links(mailbox.wait_for("new@acme.example", count=2)[-1])[0]
    assert first != second
    assert client_of(company, None).get(first).status_code == 404
    assert client_of(company, None).get(second).status_code == 200


def test_revoked_no_longer_works(
    company: Company,
    client_of: Clients,
    invite: Invite,
) -> None:
    invitation, link = invite()
    path = f"/settings/people/invitations/{invitation.pk}/revocation/"
    owner = client_of(company, "owner")
    assert owner.get(path).status_code == 405
    assert owner.post(path).status_code == 302
    assert owner.post(path).status_code == 404
    answer = client_of(company, None).post(link, JOIN)
    assert answer.status_code == 410
    assert "revoked" in answer.content.decode()


def test_a_mail_that_waits_is_not_sent_once_revoked(
    company: Company, user_of: Users, mailbox: Mailbox, do_jobs: Jobs
) -> None:
    owner = user_of(company, "owner")
    invitation = invitations.invite_user(email="late@acme.example", role="viewer", by=owner)
    invitations.revoke_invitation(invitation=invitation, by=owner)
    do_jobs(company)
    assert mailbox.mails("late@acme.example") == []


def test_only_a_hash_is_stored(company: Company, invite: Invite) -> None:
    invitation, link = invite()
    secret = link.rstrip("/").rsplit("/", 1)[-1]
    assert len(secret) == 64
    assert secret not in str(UserInvitation.objects.filter(pk=invitation.pk).values())


@pytest.mark.parametrize("role", ["manager", "viewer"])
def test_smaller_roles_invite_nobody(company: Company, client_of: Clients, role: str) -> None:
    answer = client_of(company, role).post(
        "/settings/people/invitations/", {"email": "new@acme.example", "role": "viewer"}
    )
    assert answer.status_code == 403
    assert not UserInvitation.objects.exists()


def test_admin_invites_but_no_owner(company: Company, client_of: Clients, user_of: Users) -> None:
    admin = client_of(company, "admin")
    path = "/settings/people/invitations/"
    answer = admin.post(path, {"email": "new@acme.example", "role": "admin"})
    assert answer.status_code == 302
    admin.post(path, {"email": "boss@acme.example", "role": "owner"})
    assert list(UserInvitation.objects.values_list("email", flat=True)) == ["new@acme.example"]
    with pytest.raises(PermissionDenied):
        invitations.invite_user(
            email="boss@acme.example", role="owner", by=user_of(company, "admin")
        )


def test_admin_leaves_owners_invitations_alone(
    company: Company,
    client_of: Clients,
    invite: Invite,
) -> None:
    invitation, _ = invite("boss@acme.example", "owner")
    admin = client_of(company, "admin")
    for verb in ("sending", "revocation"):
        answer = admin.post(f"/settings/people/invitations/{invitation.pk}/{verb}/")
        assert answer.status_code == 403


def test_known_and_already_invited_addresses_are_refused(
    company: Company,
    user_of: Users,
    invite: Invite,
) -> None:
    owner = user_of(company, "owner")
    invite()
    for address, code in [
        ("NEW@acme.example", "invitation_exists"),
        ("viewer@acme.example", "user_exists"),
    ]:
        with pytest.raises(Refused) as refusal:
            invitations.invite_user(email=address, role="viewer", by=owner)
        assert refusal.value.code == code


def test_the_database_keeps_one_pending_invitation_per_address(
    company: Company, invite: Invite
) -> None:
    invite()
    with pytest.raises(IntegrityError), transaction.atomic():
        UserInvitation.objects.create(email="new@acme.example", role="viewer")


def test_made_up_token_is_404(company: Company, client_of: Clients) -> None:
    for token in ("0" * 64, "x", "a" * 5000):
        assert client_of(company, None).get(f"/invitations/{token}/").status_code == 404
