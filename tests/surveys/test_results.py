"""A campaign's figures against sums made by hand, on every kind and scale."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from metrics.intervals import wilson
from surveys import results
from surveys.models import Campaign, Invitation, Reminder, Response
from surveys.results.figures import Figure
from tenants.models import Company
from tests.surveys import facts

ClientOf = Callable[..., Client]
OF_RESPONSES = {"comment", "answers", "answered_at", "is_by_user", "superseded_at"}
NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)


def campaign_of(kind: str = "nps", lowest: int = 0, highest: int = 10, **more: Any) -> Campaign:
    return Campaign.objects.create(
        name=f"{kind} {highest}",
        kind=kind,
        lowest_score=lowest,
        highest_score=highest,
        question="How was it?",
        state="done",
        started_at=NOON,
        **more,
    )


def invited(campaign: Campaign, person: str, **columns: Any) -> Invitation:
    """One contact of a customer of their own, asked at NOON."""
    customer = facts.make_customer(f"c-{person}", **columns.pop("attributes", {}))
    contact = facts.make_contact(facts.at(person), person.title(), customer)
    for name in ("language", "role"):
        setattr(contact, name, columns.pop(name, ""))
    contact.save()
    values = {"state": "sent", "claimed_at": NOON, "sent_at": NOON, "expires_at": NOON, **columns}
    token = f"{campaign.pk}-{person}"
    return Invitation.objects.create(
        campaign=campaign, contact=contact, token_seed="x", token_hash=token, **values
    )


def answered(campaign: Campaign, person: str, score: int, **more: Any) -> Response:
    said = {name: more.pop(name) for name in OF_RESPONSES & set(more)}
    invitation = invited(campaign, person, **more)
    said = {"answered_at": NOON, **said}
    return Response.objects.create(invitation=invitation, score=score, origin="page", **said)


def test_the_examples_of_the_definitions() -> None:
    nps = Figure("nps", 0, 10, {10: 30, 9: 20, 8: 30, 6: 10, 0: 10})
    assert nps.value == 30
    assert nps.interval is not None
    assert round((nps.interval.low + nps.interval.high) / 2, 2) == 29.13
    assert [(one.name, one.count, one.scale) for one in nps.levels] == [
        ("Promoters", 50, "9\N{EN DASH}10"),
        ("Passives", 30, "7\N{EN DASH}8"),
        ("Detractors", 20, "0\N{EN DASH}6"),
    ]
    csat = Figure("csat", 1, 5, {5: 42, 4: 32, 3: 10, 2: 9, 1: 14})
    assert csat.value is not None
    assert csat.interval is not None
    assert round(100 * csat.value, 2) == Decimal("69.16")
    assert round(100 * csat.interval.low, 2) == 59.87
    assert round(100 * csat.interval.high, 2) == 77.12


@pytest.mark.parametrize(
    ("kind", "lowest", "highest", "good"),
    [("csat", 1, 5, 4), ("csat", 1, 10, 7), ("ces", 1, 7, 5), ("ces", 1, 5, 4)],
)
def test_the_share_that_counts_on_every_scale(
    company: Company, kind: str, lowest: int, highest: int, good: int
) -> None:
    campaign = campaign_of(kind, lowest, highest)
    for score in campaign.scores:
        answered(campaign, f"p{score}", score)
    answered(campaign, "user", highest, is_by_user=True)
    answered(campaign, "before", highest, superseded_at=NOON)
    figure = results.tally_of(campaign).figure
    n = highest - lowest + 1
    assert figure.n == n
    assert figure.value == Decimal(highest - good + 1) / n
    assert figure.interval == wilson(highest - good + 1, n)
    assert figure.mean == Decimal(lowest + highest) / 2
    assert figure.levels[0].count == highest - good + 1
    assert sum(level.count for level in figure.levels) == n


def test_a_campaigns_answers_are_counted_in_one_query(
    company: Company, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    campaign = campaign_of()
    answered(campaign, "ann", 9, comment="Fine", answered_at=NOON - dt.timedelta(days=3))
    answered(campaign, "bob", 9, answered_at=NOON)
    answered(campaign, "user", 2, comment="Mine", is_by_user=True,
             answered_at=NOON - dt.timedelta(days=300))  # fmt: skip
    answered(campaign, "before", 1, superseded_at=NOON)
    with django_assert_num_queries(1):
        tally = results.tally_of(campaign)
    assert tally.figure.counts == {9: 2}
    assert (tally.total, tally.with_comment, tally.by_users) == (3, 2, 1)
    assert tally.span == dt.timedelta(days=3)
    assert results.tally_of(campaign_of()).span == dt.timedelta(0)


def test_nobody_answered_is_no_figure(company: Company) -> None:
    figure = results.tally_of(campaign_of()).figure
    assert (figure.n, figure.value, figure.interval, figure.mean) == (0, None, None, None)


def test_months_and_weeks_are_the_companys(company: Company) -> None:
    company.timezone, company.week_start = "America/New_York", 6
    campaign = campaign_of()
    # 03:00 UTC on 1 March is still February in New York; 28 Feb 2026 is a Saturday.
    answered(campaign, "feb", 10, answered_at=dt.datetime(2026, 3, 1, 3, tzinfo=dt.UTC))
    answered(campaign, "mar", 0, answered_at=dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC))
    tally = results.tally_of(campaign)
    months = results.over_time(campaign, tally, "month")
    assert [(row.start, row.figure.value) for row in months] == [
        (dt.date(2026, 2, 1), 100),
        (dt.date(2026, 3, 1), -100),
    ]
    weeks = results.over_time(campaign, tally, "week")
    assert [row.start for row in weeks] == [dt.date(2026, 2, 22), dt.date(2026, 3, 1)]
    assert all(a.start and b.start and a.start < b.start for a, b in pairwise(weeks))
    assert results.tally_of(campaign).grain == "week"
    answered(campaign, "old", 0, answered_at=dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC))
    assert results.tally_of(campaign).grain == "month"


def test_segments_hold_the_value_of_the_day_of_the_answer(company: Company) -> None:
    campaign = campaign_of()
    early = answered(campaign, "early", 10, attributes={"region": "north"}, language="de")
    answered(campaign, "none", 0, role="champion", language="de")
    answered(campaign, "lone", 8, attributes={"region": "west"}, language="fr")
    late = answered(campaign, "late", 9, attributes={"region": "north"})
    rows = early.invitation.contact.customer.attributes
    rows.create(
        key="region",
        value="south",
        valid_from=NOON.date() + dt.timedelta(days=1),
        source=facts.source(),
        recorded_at=timezone.now(),
    )
    late.invitation.contact.customer.attributes.create(
        key="region",
        value="south",
        valid_from=NOON.date() - dt.timedelta(days=1),
        source=facts.source(),
        recorded_at=timezone.now(),
    )
    assert "attribute.region" in results.segment_names()
    by_region = results.by_segment(campaign, "attribute.region")
    assert {row.label: row.figure.counts for row in by_region.rows} == {
        "north": {10: 1},
        "south": {9: 1},
        "west": {8: 1},
        "none": {0: 1},
    }
    assert sum(row.figure.n for row in by_region.rows) == results.tally_of(campaign).figure.n
    assert all(row.is_small for row in by_region.rows)
    by_role = results.by_segment(campaign, "role")
    assert {row.label: row.figure.n for row in by_role.rows} == {"none": 3, "Champion": 1}
    by_language = results.by_segment(campaign, "language")
    assert {row.value: row.figure.n for row in by_language.rows} == {"de": 2, "": 1, "fr": 1}


def test_the_funnel_keeps_apart_what_was_not_sent(company: Company) -> None:
    campaign = campaign_of()
    answered(campaign, "ann", 9)
    answered(campaign, "user", 9, is_by_user=True)
    bounced = invited(campaign, "bob", bounced_at=NOON)
    for number, state in enumerate(("failed", "unknown", "queued", "skipped", "skipped")):
        reason = {"skip_reason": "unsubscribed"} if state == "skipped" else {}
        invited(campaign, f"{state}{number}", state=state, sent_at=None, **reason)
    invited(campaign, "back", state="withdrawn")
    Reminder.objects.create(invitation=bounced, number=1, state="sent", sent_at=NOON)
    funnel = results.funnel_of(campaign)
    assert (funnel.invited, funnel.sent, funnel.waiting) == (8, 3, 1)
    assert (funnel.failed, funnel.unknown, funnel.bounced, funnel.reminders) == (1, 1, 1, 1)
    assert [(one.count, one.reason) for one in funnel.skipped] == [(2, "unsubscribed")]
    assert (funnel.delivered, funnel.opened, funnel.answered) == (None, None, 1)
    assert funnel.response_rate == Decimal(1) / 2  # of three sent one came back
    Invitation.objects.filter(contact__name__in=["Ann", "Bob"]).update(delivered_at=NOON)
    told = results.funnel_of(campaign)
    assert (told.delivered, told.response_rate) == (1, 1)
    Invitation.objects.filter(contact__name="Ann").update(delivered_at=None)
    invited(campaign, "cid", delivered_at=NOON)
    told = results.funnel_of(campaign)  # nobody was told of Ann's mail, but she has it
    assert (told.delivered, told.answered, told.asked) == (1, 1, 2)


CONTENT = {
    "own": {
        "questions": {"why": "Which part?", "many": "What do you use?", "more": "What else?"},
        "choices": {"why": {"a": "Price"}},
    },
    "texts": {},
    "questions": [
        {"key": "why", "type": "choice", "choices": ["a", "b"], "levels": ["low", "high"]},
        {"key": "many", "type": "choices", "choices": ["x", "y"], "levels": ["low"]},
        {"key": "more", "type": "text", "choices": [], "levels": ["low", "middle", "high"]},
    ],
}


def test_further_questions_are_counted(company: Company) -> None:
    campaign = campaign_of(content=CONTENT)
    answered(campaign, "ann", 9, answers={"why": "a", "many": ["x", "y"], "more": "More <b>"})
    answered(campaign, "bob", 2, answers={"why": "a", "many": ["x"]})
    answered(campaign, "cid", 2, answers={"why": "b", "more": ""}, is_by_user=True)
    why, many, more = results.questions_of(campaign)
    assert (why.question, why.n) == ("Which part?", 2)
    assert [(one.label, one.count, one.share) for one in why.choices] == [
        ("Price", 2, 1),
        ("b", 0, 0),
    ]
    assert [(one.key, one.count) for one in many.choices] == [("x", 2), ("y", 1)]
    assert (more.n, [one.text for one in more.texts]) == (1, ["More <b>"])


def test_the_page_shows_it_all(company: Company, client_of: ClientOf) -> None:
    campaign = campaign_of("ces", 1, 7, content=CONTENT)
    answered(campaign, "ann", 7, attributes={"region": "north"}, answers={"more": "More <b>"})
    answered(campaign, "bob", 1, answered_at=NOON - dt.timedelta(days=40), comment="Hard work")
    page = client_of(company, "viewer").get(f"/campaigns/{campaign.pk}/?by=attribute.region")
    text = page.content.decode()
    for words in (
        "Made it easy",
        "50.0",
        "Week from",
        "north",
        "Response rate",
        "More &lt;b&gt;",
    ):
        assert words in text, words
    assert "Hard work" in text
    assert "style=" not in text
    unknown = client_of(company, "viewer").get(f"/campaigns/{campaign.pk}/?by=nothing")
    assert unknown.status_code == 200
