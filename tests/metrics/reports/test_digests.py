"""Digests: chosen by users, one for a slot, readable with pictures off, stopped by their link."""

from __future__ import annotations

import datetime as dt
import re
from email.message import EmailMessage

import pytest
from django.core.cache import caches
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.formatting import format_metric
from accounts.models import AuditEntry, User
from customers.models import Task
from metrics.actions import digests
from metrics.models import Digest, DigestChoice
from metrics.periods import Period
from metrics.registry import metric
from metrics.reports.mails import read_token, token_of
from metrics.reports.slots import LATE, latest_slot
from metrics.values import series
from metrics.views.digests import AT_ONCE
from tenants.models import Company
from tests.cast import Mailbox
from tests.casting import Clients, Jobs, Users
from tests.metrics import facts as plain
from tests.metrics.reports import facts


@pytest.fixture(autouse=True)
def _nothing_kept(company: Company) -> None:
    caches["default"].clear()


def wanted(user: User, kind: str = "monthly", **values: object) -> DigestChoice:
    """On since long ago. Monthly from the first minute of the month, so that the latest is of the
    last month on any day."""
    first = {"day": 1, "hour": 0} if kind == "monthly" else {}
    given = digests.DEFAULTS[kind] | {"is_on": True} | first | values
    since = timezone.now() - dt.timedelta(days=400)
    return DigestChoice.objects.create(user=user, kind=kind, on_since=since, **given)


def at_slot(choice: DigestChoice, company: Company) -> dt.datetime:
    return latest_slot(choice, now=timezone.now(), zone=company.timezone)


def send(choice: DigestChoice, company: Company) -> Digest:
    """What jobs do at the slot, whenever that was."""
    now = at_slot(choice, company)
    assert digests.make_due(now) == 1
    digest = Digest.objects.get(user=choice.user, kind=choice.kind)
    digests.send_digest(digest_id=digest.pk, now=now)
    digest.refresh_from_db()
    return digest


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("html",))
    assert part is not None
    return str(part.get_content())


def test_the_mail_says_the_metrics_values(
    company: Company, user_of: Users, mailbox: Mailbox
) -> None:
    month = facts.plant(company)
    owner = user_of(company, "owner")
    Task.objects.create(
        customer=plain.customer(facts.NAMES[0]),
        title="Call <b>them</b>",
        assignee=owner,
        due_on=month,
    )
    digest = send(wanted(owner), company)
    assert digest.state == "sent"
    (mail,) = mailbox.mails(owner.email)
    as_of = company.today()
    text, html = mailbox.text(mail), html_of(mail)
    end = (month + dt.timedelta(days=32)).replace(day=1)
    for key in ("mrr", "customers", "customer_churn_rate", "nps"):
        found = series(metric(key), [Period(month, end)], company=company, as_of=as_of)
        (value,) = found.totals
        assert value.value is not None
        shown = format_metric(value.value, found.unit, found.currency or "")
        assert f"{found.metric.name}: {shown}" in text
        assert f">{shown}<" in html
    assert "Call <b>them</b>" in text
    assert "Call &lt;b&gt;them&lt;/b&gt;" in html


def test_pictures_are_inside_and_have_words(
    company: Company, user_of: Users, mailbox: Mailbox
) -> None:
    facts.plant(company)
    owner = user_of(company, "owner")
    send(wanted(owner), company)
    (mail,) = mailbox.mails(owner.email)
    html = html_of(mail)
    shown = dict(re.findall(r'<img src="cid:([^"]+)" alt="([^"]+)"', html))
    held = {
        str(part["Content-ID"]).strip("<>"): part.get_content()
        for part in mail.walk()
        if part.get_content_maintype() == "image"
    }
    assert set(shown) == set(held) == {"mrr", "mrr_movements"}
    assert all(content.startswith(b"\x89PNG") for content in held.values())
    assert all("20" in alt and ":" in alt for alt in shown.values())
    assert mail.get_content_type() == "multipart/related"
    assert not re.search(r'src="https?:', html)  # nothing is fetched
    assert "prefers-color-scheme: dark" in html


def test_two_schedulers_send_once(
    company: Company, user_of: Users, mailbox: Mailbox, do_jobs: Jobs
) -> None:
    owner = user_of(company, "owner")
    choice = wanted(owner)
    now = at_slot(choice, company)
    assert [digests.make_due(now), digests.make_due(now)] == [1, 0]
    digest = Digest.objects.get()
    for _ in range(2):  # a job runs at least once
        digests.send_digest(digest_id=digest.pk, now=now)
    assert len(mailbox.mails(owner.email)) == 1
    assert digests.make_due(now + dt.timedelta(hours=2)) == 0


def test_whoever_moves_the_hour_gets_no_second_one(company: Company, user_of: Users) -> None:
    owner = user_of(company, "owner")
    choice = wanted(owner, hour=8)
    now = at_slot(choice, company)
    assert digests.make_due(now) == 1
    DigestChoice.objects.update(hour=9)
    assert digests.make_due(now + dt.timedelta(hours=1)) == 0


def test_nothing_long_past_is_sent(company: Company, user_of: Users, mailbox: Mailbox) -> None:
    owner = user_of(company, "owner")
    choice = wanted(owner)
    slot = at_slot(choice, company)
    late = slot + LATE + dt.timedelta(minutes=1)
    if latest_slot(choice, now=late, zone=company.timezone) == slot:
        assert digests.make_due(late) == 0
    assert digests.make_due(slot) == 1  # in time, and then its job waited too long
    digest = Digest.objects.get()
    digests.send_digest(digest_id=digest.pk, now=late)
    digest.refresh_from_db()
    assert digest.state == "late"
    assert mailbox.mails(owner.email) == []


def test_one_that_a_server_may_have_is_not_sent_again(
    company: Company, user_of: Users, mailbox: Mailbox
) -> None:
    owner = user_of(company, "owner")
    choice = wanted(owner)
    now = at_slot(choice, company)
    digests.make_due(now)
    Digest.objects.update(state="sending")  # whoever sent it died
    digests.send_digest(digest_id=Digest.objects.get().pk, now=now)
    assert mailbox.mails(owner.email) == []


def test_one_that_no_server_took_is_tried_again(
    company: Company, user_of: Users, mailbox: Mailbox, settings: object
) -> None:
    owner = user_of(company, "owner")
    choice = wanted(owner)
    now = at_slot(choice, company)
    digests.make_due(now)
    digest = Digest.objects.get()
    port = settings.EMAIL_PORT  # type: ignore[attr-defined]
    settings.EMAIL_PORT = 1  # type: ignore[attr-defined]
    with pytest.raises(OSError):
        digests.send_digest(digest_id=digest.pk, now=now)
    settings.EMAIL_PORT = port  # type: ignore[attr-defined]
    digests.send_digest(digest_id=digest.pk, now=now)
    assert len(mailbox.mails(owner.email)) == 1


def test_who_left_or_called_it_off_gets_none(
    company: Company, user_of: Users, mailbox: Mailbox
) -> None:
    owner, viewer = user_of(company, "owner"), user_of(company, "viewer")
    now = at_slot(wanted(owner), company)
    wanted(viewer)
    assert digests.make_due(now) == 2
    DigestChoice.objects.filter(user=owner).update(is_on=False)
    User.objects.filter(pk=viewer.pk).update(is_active=False)
    for digest in Digest.objects.all():
        digests.send_digest(digest_id=digest.pk, now=now)
    assert set(Digest.objects.values_list("state", flat=True)) == {"off"}
    assert mailbox.mails() == []


def test_a_manager_reads_of_their_own_customers(
    company: Company, user_of: Users, mailbox: Mailbox
) -> None:
    manager = user_of(company, "manager")
    facts.plant(company, owner=manager.email)
    send(wanted(manager), company)
    (mail,) = mailbox.mails(manager.email)
    text = mailbox.text(mail)
    assert f"Figures of the customers of {manager.email}." in text
    assert "Monthly recurring revenue: $241.00" in text  # 100 + 40 and 101
    assert "Customers: 2 " in text
    assert text.index("Customers: 2 ") < text.index("What changed and the charts are of all")


def test_the_page_chooses_and_sends_one_now(
    company: Company, user_of: Users, client_of: Clients, mailbox: Mailbox
) -> None:
    client = client_of(company, "viewer")
    viewer = user_of(company, "viewer")
    answer = client.post(
        "/profile/digests/weekly/",
        {"weekly-is_on": "on", "weekly-day": "4", "weekly-hour": "17", "weekly-timezone": ""},
    )
    assert answer.status_code == 302
    choice = DigestChoice.objects.get()
    assert (choice.user, choice.is_on, choice.day, choice.hour) == (viewer, True, 4, 17)
    assert AuditEntry.objects.filter(action="digest.chosen").count() == 1
    page = client.get("/profile/digests/").content.decode()
    assert "Friday" in page
    refused = client.post("/profile/digests/monthly/", {"monthly-day": "31", "monthly-hour": "7"})
    assert refused.status_code == 422
    assert client.post("/profile/digests/monthly/sending/").status_code == 302
    (mail,) = mailbox.mails(viewer.email)
    assert "in figures" in str(mail["Subject"])
    assert not Digest.objects.exists()


def test_one_at_once_is_not_sent_without_end(
    company: Company, client_of: Clients, mailbox: Mailbox, user_of: Users
) -> None:
    client = client_of(company, "viewer")
    for _ in range(AT_ONCE.amount):
        assert not AT_ONCE.is_spent(f"{company.pk}:{user_of(company, 'viewer').pk}")
        AT_ONCE.allows(f"{company.pk}:{user_of(company, 'viewer').pk}")
    page = client.post("/profile/digests/monthly/sending/", follow=True).content.decode()
    assert "Try again later" in page
    assert mailbox.mails(user_of(company, "viewer").email) == []


def test_the_preview_shows_the_mail_with_its_pictures(company: Company, client_of: Clients) -> None:
    facts.plant(company)
    client = client_of(company, "viewer")
    assert client.get("/profile/digests/monthly/preview/").status_code == 200
    answer = client.get("/profile/digests/monthly/mail/")
    assert "data:image/png;base64," in answer.content.decode()
    assert "img-src data:" in answer["Content-Security-Policy"]
    assert client.get("/profile/digests/daily/mail/").status_code == 404


def test_the_link_in_the_mail_stops_it_by_a_post_only(
    company: Company, user_of: Users, client_of: Clients, mailbox: Mailbox
) -> None:
    owner = user_of(company, "owner")
    send(wanted(owner, "weekly"), company)
    wanted(owner, "monthly")
    (mail,) = mailbox.mails(owner.email)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = str(mail["List-Unsubscribe"]).strip("<>").split(":8000", 1)[1]
    anybody = client_of(company, None)
    answer = anybody.get(path)
    assert answer.status_code == 200
    assert not answer.cookies
    assert DigestChoice.objects.filter(is_on=True).count() == 2
    assert anybody.post(path).status_code == 200
    assert [one.kind for one in DigestChoice.objects.filter(is_on=True)] == ["monthly"]
    assert anybody.post(path, {"again": "yes"}).status_code == 200
    assert DigestChoice.objects.filter(is_on=True).count() == 2


def test_the_link_does_nothing_at_another_company(
    company: Company, other_company: Company, user_of: Users, client_of: Clients
) -> None:
    owner = user_of(company, "owner")
    token = token_of(owner, "weekly")
    assert read_token(token) == (owner.pk, "weekly")
    with tenant_context(other_company):
        assert read_token(token) is None
        assert User.objects.filter(pk=owner.pk).exists()  # a twin by number
    answer = client_of(other_company, None).post(f"/digests/{token}/stop/")
    assert answer.status_code == 404
    with tenant_context(other_company):
        assert not DigestChoice.objects.exists()
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert client_of(company, None).post(f"/digests/{forged}/stop/").status_code == 404


def test_a_new_company_gets_a_mail_that_can_be_read(
    company: Company, user_of: Users, mailbox: Mailbox
) -> None:
    owner = user_of(company, "owner")
    send(wanted(owner, "weekly"), company)
    (mail,) = mailbox.mails(owner.email)
    text = mailbox.text(mail)
    assert "no value (" in text
    assert "None is late or due within a week." in text
