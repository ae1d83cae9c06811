"""Who is chosen, who is left out, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from customers.models import Contact, Customer, CustomerAttribute
from surveys import audience
from surveys.audience import Choice
from surveys.models import Campaign, Invitation, Suppression, SurveySettings
from surveys.suppressions import hash_of
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts


def emails(choice: Choice) -> list[str]:
    ids = audience.contacts_to_ask(choice)
    found = dict(Contact.objects.filter(pk__in=ids).values_list("pk", "email"))
    return [found[pk] for pk in ids]


def left_out(choice: Choice) -> dict[str, int]:
    return {row.reason: row.count for row in audience.plan(choice).left_out}


def test_all_contacts(company: Company) -> None:
    facts.make_contacts(3)
    plan = audience.plan(Choice())
    assert (plan.count, plan.customers, plan.left_out_count, plan.chosen) == (3, 1, 0, 3)
    assert plan.examples[0] == f"Person 0 <{facts.at('person-000')}>"
    assert len(emails(Choice())) == 3


def test_by_the_attribute_that_holds_today(company: Company) -> None:
    today = company.today()
    day = dt.timedelta(days=1)
    basic = facts.make_customer("basic", plan="basic")
    moved = facts.make_customer("moved", plan="basic")
    later = facts.make_customer("later", plan="basic")
    first = facts.make_customer("first")
    none = facts.make_customer("none")

    def version(customer: Customer, value: str, valid_from: dt.date) -> None:
        CustomerAttribute.objects.create(
            customer=customer,
            key="plan",
            value=value,
            valid_from=valid_from,
            source=facts.source(),
            recorded_at=timezone.now(),
        )

    version(moved, "team", today - 10 * day)
    version(later, "team", today + day)
    version(first, "team", today + 5 * day)  # the first value known holds for all time before
    version(first, "basic", today + 9 * day)
    for customer in (basic, moved, later, first, none):
        facts.make_contact(facts.at(customer.external_id), customer=customer)

    team = Choice(who=audience.ATTRIBUTE, attribute="plan", values=["team"])
    assert emails(team) == [facts.at("moved"), facts.at("first")]
    plain = Choice(who=audience.ATTRIBUTE, attribute="plan", values=["basic"])
    assert emails(plain) == [facts.at("basic"), facts.at("later")]


def test_superseded_attributes_do_not_choose(company: Company) -> None:
    customer = facts.make_customer("c-1", plan="team")
    facts.make_contact(facts.at("ann"), customer=customer)
    CustomerAttribute.objects.update(superseded_at=timezone.now())
    assert emails(Choice(who=audience.ATTRIBUTE, attribute="plan", values=["team"])) == []


def test_named_contacts(company: Company) -> None:
    contacts = facts.make_contacts(5)
    choice = Choice(who=audience.PICKED, contacts=[contacts[1].pk, contacts[3].pk])
    assert emails(choice) == [facts.at("person-001"), facts.at("person-003")]


def test_who_unsubscribed_is_left_out_whatever_the_case_of_the_address(company: Company) -> None:
    facts.make_contact(facts.at("Ann"))
    facts.make_contact(facts.at("bob"))
    Suppression.objects.create(email_hash=hash_of(facts.at("ann")), reason="unsubscribed")
    assert emails(Choice()) == [facts.at("bob")]
    assert left_out(Choice()) == {"unsubscribed": 1}


def test_one_address_is_asked_once(company: Company) -> None:
    facts.make_contact(facts.at("ann"), customer=facts.make_customer("c-1"))
    facts.make_contact(facts.at("ANN"), customer=facts.make_customer("c-2"))
    assert emails(Choice()) == [facts.at("ann")]
    assert left_out(Choice()) == {"same_address": 1}


def test_who_was_asked_lately_is_left_out(company: Company, mailbox: Mailbox) -> None:
    SurveySettings.objects.create(pk=1, contact_days=0, customer_days=0)
    facts.asked(facts.at("ann"))
    facts.make_contact(facts.at("bob"))
    # The same person, as a contact of another customer.
    facts.make_contact(facts.at("ANN"), customer=facts.make_customer("c-2"))
    assert emails(Choice(not_asked_days=30)) == [facts.at("bob")]
    assert left_out(Choice(not_asked_days=30)) == {"same_address": 1, "asked_recently": 1}
    assert len(emails(Choice(not_asked_days=0))) == 2

    Invitation.objects.update(claimed_at=timezone.now() - dt.timedelta(days=31))
    assert len(emails(Choice(not_asked_days=30))) == 2


def test_who_is_about_to_be_asked_is_left_out(company: Company) -> None:
    facts.make_contacts(2)
    campaign = facts.started()
    assert left_out(Choice()) == {"contact_budget": 2}
    Invitation.objects.all().update(state="failed")  # nothing reached them
    assert left_out(Choice()) == {}
    assert campaign.state == Campaign.State.RUNNING


def test_the_plan_says_whom_the_companys_limits_skip(company: Company, mailbox: Mailbox) -> None:
    """The third contact of a customer whose most is two, whoever is chosen with it."""
    SurveySettings.objects.create(pk=1, contact_days=10, customer_most=2, customer_days=30)
    for key in ("a", "b"):
        customer = facts.make_customer(key)
        for person in ("ann", "bob", "cy"):
            facts.make_contact(facts.at(f"{person}-{key}"), customer=customer)
    assert emails(Choice(not_asked_days=0)) == [
        facts.at(one) for one in ("ann-a", "bob-a", "ann-b", "bob-b")
    ]
    assert left_out(Choice(not_asked_days=0)) == {"customer_budget": 2}

    first = Contact.objects.get(email=facts.at("ann-a"))
    facts.sent(choice=Choice(who=audience.PICKED, contacts=[first.pk], not_asked_days=0))
    assert emails(Choice(not_asked_days=0)) == [
        facts.at(one) for one in ("bob-a", "ann-b", "bob-b")
    ]
    assert left_out(Choice(not_asked_days=0)) == {"contact_budget": 1, "customer_budget": 2}


def test_the_plan_and_the_invitations_agree(company: Company, mailbox: Mailbox) -> None:
    facts.asked(facts.at("ann"))
    facts.make_contacts(4)
    Suppression.objects.create(email_hash=hash_of(facts.at("person-002")), reason="bounced")
    plan = audience.plan(Choice())
    second = facts.started(name="Second")
    assert plan.count == second.invitations.count() == 3


def test_choosing_costs_the_same_however_many_there_are(
    company: Company, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    facts.make_contacts(300)
    with django_assert_num_queries(2):  # the company's limits, and who is chosen
        audience.plan(Choice())


@pytest.fixture
def manager(company: Company, client_of: Callable[..., Client]) -> Client:
    return client_of(company, "manager")


def test_the_page_shows_the_count_and_who_is_left_out(
    company: Company, mailbox: Mailbox, manager: Client
) -> None:
    facts.asked(facts.at("ann"), "Ann")
    facts.make_contact(facts.at("bob"), "Bob")
    campaign = facts.make_campaign(name="Second")
    page = manager.get(f"/campaigns/{campaign.pk}/contacts/").content.decode()
    assert "<strong>1</strong> contact at 1 customer" in page
    assert "asked more recently than the company allows" in page
    assert f"Ann &lt;{facts.at('ann')}&gt;" in page


def test_choosing_by_filters_and_by_name_on_the_page(company: Company, manager: Client) -> None:
    team = facts.make_customer("c-1", plan="team", owner="Kim")
    facts.make_contact(facts.at("ann"), customer=team)
    facts.make_contact(facts.at("bob"), customer=facts.make_customer("c-2", plan="basic"))
    campaign = facts.make_campaign()
    path = f"/campaigns/{campaign.pk}/contacts/"
    base = {"not_asked_days": "30", "sample_percent": "100"}

    data = {**base, "who": "all", "attribute:plan": ["team", "basic"], "attribute:owner": "Kim"}
    assert manager.post(path, data).status_code == 302
    campaign.refresh_from_db()
    assert emails(Choice.of(campaign)) == [facts.at("ann")]
    page = manager.get(path).content.decode()
    assert '<summary>Owner: <span class="muted" dir="auto">Kim</span></summary>' in page

    Contact.objects.filter(email=facts.at("bob")).update(job_title="Head of Finance")
    data = {**base, "who": "all", "job_title": "CFO, ,finance"}
    assert manager.post(path, data).status_code == 302
    campaign.refresh_from_db()
    assert emails(Choice.of(campaign)) == [facts.at("bob")]
    assert 'value="CFO, finance"' in manager.get(path).content.decode()

    data = {**base, "who": "picked", "addresses": facts.at("BOB") + "\n", "sample_percent": "50"}
    assert manager.post(path, data).status_code == 302
    campaign.refresh_from_db()
    assert Choice.of(campaign).contacts == (Contact.objects.get(email=facts.at("bob")).pk,)
    assert campaign.sample_percent == 50

    data = {**base, "who": "picked", "addresses": facts.at("eve")}
    refused = manager.post(path, data)
    assert refused.status_code == 422
    assert f"No contact has: {facts.at('eve')}" in refused.content.decode()
    for bad in (
        {"who": "all", "attribute:plan": "gold"},
        {"who": "all", "signed_up_from": "yesterday"},
        {"who": "all", "tenure_from": "-1"},
        {"who": "all", "mrr_from": "NaN"},
        {"who": "all", "sample_percent": "0"},
        {"who": "picked", "addresses": ""},
        {"who": "all", "not_asked_days": "-1"},
        {"who": "some"},
    ):
        assert manager.post(path, {**base, **bad}).status_code == 422, bad


def test_an_old_drafts_attribute_still_chooses_and_shows(company: Company, manager: Client) -> None:
    facts.make_contact(facts.at("ann"), customer=facts.make_customer("c-1", plan="team"))
    facts.make_contact(facts.at("bob"), customer=facts.make_customer("c-2", plan="basic"))
    campaign = facts.make_campaign()
    held = {"who": "attribute", "attribute": "plan", "values": ["team"]}
    Campaign.objects.filter(pk=campaign.pk).update(audience=held)
    campaign.refresh_from_db()
    assert emails(Choice.of(campaign)) == [facts.at("ann")]
    page = manager.get(f"/campaigns/{campaign.pk}/contacts/").content.decode()
    assert '<summary>Plan: <span class="muted" dir="auto">team</span></summary>' in page
