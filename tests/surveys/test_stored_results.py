"""What is stored of large campaigns is what would be counted, and only used while it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.actions.erasure import erase_contact
from customers.actions.facts import remove_facts, store_rows
from customers.actions.merging import merge_customers
from customers.actions.undo import start_undo, undo_import
from customers.imports.kinds import KINDS
from customers.models import Contact, Customer
from metrics.actions import ledger
from surveys import results
from surveys.actions import storing
from surveys.actions.delivery import News, take_news
from surveys.actions.responses import record_response
from surveys.actions.rounds import ToInvite, invite
from surveys.actions.running import end_campaign
from surveys.models import Campaign, Invitation, Reminder, ResultsChange, StoredResults
from surveys.sending.slices import send_slice
from surveys.tokens import token_of
from tenants.models import Company
from tests.cast import Mailbox
from tests.customers.importing import imported
from tests.surveys import facts

PAST = {
    "contact": facts.at("ann"),
    "survey": "Spring",
    "kind": "nps",
    "score": 3,
    "answered_at": "2026-03-01T10:00:00Z",
}


@pytest.fixture(autouse=True)
def every_campaign_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "MANY", 1)


def people(*names: str) -> None:
    for name in names:
        customer = facts.make_customer(f"c-{name}", region=f"R {name[0]}")
        facts.make_contact(facts.at(name), name.title(), customer)


@pytest.fixture
def campaign(company: Company, mailbox: Mailbox) -> Campaign:
    """Ann, Bob and Cy were asked by mail; Ann answered, and once more; the results are stored."""
    people("ann", "bob", "cy")
    found = facts.sent()
    answer(found, "ann", 9)
    answer(found, "ann", 4)
    bring_up()
    return found


def of(campaign: Campaign, person: str) -> Invitation:
    return campaign.invitations.get(contact__email=facts.at(person))


def answer(campaign: Campaign, person: str, score: int, **more: Any) -> None:
    record_response(token=token_of(of(campaign, person)), score=score, **more)


def bring_up() -> int:
    """As the jobs do: first what the change feed tells, then the results."""
    ledger.refresh()
    return storing.store_results()


def agree(campaign: Campaign) -> None:
    """What is stored is used, and is what would be counted."""
    stored = results.stored_of(campaign)
    counts = results.stored_counts([campaign])
    assert stored is not None
    tally = results.tally_of(campaign)
    assert results.tally_of(campaign, stored) == tally
    assert results.funnel_of(campaign, stored) == results.funnel_of(campaign)
    assert results.progress_of(campaign, 1, stored) == results.progress_of(campaign, 1)
    assert results.questions_of(campaign, stored) == results.questions_of(campaign)
    for by in results.segment_names():
        assert results.by_segment(campaign, by, stored) == results.by_segment(campaign, by)
    assert results.figures_of([campaign], counts) == {campaign.pk: tally.figure}
    assert results.figures_of([campaign], {}) == {campaign.pk: tally.figure}
    counted = results.asked_by([campaign], {}).get(campaign.pk, 0)
    assert results.asked_by([campaign], counts) == {campaign.pk: counted}


def bring_in(campaign: Campaign) -> None:
    """A past answer, to a campaign that is told of by another tool."""
    store_rows(kind=KINDS["responses"], rows=[PAST | {"external_id": "r"}], source=facts.source())


def set_role(campaign: Campaign) -> None:
    row = {"external_id": "k-ann", "customer": "c-ann", "email": facts.at("ann"), "role": "user"}
    store_rows(kind=KINDS["contacts"], rows=[row], source=facts.source())


def move(campaign: Campaign) -> None:
    row = {"external_id": "c-ann", "attributes": {"region": "R z"}}
    store_rows(kind=KINDS["customers"], rows=[row], source=facts.source())


def merge(campaign: Campaign) -> None:
    keep, gone = (Customer.objects.get(external_id=f"c-{name}") for name in ("bob", "ann"))
    merge_customers(keep=keep, merge=gone, by=None)


def tell(kind: str) -> Callable[[Campaign], None]:
    def told(campaign: Campaign) -> None:
        news = News(kind=kind, at=timezone.now(), is_hard=True)
        take_news(message_ids=[of(campaign, "bob").message_id], provider_id="", news=news)

    return told


def remind(campaign: Campaign) -> None:
    """A reminder that is due goes out."""
    now = timezone.now()
    Reminder.objects.create(invitation=of(campaign, "bob"), number=1, send_after=now)
    Campaign.objects.filter(pk=campaign.pk).update(reminders=1)
    send_slice(campaign.pk)


def invite_again(campaign: Campaign) -> None:
    contact = Contact.objects.get(email=facts.at("cy"))
    assert invite(campaign, [ToInvite(contact.pk, "", timezone.now())]) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda campaign: answer(campaign, "bob", 10),
        lambda campaign: answer(campaign, "ann", 5, comment="Less"),
        lambda campaign: erase_contact(contact=Contact.objects.get(email=facts.at("ann")), by=None),
        tell("delivered"),
        tell("opened"),
        tell("bounced"),
        tell("complained"),
        tell("failed"),
        remind,
        invite_again,
        set_role,
        move,
        merge,
    ],
)
def test_what_is_stored_is_not_used_once_something_changed(
    campaign: Campaign, change: Callable[[Campaign], object]
) -> None:
    agree(campaign)
    change(campaign)
    assert results.stored_of(campaign) is None
    ledger.refresh()  # takes what the change feed tells: that is not forgotten by it
    assert results.stored_of(campaign) is None
    bring_up()
    agree(campaign)
    assert not ResultsChange.objects.exists()


def test_ending_and_sending(company: Company, mailbox: Mailbox) -> None:
    people("ann", "bob")
    campaign = facts.started()
    bring_up()
    agree(campaign)
    assert results.progress_of(campaign, 0, results.stored_of(campaign)).waiting == 2
    end_campaign(campaign=campaign, by=None)
    assert results.stored_of(campaign) is None
    bring_up()
    agree(campaign)
    again = facts.started(name="Again")
    bring_up()
    send_slice(again.pk)
    assert results.stored_of(again) is None
    bring_up()
    agree(again)


def test_past_answers_come_change_and_go(campaign: Campaign) -> None:
    bring_in(campaign)
    past = Campaign.objects.get(name="Spring")
    bring_up()
    agree(past)
    row = PAST | {"external_id": "r", "score": 10}
    store_rows(kind=KINDS["responses"], rows=[row], source=facts.source())
    assert results.stored_of(past) is None
    bring_up()
    agree(past)
    remove_facts(kind=KINDS["responses"], external_ids=["r"], source=facts.source())
    assert results.stored_of(past) is None
    bring_up()
    agree(past)
    assert results.tally_of(past, results.stored_of(past)).total == 0


def test_an_import_of_answers_that_is_undone(campaign: Campaign, company: Company) -> None:
    lines = [",".join(["id", *PAST]), ",".join(["r-9", *(str(value) for value in PAST.values())])]
    brought = imported("responses", "\n".join(lines))
    past = Campaign.objects.get(name="Spring")
    bring_up()
    agree(past)
    start_undo(import_=brought, by=None)
    undo_import(import_id=brought.pk)
    assert results.stored_of(past) is None
    bring_up()
    assert not StoredResults.objects.filter(campaign=past.pk).exists()
    assert results.tally_of(past).total == 0


def test_only_what_changed_is_counted_anew(campaign: Campaign) -> None:
    other = facts.make_campaign(name="Other")
    other.state, other.started_at = Campaign.State.PAUSED, timezone.now()
    other.save()
    contact = Contact.objects.get(email=facts.at("cy"))
    invite(other, [ToInvite(contact.pk, "", timezone.now())])
    assert bring_up() == 1
    assert bring_up() == 0
    answer(campaign, "bob", 7)
    assert results.stored_of(other) is not None
    assert bring_up() == 1
    agree(other)


def test_who_answers_while_it_is_counted_is_not_forgotten(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = results.stored.count

    def counting(of_campaign: Campaign) -> dict[str, Any]:
        found = count(of_campaign)
        answer(campaign, "bob", 10)
        return found

    answer(campaign, "cy", 1)
    ledger.refresh()
    with monkeypatch.context() as patched:
        patched.setattr(results.stored, "count", counting)
        storing.store_results()
    assert results.stored_of(campaign) is None
    bring_up()
    agree(campaign)


def test_days_are_the_companys(campaign: Campaign, company: Company) -> None:
    company.timezone = "Pacific/Auckland"
    assert results.stored_of(campaign) is None
    assert bring_up() == 1
    agree(campaign)


def test_small_campaigns_are_counted_when_asked(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "MANY", 4)
    bring_up()
    assert not StoredResults.objects.exists()
    assert results.stored_of(campaign) is None


def test_pages_and_the_api_say_the_same_either_way(
    campaign: Campaign, company: Company, client_of: Callable[..., Client]
) -> None:
    viewer = client_of(company, "viewer")
    paths = ["/campaigns/", campaign.get_absolute_url(), f"{campaign.get_absolute_url()}?by=role"]

    def shown() -> list[str]:
        return [viewer.get(path).content.decode().split("<main")[1] for path in paths]

    assert results.stored_of(campaign) is not None
    stored = shown()
    StoredResults.objects.all().delete()
    assert shown() == stored
