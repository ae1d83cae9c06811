"""How customers found support and onboarding: CSAT and CES, of the past and of today. Pure."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log2
from zoneinfo import ZoneInfo

from csm_portal.demo.campaigns import current_campaign
from csm_portal.demo.chance import DAY, clamped, stream
from csm_portal.demo.feedback import Score
from csm_portal.demo.relations import STEPS, milestones
from csm_portal.demo.support import SPEED, SUBJECTS, Ticket, tickets
from csm_portal.demo.world import Customer, World

SUPPORT, ONBOARDING = "Help desk rating", "Onboarding effort"
ANSWERS = "external_id customer contact survey kind scale score comment asked_at answered_at"
ASKED_AFTER = (STEPS[0][0], STEPS[-1][0])
SHARE_CSAT, SHARE_CES, SHARE_TODAY = 0.34, 0.42, 0.55
SHARE_WITH_WORDS = 0.4
# Between two surveys to a contact: as surveys.models.SurveySettings has it by default.
BETWEEN = 30 * DAY
MOST_TODAY = 9
AROUND = 45  # days from when a step was due to when it may be reached

# What is said with a low, a middling and a high score.
CSAT_WORDS = (
    (
        "It took days until somebody understood the problem.",
        "The answer was a link to the manual. I had read it.",
        "Closed without being solved, so I had to write again.",
    ),
    (
        "Solved in the end, but slow.",
        "Friendly. I had to explain it twice.",
        "A workaround, not a solution.",
    ),
    (
        "Quick and to the point, thank you.",
        "Solved in one go.",
        "They even called back the next day to check.",
        "Clear steps, worked at once.",
        "Answered before I had finished my coffee.",
        "Explained why it happened, too.",
        "Kind, patient, and right.",
        "Found the cause in our own settings.",
    ),
)
CES_WORDS = (
    (
        "We needed our own developer to connect the data.",
        "Nobody told us what the next step was.",
        "Weeks of back and forth for a simple import.",
    ),
    (
        "The import took three attempts.",
        "Fine once we found the right page.",
        "Good help, but the columns had to be renamed.",
    ),
    (
        "Up and running in an afternoon.",
        "The kick-off call answered everything.",
        "The sample files made it easy.",
        "One call, and the data was in.",
        "The checklist told us what came next.",
        "Our contact prepared everything.",
    ),
)


@dataclass(frozen=True)
class SolvedToday:
    """A ticket of the last day that is solved on the as-of day; `given` None: not answered yet."""

    ticket: Ticket
    given: Score | None


@dataclass(frozen=True)
class ReachedToday:
    """A milestone, by its id of the file, that is reached on the as-of day; what each contact who
    answers at once says."""

    milestone: str
    answers: dict[str, Score]


def past_answers(world: World) -> Iterator[Sequence[str]]:
    """Rows of ANSWERS, as the tool before the portal exported them."""
    waved = set(current_campaign(world).contacts)
    end = dt.datetime.combine(world.as_of, dt.time(), ZoneInfo(world.scenario.timezone))
    number = 0
    for one in (*_of_support(world), *_of_onboarding(world)):
        is_recent = one.asked_at > end - BETWEEN
        if one.answered_at < end and not (is_recent and one.contact in waved):
            number += 1
            kind, scale = ("csat", "1-5") if one.survey == SUPPORT else ("ces", "1-7")
            yield (
                *(f"{one.survey} {number}", one.customer, one.contact, one.survey, kind, scale),
                *(str(one.given.score), one.given.comment),
                *(one.asked_at.isoformat(), one.answered_at.isoformat()),
            )


@dataclass(frozen=True)
class _Answer:
    survey: str
    customer: str
    contact: str
    given: Score
    asked_at: dt.datetime
    answered_at: dt.datetime


def _of_support(world: World) -> Iterator[_Answer]:
    """Of who was asked two hours after a ticket was solved."""
    rng = stream(world.seed, f"{world.scenario.slug}/csat")
    for ticket in tickets(world):
        answers, given, delay = rng.random() < SHARE_CSAT, _rated(rng, ticket), _delay(rng)
        if answers and ticket.resolved_at is not None:
            asked_at = ticket.resolved_at + dt.timedelta(hours=2)
            yield _Answer(
                SUPPORT, ticket.customer, ticket.contact, given, asked_at, asked_at + delay
            )


def _of_onboarding(world: World) -> Iterator[_Answer]:
    """Of who was asked on the morning after a step of onboarding."""
    rng = stream(world.seed, f"{world.scenario.slug}/ces")
    zone = ZoneInfo(world.scenario.timezone)
    contacts = {one.external_id: one.contacts for one in world.customers}
    for _, customer, name, due_on, reached_on in milestones(world):
        if name not in ASKED_AFTER or not reached_on:
            continue
        day = dt.date.fromisoformat(reached_on)
        late = (day - dt.date.fromisoformat(due_on)).days
        for contact in contacts[customer]:
            answers, given, delay = rng.random() < SHARE_CES, _found_easy(rng, late), _delay(rng)
            if answers:
                asked_at = dt.datetime.combine(day + DAY, dt.time(10), zone)
                yield _Answer(
                    ONBOARDING, customer, contact.external_id, given, asked_at, asked_at + delay
                )


def solved_today(world: World) -> list[SolvedToday]:
    """Tickets of yesterday, of contacts that may be asked. The first was said to be solved thrice
    before, and who had to write again says so at once."""
    rng = stream(world.seed, f"{world.scenario.slug}/solved today")
    zone = ZoneInfo(world.scenario.timezone)
    asking = _may_be_asked(world)
    found: list[SolvedToday] = []
    for customer, contact in rng.sample(asking, min(MOST_TODAY, len(asking))):
        subject, priority = rng.choice(SUBJECTS)
        at = dt.datetime.combine(world.as_of - DAY, dt.time(9 + rng.randrange(8), 20), zone)
        responded_at = at + dt.timedelta(minutes=15 + rng.randrange(150))
        ticket = Ticket(
            external_id=f"{contact}-T{world.as_of:%Y%m%d}",
            customer=customer.external_id,
            contact=contact,
            subject=subject,
            priority=priority,
            channel="email",
            opened_at=at,
            responded_at=responded_at,
            first_resolved_at=None,
            resolved_at=None,
            reopens=0 if found else 3,
            stages=(),
        )
        answers, given = rng.random() < SHARE_TODAY or ticket.reopens > 0, _rated(rng, ticket)
        found.append(SolvedToday(ticket, given if answers else None))
    return found


def reached_today(world: World) -> list[ReachedToday]:
    """Steps of onboarding that are due about now, of customers all whose contacts may be asked and
    who had no ticket yesterday."""
    rng = stream(world.seed, f"{world.scenario.slug}/reached today")
    busy = {one.ticket.customer for one in solved_today(world)}
    free = {contact for _, contact in _may_be_asked(world)}
    contacts = {
        customer.external_id: [contact.external_id for contact in customer.contacts]
        for customer in world.paying(world.as_of)
        if free.issuperset(contact.external_id for contact in customer.contacts)
    }
    found: list[ReachedToday] = []
    for external_id, named, _, due_on, reached_on in milestones(world):
        late = (world.as_of - dt.date.fromisoformat(due_on)).days
        is_next = not reached_on and abs(late) <= AROUND
        if is_next and named in contacts and named not in busy:
            busy.add(named)
            given = {contact: _found_easy(rng, late) for contact in contacts[named]}
            answers = {one: said for one, said in given.items() if rng.random() < SHARE_TODAY}
            found.append(ReachedToday(external_id, answers))
    return found[:MOST_TODAY]


def _may_be_asked(world: World) -> list[tuple[Customer, str]]:
    """Whom no campaign wrote to lately, nor writes to on the as-of day."""
    lately = [wave for wave in world.scenario.waves if wave.days_ago * DAY < BETWEEN]
    asked = {row[2] for row in past_answers(world) if _day(row[8]) > world.as_of - BETWEEN - DAY}
    return [
        (customer, contact.external_id)
        for customer in world.paying(world.as_of)
        if not any(wave.asks(customer.attributes) for wave in lately)
        for contact in customer.contacts
        if contact.external_id not in asked
    ]


def _day(moment: str) -> dt.date:
    return dt.datetime.fromisoformat(moment).date()


def _rated(rng: random.Random, ticket: Ticket) -> Score:
    """1 to 5: slow answers and work that had to be done twice are felt."""
    until = ticket.resolved_at or ticket.opened_at + DAY
    hours = (until - ticket.opened_at).total_seconds() / 3600
    slowness = max(log2(hours / sum(SPEED[ticket.priority])), 0)
    feeling = 4.8 - 0.35 * slowness - ticket.reopens + rng.gauss(0, 0.75)
    score = round(clamped(feeling, 1, 5))
    return Score(score, _words(rng, CSAT_WORDS, (score > 2) + (score > 3)))


def _found_easy(rng: random.Random, late: int) -> Score:
    """1 to 7: who is `late` days behind plan had it hard."""
    score = round(clamped(5.4 - 0.06 * clamped(late, -10, 40) + rng.gauss(0, 1.3), 1, 7))
    return Score(score, _words(rng, CES_WORDS, (score > 3) + (score > 4)))


def _words(rng: random.Random, of_level: Sequence[Sequence[str]], level: int) -> str:
    words = rng.choice(of_level[level])
    return words if rng.random() < SHARE_WITH_WORDS else ""


def _delay(rng: random.Random) -> dt.timedelta:
    return dt.timedelta(minutes=4 + int(60 * min(rng.lognormvariate(1.4, 1.3), 24 * 5.0)))
