"""Facts where people see them: lists, one fact through its versions, the customer's page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import override as zone
from django.utils.translation import override

from csm_portal.templatetags.facts import NONE, fact_value
from customers.actions.facts import remove_facts, store_rows
from customers.api.kinds import is_versioned
from customers.fact_rows import Cell, listed_kinds
from customers.fact_timeline import fact_entries
from customers.facts_panel import PANELS
from customers.imports.kinds import KINDS
from customers.imports.samples import SAMPLES
from customers.looking import Look
from customers.models import Customer, Note, Source, Term, Ticket, UsageEvent
from surveys.models import Response
from tenants.models import Company
from tests.customers.importing import imported


@pytest.fixture
def source(company: Company) -> Source:
    return Source.objects.create(kind=Source.Kind.USER, label="a test")


def hold_samples(*kinds: str) -> None:
    """The samples of these kinds, and the customers they name, are held."""
    for kind in ("customers", *kinds):
        imported(kind, (SAMPLES / f"{kind}.csv").read_text())


@pytest.fixture
def facts(source: Source) -> Source:
    """The samples of every kind are held."""
    hold_samples(*(kind.key for kind in listed_kinds()))
    return source


def test_every_kind_has_a_list_and_its_facts_a_page(
    company: Company, facts: Source, client_of: Callable[..., Client]
) -> None:
    client = client_of(company, "viewer")
    index = client.get("/facts/").content.decode()
    for kind in listed_kinds():
        assert f'href="/facts/{kind.key}/"' in index
        page = client.get(f"/facts/{kind.key}/")
        assert page.status_code == 200, kind.key
        assert kind.model is not None
        held = kind.model._default_manager.all()
        if is_versioned(kind):
            held = held.filter(superseded_at=None)
        for pk in held.values_list("pk", flat=True):
            link = f"/facts/{kind.key}/{pk}/"
            assert link in page.content.decode()
            assert client.get(link).status_code == 200, link


LINK = '<a href="{0}" rel="noopener noreferrer nofollow">{0}</a>'
TICKETS = next(kind for kind in listed_kinds() if kind.key == "tickets")


@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        ("text", None, NONE),
        ("text", "", NONE),
        ("text", "<b>", "&lt;b&gt;"),
        ("text", "https://a.example/?a=1&b", LINK.format("https://a.example/?a=1&amp;b")),
        ("text", 'http://"><script>', LINK.format("http://&quot;&gt;&lt;script&gt;")),
        ("text", "javascript:alert(1)", "javascript:alert(1)"),
        ("word", "high", "high"),
        ("lines", "<i>\nb", "&lt;i&gt;<br>b"),
        ("json", {"a": "<b>"}, '<code class="wrap">{&#x27;a&#x27;: &#x27;&lt;b&gt;&#x27;}</code>'),
        ("yes_no", True, "yes"),
        ("yes_no", False, "no"),
        ("number", 1234, "1,234"),
        ("number", 0, "0"),
        ("money", Decimal("12.5"), "€12.50"),
        ("day", dt.date(2026, 3, 1), "1 Mar 2026"),
        ("instant", dt.datetime(2026, 3, 1, 12, 5, tzinfo=dt.UTC), "1 Mar 2026, 12:05"),
    ],
)  # fmt: skip
def test_values_are_written_by_their_form(form: str, value: Any, expected: str) -> None:
    cell = Cell(TICKETS.fields[0], form, value, "EUR")
    with override("en"), zone(dt.UTC):
        assert fact_value(cell) == expected


def test_a_row_runs_nothing_that_it_names(
    company: Company, client_of: Callable[..., Client]
) -> None:
    hold_samples("contacts", "tickets")
    Customer.objects.update(name="<b>C</b>")
    Ticket.objects.update(subject="<b>T</b>", priority="")
    Source.objects.update(label="<b>S</b>", kind=Source.Kind.IMPORT, reference_id=7)
    for role, begin in (("viewer", '"><span>'), ("manager", '<span><a href="/imports/7/">')):
        page = client_of(company, role).get("/facts/tickets/").content.decode()
        rows = page.split("<tbody>")[1].split("</tbody>")[0]
        assert "<b>" not in rows
        for name in ("C", "T"):
            assert f"&lt;b&gt;{name}&lt;/b&gt;</a>" in rows
        assert f"{begin}Import: &lt;b&gt;S&lt;/b&gt;" in rows
        assert NONE in rows
    one = client_of(company, "viewer").get("/facts/tickets/", {"customer": "acme-2"})
    assert "&lt;b&gt;C" not in one.content.decode().split("<tbody>")[1]


def test_a_list_is_of_one_customer_when_asked(
    company: Company, client_of: Callable[..., Client]
) -> None:
    hold_samples("contacts", "tickets")
    client = client_of(company, "viewer")
    page = client.get("/facts/tickets/", {"customer": "acme-2"}).content.decode()
    assert "Invoice shows the old address" in page
    assert "Export fails with a timeout" not in page
    assert "No such customer" in client.get("/facts/tickets/?customer=nobody").content.decode()


def test_every_kind_but_customers_themselves_has_a_list() -> None:
    keys = {kind.key for kind in listed_kinds()}
    assert {"subscriptions", "contacts", "usage", "responses", "tickets"} <= keys
    assert "customers" not in keys


def titles_of(client: Client, path: str, **query: str) -> list[str]:
    context: Any = client.get(path, query).context
    assert context["problem"] == "", context["problem"]
    return [row.title for row, _ in context["rows"]]


def test_a_list_is_narrowed_by_days_words_and_texts(
    company: Company, client_of: Callable[..., Client]
) -> None:
    hold_samples("contacts", "tickets")
    client = client_of(company, "viewer")
    held = Ticket.objects.filter(superseded_at=None)
    assert len(titles_of(client, "/facts/tickets/", priority="")) == held.count()
    low = held.filter(priority="low").order_by("-pk").values_list("subject", flat=True)
    assert low
    assert titles_of(client, "/facts/tickets/", priority="low") == list(low)
    day = dt.datetime(2025, 9, 5, tzinfo=ZoneInfo(company.timezone))
    since = held.filter(opened_at__gte=day).order_by("-pk").values_list("subject", flat=True)
    assert 0 < len(since) < held.count()
    assert titles_of(client, "/facts/tickets/", opened_at_from="2025-09-05") == list(since)
    assert titles_of(client, "/facts/contacts/", email="nobody@example.com") == []
    nothing = client.get("/facts/tickets/", {"opened_at_from": "2035-01-01"}).content.decode()
    assert "Nothing fits" in nothing
    wrong = client.get("/facts/tickets/", {"opened_at_from": "yesterday"}).content.decode()
    assert "Opened at, since: write it as 2025-12-31" in wrong
    for kind in listed_kinds():  # every box that a form has is taken
        for box in client.get(f"/facts/{kind.key}/").context["narrowed"].boxes:
            value = {"date": "2025-01-01", "select": box.options and box.options[0][0]}
            said = {box.name: value.get(box.form) or "x@example.com"}
            if box.name in {"rating", "scale"}:
                said = {box.name: "1-5"}
            assert client.get(f"/facts/{kind.key}/", said).status_code == 200, (kind.key, said)


def test_a_customer_is_found_by_the_id_it_had_before_a_merge(
    company: Company, source: Source, client_of: Callable[..., Client]
) -> None:
    hold_samples("contacts")
    customer = Customer.objects.get(external_id="acme-1")
    customer.aliases.create(external_id="old-1", recorded_at=source.created_at)
    client = client_of(company, "viewer")
    now = titles_of(client, "/facts/contacts/", customer="acme-1")
    assert now
    assert titles_of(client, "/facts/contacts/", customer="old-1") == now


def test_a_term_shows_its_versions_and_not_those_of_other_terms(
    company: Company, source: Source, client_of: Callable[..., Client]
) -> None:
    hold_samples("subscriptions")
    term = Term.objects.filter(superseded_at=None, ends_on=None).earliest("pk")
    said = {
        "customer": term.subscription.customer.external_id,
        "external_id": term.subscription.external_id,
        "started_on": str(term.starts_on),
        "amount": "4321",
        "currency": term.currency,
    }
    store_rows(kind=KINDS["subscriptions"], rows=[said], source=source)
    context: Any = client_of(company, "viewer").get(f"/facts/subscriptions/{term.pk}/").context
    shown = [version.id for version in context["versions"]]
    held = Term.objects.filter(subscription=term.subscription, starts_on=term.starts_on)
    assert shown == list(held.order_by("-pk").values_list("pk", flat=True))
    assert len(shown) == 2
    assert [is_.field.name for _, is_ in context["versions"][0].changes] == ["amount"]


def test_an_answer_given_here_leads_to_its_campaign(
    company: Company, client_of: Callable[..., Client]
) -> None:
    hold_samples("contacts", "responses")
    answer = Response.objects.select_related("invitation__campaign").earliest("pk")
    Response.objects.filter(pk=answer.pk).update(source=None)
    campaign = answer.invitation.campaign
    client = client_of(company, "viewer")
    for path in ("/facts/responses/", f"/facts/responses/{answer.pk}/"):
        page = client.get(path).content.decode()
        assert f'href="{campaign.get_absolute_url()}">Campaign: {campaign.name}</a>' in page


def test_an_event_shows_what_was_sent_with_it(
    company: Company, client_of: Callable[..., Client]
) -> None:
    hold_samples("contacts", "usage")
    event = UsageEvent.objects.exclude(properties=None).earliest("pk")
    page = client_of(company, "viewer").get(f"/facts/usage/{event.pk}/").content.decode()
    assert event.end_user in page
    assert event.properties
    assert all(key in page for key in event.properties)
    assert "never changes" in page


def test_a_long_list_has_pages_that_miss_nothing(
    company: Company, source: Source, client_of: Callable[..., Client]
) -> None:
    hold_samples()
    rows = [
        {"external_id": f"page-{n}", "customer": "acme-1", "text": f"n{n}", "written_at": "2025"}
        | {"written_at": "2025-01-01"}
        for n in range(117)
    ]
    store_rows(kind=KINDS["notes"], rows=rows, source=source)
    client = client_of(company, "viewer")
    seen: list[int] = []
    href = "/facts/notes/?customer=acme-1"
    places = []
    while href:
        context: Any = client.get(href).context
        places.append(href)
        seen += [row.id for row, _ in context["rows"]]
        href = context["next_href"]
    held = Note.objects.filter(customer__external_id="acme-1").order_by("-pk")
    assert seen == list(held.values_list("pk", flat=True))
    context = client.get(places[-1]).context
    back = client.get(context["previous_href"]).context
    assert [row.id for row, _ in back["rows"]] == seen[50:100]
    first = client.get(back["previous_href"]).context
    assert [row.id for row, _ in first["rows"]] == seen[:50]
    assert not first["previous_href"]
    assert client.get("/facts/notes/?before=x&after=-1").status_code == 200


def test_a_list_costs_the_same_however_long_it_is(
    company: Company, source: Source, client_of: Callable[..., Client]
) -> None:
    hold_samples("notes")
    client = client_of(company, "viewer")
    client.get("/facts/notes/")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/facts/notes/")
        counts.append(len(queries))
        rows = [
            {"customer": f"acme-{1 + n % 5}", "text": f"n{n}", "written_at": "2025-01-01"}
            for n in range(40)
        ]
        store_rows(kind=KINDS["notes"], rows=rows, source=source)
    assert counts[0] == counts[1]


def test_a_fact_shows_what_changed_and_who_said_so(
    company: Company, source: Source, client_of: Callable[..., Client]
) -> None:
    hold_samples("contacts", "tickets")
    first = Ticket.objects.get(external_id="T-1003")
    store_rows(
        kind=KINDS["tickets"],
        rows=[{"external_id": "T-1003", "priority": "urgent"}],
        source=source,
    )
    client = client_of(company)
    page = client.get(f"/facts/tickets/{first.pk}/").content.decode()
    assert "Priority: low → urgent" in page
    assert "User: a test" in page
    assert f'href="/imports/{first.source.reference_id}/"' in page
    remove_facts(kind=KINDS["tickets"], external_ids=["T-1003"], source=source)
    assert "no longer held" in client.get(f"/facts/tickets/{first.pk}/").content.decode()
    assert "How do I add a colleague" not in client.get("/facts/tickets/").content.decode()


def test_there_is_no_page_for_what_is_not_there(
    company: Company, other_company: Company, client_of: Callable[..., Client]
) -> None:
    hold_samples("contacts", "tickets")
    client = client_of(company)
    for path in ("/facts/nothing/", "/facts/tickets/0/", f"/facts/tickets/{10**30}/"):
        assert client.get(path).status_code == 404, path
    outsider = client_of(other_company)
    pk = Ticket.objects.values_list("pk", flat=True)[0]
    assert outsider.get(f"/facts/tickets/{pk}/").status_code == 404


def test_the_timeline_tells_what_the_facts_say(facts: Source) -> None:
    customer = Customer.objects.get(external_id="acme-1")
    look, few = Look(limit=60), Look(limit=3)
    told = [(entry.on, entry.title) for entry in look.cut(fact_entries(customer, look))]
    assert told == sorted(told, key=lambda entry: entry[0], reverse=True)
    assert {
        (dt.date(2025, 9, 3), "Ticket opened: Export fails with a timeout"),
        (dt.date(2025, 9, 8), "Ticket resolved: Export fails with a timeout"),
        (dt.date(2026, 2, 1), "Renewal due"),
        (dt.date(2025, 1, 15), "Objective agreed: Close the books in 3 days instead of 8"),
        (dt.date(2024, 3, 12), "Referred: Fabrikam"),
        (dt.date(2024, 5, 3), "Referral became a customer: Fabrikam"),
        (dt.date(2025, 9, 11), "Business review: Business review of the third quarter"),
        (dt.date(2025, 6, 4), "Review: G2, 4.5 of 5"),
        (dt.date(2025, 9, 12), "Note: Jonas Weber"),
        (dt.date(2025, 2, 1), "Invoiced: 24,000.00 EUR"),
        (dt.date(2025, 9, 11), "Feature requested: Single sign-on"),
    } <= set(told)
    assert [(e.on, e.title) for e in few.cut(fact_entries(customer, few))] == told[:3]
    with CaptureQueriesContext(connection) as queries:
        list(fact_entries(customer, look))
    assert len(queries) == 1


def test_the_panels_show_what_is_open_due_and_said(facts: Source) -> None:
    today = dt.date(2025, 11, 22)
    found = {
        (customer.external_id, panel.key): panel.context(customer, today)
        for customer in Customer.objects.all()
        for panel in PANELS
    }

    def rows(customer: str, panel: str) -> list[Any]:
        context = found[customer, panel]
        assert context is not None, (customer, panel)
        return list(context["rows"])

    assert [row.external_id for row in rows("acme-1", "tickets")] == ["T-1003"]
    assert found["acme-2", "tickets"] is None
    assert [row.external_id for row in rows("acme-1", "renewal")] == ["R-1"]
    paused = found["acme-5", "renewal"]
    assert paused is not None
    assert [row.external_id for row in paused["pauses"]] == ["PA-2"]
    assert [row.external_id for row in rows("acme-4", "objectives")] == ["O-3"]
    assert [row.external_id for row in rows("acme-5", "milestones")] == ["M-4", "M-5", "M-6", "M-7"]
    assert [row["kind"] for row in rows("acme-1", "talks")] == ["notes", "touchpoints"]


def test_the_customers_page_has_the_panels(
    company: Company, facts: Source, client_of: Callable[..., Client]
) -> None:
    client = client_of(company, "viewer")
    for customer in Customer.objects.all():
        response = client.get(customer.get_absolute_url())
        assert response.status_code == 200
    page = client.get(Customer.objects.get(external_id="acme-1").get_absolute_url())
    text = page.content.decode()
    assert "How do I add a colleague?" in text
    assert "/facts/tickets/?customer=acme-1" in text
    assert "/facts/subscriptions/?customer=acme-1" in text
    assert "/facts/usage/?customer=acme-1" in text
    assert "Close the books in 3 days" in text
