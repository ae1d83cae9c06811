"""Contacts picked by name, address or customer: the page, also piece by piece."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from customers.models import Contact
from surveys.audience import Choice
from surveys.forms.picking import FOUND_SHOWN, PICKED_SHOWN
from surveys.models import Campaign
from tenants.models import Company
from tests.surveys import facts

BASE = {"who": "picked", "not_asked_days": "0", "sample_percent": "100"}


@pytest.fixture
def manager(company: Company, client_of: Callable[..., Client]) -> Client:
    return client_of(company, "manager")


@pytest.fixture
def people(company: Company) -> dict[str, int]:
    """{person: id} at Acme Tools and Beta."""
    acme = facts.make_customer("a-1", name="Acme Tools")
    beta = facts.make_customer("b-1", name="Beta")
    made = (
        facts.make_contact(facts.at("ann"), "Ann Arbor", customer=acme),
        facts.make_contact(facts.at("bob"), "Bob Bell", customer=acme),
        facts.make_contact(facts.at("cy"), "", customer=beta),
    )
    return {contact.email.split("@")[0]: contact.pk for contact in made}


class Page:
    """The draft's page of contacts, posted as a browser does: with what it holds."""

    def __init__(self, client: Client, campaign: Campaign) -> None:
        self.client, self.campaign = client, campaign
        self.path = f"/campaigns/{campaign.pk}/contacts/"

    def post(self, status: int = 200, *, piece: bool = False, **data: Any) -> str:
        path = self.path + "picker/" if piece else self.path
        answer = self.client.post(path, {**BASE, **data})
        assert answer.status_code == status, answer.content
        return str(answer.content.decode())

    def saved(self) -> list[int]:
        self.campaign.refresh_from_db()
        return list(Choice.of(self.campaign).contacts)


@pytest.fixture
def page(manager: Client) -> Page:
    return Page(manager, facts.make_campaign())


def offered(text: str) -> list[int]:
    return [int(one) for one in re.findall(r'name="add" value="(\d+)"', text)]


def picked(text: str) -> list[int]:
    [ids] = re.findall(r'name="contacts" value="([\d ]*)"', text)
    return [int(one) for one in ids.split()]


@pytest.mark.parametrize("piece", [False, True])
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("arb", ["ann"]),
        ("ANN@", ["ann"]),
        ("acme", ["ann", "bob"]),
        ("acme bell", ["bob"]),
        ("b-1", ["cy"]),
        ("50%", []),
        ("a", []),
        ("\0acme", ["ann", "bob"]),
    ],
)
def test_finding(
    page: Page, people: dict[str, int], words: str, expected: list[str], piece: bool
) -> None:
    text = page.post(piece=piece, find=words, then="find")
    assert offered(text) == [people[person] for person in expected]
    assert page.saved() == []


def test_nobody_who_is_gone_is_found(page: Page, people: dict[str, int]) -> None:
    Contact.objects.filter(pk=people["ann"]).update(removed_at=timezone.now())
    assert offered(page.post(find="acme", then="find")) == [people["bob"]]


@pytest.mark.parametrize("piece", [False, True])
def test_adding_and_removing_keep_what_else_was_typed(
    page: Page, people: dict[str, int], piece: bool
) -> None:
    ann, bob, cy = people.values()
    text = page.post(
        piece=piece, find="acme", add=[ann, bob], contacts=cy, addresses="half@", then="find"
    )
    assert picked(text) == [cy, ann, bob]
    assert offered(text) == [], "who is picked is offered to be removed"
    assert 'value="acme"' in text
    assert "half@" in text
    assert "No contact has" not in text, "nobody asked for it yet"
    text = page.post(piece=piece, contacts=f"{cy} {ann} {bob}", remove=ann, addresses="half@")
    assert picked(text) == [cy, bob]
    assert "half@" in text
    assert page.saved() == []


def test_saving_takes_what_is_ticked_too(page: Page, people: dict[str, int]) -> None:
    ann, bob, _cy = people.values()
    page.post(302, contacts=bob, add=ann, find="acme", then="save")
    assert page.saved() == [bob, ann]
    text = page.client.get(page.path).content.decode()
    assert picked(text) == [bob, ann]
    assert "2 contacts picked" in text


def test_enter_seeks_where_there_is_something_to_seek(page: Page, people: dict[str, int]) -> None:
    text = page.post(find="beta", then="enter")
    assert offered(text) == [people["cy"]]
    page.post(302, contacts=people["cy"], find="", then="enter")
    assert page.saved() == [people["cy"]]
    page.post(302, who="all", find="beta", then="enter")
    assert page.saved() == []


@pytest.mark.parametrize("piece", [False, True])
def test_wrong_addresses_are_named_and_stay_the_others_are_picked(
    page: Page, people: dict[str, int], piece: bool
) -> None:
    pasted = (
        f'"Arbor, Ann" <{facts.at("ANN")}>; Bob <{facts.at("bob")}>,\n'
        f"{facts.at('Eve')}\n{facts.at('cy')} wrong"
    )
    text = page.post(piece=piece, addresses=pasted, then="add")
    assert picked(text) == list(people.values())
    assert f"These are no addresses of contacts: {facts.at('Eve')}, wrong." in text
    [left] = re.findall(r"<textarea[^>]*>\s*(.*?)</textarea>", text, re.DOTALL)
    assert left == f"{facts.at('Eve')}\nwrong"
    assert page.saved() == []


def test_saving_with_a_wrong_address_saves_nothing_and_loses_nothing(
    page: Page, people: dict[str, int]
) -> None:
    pasted = f"{facts.at('ann')} {facts.at('eve')}"
    text = page.post(422, addresses=pasted, contacts=people["bob"])
    assert f"No contact has: {facts.at('eve')}." in text
    assert picked(text) == [people["bob"], people["ann"]]
    assert page.saved() == []
    page.post(302, addresses="", contacts=f"{people['bob']} {people['ann']}")
    assert page.saved() == [people["bob"], people["ann"]]


def test_somebody_has_to_be_picked(page: Page, people: dict[str, int]) -> None:
    assert "Name at least one contact." in page.post(422)
    assert "Name at least one contact." not in page.post(find="ann", then="find")
    text = page.post(422, contacts=f"{max(people.values()) + 1} {2**63} 1e3 x -4 ٣")
    assert "Name at least one contact." in text


def test_who_has_left_is_marked(page: Page, people: dict[str, int], company: Company) -> None:
    text = page.post(find="acme", then="find")
    assert "has left" not in text
    today = company.today()
    facts.subscribe("ann", starts_on=today.replace(year=today.year - 1, day=1), ends_on=today)
    text = page.post(find="tools", contacts=people["cy"], then="find")
    assert text.count(">has left<") == 2
    assert "2 contacts found · 2 at customers who have left</p>" in text


def test_many_cost_no_more(page: Page, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    facts.make_contacts(FOUND_SHOWN + PICKED_SHOWN)
    ids = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
    path = page.path + "picker/"

    def data(count: int) -> dict[str, str]:
        return {**BASE, "contacts": " ".join(map(str, ids[:count])), "find": "person"}

    page.client.post(path, data(1))
    with CaptureQueriesContext(connection) as counted:
        page.client.post(path, data(1))
    with django_assert_num_queries(len(counted)):
        text = page.client.post(path, data(PICKED_SHOWN + 5)).content.decode()
    assert f"{FOUND_SHOWN + PICKED_SHOWN} contacts found; the first {FOUND_SHOWN} are" in text
    assert f"The last {PICKED_SHOWN} of {PICKED_SHOWN + 5} are shown." in text


def button(text: str, name: str) -> tuple[str, str]:
    """The value and words of the button of a name."""
    found = re.findall(rf'<button[^>]* name="{name}" value="([^"]*)"[^>]*>(.*?)</button>', text)
    [(value, words)] = found
    return html.unescape(value), re.sub(r"<.*>", "", words)


@pytest.mark.parametrize("piece", [False, True])
def test_all_that_are_found_are_added_also_those_not_shown(page: Page, piece: bool) -> None:
    facts.make_contacts(FOUND_SHOWN + 3)
    ids = set(Contact.objects.values_list("pk", flat=True))
    text = page.post(piece=piece, find="person", then="find")
    assert f"{FOUND_SHOWN + 3} contacts found; the first {FOUND_SHOWN} are shown<" in text
    assert button(text, "all") == ("person", f"Add all {FOUND_SHOWN + 3} found")
    text = page.post(piece=piece, find="person", contacts=min(ids), then="find")
    assert button(text, "all")[1] == f"Add the other {FOUND_SHOWN + 2} found"
    text = page.post(piece=piece, find="person", contacts=min(ids), all="person")
    assert set(picked(text)) == ids
    assert picked(text)[0] == min(ids), "who was picked before keeps the place"
    assert f"{FOUND_SHOWN + 3} contacts picked" in text
    assert 'name="all"' not in text, "nobody is left to add"
    assert "are shown · all picked</p>" in text
    assert page.saved() == []


def test_all_are_those_of_the_words_that_were_sought(page: Page, people: dict[str, int]) -> None:
    text = page.post(find="beta", all="acme")
    assert set(picked(text)) == {people["ann"], people["bob"]}
    assert offered(text) == [people["cy"]]
    assert button(text, "all") == ("beta", "Add the one found")
    assert picked(page.post(find="beta", all="a")) == [], "of one letter nothing was shown"
    assert picked(page.post(find="", all="no-such\0")) == []


def test_as_many_are_added_at_once_as_is_said(
    page: Page, people: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("surveys.forms.picking.ADDED_AT_ONCE", 2)
    text = page.post(find="example", then="find")
    assert "More than 2 contacts found, of which up to 2 are added at once" in text
    assert button(text, "all")[1] == "Add the first 2 found"
    first = [people["cy"], people["ann"]]
    text = page.post(find="example", all="example")
    assert picked(text) == first
    assert 'name="all"' not in text
    assert "all picked" not in text, "there are more"


@pytest.mark.parametrize("piece", [False, True])
def test_all_picked_are_removed_at_once(page: Page, people: dict[str, int], piece: bool) -> None:
    ann, bob, cy = people.values()
    page.post(302, contacts=f"{ann} {bob} {cy}")
    text = page.client.get(page.path).content.decode()
    assert button(text, "clear")[1] == "Remove all 3"
    text = page.post(piece=piece, contacts=f"{ann} {bob} {cy}", find="acme", add=ann, clear="1")
    assert picked(text) == []
    assert offered(text) == [ann, bob]
    assert 'name="clear"' not in text
    assert page.saved() == [ann, bob, cy], "not before it is saved"
    assert "Name at least one contact." in page.post(422, contacts="")


def test_only_who_works_here_picks(
    page: Page, company: Company, other_company: Company, client_of: Callable[..., Client]
) -> None:
    path = page.path + "picker/"
    assert client_of(company, "viewer").post(path, BASE).status_code == 403
    assert client_of(other_company, "owner").post(path, BASE).status_code == 404
    assert page.client.get(path).status_code == 405
