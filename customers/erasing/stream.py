"""The event stream and people who were erased: what it still sends of them is not kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from customers.erased import erased_among
from customers.stream.reading import Batch, Call, Problem

if TYPE_CHECKING:
    from datetime import date

_END_USER = 1


def without_erased(batch: Batch) -> Batch:
    """The batch without what is of people who were erased on request: a problem for each, that
    says so and nothing else. Costs one query."""
    values = {event[_END_USER] for event in batch.events}
    values |= {value for call in batch.calls for value in _named(call)}
    gone = erased_among(values) if values else {}
    if not gone:
        return batch
    events = [event for event in batch.events if event[_END_USER] not in gone]
    calls = [call for call in batch.calls if not any(value in gone for value in _named(call))]
    problems = [_problem(gone[e[_END_USER]]) for e in batch.events if e[_END_USER] in gone]
    problems += [
        _problem(next(gone[value] for value in _named(call) if value in gone))
        for call in batch.calls
        if any(value in gone for value in _named(call))
    ]
    return replace(batch, events=events, calls=calls, problems=[*batch.problems, *problems])


def _named(call: Call) -> list[str]:
    """Who a call is about: the user's id, and an address where it tells one."""
    email = (call.body.get("traits") or {}).get("email")
    return [value for value in (call.body.get("userId"), email) if isinstance(value, str) and value]


def _problem(day: date) -> Problem:
    return Problem("", "", f"This person was erased on request on {day}; nothing was kept.", "")
