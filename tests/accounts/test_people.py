"""The people page and its actions, by the cast: owner, admin, manager, viewer, outsider."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from accounts.actions import people
from accounts.actions.refusals import Refused
from accounts.models import AuditEntry, User
from tenants.models import Company, DirectoryEntry
from tests.casting import Clients, Users

ACTIONS = ("deactivation", "reactivation", "role")


def url(user: User, action: str) -> str:
    return f"/settings/people/{user.pk}/{action}/"


def test_admin_sees_everybody(company: Company, client_of: Clients) -> None:
    page = client_of(company, "admin").get("/settings/people/")
    assert page.status_code == 200
    for user in User.objects.all():
        assert user.email in page.content.decode()


@pytest.mark.parametrize("role", ["manager", "viewer"])
def test_smaller_roles_are_refused(
    company: Company, client_of: Clients, user_of: Users, role: str
) -> None:
    viewer = user_of(company, "viewer")
    client = client_of(company, role)
    assert client.get("/settings/people/").status_code == 403
    for action in ACTIONS:
        assert client.post(url(viewer, action), {"role": "owner"}).status_code == 403
    viewer.refresh_from_db()
    assert viewer.is_active
    assert viewer.role == "viewer"


def test_nobody_signed_in_goes_to_sign_in(
    company: Company, client_of: Clients, user_of: Users
) -> None:
    client = client_of(company, None)
    for action in ACTIONS:
        answer = client.post(url(user_of(company, "viewer"), action), {"role": "admin"})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/?next=")


def test_outsiders_session_is_nothing_here(
    company: Company,
    other_company: Company,
    client_of: Clients,
    user_of: Users,
) -> None:
    outsider = client_of(other_company, "owner")
    outsider.defaults["SERVER_NAME"] = "acme.localhost"
    viewer = user_of(company, "viewer")
    answer = outsider.post(url(viewer, "deactivation"))
    assert answer.status_code == 302
    viewer.refresh_from_db()
    assert viewer.is_active


def test_get_never_acts(company: Company, client_of: Clients, user_of: Users) -> None:
    viewer = user_of(company, "viewer")
    for action in ACTIONS:
        assert client_of(company, "owner").get(url(viewer, action)).status_code == 405


def test_unknown_person_is_404(company: Company, client_of: Clients) -> None:
    for action in ACTIONS:
        answer = client_of(company, "owner").post(
            f"/settings/people/999999/{action}/", {"role": "viewer"}
        )
        assert answer.status_code == 404


def test_owner_changes_a_role_and_it_is_written_down(
    company: Company, client_of: Clients, user_of: Users
) -> None:
    viewer = user_of(company, "viewer")
    answer = client_of(company, "owner").post(url(viewer, "role"), {"role": "manager"})
    assert answer.status_code == 302
    viewer.refresh_from_db()
    assert viewer.role == "manager"
    entry = AuditEntry.objects.get(action="user.role_changed")
    assert entry.actor == user_of(company, "owner")
    assert entry.detail == {"from": "viewer", "to": "manager"}


def test_unknown_role_changes_nothing(company: Company, client_of: Clients, user_of: Users) -> None:
    viewer = user_of(company, "viewer")
    client_of(company, "owner").post(url(viewer, "role"), {"role": "king"})
    viewer.refresh_from_db()
    assert viewer.role == "viewer"


def test_admin_neither_makes_nor_unmakes_owners(
    company: Company, client_of: Clients, user_of: Users
) -> None:
    admin, owner, viewer = (user_of(company, role) for role in ("admin", "owner", "viewer"))
    client = client_of(company, "admin")
    assert client.post(url(viewer, "role"), {"role": "owner"}).status_code == 403
    assert client.post(url(owner, "role"), {"role": "viewer"}).status_code == 403
    assert client.post(url(owner, "deactivation")).status_code == 403
    with pytest.raises(PermissionDenied):
        people.change_role(user=admin, role="owner", by=admin)
    owner.refresh_from_db()
    assert owner.is_active
    assert owner.is_owner


def test_last_owner_stays(company: Company, client_of: Clients, user_of: Users) -> None:
    owner = user_of(company, "owner")
    with pytest.raises(Refused) as refusal:
        people.change_role(user=owner, role="viewer", by=owner)
    assert refusal.value.code == "last_owner"
    page = client_of(company, "owner").post(url(owner, "role"), {"role": "viewer"}, follow=True)
    assert "last active owner" in page.content.decode()


def test_a_deactivated_owner_does_not_count_as_left(company: Company, user_of: Users) -> None:
    owner, admin = user_of(company, "owner"), user_of(company, "admin")
    people.change_role(user=admin, role="owner", by=owner)
    admin.refresh_from_db()
    people.deactivate_user(user=admin, by=owner)
    with pytest.raises(Refused):
        people.change_role(user=owner, role="admin", by=owner)


def test_deactivating_ends_sessions_and_reactivating_does_not_revive_them(
    company: Company, client_of: Clients, user_of: Users
) -> None:
    viewer = user_of(company, "viewer")
    session = client_of(company, "viewer")
    assert session.get("/accounts/password/change/").status_code == 200
    owner = client_of(company, "owner")
    owner.post(url(viewer, "deactivation"))
    assert session.get("/accounts/password/change/").status_code == 302
    owner.post(url(viewer, "reactivation"))
    viewer.refresh_from_db()
    assert viewer.is_active
    assert session.get("/accounts/password/change/").status_code == 302


def test_the_directory_follows(company: Company, user_of: Users) -> None:
    owner, viewer = user_of(company, "owner"), user_of(company, "viewer")
    listed = DirectoryEntry.objects.filter(company=company, email=viewer.email)
    people.deactivate_user(user=viewer, by=owner)
    assert not listed.exists()
    people.reactivate_user(user=viewer, by=owner)
    assert listed.exists()


def test_nobody_deactivates_themselves(company: Company, user_of: Users) -> None:
    admin = user_of(company, "admin")
    with pytest.raises(Refused) as refusal:
        people.deactivate_user(user=admin, by=admin)
    assert refusal.value.code == "user_is_self"


def test_an_address_belongs_to_one_user(company: Company, user_of: Users) -> None:
    with pytest.raises(Refused) as refusal:
        people.add_user(email="Viewer@Acme.example", name="Twice", role="viewer")
    assert refusal.value.code == "user_exists"


def test_everybody_names_themselves(company: Company, client_of: Clients, user_of: Users) -> None:
    client = client_of(company, "viewer")
    assert client.post("/profile/", {"name": "Vera Viewer"}).status_code == 302
    assert user_of(company, "viewer").name == "Vera Viewer"
    assert AuditEntry.objects.get(action="user.renamed").actor == user_of(company, "viewer")
    assert client.post("/profile/", {"name": ""}).status_code == 422
    assert client.post("/profile/", {"name": "Vera\nBcc: eve"}).status_code == 422
    assert client_of(company, None).post("/profile/", {"name": "Eve"}).status_code == 302
    assert user_of(company, "viewer").name == "Vera Viewer"
