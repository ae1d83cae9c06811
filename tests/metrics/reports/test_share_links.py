"""Share links: read-only, ending, revocable, and nothing anywhere else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.actions.people import change_role, deactivate_user
from accounts.actions.refusals import Refused
from accounts.models import AuditEntry, IdempotencyKey, User
from metrics.actions import board_reports
from metrics.actions.share_links import change_report_settings, make_link, revoke_link
from metrics.models import ShareLink
from metrics.views import shared
from tenants.limits import Limit
from tenants.models import Company
from tests.casting import Clients, Users
from tests.clients import HostClient
from tests.metrics.reports import facts

METRIC = {"metric": "mrr", "grain": "month", "span": 12, "by": ""}


@pytest.fixture(autouse=True)
def _counted_anew(company: Company) -> None:
    caches["default"].clear()


def link(what: str = "overview", **more: Any) -> tuple[ShareLink, str]:
    made, token = make_link(name="For Eve", what=what, days=30, by=None, **more)
    return made, f"/shared/{token}/"


def test_anybody_reads_the_overview_and_no_customers_name(
    company: Company, client_of: Clients
) -> None:
    facts.plant(company)
    _, path = link()
    answer = client_of(company, None).get(path)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "For Eve" in page
    assert "MRR movements" in page
    assert not any(name in page for name in facts.NAMES)
    assert not answer.cookies
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert "no-store" in answer["Cache-Control"]
    assert 'name="robots" content="noindex' in page
    assert "/settings/" not in page


def test_a_metric_with_its_segments(company: Company, client_of: Clients) -> None:
    facts.plant(company, owner="eve@acme.example")
    _, path = link("metric", selection={**METRIC, "by": "owner", "span": 6})
    page = client_of(company, None).get(path).content.decode()
    assert "eve@acme.example" in page
    assert "448.00" in page  # who stays, in all: 140, 101, 103 and 104


def test_a_report_is_the_one_that_was_made(company: Company, client_of: Clients) -> None:
    report = board_reports.ask_board_report(grain="month", start=facts.last_month(company), by=None)
    with pytest.raises(Refused, match="made"):
        link("report", report=report)
    board_reports.make(report.pk)
    report.refresh_from_db()
    made, path = link("report", report=report)
    anybody = client_of(company, None)
    assert "Open the PDF" in anybody.get(path).content.decode()
    file = anybody.get(f"{path}report.pdf")
    assert file.content == bytes(report.file or b"")
    assert file["Referrer-Policy"] == "no-referrer"
    assert not file.cookies
    board_reports.remove_board_report(report=report, by=None)
    assert anybody.get(path).status_code == 404
    assert not ShareLink.objects.filter(pk=made.pk).exists()


def test_the_file_of_another_kind_of_link_is_not_there(
    company: Company, client_of: Clients
) -> None:
    _, path = link()
    assert client_of(company, None).get(f"{path}report.pdf").status_code == 404


def test_uses_are_counted(company: Company, client_of: Clients) -> None:
    made, path = link()
    anybody = client_of(company, None)
    anybody.get(path)
    anybody.get(path)
    anybody.head(path)
    assert anybody.post(path).status_code == 405
    made.refresh_from_db()
    assert made.uses == 2
    assert made.used_at is not None


def test_one_that_is_over_says_so_and_nothing_else(company: Company, client_of: Clients) -> None:
    revoked, first = link()
    revoke_link(link=revoked, by=None)
    ended, second = link()
    now = timezone.now()
    ShareLink.objects.filter(pk=ended.pk).update(
        made_at=now - dt.timedelta(days=2), expires_at=now - dt.timedelta(days=1)
    )
    pages = []
    for path in (first, second):
        answer = client_of(company, None).get(path)
        assert answer.status_code == 410
        assert "For Eve" not in answer.content.decode()
        assert company.name not in answer.content.decode()
        pages.append(answer.content)
    assert pages[0] == pages[1]  # nobody learns which of the two
    revoked.refresh_from_db()
    assert revoked.uses == 0
    assert client_of(company, None).get("/shared/unknown/").status_code == 404


def test_it_opens_nothing_at_another_company(
    company: Company, other_company: Company, client_of: Clients
) -> None:
    made, path = link()
    row = ShareLink.objects.values(
        "name", "what", "token_hash", "made_at", "made_by_label", "expires_at"
    ).get(pk=made.pk)
    with tenant_context(other_company):
        ShareLink.objects.create(**row)  # the worst that a leaked row could do
    for client in (client_of(other_company, None), client_of(other_company, "owner")):
        assert client.get(path).status_code == 404
    assert HostClient("localhost").get(path).status_code == 404


def test_only_a_hash_is_kept(company: Company) -> None:
    made, path = link()
    token = path.split("/")[2]
    assert len(token) == 64
    assert token not in str(ShareLink.objects.values().get(pk=made.pk))


def test_who_may(company: Company, user_of: Users, client_of: Clients) -> None:
    manager, viewer, admin = (user_of(company, role) for role in ("manager", "viewer", "admin"))
    for user in (manager, viewer):
        with pytest.raises(PermissionDenied):
            make_link(name="x", what="overview", days=1, by=user)
    assert client_of(company, "manager").get("/reports/links/new/").status_code == 403
    change_report_settings(managers_may_share=True, by=admin)
    make_link(name="x", what="overview", days=1, by=manager)
    assert client_of(company, "manager").get("/reports/links/new/").status_code == 200
    with pytest.raises(PermissionDenied):
        make_link(name="x", what="overview", days=1, by=viewer)
    assert client_of(company, "manager").post("/reports/settings/").status_code == 403


def test_pages_make_show_once_and_revoke(company: Company, client_of: Clients) -> None:
    admin = client_of(company, "admin")
    body = {"name": "Board", "what": "metric", "metric": "nps", "days": "7", "grain": "month"}
    answer = admin.post("/reports/links/new/", {**body, "span": "12"})
    page = answer.content.decode()
    made = ShareLink.objects.get()
    assert answer.status_code == 200
    assert f"{company.slug}.localhost:8000/shared/" in page
    listed = admin.get("/reports/").content.decode()
    assert "Net promoter score, 12 months" in listed
    assert "/shared/" not in listed
    assert admin.post(f"/reports/links/{made.pk}/revocation/").status_code == 302
    assert "Revoked" in admin.get("/reports/").content.decode()
    actions = list(AuditEntry.objects.filter(action__startswith="share_link").order_by("pk"))
    assert [one.action for one in actions] == ["share_link.made", "share_link.revoked"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"name": "x", "what": "metric", "days": "7"}, "Choose the metric"),
        ({"name": "x", "what": "report", "days": "7"}, "Choose the report"),
        ({"name": "x", "what": "overview", "days": "0"}, "greater than or equal to 1"),
        ({"name": "x", "what": "overview", "days": "9999"}, "less than or equal to 366"),
        ({"name": "", "what": "overview", "days": "7"}, "required"),
    ],
)
def test_what_is_wrong_is_said(
    company: Company, client_of: Clients, body: dict[str, str], told: str
) -> None:
    answer = client_of(company, "admin").post("/reports/links/new/", body)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not ShareLink.objects.exists()


def test_limits(company: Company, client_of: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    _, path = link()
    monkeypatch.setattr(shared, "PER_NETWORK", Limit("share-network", 2, 60))
    anybody = client_of(company, None)
    assert [anybody.get(path).status_code for _ in range(3)] == [200, 200, 429]


def test_the_api_makes_lists_and_revokes(company: Company, client_of: Clients) -> None:
    from accounts.actions.keys import create_api_key

    _, key = create_api_key(name="k", scopes=["read", "write"], by=None)
    api = HostClient(f"{company.slug}.localhost", headers={"Authorization": f"Bearer {key}"})
    body = {"name": "Eve", "what": "metric", "metric": "mrr", "days": 5}
    answer = api.post("/api/v1/share-links/", body, content_type="application/json")
    assert answer.status_code == 201
    made = answer.json()
    path = "/shared/" + made["url"].split("/shared/")[1]
    assert client_of(company, None).get(path).status_code == 200
    (row,) = api.get("/api/v1/share-links/").json()["results"]
    assert (row["uses"], row["is_open"], row["selection"]["metric"]) == (1, True, "mrr")
    assert "url" not in row
    assert api.delete(f"/api/v1/share-links/{made['id']}/").status_code == 204
    assert api.get(f"/api/v1/share-links/{made['id']}/").json()["is_open"] is False
    bad = api.post("/api/v1/share-links/", {**body, "metric": "x"}, content_type="application/json")
    assert (bad.status_code, bad.json()["code"]) == (400, "invalid_metric")


def test_an_address_that_is_told_once_is_not_kept_to_be_told_again(company: Company) -> None:
    from accounts.actions.keys import create_api_key

    _, key = create_api_key(name="k", scopes=["read", "write"], by=None)
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "k-1"}
    api = HostClient(f"{company.slug}.localhost", headers=headers)
    body = {"name": "Eve", "what": "overview", "days": 5}
    first, again = (
        api.post("/api/v1/share-links/", body, content_type="application/json") for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 409)
    assert again.json()["code"] == "idempotency_answer_not_kept"
    assert ShareLink.objects.count() == 1
    token = first.json()["url"].rstrip("/").rsplit("/", 1)[1]
    assert not any(token in row.body for row in IdempotencyKey.objects.all())


def made_by(user: User) -> tuple[ShareLink, str]:
    made, token = make_link(name="Board", what="overview", days=30, by=user)
    return made, f"/shared/{token}/"


def test_links_go_with_who_made_them_and_the_page_says_so_before(
    company: Company, client_of: Clients, user_of: Users
) -> None:
    admin, owner = user_of(company, "admin"), user_of(company, "owner")
    (first, path), (second, _) = made_by(admin), made_by(admin)
    kept, of_owner = made_by(owner)
    of_key, _ = link()
    revoke_link(link=second, by=owner)
    made_by(admin)
    anybody, client = client_of(company, None), client_of(company, "owner")
    assert anybody.get(path).status_code == 200
    people = client.get("/settings/people/").content.decode()
    assert "2 share links they made are revoked when they are deactivated" in people
    assert people.count("share link") == 1  # an owner's own are not on offer

    answer = client.post(f"/settings/people/{admin.pk}/deactivation/", follow=True)
    assert "2 share links they made show nothing any more." in answer.content.decode()
    assert anybody.get(path).status_code == 410
    assert anybody.get(of_owner).status_code == 200
    open_links = ShareLink.objects.open().values_list("pk", flat=True)
    assert set(open_links) == {kept.pk, of_key.pk}
    first.refresh_from_db()
    assert first.revoked_by_label == (owner.name or owner.email)
    entry = AuditEntry.objects.get(action="share_links.revoked")
    assert (entry.actor, entry.subject_id) == (owner, str(admin.pk))
    assert entry.detail == {"links_revoked": "Board, Board"}
    client.post(f"/settings/people/{admin.pk}/reactivation/")
    assert anybody.get(path).status_code == 410
    deactivate_user(user=User.objects.get(pk=admin.pk), by=owner)
    with pytest.raises(PermissionDenied):  # as they were loaded before
        make_link(name="Late", what="overview", days=1, by=admin)


@pytest.mark.parametrize(
    ("role", "managers_may", "stays"),
    [
        ("owner", False, True),
        ("manager", True, True),
        ("manager", False, False),
        ("viewer", True, False),
    ],
)
def test_links_go_with_a_role_that_may_not_share(
    company: Company, user_of: Users, role: str, managers_may: bool, stays: bool
) -> None:
    admin, owner = user_of(company, "admin"), user_of(company, "owner")
    change_report_settings(managers_may_share=managers_may, by=owner)
    made, _ = made_by(admin)
    told = change_role(user=admin, role=role, by=owner)
    made.refresh_from_db()
    assert made.is_open() is stays
    assert told == ([] if stays else ["1 share link they made shows nothing any more."])
