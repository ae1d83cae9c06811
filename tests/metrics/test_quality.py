"""What the checks of the data find, on the page and by API, and mending it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from customers.models import (
    Change,
    Contact,
    Customer,
    Import,
    Subscription,
    UsageDay,
    UsageEvent,
)
from customers.usage.partitions import make, missing, month_of
from metrics.ledger import build
from metrics.models import QualityCount
from metrics.quality import checks, counting
from surveys.models import Suppression
from surveys.suppressions import hash_of
from tenants.models import Company
from tests.customers.importing import checked, imported, run
from tests.metrics import facts
from tests.metrics.health.scored import DAY

ClientOf = Callable[..., Client]


@pytest.fixture
def untidy(company: Company) -> dt.datetime:
    """One thing wrong of each kind."""
    today, now = company.today(), timezone.now()
    for name, mrr in (("Good", 10), ("Nobodys", 20), ("Free", 0)):
        facts.term(name, today - 400 * DAY, None, mrr)
    facts.attribute("Good", "owner", "manager@acme.example")
    facts.attribute("Free", "owner", "Somebody Gone")
    good = facts.customer("Good")
    facts.contact(good, "ann@good.example")
    facts.contact(facts.customer("Nobodys"), "Gone@nobody.example")
    Suppression.objects.create(email_hash=hash_of("gone@nobody.example"), reason="bounced")
    twin = facts.customer("good-again")
    Customer.objects.filter(pk=twin.pk).update(name="GOOD")
    Subscription.objects.create(
        customer=good, external_id="s-empty", source=facts.source(), recorded_at=now
    )
    UsageDay.objects.create(
        customer=good, day=today, end_user="u", events=1, kinds=[], names=[], counts=[]
    )
    _events(now)
    build.build(list(Customer.objects.values_list("pk", flat=True)), rules=build.Rules(90))
    tickets = "id,customer,opened at\nt-1,Good,2025-01-02\nt-2,nobody-knows,2025-01-02\n"
    run(checked("tickets", tickets), is_skipping_errors=True)
    counting.count(now)
    return now


def _events(now: dt.datetime) -> None:
    make(missing([month_of(now.date())]))
    for number, group in enumerate(["stray", "stray", ""]):
        UsageEvent.objects.create(
            occurred_at=now,
            received_at=now,
            customer=None,
            end_user="walker",
            group_id=group,
            kind="track",
            name="opened",
            message_id=f"m-{number}",
            source=facts.source(),
        )


def titles(key: str) -> list[str]:
    kept = QualityCount.objects.get(check_key=key)
    rows = counting.rows_of(checks.BY_KEY[key], kept.ids)
    assert kept.found == len(rows)
    return [row.title for row in rows]


@pytest.mark.usefixtures("untidy")
def test_each_check_finds_its_rows() -> None:
    assert titles("no_terms") == ["s-empty"]
    assert titles("no_owner") == ["Nobodys"]
    assert titles("unknown_owner") == ["Free"]
    assert titles("no_contacts") == ["Free", "GOOD"]
    assert titles("bounced") == ["Gone@nobody.example"]
    assert titles("no_usage") == ["Nobodys"]
    assert titles("unknown_events") == ["end user walker", "stray"]
    assert len(titles("left_out")) == 1
    assert titles("same_name") == ["Good", "GOOD"]
    assert QualityCount.objects.get(check_key="no_owner").among == 2


def test_nothing_is_wrong_with_nothing(company: Company) -> None:
    counting.count()
    assert {one.found for one in QualityCount.objects.all()} == {0}
    assert QualityCount.objects.count() == len(checks.ALL)


def test_it_counts_anew_after_a_change_and_once_in_a_while(company: Company) -> None:
    now = timezone.now()
    counting.count_if_due(now)
    counting.count_if_due(now + dt.timedelta(minutes=15))
    assert {one.counted_at for one in QualityCount.objects.all()} == {now}
    facts.customer("new")
    Change.objects.create(customer=facts.customer("new"), kind="customers", recorded_at=now)
    later = now + dt.timedelta(minutes=30)
    counting.count_if_due(later)
    assert {one.counted_at for one in QualityCount.objects.all()} == {later}
    counting.count_if_due(later + counting.AGAIN_AFTER * 2)
    assert QualityCount.objects.filter(counted_at=later).count() == 0


def page_of(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode()


@pytest.mark.usefixtures("untidy")
def test_the_pages(company: Company, client_of: ClientOf) -> None:
    viewer, admin = client_of(company, "viewer"), client_of(company, "admin")
    page = page_of(viewer, "/data/")
    for check in checks.ALL:
        assert check.title in page
        rows = page_of(viewer, f"/data/{check.key}/")
        assert 'name="pick"' not in rows
    assert ">in order<" not in page
    page = page_of(admin, "/data/no_owner/")
    assert "Nobodys" in page
    assert "Set the owner of the ticked" in page
    assert reverse("metrics:customer_bulk") in page
    assert "/imports/new/?kind=contacts" in page_of(admin, "/data/no_contacts/")
    page_of(viewer, "/data/odd/", 404)


def test_before_it_was_counted(company: Company, client_of: ClientOf, do_jobs: Any) -> None:
    client = client_of(company, "manager")
    assert "Not counted yet" in page_of(client, "/data/")
    assert "Not counted yet" in page_of(client, "/data/no_owner/")
    client.post(reverse("metrics:data_count"))
    do_jobs(company, key=counting.COUNT)
    page = page_of(client, "/data/")
    assert page.count("nothing to check") == len(checks.ALL)
    assert "badge-good" not in page
    facts.term("Good", company.today() - 400 * DAY, None, 10)
    build.build(list(Customer.objects.values_list("pk", flat=True)), rules=build.Rules(90))
    counting.count()
    assert page_of(client, "/data/").count("badge-good") > 0
    among = dict(QualityCount.objects.values_list("check_key", "among"))
    assert (among["no_owner"], among["no_usage"], among["unknown_events"]) == (1, 0, 0)
    assert client_of(company, "viewer").post(reverse("metrics:data_count")).status_code == 403


@pytest.mark.usefixtures("untidy")
def test_what_is_mended_goes_at_once(company: Company, client_of: ClientOf) -> None:
    facts.attribute("Nobodys", "owner", "manager@acme.example")
    page = page_of(client_of(company, "admin"), "/data/no_owner/")
    assert "is mended since" in page
    assert "Nobodys" not in page


def _removed(client: Client, key: str) -> int:
    page = page_of(client, f"/data/{key}/")
    picks = re.findall(r'name="pick" value="(\d+)"', page)
    assert picks
    response = client.post(reverse("metrics:data_removal", args=[key]), {"pick": picks})
    return int(response.status_code)


@pytest.mark.usefixtures("untidy")
def test_events_and_contacts_are_removed(company: Company, client_of: ClientOf) -> None:
    admin, manager = client_of(company, "admin"), client_of(company, "manager")
    assert 'name="pick"' not in page_of(manager, "/data/bounced/")
    url = reverse("metrics:data_removal", args=["unknown_events"])
    assert manager.post(url, {"pick": "1"}).status_code == 403
    assert _removed(admin, "unknown_events") == 302
    assert not UsageEvent.objects.exists()
    assert _removed(admin, "bounced") == 302
    assert Contact.objects.get(email="Gone@nobody.example").removed_at is not None
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"quality.bounced_removed", "quality.unknown_events_removed"} <= actions
    page = admin.post(
        reverse("metrics:data_removal", args=["no_owner"]), {"pick": "1"}, follow=True
    )
    assert "cannot be removed here" in page.content.decode()


@pytest.mark.usefixtures("untidy")
def test_an_address_that_mail_does_not_reach_is_corrected_from_the_list(
    company: Company, client_of: ClientOf
) -> None:
    contact = Contact.objects.get(email="Gone@nobody.example")
    link = reverse("customers:contact_edit", args=[contact.customer_id, contact.pk])
    assert link not in page_of(client_of(company, "viewer"), "/data/bounced/")
    manager = client_of(company, "manager")
    assert f'href="{link}?next=' in page_of(manager, "/data/bounced/")
    sent = {"email": "here@nobody.example", "next": "/data/bounced/"}
    assert manager.post(link, sent)["Location"] == "/data/bounced/"
    counting.count()
    assert titles("bounced") == []


@pytest.mark.usefixtures("untidy")
def test_by_api(company: Company, client_of: ClientOf) -> None:
    client = client_of(company, "viewer")
    found = {one["key"]: one for one in client.get("/api/v1/quality/").json()["results"]}
    assert set(found) == set(checks.BY_KEY)
    assert (found["no_owner"]["found"], found["no_owner"]["among"]) == (1, 2)
    rows = client.get("/api/v1/quality/no_owner/").json()
    assert [row["title"] for row in rows["results"]] == ["Nobodys"]
    assert rows["results"][0]["customer_id"] == facts.customer("Nobodys").pk
    assert client.get("/api/v1/quality/odd/").status_code == 404


def test_an_import_with_rows_in_error_is_named(company: Company) -> None:
    imported("customers", "id,name\nc-1,One\n")
    assert Import.objects.filter(rows_in_error__gt=0).count() == 0
    counting.count()
    assert titles("left_out") == []
