"""Feedback, use and support again: slow, plain, straight from docs/metrics.md over the facts.

Nothing is shared with the engine but the words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Answer:
    customer: str
    kind: str
    highest: int
    score: int
    day: date
    campaign: str
    is_counted: bool = True


@dataclass(frozen=True)
class Invitation:
    customer: str
    day: date
    campaign: str
    answered_on: date | None


@dataclass(frozen=True)
class Session:
    customer: str
    started_at: datetime
    seconds: int
    events: int
    page_views: int
    page_seconds: int


@dataclass(frozen=True)
class Use:
    """An end user's day: names of events, and (item, shown at, clicked at)."""

    customer: str
    end_user: str
    day: date
    names: tuple[str, ...]
    items: tuple[tuple[str, datetime | None, datetime | None], ...] = ()


@dataclass(frozen=True)
class Ticket:
    name: str
    customer: str
    opened_at: datetime
    first_responded_at: datetime | None
    first_resolved_at: datetime | None
    resolved_at: datetime | None
    priority: str
    channel: str
    stages: tuple[tuple[str, datetime], ...] = ()


@dataclass
class World:
    """All facts. `regions`: by customer, (valid from, value); the first holds before. `paying`:
    by customer, the days [from, to) on which it pays."""

    regions: dict[str, list[tuple[date, str]]] = field(default_factory=dict)
    paying: dict[str, tuple[date, date]] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    invitations: list[Invitation] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)

    def region(self, customer: str, day: date) -> str:
        values = self.regions.get(customer, [])
        if not values:
            return "none"
        return [value for start, value in values if start <= day or start == values[0][0]][-1]

    def pays(self, customer: str, day: date) -> bool:
        start, end = self.paying.get(customer, (date.max, date.max))
        return start <= day < end


Cells = dict[str, tuple[float, float]]
"""By segment ('' is the total): numerator and denominator."""


@dataclass(frozen=True)
class Asked:
    """What is asked of the world: a period, and how the total is split: '', region, product or
    own, or two of them with a comma between; a segment is then "one\x1fother"."""

    world: World
    start: date
    end: date
    split: str
    as_of: date

    def has(self, day: date) -> bool:
        return self.start <= day < self.end

    @property
    def close(self) -> date:
        return self.end - DAY

    def segments(self, customer: str, day: date, own: str = "") -> list[str]:
        """The total, and the segment that a fact of the customer's on the day is in."""
        if self.split == "":
            return [""]
        names = {
            "region": self.world.region(customer, day),
            "product": "Suite" if self.world.pays(customer, day) else "none",
            "own": own or "none",
        }
        return ["", "\x1f".join(names[side] for side in self.split.split(","))]

    @property
    def is_own(self) -> bool:
        return "own" in self.split.split(",")


def added(facts: Iterable[tuple[list[str], float, float]]) -> Cells:
    cells: dict[str, tuple[float, float]] = defaultdict(lambda: (0, 0))
    for segments, numerator, denominator in facts:
        for segment in segments:
            y, x = cells[segment]
            cells[segment] = (y + numerator, x + denominator)
    return dict(cells)


def scored(asked: Asked, kind: str, good: dict[int, int]) -> Cells:
    return added(
        (asked.segments(one.customer, one.day, one.campaign), one.score >= good[one.highest], 1)
        for one in asked.world.answers
        if one.is_counted and one.kind == kind and one.highest in good and asked.has(one.day)
    )


def response_rate(asked: Asked) -> Cells:
    return added(
        (
            asked.segments(one.customer, one.day, one.campaign),
            one.answered_on is not None and one.answered_on <= asked.as_of,
            1,
        )
        for one in asked.world.invitations
        if asked.has(one.day)
    )


def session_duration(asked: Asked) -> Cells:
    return added(
        (asked.segments(one.customer, one.started_at.date()), one.seconds, 1)
        for one in asked.world.sessions
        if asked.has(one.started_at.date())
    )


def time_on_page(asked: Asked) -> Cells:
    return added(
        (asked.segments(one.customer, one.started_at.date()), one.page_seconds, one.page_views)
        for one in asked.world.sessions
        if asked.has(one.started_at.date()) and one.page_views
    )


def click_through_rate(asked: Asked) -> Cells:
    pairs: dict[tuple[str, str, str], list[tuple[date, datetime | None, datetime | None]]]
    pairs = defaultdict(list)
    for use in asked.world.uses:
        for item, shown, clicked in use.items:
            if use.day <= asked.as_of:
                pairs[use.customer, use.end_user, item].append((use.day, shown, clicked))

    def counted() -> Iterator[tuple[list[str], float, float]]:
        for (customer, _, item), days in pairs.items():
            inside = [one for one in days if asked.has(one[0])]
            if not inside:
                continue
            showings = [shown for _, shown, _ in inside if shown]
            clicks = [clicked for _, _, clicked in days if clicked]
            implied = [
                clicked
                for _, _, clicked in inside
                if clicked and all(clicked < shown for shown in showings)
            ]
            is_clicked = bool(implied) or any(
                shown <= clicked <= shown + WEEK for shown in showings for clicked in clicks
            )
            first = min(day for day, _, _ in inside)
            yield asked.segments(customer, first, item), is_clicked, 1

    return added(counted())


def _names(asked: Asked, use: Use) -> Sequence[str]:
    return use.names if asked.is_own else ("",)


def user_days(asked: Asked) -> Cells:
    uses = [use for use in asked.world.uses if asked.has(use.day)]
    if asked.is_own:
        named = added(
            (asked.segments(use.customer, use.day, name)[1:], 1, 0)
            for use in uses
            for name in use.names
        )
        return named | ({"": (len(uses), 0)} if uses else {})
    return added((asked.segments(use.customer, use.day), 1, 0) for use in uses)


def users_at_close(asked: Asked, days: int) -> Cells:
    since = asked.end - days * DAY
    users = {
        (use.customer, use.end_user, name)
        for use in asked.world.uses
        if since <= use.day < asked.end
        for name in _names(asked, use)
    }
    if asked.is_own:
        everybody = {(customer, user) for customer, user, _ in users}
        named = added(
            (asked.segments(customer, asked.close, name)[1:], 1, 0) for customer, _, name in users
        )
        return named | ({"": (len(everybody), 0)} if everybody else {})
    return added((asked.segments(customer, asked.close), 1, 0) for customer, _, _ in users)


def adoption(asked: Asked) -> Cells:
    found: dict[str, tuple[float, float]] = {}
    paying = _paying(asked, "")
    for segment, customers in paying.items():
        using = {use.customer for use in asked.world.uses if asked.has(use.day)}
        if segment == "" or not asked.is_own:
            found[segment] = (len(using & customers), len(customers))
    if asked.is_own:
        for name in {name for use in asked.world.uses for name in use.names}:
            using = {
                use.customer for use in asked.world.uses if asked.has(use.day) and name in use.names
            }
            everybody = _paying(asked, "").get("", set())
            for segment, customers in _paying(asked, name).items():
                if segment and using & everybody:
                    found[segment] = (len(using & customers), len(customers))
    return found


def _paying(asked: Asked, name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for customer in asked.world.paying:
        if asked.world.pays(customer, asked.close):
            for segment in asked.segments(customer, asked.close, name):
                found[segment].add(customer)
    return found


Hours = dict[str, list[float]]
"""By segment: the hours of its tickets, in order."""


def ended(ticket: Ticket, until: str) -> datetime | None:
    return {
        "resolution": ticket.resolved_at,
        "first_resolution": ticket.first_resolved_at,
        "first_response": ticket.first_responded_at,
    }[until]


def all_seconds(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds()


def business_seconds(start: datetime, end: datetime) -> float:
    """Those from 9 to 17 on Monday to Friday, day by day."""
    seconds, day = 0.0, start.date()
    while day <= end.date():
        if day.weekday() < 5:
            opens = datetime.combine(day, time(9), start.tzinfo)
            closes = datetime.combine(day, time(17), start.tzinfo)
            seconds += max((min(end, closes) - max(start, opens)).total_seconds(), 0)
        day += DAY
    return seconds


def ticket_hours(
    asked: Asked,
    until: str,
    own: str = "",
    seconds: Callable[[datetime, datetime], float] = all_seconds,
) -> Hours:
    found: Hours = defaultdict(list)
    for ticket in asked.world.tickets:
        end = ended(ticket, until)
        if end is None or not asked.has(end.date()):
            continue
        hours = seconds(ticket.opened_at, end) / 3600
        if asked.is_own and "stage" in own:
            found[""].append(hours)
            for stage, took in stage_seconds(ticket, end, seconds).items():
                value = own_of(ticket, own, stage)
                (segment,) = asked.segments(ticket.customer, end.date(), value)[1:]
                found[segment].append(took / 3600)
            continue
        for segment in asked.segments(ticket.customer, end.date(), own_of(ticket, own, "")):
            found[segment].append(hours)
    return {segment: sorted(hours) for segment, hours in found.items()}


def own_of(ticket: Ticket, own: str, stage: str) -> str:
    """What a ticket is by one of its own splits, or by two with a comma between."""
    values = {"priority": ticket.priority, "channel": ticket.channel, "stage": stage, "": ""}
    return "\x1f".join(values[name] or "none" for name in own.split(","))


def stage_seconds(
    ticket: Ticket, end: datetime, seconds: Callable[[datetime, datetime], float]
) -> dict[str, float]:
    course = [("", ticket.opened_at), *sorted(ticket.stages, key=lambda stage: stage[1])]
    ends = [entered for _, entered in course[1:]] + [end]
    found: dict[str, float] = {}
    for (stage, entered), left in zip(course, ends, strict=True):
        start, stop = max(entered, ticket.opened_at), min(left, end)
        if start < stop:
            found[stage] = found.get(stage, 0) + seconds(start, stop)
    return found


def open_backlog(asked: Asked, own: str = "") -> Cells:
    def waiting() -> Iterator[tuple[list[str], float, float]]:
        for ticket in asked.world.tickets:
            is_open = ticket.resolved_at is None or ticket.resolved_at.date() >= asked.end
            if ticket.opened_at.date() < asked.end and is_open:
                stages = sorted(ticket.stages, key=lambda stage: stage[1])
                last = [name for name, entered in stages if entered.date() < asked.end][-1:]
                value = own_of(ticket, own, last[0] if last else "")
                yield asked.segments(ticket.customer, asked.close, value), 1, 0

    return added(waiting())


def quantile(values: Sequence[float], share: float) -> float:
    """Between two values, in proportion."""
    position = share * (len(values) - 1)
    below = int(position)
    above = min(below + 1, len(values) - 1)
    return values[below] + (position - below) * (values[above] - values[below])
