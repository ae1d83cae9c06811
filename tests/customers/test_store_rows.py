"""Facts that come row by row: kept, cleared, ignored, removed, and put on the change feed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from customers.actions.facts import remove_facts, store_rows
from customers.imports.kinds import KINDS
from customers.models import Change, Customer, Source, Ticket
from tenants.models import Company

TICKETS = KINDS["tickets"]


@pytest.fixture
def source(company: Company) -> Source:
    made = Source.objects.create(kind=Source.Kind.USER, label="a test")
    Customer.objects.create(
        external_id="c-1", name="Alpha", source=made, recorded_at=dt.datetime.now(dt.UTC)
    )
    Change.objects.all().delete()
    return made


def stored(source: Source, *rows: dict[str, Any], **kwargs: Any) -> list[tuple[str, str]]:
    found = store_rows(kind=TICKETS, rows=rows, source=source, **kwargs)
    return [(row.outcome, row.external_id) for row in found]


OPENED = {"external_id": "t-1", "customer": "c-1", "opened_at": "2025-03-01T10:00:00Z"}


def test_a_row_is_created_updated_and_unchanged(source: Source) -> None:
    assert stored(source, OPENED) == [("created", "t-1")]
    assert stored(source, OPENED) == [("unchanged", "t-1")]
    assert stored(source, OPENED | {"priority": "high"}) == [("updated", "t-1")]
    versions = [(one.priority, one.superseded_at is None) for one in Ticket.objects.order_by("pk")]
    assert versions == [("", False), ("high", True)]
    assert set(Change.objects.values_list("kind", "customer__external_id", "from_day")) == {
        ("tickets", "c-1", dt.date(2025, 3, 1))
    }


def test_absent_keeps_and_null_clears(source: Source) -> None:
    stored(source, OPENED | {"priority": "high", "channel": "chat"})
    stored(source, {"external_id": "t-1", "priority": None})
    ticket = Ticket.objects.current().get()
    assert (ticket.priority, ticket.channel) == ("", "chat")


def test_what_is_required_cannot_be_left_out_or_cleared(source: Source) -> None:
    results = store_rows(
        kind=TICKETS,
        rows=[{"external_id": "t-2"}, OPENED, {"external_id": "t-9", "opened_at": "soon"}],
        source=source,
    )
    assert [result.outcome for result in results] == ["error", "created", "error"]
    assert {problem.field for problem in results[0].problems} == {"customer", "opened_at"}
    assert stored(source, {"external_id": "t-1", "customer": None})[0][0] == "error"


def test_one_row_in_error_keeps_all_out_when_asked(source: Source) -> None:
    rows = [OPENED, {"external_id": "t-2", "customer": "nobody", "opened_at": "2025-01-01"}]
    results = store_rows(kind=TICKETS, rows=rows, source=source, is_all_or_nothing=True)
    assert [result.outcome for result in results] == ["created", "error"]
    assert not Ticket.objects.exists()


def test_an_older_row_is_ignored(source: Source) -> None:
    stored(source, OPENED | {"updated_at": "2025-03-02T00:00:00Z", "priority": "high"})
    older = OPENED | {"updated_at": "2025-03-01T00:00:00Z", "priority": "low"}
    assert stored(source, older) == [("ignored", "t-1")]
    assert Ticket.objects.current().get().priority == "high"


def test_a_row_without_an_id_is_known_by_what_it_says(source: Source) -> None:
    nameless = {"customer": "c-1", "opened_at": "2025-03-01T10:00:00Z", "subject": "Help"}
    [(outcome, external_id)] = stored(source, nameless)
    assert outcome == "created"
    assert stored(source, nameless) == [("unchanged", external_id)]


def test_a_removed_fact_is_closed_and_told(source: Source) -> None:
    stored(source, OPENED)
    Change.objects.all().delete()
    remove_facts(kind=TICKETS, external_ids=["t-1", "t-404"], source=source)
    assert not Ticket.objects.current().exists()
    assert Ticket.objects.get().closed_by == source
    assert Change.objects.count() == 1
    assert stored(source, OPENED) == [("created", "t-1")]
