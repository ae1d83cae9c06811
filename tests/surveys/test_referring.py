"""Referral links: who is offered one, what comes by it, and that it lands as a fact once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.actions.refusals import Refused
from accounts.models import AuditEntry
from customers.actions.erasure import erase_contact
from customers.actions.facts import remove_facts, store_rows
from customers.actions.merging import merge_customers
from customers.imports.kinds import KINDS
from customers.models import Change, Contact, Customer, ErasedIdentity, Referral, Source
from surveys import advocates, referring
from surveys.actions.referrals import convert, erase_person, refer, store_due
from surveys.actions.responses import record_response
from surveys.actions.rewards import (
    change_referral_settings,
    keep_the_rule,
    promise,
    promise_due,
    settle,
)
from surveys.link_words import LINK_WORDS
from surveys.models import Invitation, ReferredPerson, Reward
from surveys.tokens import token_of
from surveys.views import referring as pages
from tenants.jobs import run_pending
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts

NEW = {
    "name": "Nora New",
    "company_name": "New Ltd",
    "email": "nora@new.example",
    "message": "Please call.",
    "consent": "yes",
}


@pytest.fixture
def switched_on(company: Company) -> None:
    change_referral_settings(values={"is_on": True}, by=None)


@pytest.fixture
def advocate(company: Company, mailbox: Mailbox, switched_on: None) -> Invitation:
    """Ann, who was asked and answered 9."""
    invitation = facts.asked(facts.at("ann"), "Ann")
    record_response(token=token_of(invitation), score=9)
    return Invitation.objects.select_related("campaign", "contact__customer").get()


@pytest.fixture
def visitor(company: Company, client_of: Callable[..., Client]) -> Client:
    return client_of(company, None)


@pytest.fixture
def path(advocate: Invitation) -> str:
    return urlsplit(referring.link_of(advocate)).path


def stored() -> list[tuple[str, str]]:
    rows = Referral.objects.current().order_by("pk")
    return [(row.customer.external_id, row.referred_name) for row in rows]


def test_promoters_are_offered_a_link_on_the_page_of_thanks(
    visitor: Client, advocate: Invitation
) -> None:
    link = referring.offer(advocate)
    assert link is not None
    assert link.startswith("http://acme.localhost:8000/r/")
    thanks = visitor.get(facts.link_of(advocate, "thanks/"))
    assert link in thanks.content.decode()
    assert "Your name, Ann, is shown" in thanks.content.decode()


def test_nobody_else_is(
    company: Company, advocate: Invitation, visitor: Client, user_of: Callable[..., Any]
) -> None:
    token = token_of(advocate)
    record_response(token=token, score=8)
    assert referring.offer(advocate) is None
    assert "/r/" not in visitor.get(facts.link_of(advocate, "thanks/")).content.decode()
    record_response(token=token, score=10, by=user_of(company))
    assert referring.offer(advocate) is None
    record_response(token=token, score=9)
    assert referring.offer(advocate) is not None
    change_referral_settings(values={"is_on": False}, by=None)
    assert referring.offer(advocate) is None
    assert "/r/" not in visitor.get(facts.link_of(advocate, "thanks/")).content.decode()


def test_what_is_posted_lands_as_a_fact_and_counts(
    visitor: Client, path: str, advocate: Invitation
) -> None:
    page = visitor.get(path)
    assert "Ann recommends Acme" in page.content.decode()
    assert not page.cookies
    answer = visitor.post(path, NEW)
    assert (answer.status_code, answer["Location"]) == (303, f"{path}?thanks")
    assert not answer.cookies
    assert "Thank you" in visitor.get(answer["Location"]).content.decode()
    Change.objects.all().delete()
    run_pending(queue="ingest")
    referral = Referral.objects.get()
    assert stored() == [("c-1", "New Ltd")]
    assert referral.source.kind == Source.Kind.REFERRAL_LINK
    assert Change.objects.filter(kind="referrals", customer__external_id="c-1").exists()
    person = ReferredPerson.objects.get()
    assert (person.referral_id, person.contact_id) == (referral.external_id, advocate.contact_id)
    assert "Acme may keep this" in person.consent


def test_a_repeated_address_is_the_same_referral(
    visitor: Client, path: str, company: Company, mailbox: Mailbox
) -> None:
    visitor.post(path, NEW)
    store_due()
    again = {**NEW, "email": " NORA@new.example", "name": "Somebody else"}
    assert visitor.post(path, again).status_code == 303
    bob = facts.make_contact(facts.at("bob"), "Bob", facts.make_customer("c-2"))
    facts.sent(name="Winter")
    other = Invitation.objects.get(contact=bob)
    assert visitor.post(f"/r/{referring.token_of(other)}/", NEW).status_code == 303
    store_due()
    assert stored() == [("c-1", "New Ltd")]
    assert ReferredPerson.objects.get().name == "Nora New"


@pytest.mark.parametrize("method", ["get", "head"])
def test_fetching_records_nothing(visitor: Client, path: str, method: str) -> None:
    query = "&".join(f"{name}={value}" for name, value in NEW.items())
    for address in (path, f"{path}?{query}", f"{path}?thanks"):
        assert getattr(visitor, method)(address).status_code == 200
    assert not ReferredPerson.objects.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "Please write your name."),
        ({"email": "nora"}, "Please write your e-mail address"),
        ({"consent": ""}, "Please tick this, else Acme may not contact you."),
        ({"message": "x" * 1001}, "Please keep it to 1000 characters."),
        ({"name": "x" * 201}, "Please keep it to 200 characters."),
    ],
)
def test_what_is_missing_is_said_and_what_was_written_stays(
    visitor: Client, path: str, change: dict[str, str], words: str
) -> None:
    answer = visitor.post(path, {**NEW, **change})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "New Ltd" in answer.content.decode()
    assert not ReferredPerson.objects.exists()


def test_the_advocates_own_address_is_no_referral(visitor: Client, path: str) -> None:
    answer = visitor.post(path, {**NEW, "email": facts.at("ANN")})
    assert answer.status_code == 422
    assert "Please write your own" in answer.content.decode()


def test_it_is_shown_in_the_browsers_language_else_the_contacts(visitor: Client, path: str) -> None:
    page = visitor.get(path, headers={"Accept-Language": "xx, ar-EG;q=0.8, en;q=0.1"})
    assert '<html lang="ar" dir="rtl"' in page.content.decode()
    assert LINK_WORDS["ar"].send in page.content.decode()
    Contact.objects.update(language="fr-ca")
    assert '<html lang="fr" dir="ltr"' in visitor.get(path).content.decode()


def test_the_companys_texts_are_filled_and_escaped(visitor: Client, path: str) -> None:
    own = {
        "welcome": "<b>{contact}</b> of {customer} 100 %}",
        "reward": "A month for {contact}",
    }
    change_referral_settings(values={"texts": {"en": own}}, by=None)
    page = visitor.get(path).content.decode()
    assert "&lt;b&gt;Ann&lt;/b&gt; of Customer c-1 100 %}" in page
    assert "A month for Ann" in page
    german = visitor.get(path, headers={"Accept-Language": "de"}).content.decode()
    assert LINK_WORDS["de"].send in german
    assert "A month for Ann" in german


def test_a_link_that_is_not_ours_leads_nowhere(
    visitor: Client, company: Company, other_company: Company, path: str, advocate: Invitation
) -> None:
    token = path.split("/")[2]
    number, mac = token.split("-", 1)
    with tenant_context(other_company):
        elsewhere = referring._mac(advocate, "key")
    wrong = [f"{int(number) + 1}-{mac}", f"{number}-{mac[:-1]}_", f"{number}-{elsewhere}"]
    for one in (*wrong, number, f"{number}-", "x" * 40, f"{'9' * 18}-{mac}"):
        for answer in (visitor.get(f"/r/{one}/"), visitor.post(f"/r/{one}/", NEW)):
            assert answer.status_code == 404, one
    assert not ReferredPerson.objects.exists()


def test_a_link_outlives_a_changed_key_that_is_kept_as_a_fallback(
    visitor: Client, path: str, settings: Any
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key"
    assert visitor.get(path).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert visitor.get(path).status_code == 404


def test_switched_off_nothing_is_taken(visitor: Client, path: str) -> None:
    change_referral_settings(values={"is_on": False}, by=None)
    for answer in (visitor.get(path), visitor.post(path, NEW)):
        assert answer.status_code == 410
        assert "This link is not in use" in answer.content.decode()
    assert not ReferredPerson.objects.exists()


def test_posts_are_limited_per_link_and_per_network(
    visitor: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PER_LINK", pages.Limit("test-referral-link", 2, 3600))
    codes = [
        visitor.post(path, {**NEW, "email": f"p{number}@new.example"}).status_code
        for number in range(4)
    ]
    assert codes == [303, 303, 429, 429]
    assert visitor.get(path).status_code == 200
    monkeypatch.setattr(pages, "PER_LINK", pages.Limit("test-referral-link-2", 9, 3600))
    monkeypatch.setattr(pages, "PER_NETWORK", pages.Limit("test-referral-network", 1, 3600))
    codes = [visitor.post(path, NEW).status_code for _ in range(2)]
    assert codes == [303, 429]


def test_what_a_network_posts_to_one_company_does_not_count_at_another(
    visitor: Client,
    path: str,
    other_company: Company,
    client_of: Callable[..., Client],
    mailbox: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages, "PER_NETWORK", pages.Limit("test-referral-company", 1, 3600))
    assert [visitor.post(path, NEW).status_code for _ in range(2)] == [303, 429]
    with tenant_context(other_company):
        change_referral_settings(values={"is_on": True}, by=None)
        invitation = facts.asked(facts.at("bob"), "Bob")
        theirs = urlsplit(referring.link_of(invitation)).path
    assert client_of(other_company, None).post(theirs, NEW).status_code == 303


def test_a_full_link_is_full_for_everybody(
    visitor: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.post(path, NEW)
    erase_person(person=ReferredPerson.objects.get(), by=None)
    monkeypatch.setattr("surveys.actions.referrals.MOST_PER_LINK", 1)
    answers = [visitor.post(path, {**NEW, "email": at}) for at in (NEW["email"], "x@new.example")]
    assert [answer.status_code for answer in answers] == [410, 410]


def test_a_link_follows_its_contact_through_a_merge(
    visitor: Client, path: str, company: Company
) -> None:
    visitor.post(path, NEW)
    store_due()
    customer = Customer.objects.get(external_id="c-1")
    promise(customer=customer, contact=Contact.objects.get(), what="A book", by=None)
    keep = facts.make_customer("c-9")
    facts.make_contact(facts.at("ann"), "", keep)
    merge_customers(keep=keep, merge=customer, by=None)
    visitor.post(path, {**NEW, "email": "second@new.example", "company_name": "Second Ltd"})
    store_due()
    assert stored() == [("c-9", "New Ltd"), ("c-9", "Second Ltd")]
    assert Reward.objects.get().customer == keep
    assert Reward.objects.get().contact == Contact.objects.get()


def test_an_erased_advocates_link_is_dead_and_who_came_by_it_stays(
    visitor: Client, path: str, company: Company, user_of: Callable[..., Any]
) -> None:
    visitor.post(path, NEW)
    store_due()
    erase_contact(contact=Contact.objects.get(), by=user_of(company, "owner"))
    run_pending(queue="ingest")
    assert visitor.get(path).status_code == 404
    assert stored() == [("c-1", "New Ltd")]
    assert ReferredPerson.objects.get().email == "nora@new.example"


def test_a_referred_person_is_forgotten_everywhere_and_still_counts(
    visitor: Client, path: str, company: Company
) -> None:
    visitor.post(path, {**NEW, "company_name": ""})
    store_due()
    person = ReferredPerson.objects.get()
    convert(referral=Referral.objects.current().get(), on=company.today(), by=None)
    erase_person(person=person, by=None)
    erase_person(person=person, by=None)
    person.refresh_from_db()
    assert (person.name, person.email, person.message) == ("", "", "")
    assert Referral.objects.count() == 2
    assert set(Referral.objects.values_list("referred_name", flat=True)) == {""}
    assert ErasedIdentity.objects.count() == 1
    again = visitor.post(path, NEW)  # told as anybody else, and nothing is kept
    assert (again.status_code, again["Location"]) == (303, f"{path}?thanks")
    assert ReferredPerson.objects.count() == 1
    assert stored() == [("c-1", "")]


def test_erasing_a_contact_forgets_what_that_person_left_by_a_link(
    visitor: Client, path: str, company: Company, user_of: Callable[..., Any]
) -> None:
    visitor.post(path, NEW)
    nora = facts.make_contact("Nora@New.example", "Nora New", facts.make_customer("c-3"))
    erase_contact(contact=nora, by=user_of(company, "owner"))
    assert ReferredPerson.objects.get().erased_at is not None
    store_due()
    assert stored() == []


def test_a_rule_promises_once_and_only_from_its_day_on(
    company: Company, path: str, visitor: Client
) -> None:
    today = company.today()
    old = [
        {
            "external_id": "old",
            "customer": "c-1",
            "referred_name": "Old Ltd",
            "referred_on": today - dt.timedelta(days=90),
            "converted_on": today - dt.timedelta(days=1),
        }
    ]
    store_rows(kind=KINDS["referrals"], rows=old, source=facts.source())
    change_referral_settings(
        values={"reward_what": "A month free", "reward_value": Decimal(50)}, by=None
    )
    assert promise_due() == 0
    visitor.post(path, NEW)
    store_due()
    new = Referral.objects.current().get(referred_name="New Ltd")
    facts.make_customer("new-1")
    convert(referral=new, customer="new-1", on=today, by=None)
    assert promise_due() == 0
    reward = Reward.objects.get()
    assert (reward.what, reward.value, reward.currency) == ("A month free", 50, company.currency)
    assert (reward.referral_id, reward.contact) == (new.external_id, Contact.objects.first())
    assert reward.is_by_rule
    converted = Referral.objects.current().get(external_id=new.external_id)
    assert converted.referred == Customer.objects.get(external_id="new-1")
    assert converted.converted_on == today


def _converted(person: str, company: Company, advocate: Invitation) -> Referral:
    refer(
        invitation=advocate,
        name=person,
        email=f"{person}@new.example",
        language="en",
        consent="yes",
    )
    store_due()
    referral = Referral.objects.current().get(referred_name=person)
    convert(referral=referral, on=company.today(), by=None)
    return Referral.objects.current().get(referred_name=person)


def _states() -> dict[str, tuple[str, str]]:
    named = dict(Referral.objects.values_list("external_id", "referred_name"))
    return {
        named[one.referral_id]: (one.state, one.withdrawn_because)
        for one in Reward.objects.filter(is_by_rule=True)
    }


def test_what_the_rule_promised_is_taken_back_unless_it_was_given(
    company: Company, advocate: Invitation
) -> None:
    change_referral_settings(values={"reward_what": "A month free"}, by=None)
    people = {name: _converted(name, company, advocate) for name in ("ann", "bob", "cat", "dan")}
    settle(reward=Reward.objects.get(referral_id=people["bob"].external_id), state="given", by=None)
    by_hand = promise(
        customer=advocate.contact.customer,
        referral_id=people["dan"].external_id,
        what="A book",
        by=None,
    )
    for name in ("ann", "bob", "dan"):
        convert(referral=people[name], on=None, by=None)
    remove_facts(
        kind=KINDS["referrals"], external_ids=[people["cat"].external_id], source=facts.source()
    )
    keep_the_rule()
    keep_the_rule()
    assert _states() == {
        "ann": ("withdrawn", "not_converted"),
        "bob": ("given", ""),
        "cat": ("withdrawn", "referral_removed"),
        "dan": ("withdrawn", "not_converted"),
    }
    by_hand.refresh_from_db()
    assert by_hand.state == "promised"
    assert AuditEntry.objects.filter(action="reward.withdrawn").count() == 3
    ann = Reward.objects.get(referral_id=people["ann"].external_id)
    with pytest.raises(Refused, match="since when it is a customer"):
        settle(reward=ann, state="promised", by=None)
    with pytest.raises(Refused, match="promised, given, refused"):
        settle(reward=ann, state="withdrawn", by=None)
    again = Referral.objects.current().get(referred_name="ann")
    convert(referral=again, on=company.today(), by=None)
    assert _states()["ann"] == ("promised", "")
    dan = Reward.objects.get(referral_id=people["dan"].external_id, is_by_rule=True)
    assert settle(reward=dan, state="given", by=None).withdrawn_because == ""


def test_the_export_is_read_from_the_server_as_it_is_written(
    visitor: Client, path: str, company: Company
) -> None:
    for number in range(3):
        visitor.post(path, {**NEW, "email": f"p{number}@new.example"})
    store_due()
    rows = advocates.rows_of_export()
    assert next(rows) == advocates.HEADER
    assert next(rows)[0] == "c-1"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors")
        assert cursor.fetchone() == (1,)
    assert len(list(rows)) == 2


def test_a_reward_is_given_refused_and_promised_again(company: Company) -> None:
    customer = facts.make_customer()
    reward = promise(customer=customer, what=" A book ", value=Decimal("19.90"), by=None)
    today = company.today()
    assert settle(reward=reward, state="given", by=None).given_on == today
    assert settle(reward=reward, state="refused", note="Sold out", by=None).given_on is None
    assert settle(reward=reward, state="promised", by=None).note == "Sold out"
    with pytest.raises(Refused, match="not one ahead"):
        settle(reward=reward, state="given", given_on=today + dt.timedelta(days=1), by=None)
    with pytest.raises(Refused, match="promised, given, refused"):
        settle(reward=reward, state="lost", by=None)
    with pytest.raises(Refused, match="another customer"):
        promise(
            customer=facts.make_customer("c-2"),
            contact=facts.make_contact(facts.at("ann"), "", customer),
            what="x",
            by=None,
        )


@pytest.mark.parametrize(
    "values",
    [
        {"texts": {"xx": {}}},
        {"texts": {"en": {"subject": "x"}}},
        {"texts": {"en": {"offer": "Hello {nobody}"}}},
        {"texts": {"en": {"offer": "x" * 1001}}},
        {"texts": {"en": {"offer": "x\0"}}},
        {"texts": []},
        {"reward_value": Decimal(5)},
        {"reward_what": "x", "reward_value": Decimal(-1)},
    ],
)
def test_settings_that_do_not_fit_are_refused(company: Company, values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        change_referral_settings(values=values, by=None)


def test_what_a_job_finds_stored_is_not_stored_again(
    advocate: Invitation, company: Company
) -> None:
    refer(invitation=advocate, name="Nora", email="nora@new.example", language="en", consent="yes")
    assert (store_due(), store_due()) == (1, 0)
    ReferredPerson.objects.update(stored_at=None)
    assert store_due() == 1
    assert Referral.objects.count() == 1
    assert ReferredPerson.objects.get().created_at <= timezone.now()


def test_a_page_that_is_none_is_the_first(
    company: Company, client_of: Callable[..., Client]
) -> None:
    viewer = client_of(company, "viewer")
    for page in ("0", "1", "x", "9" * 9):
        assert viewer.get("/campaigns/advocates/", {"page": page}).status_code == 200, page
