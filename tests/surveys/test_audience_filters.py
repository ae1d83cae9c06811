"""Every filter, alone and with others; and the sample."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from django.utils import timezone

from accounts.models import User
from customers.actions.feed import note_change
from customers.models import Contact, CustomerAttribute
from metrics.actions import ledger
from metrics.models import HealthModel, HealthScore, HealthVersion
from surveys import audience
from surveys.actions.campaigns import choose_contacts
from surveys.actions.responses import record_response
from surveys.audience import AudienceError, Choice, Filter
from surveys.models import Campaign, SurveySettings
from surveys.tokens import token_of
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts
from tests.surveys.facts import subscribe

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 6, 15)


@pytest.fixture(autouse=True)
def today(company: Company, monkeypatch: pytest.MonkeyPatch) -> dt.date:
    """The company's day does not depend on when the test runs."""
    monkeypatch.setattr(Company, "today", lambda self: TODAY)
    return TODAY


def chosen(*filters: Filter) -> list[str]:
    """The local parts of who is asked."""
    choice = Choice(filters=filters, not_asked_days=0, is_former_included=True)
    ids = audience.contacts_to_ask(audience.checked(choice))
    found = dict(Contact.objects.filter(pk__in=ids).values_list("pk", "email"))
    return [found[pk].split("@")[0] for pk in ids]


def by(name: str, *values: str, key: str = "") -> Filter:
    return Filter(name, values, key)


@pytest.fixture
def people(company: Company) -> None:
    """Ann pays for Team since 100 days, Bob for Pro until today, Cy tries Team for nothing."""
    for person, days in (("ann", 100), ("bob", 50), ("cy", 10)):
        customer = facts.make_customer(person, owner="Kim" if person != "cy" else "Lee")
        customer.signed_up_on = TODAY - days * DAY
        customer.save()
        facts.make_contact(facts.at(person), customer=customer)
    subscribe("ann", starts_on=TODAY - 100 * DAY)
    subscribe("bob", "Pro", starts_on=TODAY - 50 * DAY, ends_on=TODAY)
    subscribe("cy", starts_on=TODAY - 10 * DAY, mrr=0)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([by("attribute", "Kim", key="owner")], ["ann", "bob"]),
        ([by("attribute", "Kim", "Lee", key="owner")], ["ann", "bob", "cy"]),
        ([by("product", "CRM")], ["ann", "cy"]),
        ([by("plan", "CRM: Team")], ["ann", "cy"]),
        ([by("plan", "CRM: Pro")], []),  # it ended: its last day was yesterday
        ([by("paying", "yes")], ["ann"]),
        ([by("paying", "no")], ["bob", "cy"]),
        ([by("paying", "yes", "no")], ["ann", "bob", "cy"]),
        ([by("signed_up_from", "2026-04-26")], ["bob", "cy"]),
        ([by("signed_up_before", "2026-04-26")], ["ann"]),
        ([by("tenure_from", "50")], ["ann", "bob"]),
        ([by("tenure_until", "100")], ["bob"]),
        ([by("tenure_until", "101")], ["ann", "bob"]),
        ([by("plan", "CRM: Team"), by("paying", "no")], ["cy"]),
        ([by("plan", "CRM: Team"), by("attribute", "Kim", key="owner")], ["ann"]),
    ],
)
def test_customers(people: None, filters: list[Filter], expected: list[str]) -> None:
    assert chosen(*filters) == expected


def test_contacts_by_role_and_language(people: None) -> None:
    Contact.objects.filter(email=facts.at("ann")).update(role="champion", language="de")
    Contact.objects.filter(email=facts.at("bob")).update(role="user", language="fr")
    assert chosen(by("role", "champion", "user")) == ["ann", "bob"]
    assert chosen(by("role", "none")) == ["cy"]
    assert chosen(by("language", "fr", "none")) == ["bob", "cy"]
    assert chosen(by("language", "de"), by("role", "user")) == []


def test_contacts_by_job_title(people: None) -> None:
    for person, title in (("ann", "Managing Director"), ("bob", "CTO & co-founder"), ("cy", "R+D")):
        Contact.objects.filter(email=facts.at(person)).update(job_title=title)
    assert chosen(by("job_title", "cto")) == ["bob"]
    assert chosen(by("job_title", "Direct", "founder")) == ["ann", "bob"]
    assert chosen(by("job_title", "  managing   director ")) == ["ann"]
    assert chosen(by("job_title", "r+d", " ")) == ["cy"]
    assert chosen(by("job_title", "r.*", "(", "\\", "[a")) == []


def test_what_there_is_to_choose_from(company: Company) -> None:
    for number, (plan, owner) in enumerate([("team", "Kim"), ("basic", "Lee"), ("team", "Max")]):
        customer = facts.make_customer(f"c-{number}", plan=plan, owner=owner, former="once", no="")
        facts.make_contact(facts.at(f"p-{number}"), customer=customer)
    CustomerAttribute.objects.filter(key="former").update(superseded_at=timezone.now())
    owners, plans = ("owner", ["Kim", "Lee", "Max"]), ("plan", ["basic", "team"])
    assert audience.attribute_values() == [owners, plans]
    assert audience.attribute_values(3) == [owners, plans]
    assert audience.attribute_values(2) == [plans]  # what has more values is left out
    assert audience.attribute_values(1) == []


def test_languages_to_choose_from(people: None) -> None:
    assert audience.languages(9) == []
    for person, language in (("ann", "de"), ("bob", "fr"), ("cy", "de")):
        Contact.objects.filter(email=facts.at(person)).update(language=language)
    Contact.objects.filter(email=facts.at("bob")).update(removed_at=timezone.now())
    assert audience.languages(9) == ["de", "fr"]
    assert audience.languages(1) == ["de"]
    assert audience.languages(9, is_present=True) == ["de"]


def answer(campaign: Campaign, person: str, score: int, *, by: User | None = None) -> None:
    invitation = campaign.invitations.get(contact__email=facts.at(person))
    record_response(token=token_of(invitation), score=score, by=by)


def test_contacts_by_what_they_answered_before(people: None, mailbox: Mailbox) -> None:
    facts.make_contact(facts.at("dee"))
    campaign = facts.sent(choice=Choice(is_former_included=True))
    kim = User.objects.create(email=facts.at("kim"), role="viewer")
    answer(campaign, "ann", 10)
    answer(campaign, "ann", 3)  # the current version counts
    answer(campaign, "bob", 9)
    answer(campaign, "cy", 2, by=kim)
    Campaign.objects.filter(pk=campaign.pk).update(state="done")
    choice = Choice(not_asked_days=0)

    def found(*filters: Filter) -> list[str]:
        plan = audience.plan(Choice(not_asked_days=0, filters=filters))
        return sorted(
            word.split("<")[-1].split("@")[0] for row in plan.left_out for word in row.examples
        )

    # Just asked, all are left out: by whom the filter let through.
    assert audience.plan(choice).count == 0
    assert found(by("answered", "yes")) == ["ann", "bob"]
    assert found(by("answered", "no")) == ["cy", "dee"]
    assert found(by("last_level", "low", key="nps")) == ["ann"]
    assert found(by("last_level", "low", "high", key="nps")) == ["ann", "bob"]
    assert found(by("last_level", "middle", key="nps")) == []
    assert found(by("last_level", "low", key="csat")) == []


def test_customers_by_health_and_what_they_pay(people: None) -> None:
    subscribe("bob", "Max", starts_on=TODAY - DAY, mrr=40)
    for person in ("ann", "bob", "cy"):
        contact = Contact.objects.get(email=facts.at(person))
        note_change("subscriptions", from_day=None, customer_id=contact.customer_id)
    ledger.refresh()
    assert chosen(by("mrr_from", "10")) == ["ann", "bob"]
    assert chosen(by("mrr_from", "10.5")) == ["bob"]

    HealthScore.objects.all().delete()
    model = HealthModel.objects.create(name="All", position=1)
    version = HealthVersion.objects.create(
        model=model, number=1, recipe={}, published_at=timezone.now()
    )
    for person, band, score in (("ann", "green", 80), ("bob", "red", 20)):
        HealthScore.objects.create(
            customer=Contact.objects.get(email=facts.at(person)).customer,
            version=version,
            starts_on=TODAY,
            score=score,
            coverage=100,
            band=band,
        )
    assert chosen(by("health_band", "red", "amber")) == ["bob"]
    assert chosen(by("health_band", "green", "red")) == ["ann", "bob"]
    assert chosen(by("mrr_from", "10.5"), by("health_band", "green")) == []


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (by("shoe_size", "44"), "There is no filter “shoe_size”"),
        (by("paying"), "give a value"),
        (by("job_title", " "), "give a value"),
        (by("paying", "perhaps"), "there is no “perhaps”"),
        (by("role", "boss"), "there is no “boss”"),
        (by("signed_up_from", "1.2.2026"), "give a day as 2026-12-31"),
        (by("signed_up_from", "2026-01-01", "2026-01-02"), "give one value"),
        (by("tenure_from", "²"), "whole number"),
        (by("tenure_from", "1" * 30), "whole number"),
        (by("mrr_from", "Infinity"), "number from 0"),
        (by("last_level", "low", key="csi"), "has no “csi”"),
    ],
)
def test_what_cannot_be_chosen_is_said(company: Company, one: Filter, words: str) -> None:
    with pytest.raises(AudienceError) as refused:
        audience.checked(Choice(filters=[one]))
    assert words in refused.value.message


def test_a_filter_named_twice_is_refused(company: Company) -> None:
    with pytest.raises(AudienceError):
        audience.checked(Choice(filters=[by("paying", "yes"), by("paying", "no")]))


def test_a_filter_that_there_is_no_more_chooses_nobody(people: None) -> None:
    assert audience.contacts_to_ask(Choice(filters=[by("gone", "yes")])) == []


def test_a_choice_reads_as_it_was_written(company: Company) -> None:
    campaign = facts.make_campaign()
    choice = Choice(filters=(by("paying", "yes"), by("tenure_from", "7")), not_asked_days=5)
    choose_contacts(campaign=campaign, choice=choice, by=None)
    campaign.refresh_from_db()
    assert Choice.of(campaign) == choice


def test_a_higher_sample_adds_and_swaps_nobody(company: Company) -> None:
    facts.make_contacts(400)
    campaign, other = facts.make_campaign(), facts.make_campaign(name="Other")
    choice = Choice(not_asked_days=0)

    def sample(percent: int, of: Campaign = campaign) -> set[int]:
        of.sample_percent = percent
        return set(audience.contacts_to_ask(choice, of))

    SurveySettings.objects.create(pk=1, customer_days=0)
    samples = [sample(percent) for percent in (1, 10, 30, 60, 99, 100)]
    for smaller, larger in pairwise(samples):
        assert smaller <= larger
    assert sample(30) == samples[2]
    assert sample(30, other) != samples[2]
    # The ids are given; 30 % of 400 within four standard deviations.
    assert 120 - 37 <= len(samples[2]) <= 120 + 37
    assert len(samples[-1]) == 400
    campaign.sample_percent = 30
    plan = audience.plan(choice, campaign)
    assert {row.reason for row in plan.left_out} == {"not_sampled"}
    assert plan.count == len(samples[2])
