"""Today: who is on the list and why, in which order, and what takes a reason off it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from customers import owners
from customers.actions import tasks as task_actions
from customers.actions.tasks import About
from customers.models import Change, Customer, Milestone, Renewal, Task
from customers.models.usage import UsageDay
from metrics.actions import ledger
from metrics.ledger import build
from metrics.models import Attention, HealthModel
from metrics.today import keeping, reading
from metrics.today.reading import Asked, Item, Today
from surveys.models import Campaign, FollowUp, Invitation, Response
from tenants.models import Company
from tests.casting import Clients
from tests.metrics import facts
from tests.metrics.health.scored import DAY, only_model, span

RATES = build.Rules(90)


def renewal(name: str, renews_on: dt.date, **more: Any) -> Renewal:
    return Renewal.objects.create(
        external_id=f"{name}/{renews_on}",
        customer=facts.customer(name),
        renews_on=renews_on,
        source=facts.source(),
        recorded_at=timezone.now(),
        **more,
    )


def milestone(name: str, due_on: dt.date, reached_on: dt.date | None = None) -> Milestone:
    return Milestone.objects.create(
        external_id=f"{name}/{due_on}",
        customer=facts.customer(name),
        name="Go live",
        due_on=due_on,
        reached_on=reached_on,
        source=facts.source(),
        recorded_at=timezone.now(),
    )


def used(name: str, day: dt.date) -> None:
    UsageDay.objects.create(
        customer=facts.customer(name),
        day=day,
        end_user="u",
        events=1,
        kinds=["track"],
        names=["x"],
        counts=[1],
    )


def low_answer(name: str, score: int, comment: str, days_ago: int = 1) -> FollowUp:
    now = timezone.now()
    campaign = Campaign.objects.create(
        name=f"of {name}", question="?", state="running", started_at=now
    )
    contact = facts.contact(facts.customer(name), f"{name}@x.example")
    invitation = Invitation.objects.create(
        campaign=campaign,
        contact=contact,
        state="sent",
        token_seed=name,
        token_hash=name,
        claimed_at=now,
        sent_at=now,
        expires_at=now + dt.timedelta(days=30),
    )
    Response.objects.create(
        invitation=invitation,
        score=score,
        comment=comment,
        origin="page",
        answered_at=now - days_ago * DAY,
    )
    return FollowUp.objects.create(invitation=invitation)


@pytest.fixture
def world(company: Company) -> dt.date:
    """One customer for each reason, `quiet` with none and `gone`, who left, with all."""
    today = company.today()
    version = only_model()
    for name, mrr in (
        ("fallen", 100),
        ("renewing", 200),
        ("late", 50),
        ("silent", 400),
        ("unhappy", 80),
        ("quiet", 1000),
    ):
        facts.term(name, today - 400 * DAY, None, mrr)
    facts.term("gone", today - 400 * DAY, today - 60 * DAY, 70)
    for name, was, now in (("fallen", 80, 41), ("quiet", 80, 70)):
        span(name, version, today - 60 * DAY, today - 10 * DAY, was)
        span(name, version, today - 10 * DAY, None, now)
    renewal("renewing", today + 30 * DAY)
    renewal("quiet", today + 120 * DAY)
    renewal("fallen", today + 20 * DAY, cancelled_on=today - DAY)
    milestone("late", today - 5 * DAY)
    milestone("quiet", today - 5 * DAY, today - 6 * DAY)
    milestone("gone", today - 5 * DAY)
    used("silent", today - 20 * DAY)
    used("gone", today - 20 * DAY)
    used("quiet", today)
    low_answer("unhappy", 3, "too slow")
    facts.attribute("fallen", "owner", "manager@acme.example")
    facts.attribute("late", "owner", "manager@acme.example")
    build.build(list(Customer.objects.values_list("pk", flat=True)), rules=RATES)
    keeping.make(today=today)
    return today


def read(company: Company, today: dt.date, **asked: Any) -> Today:
    return reading.read(Asked(**asked), company=company, today=today)


def names(found: Today) -> list[str]:
    return [item.name for item in found.items]


def only(found: Today) -> Item:
    [item] = found.items
    return item


def test_any_answer_that_is_followed_up_is_there_and_called_so(
    company: Company, world: dt.date
) -> None:
    low_answer("quiet", 10, "worth telling others")
    keeping.make(today=world)
    found = read(company, world, kind="detractor")
    assert [(item.name, item.urgency) for item in found.items] == [("quiet", 40), ("unhappy", 75)]
    assert [(one.label, one.reasons) for one in found.counts if one.kind == "detractor"] == [
        ("Follow-ups", 2)
    ]


def test_each_reason_is_told_in_plain_words(company: Company, world: dt.date) -> None:
    found = read(company, world)
    words = {item.name: [reason.words for reason in item.reasons] for item in found.items}
    renews_on = world + 30 * DAY
    assert words == {
        "fallen": ["Health 41, thirty days ago 80"],
        "renewing": [f"Renews in 30 days, on {renews_on:%-d %b %Y}, not decided"],
        "late": [f"“Go live” is 5 days late: it was due on {world - 5 * DAY:%-d %b %Y}"],
        "silent": [f"Nobody used the product for 20 days, last on {world - 20 * DAY:%-d %b %Y}"],
        "unhappy": ["NPS 3, yesterday: “too slow”"],
    }
    # 400 x 51, 200 x 76.7, 100 x 100, 80 x 75, 50 x 44.
    assert names(found) == ["silent", "renewing", "fallen", "unhappy", "late"]
    assert (found.reasons, found.customers, found.mrr) == (5, 5, Decimal(830))
    assert {one.kind: one.reasons for one in found.counts} == {
        **dict.fromkeys(Attention.Kind.values, 1),
        "task": 0,
    }


def test_narrowed_by_kind_owner_and_customer(company: Company, world: dt.date) -> None:
    assert names(read(company, world, kind="silent")) == ["silent"]
    mine = owners.Owned(choice="me", names=("manager@acme.example",))
    found = read(company, world, owned=mine)
    assert names(found) == ["fallen", "late"]
    assert found.mrr == 150
    nobodys = read(company, world, owned=owners.Owned(choice="none", names=()))
    assert "fallen" not in names(nobodys)
    assert len(nobodys.items) == 3
    late = facts.customer("late")
    assert only(read(company, world, customer=late.pk)).name == "late"


def test_time_passes_without_anything_made_anew(company: Company, world: dt.date) -> None:
    assert "renewing" in names(read(company, world + 30 * DAY))
    assert "renewing" not in names(read(company, world + 31 * DAY))
    milestone("quiet", world + 2 * DAY)
    keeping.make(today=world)
    assert "quiet" not in names(read(company, world + 2 * DAY))
    assert "quiet" in names(read(company, world + 3 * DAY))


def test_some_made_anew_are_as_all_made_anew(company: Company, world: dt.date) -> None:
    def rows() -> set[tuple[Any, ...]]:
        return {
            (row.customer_id, row.kind, row.key, row.starts_on, row.ends_on, row.urgency)
            for row in Attention.objects.all()
        }

    before = rows()
    keeping.make([facts.customer("fallen").pk, facts.customer("late").pk], today=world)
    assert rows() == before
    Milestone.objects.update(reached_on=world)
    keeping.make([facts.customer("late").pk], today=world)
    assert "late" not in names(read(company, world))
    assert len(rows()) == len(before) - 1


def test_several_reasons_make_a_customer_more_urgent(company: Company, world: dt.date) -> None:
    renewal("late", world + 90 * DAY)
    build.build([facts.customer("late").pk], rules=RATES)
    keeping.make(today=world)
    late = next(item for item in read(company, world).items if item.name == "late")
    assert [reason.kind for reason in late.reasons] == ["onboarding", "renewal"]
    assert late.urgency == pytest.approx(44 + 10)


def test_a_renewal_is_decided_when_every_contract_of_the_day_is(
    company: Company, world: dt.date
) -> None:
    due = world + 40 * DAY
    for number in ("b-1", "b-2"):
        held = facts.term("both", world - 400 * DAY, None, 100, subscription=number).subscription
        Renewal.objects.filter(pk=renewal("both", due, subscription=held).pk).update(
            external_id=number
        )

    def contracts() -> list[int]:
        build.build([facts.customer("both").pk], rules=RATES)
        keeping.make(today=world)
        held = Attention.objects.filter(kind="renewal", customer=facts.customer("both"))
        return [row.data["contracts"] for row in held]

    assert contracts() == [2]
    Renewal.objects.filter(external_id="b-1").update(agreed_on=world)
    assert contracts() == [1]
    Renewal.objects.filter(external_id="b-2").update(agreed_on=world)
    assert contracts() == []


def test_what_is_done_snoozed_or_handed_over_leaves_the_list(
    company: Company, world: dt.date, user_of: Callable[..., User]
) -> None:
    manager, owner = user_of(company, "manager"), user_of(company, "owner")
    mine = owners.Owned(choice="me", names=owners.names_of(manager))
    theirs = owners.Owned(choice="me", names=owners.names_of(owner))
    found = read(company, world, owned=mine)
    fallen, late = (item.reasons[0] for item in found.items)

    def task_about(reason: Any) -> Task:
        return task_actions.make(
            customer=Customer.objects.get(pk=reason.customer_id),
            title=reason.words,
            by=manager,
            assignee=manager,
            about=About.of(reason.about),
        )

    task = task_about(late)
    # The task stands with its reason, once.
    item = next(i for i in read(company, world, owned=mine).items if i.name == "late")
    assert [(r.kind, r.task_id) for r in item.reasons] == [("onboarding", task.pk)]
    task_actions.snooze(task=task, until=company.today() + 7 * DAY, by=manager)
    assert names(read(company, world, owned=mine)) == ["fallen"]
    assert names(read(company, company.today() + 7 * DAY, owned=mine))[-1] == "late"
    task_actions.hand_over(task=task, to=owner, by=manager)
    assert names(read(company, world, owned=mine)) == ["fallen"]
    assert names(read(company, world, owned=theirs)) == ["late"]

    task_actions.finish(task=task_about(fallen), by=manager)
    assert read(company, world, owned=mine).customers == 0
    # It falls further: that is a new reason.
    version = only_model()
    customer = facts.customer("fallen")
    from metrics.models import HealthScore

    HealthScore.objects.filter(customer=customer, ends_on=None).update(ends_on=world)
    span("fallen", version, world, None, 20)
    keeping.make(today=world)
    assert names(read(company, world, owned=mine)) == ["fallen"]


def test_a_closed_follow_up_is_off_at_once(company: Company, world: dt.date) -> None:
    FollowUp.objects.update(state="closed", outcome="solved", closed_at=timezone.now())
    assert "unhappy" not in names(read(company, world))


def test_own_tasks_show_whoever_the_customers_are(
    company: Company, world: dt.date, user_of: Callable[..., User]
) -> None:
    manager = user_of(company, "manager")
    mine = owners.Owned(choice="me", names=owners.names_of(manager))
    quiet = facts.customer("quiet")
    task = task_actions.make(customer=quiet, title="Call", by=manager, assignee=manager)
    item = next(i for i in read(company, world, owned=mine).items if i.name == "quiet")
    assert [(r.words, r.href) for r in item.reasons] == [("Call", f"/tasks/{task.pk}/")]
    assert item.mrr == 1000
    task_actions.edit(task=task, by=manager, due_on=world + 2 * DAY)
    assert "quiet" not in names(read(company, world, owned=mine))
    found = read(company, world + 3 * DAY, owned=mine, kind="task")
    assert only(found).reasons[0].words == "Call (1 day overdue)"


def test_nobody_is_silent_while_no_usage_comes_in(company: Company, world: dt.date) -> None:
    UsageDay.objects.filter(day__gt=world - 19 * DAY).delete()
    keeping.make(today=world)
    assert not Attention.objects.filter(kind="silent").exists()


def test_contracts_in_two_currencies_have_no_sum(company: Company, world: dt.date) -> None:
    facts.term("euro", world - 100 * DAY, None, 5, currency="EUR")
    build.build([facts.customer("euro").pk], rules=RATES)
    keeping.make(today=world)
    found = read(company, world)
    assert found.mrr is None
    assert found.currency.reason
    assert {item.mrr for item in found.items} == {None}
    facts.rate("EUR", "USD", world - 50 * DAY, Decimal(2))
    keeping.make(today=world)
    assert read(company, world).mrr == 830


def test_refreshing_and_rebuilding_make_the_reasons(company: Company, world: dt.date) -> None:
    Attention.objects.all().delete()
    ledger.rebuild()
    assert Attention.objects.filter(kind="renewal").exists()
    Attention.objects.all().delete()
    late = facts.customer("late")
    Change.objects.create(customer=late, kind="milestones", from_day=world)
    ledger.refresh()
    assert set(Attention.objects.values_list("customer", flat=True)) == {late.pk}


def test_without_scores_too_a_refresh_is_about_those_who_changed(company: Company) -> None:
    today = company.today()
    HealthModel.objects.update(retired_at=timezone.now())
    for name in ("other", "changed"):
        facts.term(name, today - 400 * DAY, None, 100)
    ledger.refresh()
    held = {"starts_on": today, "urgency": 1, "most": 1, "key": "as it was", "kind": "silent"}
    for name in ("other", "changed"):
        Attention.objects.create(customer=facts.customer(name), **held)
    renewal("changed", today + 10 * DAY)
    Change.objects.create(customer=facts.customer("changed"), kind="renewals", from_day=today)

    ledger.refresh()
    left = Attention.objects.filter(key="as it was").values_list("customer__external_id", flat=True)
    assert list(left) == ["other"]
    assert Attention.objects.filter(kind="renewal").get().customer.external_id == "changed"


def test_the_page_and_clicks_without_scripts(
    company: Company, world: dt.date, client_of: Clients, user_of: Callable[..., User]
) -> None:
    client = client_of(company, "manager")
    page = client.get("/today/").content.decode()
    assert "Health 41, thirty days ago 80" in page  # a manager's page begins with their own
    assert "too slow" not in page
    page = client.get("/today/?owner=all").content.decode()
    assert "too slow" in page
    assert "Why am I seeing this?" in page
    [follow_up] = FollowUp.objects.all()
    unhappy, late = facts.customer("unhappy").pk, facts.customer("late").pk
    row = {"row": f"{unhappy}/{late}/detractor:{follow_up.pk}", "next": "/today/?owner=all"}
    assert f'value="{row["row"]}"' in page  # the one after it stands in its place then
    answer = client.post("/today/act/", row)
    assert answer["Location"] == f"/today/?owner=all#customer-{late}"
    page = client.get("/today/?owner=all").content.decode()
    assert "too slow" not in page.replace("Done: NPS 3, yesterday: “too slow”", "")
    assert "Done: NPS 3, yesterday" in page
    assert (
        "not on the list any more" in client.post("/today/act/", row, follow=True).content.decode()
    )
    task = Task.objects.get()
    assert (task.about, task.is_done) == (f"detractor:{follow_up.pk}", True)

    renewing = facts.customer("renewing").pk
    [reason] = Attention.objects.filter(customer=renewing)
    row = {"row": f"{renewing}/0/renewal:{reason.key}", "next": "/today/"}
    asked = client.get("/today/later/", row)
    assert "Snooze until tomorrow" in asked.content.decode()
    part = client.get("/today/later/", row, headers={"HX-Request": "true"}).content.decode()
    assert "Hand over" in part
    assert "<html" not in part
    to = {"do": "hand_over", "to": "owner@acme.example"}
    assert client.post("/today/act/", row | to)["Location"] == "/today/#list"
    assert Task.objects.open().get().assignee == user_of(company, "owner")
    assert client.get("/today/later/?row=1/2/x:y").status_code == 404
    bad = client.post("/today/act/", {"row": "x"}, headers={"HX-Request": "true"})
    assert "not on the list any more" in bad.content.decode()
    viewer = client_of(company, "viewer").get("/today/?kind=silent").content.decode()
    assert "Nobody used the product" in viewer
    assert ">Done<" not in viewer


def test_an_empty_company_is_told_so(company: Company, client_of: Clients) -> None:
    page = client_of(company, "owner").get("/today/").content.decode()
    assert "Nothing to tell yet" in page
    assert 'href="/imports/new/"' in page
    page = client_of(company, "viewer").get("/today/").content.decode()
    assert "Nothing to tell yet" in page
    assert "/imports/new/" not in page


def test_it_does_not_claim_what_it_cannot_know(company: Company, client_of: Clients) -> None:
    facts.term("quiet", dt.date(2025, 1, 1), None, 10)
    ledger.refresh(keeps=True)
    client = client_of(company, "manager")
    page = client.get("/today/").content.decode()
    assert "as far as is known" in page
    assert 'href="/health/">All customers by health' in page
    assert "Not brought in yet: renewals, milestones, survey answers, usage events." in page
    milestone("quiet", dt.date(2025, 2, 1), dt.date(2025, 2, 1))
    page = client.get("/today/").content.decode()
    assert "Not brought in yet: renewals, survey answers, usage events." in page


def test_who_is_red_all_the_same_is_a_click_away(company: Company, client_of: Clients) -> None:
    facts.term("red", dt.date(2025, 1, 1), None, 10)
    facts.term("green", dt.date(2025, 1, 1), None, 20)
    build.build(list(Customer.objects.values_list("pk", flat=True)), rules=RATES)
    ledger.refresh(keeps=True)
    version = only_model()
    long_ago = company.today() - 200 * DAY
    span("red", version, long_ago, None, 20)
    span("green", version, long_ago, None, 90)
    page = client_of(company, "viewer").get("/today/?owner=all").content.decode()
    assert "Nothing new, as far as is known" in page
    assert "1 customer with $10.00 of MRR is red, without a new reason." in page
    assert 'href="/health/?band=red"' in page
    narrowed = client_of(company, "viewer").get("/today/?owner=all&kind=drop").content.decode()
    assert "without a new reason" not in narrowed


def test_the_same_by_api(company: Company, world: dt.date, client_of: Clients) -> None:
    get = client_of(company, "manager").get
    found = get("/api/v1/today/").json()
    assert [row["customer"] for row in found["results"]] == [
        "silent",
        "renewing",
        "fallen",
        "unhappy",
        "late",
    ]
    assert (found["customers"], Decimal(found["mrr"]), found["currency"]) == (5, 830, "USD")
    [reason] = found["results"][3]["reasons"]
    assert reason["words"] == "NPS 3, yesterday: “too slow”"
    assert reason["facts"]["score"] == 3
    mine = get("/api/v1/today/?owner=me").json()["results"]
    assert [row["customer"] for row in mine] == ["fallen", "late"]
    assert [row["name"] for row in get("/api/v1/today/?kind=silent").json()["results"]] == [
        "silent"
    ]
    assert len(get("/api/v1/today/?customer=late").json()["results"]) == 1
    for query, code in (
        ("kind=x", "invalid_filter"),
        ("customer=x", "unknown_customer"),
        ("colour=red", "unknown_member"),
    ):
        answer = get(f"/api/v1/today/?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, code)
