"""Random feedback, usage and tickets: few days, people and names, so that everything meets."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from surveys.models import Campaign, Invitation, Response
from tests.metrics import facts, use_facts
from tests.metrics.plain_use import Answer, Session, Ticket, Use, World
from tests.metrics.plain_use import Invitation as Asked

FIRST, SPAN = date(2025, 12, 20), 110
LAST_DAY = FIRST + timedelta(days=SPAN)
CUSTOMERS = ["c0", "c1", "c2"]
SCALES = {"five": ("csat", 5), "ten": ("csat", 10), "seven": ("csat", 7), "effort": ("ces", 7)}

DAYS = st.integers(0, SPAN).map(lambda number: FIRST + timedelta(days=number))
CUSTOMER = st.sampled_from(CUSTOMERS)
# Midnights and noons, and either side of them.
TIMES = st.sampled_from([time(0), time(9, 30), time(12), time(17), time(23, 59, 59)])
INSTANTS = st.builds(lambda day, at: datetime.combine(day, at, UTC), DAYS, TIMES)
LATER = st.sampled_from([0, 1, 1800, 7200, 90_000, 800_000]).map(lambda n: timedelta(seconds=n))


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    campaign = draw(st.sampled_from(list(SCALES)))
    kind, highest = SCALES[campaign]
    score = draw(st.integers(1, highest))
    return Answer(draw(CUSTOMER), kind, highest, score, draw(DAYS), campaign, draw(st.booleans()))


@st.composite
def invitations(draw: st.DrawFn) -> Asked:
    day = draw(DAYS)
    wait = draw(st.none() | st.integers(0, 60).map(lambda days: timedelta(days=days)))
    campaign = draw(st.sampled_from(["first", "second"]))
    return Asked(draw(CUSTOMER), day, campaign, None if wait is None else day + wait)


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    views = draw(st.integers(0, 3))
    seconds = draw(st.integers(0, 5000))
    pages = draw(st.integers(0, seconds)) if views else 0
    return Session(draw(CUSTOMER), draw(INSTANTS), seconds, draw(st.integers(1, 3)), views, pages)


@st.composite
def uses(draw: st.DrawFn) -> list[Use]:
    keys = st.tuples(CUSTOMER, st.sampled_from(["u", "v"]), DAYS)
    found: list[Use] = []
    for customer, user, day in draw(st.lists(keys, max_size=14, unique=True)):
        names = draw(st.lists(st.sampled_from(["Opened", "Sent"]), min_size=1, unique=True))
        items = []
        for item in draw(st.lists(st.sampled_from(["x", "y"]), unique=True)):
            times = [draw(st.none() | TIMES) for _ in range(2)]
            shown, clicked = (at and datetime.combine(day, at, UTC) for at in times)
            if shown or clicked:
                items.append((item, shown, clicked))
        found.append(Use(customer, user, day, tuple(names), tuple(items)))
    return found


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    opened = draw(INSTANTS)
    ends = [draw(st.none() | LATER.map(lambda later: opened + later)) for _ in range(3)]
    stages = draw(
        st.lists(
            st.tuples(st.sampled_from(["work", "wait"]), LATER.map(lambda one: opened + one)),
            max_size=3,
            unique_by=lambda stage: stage[1],
        )
    )
    if stages and draw(st.booleans()):
        stages = [(name, at - timedelta(days=1)) for name, at in stages]
    return Ticket(
        "",
        draw(CUSTOMER),
        opened,
        *ends,
        draw(st.sampled_from(["", "high"])),
        draw(st.sampled_from(["mail", "chat"])),
        tuple(stages),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    world = World(
        answers=draw(st.lists(answers(), max_size=8)),
        invitations=draw(st.lists(invitations(), max_size=6)),
        sessions=draw(st.lists(sessions(), max_size=8)),
        uses=draw(uses()),
        tickets=draw(st.lists(tickets(), max_size=14)),
    )
    for customer in CUSTOMERS:
        days = sorted(draw(st.lists(DAYS, max_size=2, unique=True)))
        values = st.sampled_from(["north", "south"])
        world.regions[customer] = [(day, draw(values)) for day in days]
        if draw(st.booleans()):
            start = draw(DAYS)
            world.paying[customer] = (start, start + timedelta(days=draw(st.integers(1, 80))))
    return world


def store(world: World) -> None:
    """The facts in the database; the ledger is not made of them yet."""
    for customer in CUSTOMERS:
        facts.customer(customer)
        for day, value in world.regions[customer]:
            facts.attribute(customer, "region", value, day)
    for customer, (start, end) in world.paying.items():
        facts.term(customer, start, end, 10)
    for one in world.sessions:
        use_facts.session(
            one.customer,
            one.started_at,
            one.seconds,
            events=one.events,
            page_views=one.page_views,
            page_seconds=one.page_seconds,
        )
    for use in world.uses:
        use_facts.use(use.customer, use.end_user, use.day, dict.fromkeys(use.names, 1), use.items)
    for ticket in world.tickets:
        use_facts.ticket(
            ticket.customer,
            ticket.opened_at,
            stages=ticket.stages,
            first_responded_at=ticket.first_responded_at,
            first_resolved_at=ticket.first_resolved_at,
            resolved_at=ticket.resolved_at,
            priority=ticket.priority,
            channel=ticket.channel,
        )
    _store_surveys(world)


def _store_surveys(world: World) -> None:
    campaigns = {
        name: Campaign.objects.create(
            name=name, kind=kind, lowest_score=1, highest_score=highest, question="How?"
        )
        for name, (kind, highest) in SCALES.items()
    } | {name: Campaign.objects.create(name=name, question="How?") for name in ("first", "second")}
    contacts = {
        name: facts.contact(facts.customer(name), f"{name}@x.example") for name in CUSTOMERS
    }
    rounds: dict[str, int] = defaultdict(int)

    def invite(of: str, customer: str, at: datetime, state: str) -> Invitation:
        rounds[""] += 1
        return Invitation.objects.create(
            campaign=campaigns[of],
            contact=contacts[customer],
            round=rounds[""],
            token_seed=f"{rounds['']}",
            token_hash=f"{rounds['']}",
            state=state,
            claimed_at=at,
            sent_at=at if state == "sent" else None,
            expires_at=at,
        )

    def answer(invitation: Invitation, score: int, at: datetime, *, is_by_user: bool) -> None:
        Response.objects.create(
            invitation=invitation,
            score=score,
            origin="page",
            answered_at=at,
            is_by_user=is_by_user,
        )

    for one in world.answers:
        at = datetime.combine(one.day, time(23, 59), UTC)
        invitation = invite(one.campaign, one.customer, at, "unknown")
        answer(invitation, one.score, at, is_by_user=not one.is_counted)
    for asked in world.invitations:
        at = datetime.combine(asked.day, time(0), UTC)
        invitation = invite(asked.campaign, asked.customer, at, "sent")
        if asked.answered_on is not None:
            answered_at = datetime.combine(asked.answered_on, time(12), UTC)
            answer(invitation, 9, answered_at, is_by_user=False)
