"""Tasks by API: made, listed, changed, finished; by keys and by users."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from customers.models import Task
from tenants.models import Company
from tests.customers.api.caller import Caller, problem

MANAGER = "manager@acme.example"


def made(call: Caller, **said: Any) -> dict[str, Any]:
    answer = call.post("tasks/", {"customer": "c-1", "title": "Call", **said})
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body


def test_a_task_from_making_to_done(call: Caller, company: Company) -> None:
    day = (company.today() + dt.timedelta(days=3)).isoformat()
    task = made(call, about="renewal:17", assignee=MANAGER, due_on=day)
    assert (task["customer"], task["state"], task["about"]) == ("c-1", "open", "renewal:17")
    assert (task["assignee"], task["due_on"], task["made_by"]) == (MANAGER, day, None)
    assert made(call, about="renewal:17", title="Again")["id"] == task["id"]

    path = f"tasks/{task['id']}/"
    changed = call.patch(path, {"title": "Write", "assignee": None, "snoozed_until": day}).json()
    assert (changed["title"], changed["assignee"], changed["snoozed_until"]) == ("Write", None, day)
    done = call.patch(path, {"state": "done"}).json()
    assert done["state"] == "done"
    assert done["done_at"]
    problem(call.patch(path, {"snoozed_until": day}), 409, "task_done")
    assert call.patch(path, {"state": "open", "text": "More"}).json()["done_at"] is None
    assert call.get(path).json()["text"] == "More"


def test_lists_narrow(call: Caller) -> None:
    first = made(call, assignee=MANAGER)
    second = made(call, customer="c-2")
    call.patch(f"tasks/{second['id']}/", {"state": "done"})

    def ids(query: str) -> list[int]:
        return [row["id"] for row in call.results(f"tasks/?{query}")]

    assert ids("") == [first["id"], second["id"]]
    assert ids("state=open") == [first["id"]]
    assert ids("state=done") == [second["id"]]
    assert ids("customer=c-2") == [second["id"]]
    assert ids(f"assignee={MANAGER}") == [first["id"]]
    assert ids("assignee=none") == [second["id"]]
    page = call.get("tasks/?page_size=1").json()
    assert [row["id"] for row in page["results"]] == [first["id"]]
    assert [row["id"] for row in call.get(page["next"]).json()["results"]] == [second["id"]]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"customer": "nobody"}, "unknown_customer"),
        ({"title": " "}, "invalid"),
        ({"about": "x"}, "about_invalid"),
        ({"assignee": "x@nowhere.example"}, "unknown_user"),
        ({"assignee": "viewer@acme.example"}, "assignee_may_not_work"),
        ({"colour": "red"}, "unknown_member"),
        ({"due_on": "soon"}, "invalid"),
    ],
)
def test_what_is_wrong_is_said(call: Caller, said: dict[str, Any], code: str) -> None:
    problem(call.post("tasks/", {"customer": "c-1", "title": "Call", **said}), 400, code)
    assert not Task.objects.exists()


def test_filters_that_are_not_known_are_refused(call: Caller) -> None:
    problem(call.get("tasks/?state=later"), 400, "invalid_filter")
    problem(call.get("tasks/?assignee=me"), 400, "invalid_filter")
    problem(call.get("tasks/?customer=nobody"), 400, "unknown_customer")
    problem(call.get("tasks/?colour=red"), 400, "unknown_member")
    problem(call.get("tasks/999999/"), 404, "unknown_task")


def test_a_key_that_only_reads_changes_nothing(call: Caller, company: Company) -> None:
    task = made(call)
    reader = Caller(company, ["read"])
    assert reader.results("tasks/")
    problem(reader.patch(f"tasks/{task['id']}/", {"state": "done"}), 403, "scope_missing")
