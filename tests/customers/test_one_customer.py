"""The pages of one customer: its headline, its timeline by kind and page, its people, and what is
changed there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions.keys import create_api_key
from accounts.models import AuditEntry
from customers.headline import headline
from customers.looking import KINDS, Mark, read_mark, written
from customers.models import Customer, CustomerAttribute, Source
from customers.timeline import page_of
from tenants.models import Company
from tests.customers.importing import imported

ClientOf = Callable[..., Client]
DAY = dt.timedelta(days=1)


@pytest.fixture
def alpha(company: Company) -> Customer:
    imported("customers", "id,name,joined\nc-1,Alpha,2024-01-02\nc-2,Beta,2024-01-02\n")
    return Customer.objects.get(external_id="c-1")


def get(client: Client, url: str, **headers: str) -> str:
    response = client.get(url, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def walked(customer: Customer, *, kind: str = "", limit: int) -> list[list[Any]]:
    """Every page of the timeline, from the newest on."""
    pages, after = [], ""
    while True:
        page = page_of(customer, kind=kind, after=read_mark(after), limit=limit)
        pages.append(page.entries)
        if not page.older:
            return pages
        after = page.older


def fill(today: dt.date) -> None:
    """A dense history: many things on the same days, some at one instant."""
    notes = "".join(f"c-1,n-{n},{today - n // 7 * DAY}T12:00:00Z,Ann,Note {n}\n" for n in range(60))
    imported("notes", f"customer,id,written at,author,text\n{notes}")
    tickets = "".join(
        f"c-1,t-{n},Ticket {n},{today - n // 5 * DAY}T08:00:00Z,"
        f"{f'{today - n // 5 * DAY}T09:00:00Z' if n % 3 else ''}\n"
        for n in range(40)
    )
    imported("tickets", f"customer,id,subject,opened at,resolved at\n{tickets}")
    imported(
        "subscriptions",
        "customer,subscription id,product,plan,amount,start,end\n"
        f"c-1,s-1,Desk,Team,100,{today - 400 * DAY},{today - 100 * DAY}\n"
        f"c-1,s-1,Desk,Team,80,{today - 100 * DAY},\n",
    )


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_pages_hold_every_entry_once_and_in_order(
    company: Company, alpha: Customer, limit: int
) -> None:
    fill(company.today())
    [whole] = walked(alpha, limit=1000)
    pages = walked(alpha, limit=limit)
    assert [entry for page in pages for entry in page] == whole
    assert {len(page) for page in pages[:-1]} <= {limit}
    assert [entry.on for entry in whole] == sorted((e.on for e in whole), reverse=True)
    assert len({entry.mark for entry in whole}) == len(whole)
    titles = [entry.title for entry in whole]
    assert sum(title.startswith("Note") for title in titles) == 60
    assert sum(title.startswith("Ticket opened") for title in titles) == 40
    assert sum(title.startswith("Ticket resolved") for title in titles) == 26


def test_it_is_narrowed_by_kind(company: Company, alpha: Customer) -> None:
    fill(company.today())
    [whole] = walked(alpha, limit=1000)
    for kind in KINDS:
        found = [entry for page in walked(alpha, kind=kind, limit=9) for entry in page]
        assert found == [entry for entry in whole if entry.kind == kind], kind
    assert {entry.kind for entry in whole} >= {"talks", "tickets", "contracts", "data"}
    others = walked(Customer.objects.get(external_id="c-2"), limit=1000)[0]
    assert {entry.kind for entry in others} == {"data"}


def test_the_page_goes_on_without_scripts(
    company: Company, alpha: Customer, client_of: ClientOf
) -> None:
    fill(company.today())
    viewer = client_of(company, "viewer")
    url = f"/customers/{alpha.pk}/timeline/?kind=talks"
    page = get(viewer, url)
    assert page.count('class="timeline-entry"') == 50
    [older] = re.findall(r'rel="next" href="([^"]*)"', page)
    rest = get(viewer, older.replace("&amp;", "&"))
    assert rest.count('class="timeline-entry"') == 10
    assert 'rel="next"' not in rest
    assert "Back to the newest" in rest
    fragment = get(viewer, older.replace("&amp;", "&"), hx_request="true", hx_target="older")
    assert fragment.count('class="timeline-entry"') == 10
    assert "<html" not in fragment
    latest = get(viewer, f"/customers/{alpha.pk}/timeline/", hx_request="true", hx_target="latest")
    assert latest.count('class="timeline-entry"') == 8
    assert f'href="/customers/{alpha.pk}/timeline/"' in latest
    assert get(viewer, f"{url}&after=nonsense").count('class="timeline-entry"') == 50


@pytest.mark.parametrize(
    "text", ["", "x", "W10", "WzEsMiwzXQ", "WyIyMDI1LTAxLTAxIiwgIlx1MDAwMCIsIDFd"]
)
def test_a_mark_that_is_none_is_the_beginning(text: str) -> None:
    assert read_mark(text) is None


def test_a_mark_is_read_as_it_was_written() -> None:
    mark = Mark(dt.date(2025, 2, 3), "facts.07", 12)
    assert read_mark(written(mark)) == mark


def test_the_headline_says_what_matters(company: Company, alpha: Customer) -> None:
    today = company.today()
    imported(
        "subscriptions",
        "customer,subscription id,plan,amount,start,end\n"
        f"c-1,s-1,Team,100,{today - 400 * DAY},{today - 30 * DAY}\n"
        f"c-1,s-1,Team,60,{today - 30 * DAY},\n",
    )
    opened = timezone.now() - 40 * DAY
    imported("tickets", f"customer,id,subject,opened at\nc-1,t-1,Slow,{opened.isoformat()}\n")
    found = headline(alpha, today)
    contexts = {figure.key: context for figure, context in found.figures}
    assert contexts["mrr"]["mrr"] == 60
    assert contexts["mrr"]["trend"][0] == 100
    assert contexts["mrr"]["trend"][-1] == 60
    assert contexts["tickets"]["open"] == 1
    assert "nps" not in contexts
    assert "use" not in contexts
    texts = [concern.text for concern in found.concerns]
    assert texts == ["MRR fell by 40 % within three months", "A ticket is open for 40 days"]


def test_who_stopped_paying_is_said_so(
    company: Company, alpha: Customer, client_of: ClientOf
) -> None:
    today = company.today()
    imported(
        "subscriptions",
        "customer,subscription id,plan,amount,start,end\n"
        f"c-1,s-1,Team,100,2024-03-01,{today - 10 * DAY}\n",
    )
    page = get(client_of(company, "viewer"), f"/customers/{alpha.pk}/")
    assert f"Stopped paying on {today - 10 * DAY:%-d %b %Y}" in page
    assert "$0.00" in page


def test_owner_and_stage_change_from_today_on(
    company: Company, alpha: Customer, client_of: ClientOf
) -> None:
    manager = client_of(company, "manager")
    url = f"/customers/{alpha.pk}/change/"
    said = {"owner": "manager@acme.example", "stage": "Live"}
    assert manager.post(url, said)["Location"] == f"/customers/{alpha.pk}/#whose"
    held = CustomerAttribute.objects.filter(customer=alpha, superseded_at=None)
    assert dict(held.values_list("key", "value")) == said
    entry = AuditEntry.objects.get(action="customer.changed")
    assert (entry.actor_label, entry.detail) == ("manager@acme.example", {"to": said})
    manager.post(url, {"owner": "", "stage": "Live"})
    assert (
        CustomerAttribute.objects.filter(customer=alpha, superseded_at=None, key="owner")
        .order_by("-pk")[0]
        .value
        == ""
    )
    assert Source.objects.filter(kind="user", label=str(entry.actor)).count() == 1
    assert AuditEntry.objects.filter(action="customer.changed").count() == 2
    manager.post(url, {"owner": "", "stage": "Live"})
    assert AuditEntry.objects.filter(action="customer.changed").count() == 2, "nothing changed"


def test_what_is_held_already_is_offered(
    company: Company, alpha: Customer, client_of: ClientOf
) -> None:
    manager = client_of(company, "manager")
    manager.post(f"/customers/{alpha.pk}/change/", {"owner": "Zoe <3", "stage": "Live"})
    assert 'hx-get="/customers/choices/"' in get(manager, f"/customers/{alpha.pk}/")
    owners, stages = get(manager, "/customers/choices/").split('id="choices-stage"')
    offered = re.findall(r'<option value="(.*?)">', owners)
    assert "manager@acme.example" in offered
    assert "Zoe &lt;3" in offered
    assert re.findall(r'<option value="(.*?)">', stages) == ["Live"]
    assert client_of(company, "viewer").get("/customers/choices/").status_code == 403


def test_who_may_change(
    company: Company, other_company: Company, alpha: Customer, client_of: ClientOf
) -> None:
    url = f"/customers/{alpha.pk}/change/"
    said = {"owner": "x"}
    assert client_of(company, "viewer").post(url, said).status_code == 403
    assert client_of(other_company, "owner").post(url, said).status_code == 404
    assert client_of(company, "manager").get(url).status_code == 405
    assert "Whose it is" in get(client_of(company, "viewer"), f"/customers/{alpha.pk}/")
    assert url not in get(client_of(company, "viewer"), f"/customers/{alpha.pk}/")
    assert not CustomerAttribute.objects.filter(key="owner").exists()
    long = client_of(company, "manager").post(url, {"owner": "x" * 300}, follow=True)
    assert "Owner:" in long.content.decode()


@pytest.mark.parametrize("page", ["", "timeline/", "contacts/", "subscriptions/", "usage/"])
def test_pages_of_who_is_not_there(company: Company, client_of: ClientOf, page: str) -> None:
    viewer = client_of(company, "viewer")
    assert viewer.get(f"/customers/999999/{page}").status_code == 404


def test_the_overview_costs_the_same_however_long_its_history(
    company: Company,
    alpha: Customer,
    client_of: ClientOf,
    django_assert_max_num_queries: Any,
) -> None:
    viewer = client_of(company, "viewer")
    get(viewer, f"/customers/{alpha.pk}/")
    fill(company.today())
    with django_assert_max_num_queries(45):
        get(viewer, f"/customers/{alpha.pk}/")
    with django_assert_max_num_queries(25):
        get(viewer, f"/customers/{alpha.pk}/timeline/")


def test_by_api(company: Company, alpha: Customer, client_of: ClientOf) -> None:
    fill(company.today())
    client = client_of(company, None)
    _, secret = create_api_key(by=None, name="reads", scopes=["read"])
    headers = {"Authorization": f"Bearer {secret}"}
    answer = client.get("/api/v1/customers/c-1/headline/", headers=headers)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body["figures"]["mrr"]["amounts"] == [{"currency": "USD", "mrr": "80.0000000000"}]
    assert body["figures"]["tickets"]["open"] == 14
    assert (body["owner"], body["name"]) == (None, "Alpha")
    url: str | None = "/api/v1/customers/c-1/timeline/?kind=talks&page_size=25"
    titles: list[str] = []
    while url:
        page = client.get(url, headers=headers).json()
        titles += [entry["title"] for entry in page["results"]]
        url = page["next"]
    assert len(titles) == 60
    for wrong in ("kind=x", "cursor=x", "page_size=0", "limit=3"):
        answer = client.get(f"/api/v1/customers/c-1/timeline/?{wrong}", headers=headers)
        assert answer.status_code == 400, wrong
    assert client.get("/api/v1/customers/c-9/timeline/", headers=headers).status_code == 404
    assert client.get("/api/v1/customers/c-1/timeline/").status_code == 401
