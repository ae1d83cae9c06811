"""Lists: filters, pages by cursor, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Source
from tests.customers.api.caller import Caller, problem


@pytest.fixture
def tickets(call: Caller) -> Caller:
    """Tickets t-1 to t-4; t-2 is of c-2, t-3 has no priority, each opened on a day of its own."""
    rows = [
        {
            "external_id": f"t-{number}",
            "customer": "c-2" if number == 2 else "c-1",
            "opened_at": f"2025-03-0{number}T10:00:00Z",
            "priority": None if number == 3 else "high" if number == 1 else "low",
        }
        for number in range(1, 5)
    ]
    assert call.post("tickets/bulk/", {"rows": rows}).status_code == 200
    return call


def ids(call: Caller, query: str, kind: str = "tickets") -> list[str]:
    return [row["external_id"] for row in call.results(f"{kind}/?{query}")]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "1234"),
        ("priority=high", "1"),
        ("priority=high&priority=low", "124"),
        ("priority=", "3"),
        ("customer=c-2", "2"),
        ("customer=c-1&customer=c-2", "1234"),
        ("customer=nobody", ""),
        ("external_id=t-4", "4"),
        ("opened_at_from=2025-03-02T10:00:00Z", "234"),
        ("opened_at_from=2025-03-02T12:00:00%2B02:00", "234"),
        ("opened_at_from=2025-03-02T12:00:00+02:00", "234"),  # the plus comes as a space
        ("opened_at_from=2025-03-02T10:00:01Z", "34"),
        ("opened_at_to=2025-03-02T10:00:00Z", "1"),
        ("opened_at_from=2025-03-02&opened_at_to=2025-03-04", "23"),
        ("customer=c-1&priority=low", "4"),
        ("recorded_from=2025-01-01", "1234"),
        ("recorded_to=2025-01-01", ""),
        ("resolved_at_from=2025-01-01", ""),
        ("priority=%27;drop%20table%20x;--", ""),
        ("priority=%25s", ""),
    ],
)
def test_filters(tickets: Caller, query: str, found: str) -> None:
    assert ids(tickets, query) == [f"t-{number}" for number in found]


@pytest.mark.parametrize(
    ("query", "code", "said"),
    [
        ("colour=red", "unknown_filter", "opened_at_from"),
        ("source_id=1", "unknown_filter", "priority"),
        ("opened_at=2025-01-01", "unknown_filter", "opened_at_from"),
        ("opened_at_from=soon", "invalid_filter", "2025-12-31"),
        ("opened_at_from=01.02.2025", "invalid_filter", "2025-12-31"),
        ("opened_at_from=2025-02-30", "invalid_filter", "2025-02-30"),
        ("opened_at_from=", "invalid_filter", "2025-12-31"),
        ("opened_at_from=2025-01-01&opened_at_from=2025-01-02", "invalid_filter", "one"),
        ("recorded_from=never", "invalid_filter", "2025-12-31"),
        ("priority=a%00b", "invalid_filter", "NUL"),
        ("priority=high&priority=", "invalid_filter", "not both"),
        ("&".join(f"priority={number}" for number in range(101)), "invalid_filter", "100"),
        ("page_size=0", "invalid_page_size", "1,000"),
        ("page_size=1001", "invalid_page_size", "1,000"),
        ("page_size=-1", "invalid_page_size", "1,000"),
        ("page_size=ten", "invalid_page_size", "1,000"),
        ("cursor=nonsense", "invalid_cursor", "next"),
        ("cursor=%C3%BC", "invalid_cursor", "next"),
        ("cursor=YWZ0ZXI6LTE", "invalid_cursor", "next"),
    ],
)
def test_what_cannot_be_asked(tickets: Caller, query: str, code: str, said: str) -> None:
    body = problem(tickets.get(f"tickets/?{query}"), 400, code)
    assert said in body["message"]


def test_words_are_filtered_as_they_are_said(call: Caller) -> None:
    rows = [
        {"external_id": "a", "kind": "retention", "amount": 5, "starts_on": "2025-01-01"},
        {"external_id": "b", "kind": "acquisition", "amount": "7.50", "starts_on": "2025-02-01"},
    ]
    assert call.post("costs/bulk/", {"rows": rows}).status_code == 200
    assert ids(call, "kind=retention", "costs") == ["a"]
    assert ids(call, "kind=Customer+success", "costs") == ["a"]
    assert ids(call, "starts_on_from=2025-02-01", "costs") == ["b"]
    body = problem(call.get("costs/?kind=fun"), 400, "invalid_filter")
    assert "acquisition, retention" in body["message"]
    problem(call.get("costs/?amount=5"), 400, "unknown_filter")


def test_attributes_can_be_filtered(call: Caller) -> None:
    call.patch("customers/c-1/", {"attributes": {"Region": "Europe"}})
    assert ids(call, "attributes.region=Europe", "customers") == ["c-1"]
    assert ids(call, "attributes.region=Asia", "customers") == []
    problem(call.get("tickets/?attributes.region=Asia"), 400, "unknown_filter")


def pages(call: Caller, path: str) -> list[list[dict[str, Any]]]:
    found = []
    while path:
        body = call.get(path).json()
        found.append(body["results"])
        path = body["next"]
    return found


def test_pages(tickets: Caller) -> None:
    found = pages(tickets, "tickets/?page_size=3&customer=c-1&customer=c-2")
    assert [[row["external_id"] for row in page] for page in found] == [
        ["t-1", "t-2", "t-3"],
        ["t-4"],
    ]
    assert [len(page) for page in pages(tickets, "tickets/?page_size=2")] == [2, 2]
    assert [len(page) for page in pages(tickets, "tickets/?page_size=4")] == [4]


def test_pages_stand_while_rows_come_change_and_go(tickets: Caller) -> None:
    """Nothing that is held all the while is left out or, unless it changed, shown twice."""
    first = tickets.get("tickets/?page_size=2").json()
    opened = {"customer": "c-1", "opened_at": "2020-01-01T00:00:00Z"}
    tickets.post("tickets/", opened | {"external_id": "t-0"})
    tickets.patch("tickets/t-1/", {"priority": "low"})
    tickets.patch("tickets/t-4/", {"priority": "high"})
    tickets.delete("tickets/t-2/")
    rest = [row["external_id"] for page in pages(tickets, first["next"]) for row in page]
    assert [row["external_id"] for row in first["results"]] == ["t-1", "t-2"]
    assert rest == ["t-3", "t-0", "t-1", "t-4"]


def test_a_page_costs_the_same_whatever_its_size(tickets: Caller) -> None:
    tickets.get("tickets/")  # which notes that the key was used
    costs = []
    for size in (1, 4):
        with CaptureQueriesContext(connection) as queries:
            assert len(tickets.results(f"tickets/?page_size={size}")) == size
        costs.append(len([one for one in queries if "SELECT page.*" in one["sql"]]))
        assert len(queries) < 12
    assert costs == [1, 1]


def test_where_facts_came_from_is_shown(tickets: Caller) -> None:
    [row] = tickets.results("customers/?external_id=c-1")
    source = Source.objects.get(label="a test")
    assert row["source"] == {"kind": "command", "label": "a test", "id": source.pk}
