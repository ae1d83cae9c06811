"""The event stream and people who were erased: what it still sends of them is not kept."""

from __future__ import annotations

from dataclasses import replace

from customers.erased import erased_among
from customers.stream.reading import Batch, Call, Problem


def without_erased(batch: Batch) -> Batch:
    """The batch without what is of people who were erased on request: a problem for each, that
    says so and nothing else. Costs one query."""
    users = {user for _, user, *_ in batch.events}
    values = users | {value for call in batch.calls for value in _named(call)}
    gone = erased_among(values) if values else {}
    if not gone:
        return batch
    days = [gone[user] for _, user, *_ in batch.events if user in gone]
    calls = []
    for call in batch.calls:
        told = [gone[value] for value in _named(call) if value in gone]
        days += told[:1]
        if not told:
            calls.append(call)
    problems = [
        Problem("", "", f"This person was erased on request on {day}; nothing was kept.", "")
        for day in days
    ]
    events = [event for event in batch.events if event[1] not in gone]
    return replace(batch, events=events, calls=calls, problems=[*batch.problems, *problems])


def _named(call: Call) -> list[str]:
    """Who a call is about: the user's id, and an address where it tells one."""
    email = (call.body.get("traits") or {}).get("email")
    return [value for value in (call.body.get("userId"), email) if isinstance(value, str) and value]
