"""The event stream and people who were erased: what it still sends of them is not kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from customers.erased import erased_among
from customers.stream.reading import Batch, Problem


def without_erased(batch: Batch) -> Batch:
    """The batch without what is of people who were erased on request: a problem for each, that
    says so and nothing else, in place of one that says what was sent. Costs one query."""
    users = {user for _, user, *_ in batch.events}
    values = users | {value for call in batch.calls for value in named(call.body)}
    values |= {value for problem in batch.problems for value in problem.people}
    gone = erased_among(values) if values else {}
    if not gone:
        return batch
    days = [gone[user] for _, user, *_ in batch.events if user in gone]
    calls = []
    for call in batch.calls:
        told = [gone[value] for value in named(call.body) if value in gone]
        days += told[:1]
        if not told:
            calls.append(call)
    kept = []
    for problem in batch.problems:
        told = [gone[value] for value in problem.people if value in gone]
        days += told[:1]
        if not told:
            kept.append(problem)
    problems = [Problem("", "", reason(day), "") for day in days]
    events = [event for event in batch.events if event[1] not in gone]
    return replace(batch, events=events, calls=calls, problems=[*kept, *problems])


def reason(day: date) -> str:
    """What is told in place of what was sent."""
    return f"This person was erased on request on {day}; nothing was kept."


def named(body: Mapping[str, Any]) -> list[str]:
    """Who a call is about: the user's id, and an address where it tells one."""
    email = (body.get("traits") or {}).get("email")
    return [value for value in (body.get("userId"), email) if isinstance(value, str) and value]
