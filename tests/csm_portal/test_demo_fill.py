"""The demo's filling: finished even when it died, and left alone where it is not ours."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.models import AuditEntry, User
from csm_portal.demo import fill
from csm_portal.demo.answered import LATELY, WORKS, Work
from csm_portal.demo.campaigns import current_campaign, past_campaigns
from csm_portal.demo.chance import DAY
from csm_portal.demo.files import files
from csm_portal.demo.recommended import BY_LINK, SETTLED
from csm_portal.demo.relations import referrals
from csm_portal.demo.satisfaction import past_answers, reached_today, solved_today
from csm_portal.demo.scenario import HARBOR, Wave
from csm_portal.demo.world import World, build
from csm_portal.management.commands import demo
from customers.models import Contact, CustomerAttribute, Import, Term
from customers.models import Customer as CustomerRow
from metrics import registry
from metrics.models import Goal, Movement
from metrics.periods import Period
from metrics.progress import Verdict, progress_of
from metrics.today import reading
from metrics.today.reading import Asked
from metrics.values import series
from surveys.models import (
    Campaign,
    FollowUp,
    Invitation,
    ReferredPerson,
    Reply,
    Response,
    Reward,
)
from surveys.results.worklist import replying
from tenants.models import Company
from tests.cast import ROLES, Mailbox
from tests.clients import HostClient

# Who was asked 40 days ago may be asked on occasions.
WAVES = (Wave(40, regions=("United Kingdom",)), Wave(0, regions=("Ireland", "Netherlands")))
OWNERS = {"Small": ("Hugo Marsh",), "Mid-market": ("Hugo Marsh", "Ivy Cole")}
SCENARIO = replace(HARBOR, waves=WAVES, owners=OWNERS)
SMALL = fill.DemoCompany("Harbor Demo", "harbor-demo", HARBOR.people, SCENARIO)


class Killed(Exception):
    """The process ends here."""


def fill_once(until: int) -> bool:
    """Fill, dying at the `until`-th word it says; whether it came to its end."""
    said = iter(range(1, until))

    def say(text: str) -> None:
        if next(said, None) is None:
            raise Killed(text)

    try:
        fill.fill(say=say, companies=[SMALL])
    except Killed:
        return False
    return True


@pytest.mark.django_db
def test_a_fill_that_dies_is_finished_by_the_next_and_never_repeated(mailbox: Mailbox) -> None:
    attempts = 1
    while not fill_once(until=min(attempts, 3)):
        attempts += 1
        assert attempts < 30
    company = Company.objects.get(slug="harbor-demo")
    with tenant_context(company):
        as_of = dt.date.fromisoformat(AuditEntry.objects.get(action=fill.BEGUN).detail["as_of"])
        world = build(SCENARIO, seed=fill.SEED, as_of=as_of)
        check_everything_is_there_once(world)
        check_the_work_on_answers(world, company)
        current = current_campaign(world)
    sent = [mail for mail in mailbox.mails() if mail["X-Envelope-To"].endswith(".example.com")]
    assert len(sent) >= len(current.contacts) > 0
    assert attempts > 6
    said: list[str] = []

    assert fill.fill(say=said.append, companies=[SMALL]) == [(SMALL, company)]
    assert said == []
    with tenant_context(company):
        check_everything_is_there_once(world)


def check_everything_is_there_once(world: World) -> None:
    terms = sum(len(one.terms) for customer in world.customers for one in customer.contracts)
    current, past = current_campaign(world), past_campaigns(world)
    solved, reached, ratings = solved_today(world), reached_today(world), [*past_answers(world)]
    answers = sum(len(campaign.answers) for campaign in past) + len(current.answers)
    answers += len(ratings) + sum(one.given is not None for one in solved)
    answers += sum(len(one.answers) for one in reached)
    milestones = {one.milestone.split()[0] for one in reached}
    on_occasion = len(solved) + sum(
        len(one.contacts) for one in world.customers if one.external_id in milestones
    )

    assert User.objects.count() == 5
    owners = set(CustomerAttribute.objects.filter(key="owner").values_list("value", flat=True))
    assert owners == {"Hugo Marsh", "Ivy Cole"} <= set(User.objects.values_list("name", flat=True))
    assert CustomerRow.objects.count() == len(world.customers)
    assert Term.objects.filter(superseded_at=None).count() == Term.objects.count() == terms
    assert Contact.objects.count() == sum(len(one.contacts) for one in world.customers)
    brought = len(files(world))
    assert Import.objects.filter(state=Import.State.DONE).count() == brought
    assert Import.objects.count() == brought > 12
    waiting = bool(solved) + bool(reached)
    assert Campaign.objects.filter(timing="event", state="running").count() == waiting > 0
    assert Campaign.objects.filter(source__isnull=False).count() == 2  # of the ratings
    assert Campaign.objects.count() == len(past) + 1 + 2 + waiting
    assert Invitation.objects.count() == Invitation.objects.filter(state="sent").count()
    asked = sum(len(one.asked) for one in past) + len(current.contacts)
    assert Invitation.objects.count() == asked + len(ratings) + on_occasion
    assert Response.objects.count() == answers
    mrr = sum((one.mrr(world.as_of) for one in world.customers), Decimal(0))
    held = sum(
        (
            term.mrr
            for term in Term.objects.filter(starts_on__lte=world.as_of)
            if term.ends_on is None or term.ends_on > world.as_of
        ),
        Decimal(0),
    )
    assert held == pytest.approx(mrr, abs=Decimal("0.0001"))
    assert sum(
        Movement.objects.filter(day__lte=world.as_of).values_list("amount", flat=True)
    ) == pytest.approx(held, abs=Decimal("0.0001"))


def check_the_work_on_answers(world: World, company: Company) -> None:
    """Old detractors were worked on, today's low answers are open; rewards in several states."""
    since = timezone.now() - LATELY
    old = [
        answer
        for campaign in past_campaigns(world)
        for answer in campaign.answers
        if answer.given.score <= 6 and answer.answered_at >= since
    ]
    new = sum(answer.score <= 6 for answer in current_campaign(world).answers.values())
    new += sum(one.given.score <= 2 for one in solved_today(world) if one.given is not None)
    new += sum(said.score <= 3 for one in reached_today(world) for said in one.answers.values())
    done = [work for work, _ in zip(WORKS, old, strict=False)]
    settled = [state for (state, _), _ in zip(SETTLED, converted(world), strict=False)]

    assert FollowUp.objects.exclude(opened_by=None).count() == len(done)
    assert Counter(FollowUp.objects.values_list("state", flat=True)) == Counter(
        [*(state_of(work) for work in done), *["open"] * new]
    )
    written = [*(work.reply for work in done), *(work.again for work in done)]
    assert Reply.objects.filter(state="sent").count() == sum(map(bool, written))
    for worked_on in FollowUp.objects.exclude(opened_by=None):
        answer = worked_on.invitation.responses.current().get()
        assert worked_on.opened_at == answer.answered_at
    found = replying()
    assert found.n == sum(bool(work.reply) for work in done)
    if found.median is None:  # nobody answered low lately: who does is another with every day
        assert not found.n
    else:
        assert dt.timedelta(hours=1) < found.median < dt.timedelta(days=3)
    assert Counter(Reward.objects.values_list("state", "is_by_rule")) == Counter(
        [*((state, False) for state in settled), ("promised", True)]
    )
    # On a day on which few gave the best score, fewer bring somebody in.
    assert 0 < ReferredPerson.objects.exclude(stored_at=None).count() <= len(BY_LINK)
    goals = progress_of(Goal.objects.all(), company=company, as_of=company.today())
    assert Verdict.REACHED in {one.verdict for one in goals}
    reasons = {one.kind: one.reasons for one in reading.read(Asked(), company=company).counts}
    assert reasons["detractor"] == FollowUp.objects.unfinished().count()


def converted(world: World) -> list[list[str]]:
    return [row for row in referrals(world) if "" < row[5] < world.as_of.isoformat()]


def state_of(work: Work) -> str:
    if work.outcome:
        return "closed"
    return "in_progress" if work.note or work.reply else "open"


@pytest.mark.django_db
def test_a_score_clicked_in_the_newest_mail_moves_nps(mailbox: Mailbox) -> None:
    quiet = replace(SMALL, slug="harbor-quiet", scenario=replace(HARBOR, slug="harbor-quiet"))
    filled = fill.fill(say=lambda text: None, companies=[quiet])
    ((_, company),) = filled
    with tenant_context(company):
        before = nps_of_today(company)
        answered = set(
            Response.objects.values_list("invitation__contact__email", flat=True).distinct()
        )
    newest = [mail for mail in mailbox.mails() if str(mail["X-Envelope-To"]) not in answered][-1]
    link = next(link for link in mailbox.links(newest) if link.endswith("?score=0"))
    client = HostClient("harbor-quiet.localhost")
    path = "/" + link.split("/", 3)[3]

    assert client.get(path).status_code == 200
    assert client.post(path, {"score": "0", "comment": ""}).status_code == 303

    with tenant_context(company):
        after = nps_of_today(company)
    assert after[1] == before[1] + 1
    assert after[0] < before[0]
    told = StringIO()
    command = demo.Command(stdout=told)
    command.filled = filled
    command.welcome()
    assert "http://harbor-quiet.localhost:8000/" in told.getvalue()
    assert all(f"{role}@harbor-quiet.example" in told.getvalue() for role in ROLES)
    assert fill.PASSWORD in told.getvalue()


def nps_of_today(company: Company) -> tuple[float, int]:
    """The value and how many answers it rests on."""
    today = company.today()
    period = Period(today, today + DAY)
    (value,) = series(registry.metric("nps"), [period], company=company, as_of=today).totals
    assert value.value is not None
    return float(value.value), value.n


def test_a_company_of_somebody_elses_is_left_alone(
    company: Company, in_public: Callable[[], None]
) -> None:
    said: list[str] = []
    before = AuditEntry.objects.count()
    in_public()

    found = fill.fill(say=said.append, companies=[replace(SMALL, name="Acme", slug="acme")])

    assert found == []
    assert said == ["acme is somebody's own company: left alone."]
    with tenant_context(company):
        assert AuditEntry.objects.count() == before
        assert User.objects.count() == 4


def test_the_demo_refuses_to_run_where_its_password_would_be_a_hole(settings: Any) -> None:
    settings.IS_DEV = False

    with pytest.raises(CommandError, match="PORTAL_ENV=dev"):
        demo.Command().prepare()


@pytest.fixture
def in_public() -> Callable[[], None]:
    """`in_public()`: leave the company the test stands in."""
    from tenants.context import go_public

    return go_public
