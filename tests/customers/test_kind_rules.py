"""What a row may not say is told about its field; it never becomes a database error."""

from __future__ import annotations

import csv
import datetime as dt
from typing import Any

import pytest
from django.db import models

from customers.actions.facts import RowResult, remove_facts, store_rows
from customers.imports.fields import Currency, Day, Instant, Kind, LongText, Number, Text, Word
from customers.imports.kinds import KINDS
from customers.imports.samples import SAMPLES
from customers.models import Change, Fact, Milestone, Note, Source, Ticket, TicketStage
from tenants.models import Company
from tests.customers.importing import imported

FACTS = {
    key: kind
    for key, kind in KINDS.items()
    if kind.model is not None and issubclass(kind.model, Fact)
}
each_kind = pytest.mark.parametrize("key", FACTS)


def sample_row(key: str) -> dict[str, Any]:
    """The sample's first row, of a fact that is not held: its id is new."""
    with (SAMPLES / f"{key}.csv").open() as file:
        row: dict[str, Any] = {n: v for n, v in next(csv.DictReader(file)).items() if v}
    return row | {"external_id": "mine"}


@pytest.fixture
def source(company: Company) -> Source:
    """Customers, subscriptions, contacts and tickets of the samples are held."""
    for key in ("customers", "subscriptions", "contacts", "tickets"):
        imported(key, (SAMPLES / f"{key}.csv").read_text())
    Change.objects.all().delete()
    return Source.objects.create(kind=Source.Kind.USER, label="a test")


def stored(source: Source, key: str, *rows: dict[str, Any]) -> list[RowResult]:
    return store_rows(kind=KINDS[key], rows=rows, source=source)


def refused(source: Source, key: str, row: dict[str, Any], field: str) -> str:
    """The row is in error, because of `field` only; why."""
    [result] = stored(source, key, row)
    assert result.outcome == "error", (key, row, result)
    assert {problem.field for problem in result.problems} == {field}, result.problems
    return " ".join(problem.message for problem in result.problems)


# One row per constraint of a table that is its own: the kind, what the row says besides its
# sample, and the field that is told.
BROKEN: dict[str, tuple[str, dict[str, Any], str]] = {
    "ticket_responded_after_opening": (
        "tickets",
        {"first_responded_at": "2020-01-01T00:00:00Z"},
        "first_responded_at",
    ),
    "ticket_first_resolved_after_opening": (
        "tickets",
        {"first_resolved_at": "2020-01-01T00:00:00Z"},
        "first_resolved_at",
    ),
    "ticket_resolved_after_opening": (
        "tickets",
        {"resolved_at": "2020-01-01T00:00:00Z"},
        "resolved_at",
    ),
    "cost_kind_known": ("costs", {"kind": "pleasure"}, "kind"),
    "cost_ends_after_start": ("costs", {"ends_on": "2020-01-01"}, "ends_on"),
    "cost_segment_whole": ("costs", {"segment_key": "region"}, "segment_value"),
    "invoice_period_whole": ("invoices", {"period_ends_on": None}, "period_ends_on"),
    "exchange_rate_positive": ("exchange_rates", {"rate": "0"}, "rate"),
    "exchange_rate_of_two": ("exchange_rates", {"base": "USD"}, "currency"),
    "renewal_churn_kind_known": ("renewals", {"churn_kind": "sad"}, "churn_kind"),
    "pause_ends_after_start": ("pauses", {"ends_on": "2025-07-01"}, "ends_on"),
    "touchpoint_kind_known": ("touchpoints", {"kind": "dance"}, "kind"),
    "review_rating_on_scale": ("reviews", {"rating": "5.5"}, "rating"),
}
# These have tests of their own below, for every kind.
GENERAL = ("_one_current", "_external_id_given")


def test_every_constraint_of_every_kind_is_reached() -> None:
    names = {
        constraint.name
        for kind in FACTS.values()
        for constraint in (kind.model._meta.constraints if kind.model else [])
        if not constraint.name.endswith(GENERAL)
    }
    assert names == {*BROKEN, "exchange_rate_one_per_day"}


@pytest.mark.parametrize("constraint", BROKEN)
def test_a_row_that_a_constraint_forbids_is_told(source: Source, constraint: str) -> None:
    key, said, field = BROKEN[constraint]
    assert refused(source, key, sample_row(key) | said, field)


@pytest.mark.parametrize(
    ("key", "said", "field"),
    [
        ("invoices", {"period_starts_on": None}, "period_starts_on"),
        ("invoices", {"period_ends_on": "2025-02-01"}, "period_ends_on"),
        ("costs", {"segment_value": "Europe"}, "segment_key"),
        ("referrals", {"referred": "acme-1"}, "referred"),
        ("referrals", {"converted_on": "2020-01-01"}, "converted_on"),
        ("objectives", {"reached_on": "2020-01-01"}, "reached_on"),
        ("objectives", {"due_on": "2020-01-01"}, "due_on"),
        ("renewals", {"notice_by": "2030-01-01"}, "notice_by"),
        ("reviews", {"best_rating": "0", "rating": None}, "best_rating"),
        ("reviews", {"url": "javascript:alert(1)"}, "url"),
        ("feature_requests", {"closed_on": "2020-01-01"}, "closed_on"),
        ("ticket_stages", {"ticket": "T-404"}, "ticket"),
        ("invoices", {"subscription": "sub-2"}, "subscription"),
        ("notes", {"text": None}, "text"),
        ("tickets", {"contact": "thomas@blueyonder.example"}, "contact"),
        ("tickets", {"contact": "p-2"}, "contact"),
    ],
)
def test_a_row_that_makes_no_sense_is_told(
    source: Source, key: str, said: dict[str, Any], field: str
) -> None:
    assert refused(source, key, sample_row(key) | said, field)


@each_kind
def test_the_samples_first_row_is_stored_and_read_back(source: Source, key: str) -> None:
    row = sample_row(key)
    if key == "exchange_rates":
        row["day"] = "2024-01-01"
    assert [result.outcome for result in stored(source, key, row)] == ["created"]
    assert [result.outcome for result in stored(source, key, row)] == ["unchanged"]


@each_kind
def test_two_rows_of_one_id_are_told(source: Source, key: str) -> None:
    row = sample_row(key)
    other = row | ({"rate": "2"} if key == "exchange_rates" else {})
    first, second = stored(source, key, row, other)
    assert first.outcome == "created"
    assert second.outcome == "error"
    assert "already in row" in second.problems[0].message


@each_kind
def test_two_alike_rows_without_an_id_are_told(source: Source, key: str) -> None:
    row = sample_row(key)
    del row["external_id"]
    first, second = stored(source, key, row, row)
    assert first.outcome == "created"
    assert second.outcome == "error"
    assert second.problems[0].field == "external_id"


@each_kind
def test_an_empty_id_is_made(source: Source, key: str) -> None:
    [result] = stored(source, key, sample_row(key) | {"external_id": "  "})
    assert result.outcome == "created"
    assert result.external_id.startswith("auto-")


@each_kind
def test_a_customer_that_is_not_there_is_told(source: Source, key: str) -> None:
    if "customer" in {field.name for field in KINDS[key].fields}:
        message = refused(source, key, sample_row(key) | {"customer": "nobody"}, "customer")
        assert message == "there is no customer with this id"


def bad_values(kind: Kind) -> list[tuple[str, str]]:
    """(field, value) of what no column can hold."""
    found = []
    for field in kind.fields:
        match field.type:
            case Text(maximum=maximum) | LongText(maximum=maximum):
                values = ["x" * (maximum + 1)]
            case Number(is_signed=is_signed, whole_digits=whole, decimals=decimals):
                values = [
                    "1e999",
                    "NaN",
                    "Infinity",
                    "9" * (whole + 1),
                    "1." + "1" * (decimals + 1),
                ]
                values += [] if is_signed else ["-1"]
            case Day() | Instant():
                values = ["0000-01-01", "0001-01-01", "9999-12-31", "2025-02-30", "infinity"]
            case Currency():
                values = ["EURO", "XXXX"]
            case Word():
                values = ["no such word"]
            case _:
                values = ["\ud800"]
        found += [(field.name, value) for value in values]
    return found


@each_kind
def test_what_no_column_can_hold_is_told(source: Source, key: str) -> None:
    row = sample_row(key)
    cases = bad_values(KINDS[key])
    results = stored(source, key, *(row | {name: value} for name, value in cases))
    for (name, value), result in zip(cases, results, strict=True):
        assert result.outcome == "error", (name, value[:30])
        assert [problem.field for problem in result.problems] == [name], (name, value[:30])


@each_kind
def test_nul_and_lone_surrogates_are_no_database_error(source: Source, key: str) -> None:
    kind = KINDS[key]
    texts = [field for field in kind.fields if isinstance(field.type, Text | LongText)]
    row = sample_row(key)
    rows = [row | {f.name: bad, "external_id": f"x-{bad!r}-{f.name}"} for f in texts for bad in BAD]
    for result in stored(source, key, *rows):
        assert result.outcome in {"created", "error"}


BAD = ("a\0b", "a\ud800b", "a\u202eb", "\x1b[31m")


@each_kind
def test_what_a_field_takes_fits_its_column(key: str) -> None:
    kind = KINDS[key]
    assert kind.model is not None
    assert kind.read is not None
    columns = {field.name: field for field in kind.model._meta.concrete_fields}
    for field in kind.fields:
        column = columns.get(str(kind.read.columns[field.name]).removeprefix("f."))
        match field.type:
            case Text(maximum=maximum) if isinstance(column, models.CharField):
                assert column.max_length == maximum, field.name
            case Number(whole_digits=whole, decimals=decimals) if isinstance(
                column, models.DecimalField
            ):
                assert column.decimal_places == decimals, field.name
                assert column.max_digits is not None, field.name
                assert column.max_digits >= whole + decimals, field.name


def test_a_rate_is_held_once_a_day(source: Source) -> None:
    rate = {"currency": "USD", "base": "EUR", "day": "2025-01-01", "rate": "0.9"}
    [first] = stored(source, "exchange_rates", rate | {"external_id": "a"})
    assert first.outcome == "created"
    message = refused(source, "exchange_rates", rate | {"external_id": "b"}, "day")
    assert message == "this is held already, with the id a"
    one, other = stored(
        source,
        "exchange_rates",
        rate | {"external_id": "c", "day": "2025-02-01"},
        rate | {"external_id": "d", "day": "2025-02-01"},
    )
    assert (one.outcome, other.outcome) == ("created", "error")
    [nameless] = stored(source, "exchange_rates", rate | {"rate": "0.8"})
    assert (nameless.outcome, nameless.external_id) == ("updated", "a")


def test_a_cost_without_an_end_is_of_one_day(source: Source, company: Company) -> None:
    row = {"external_id": "k", "kind": "Sales", "amount": "10", "starts_on": "2025-07-01"}
    assert stored(source, "costs", row)[0].outcome == "created"
    model = KINDS["costs"].model
    assert model is not None
    [cost] = model.objects.current()  # type: ignore[attr-defined]
    assert (cost.kind, cost.ends_on) == ("acquisition", dt.date(2025, 7, 2))
    assert cost.currency == company.currency
    assert refused(source, "costs", {"external_id": "k", "starts_on": "2025-08-01"}, "ends_on")


def test_facts_without_a_day_matter_from_the_beginning(source: Source) -> None:
    rows = [
        {"customer": "acme-1", "name": "Undated"},
        {"customer": "acme-1", "name": "Dated", "reached_on": "2025-01-01"},
    ]
    assert [r.outcome for r in stored(source, "milestones", *rows)] == ["created", "created"]
    assert list(Change.objects.values_list("from_day", flat=True)) == [None]
    assert {m.name: m.is_backfilled for m in Milestone.objects.all()} == {
        "Undated": False,
        "Dated": True,
    }


def test_stages_go_with_their_ticket(source: Source) -> None:
    rows = [
        {"external_id": "s-1", "ticket": "T-1001", "stage": "new", "entered_at": "2025-09-03"},
        {"external_id": "s-2", "ticket": "T-1002", "stage": "new", "entered_at": "2025-09-05"},
    ]
    stored(source, "ticket_stages", *rows)
    Change.objects.all().delete()
    stored(source, "tickets", {"external_id": "T-1001", "customer": "acme-4", "contact": None})
    current = TicketStage.objects.filter(superseded_at=None).order_by("external_id")
    assert [(s.external_id, s.customer.external_id) for s in current] == [
        ("s-1", "acme-4"),
        ("s-2", "acme-2"),
    ]
    told = Change.objects.filter(kind="ticket_stages")
    assert set(told.values_list("customer__external_id", "from_day")) == {
        ("acme-1", dt.date(2025, 9, 3)),
        ("acme-4", dt.date(2025, 9, 3)),
    }
    remove_facts(kind=KINDS["tickets"], external_ids=["T-1001"], source=source)
    assert [s.external_id for s in current.all()] == ["s-2"]
    assert not Ticket.objects.filter(superseded_at=None, external_id="T-1001").exists()


def test_a_ticket_cannot_leave_its_contact_behind(source: Source) -> None:
    assert refused(source, "tickets", {"external_id": "T-1001", "customer": "acme-4"}, "contact")


def test_a_long_text_keeps_its_lines_joiners_and_hard_spaces(source: Source) -> None:
    text = "first\r\n\tsecond\u00a0! \U0001f469\u200d\U0001f4bb \x07"
    row = {"external_id": "n", "customer": "acme-1", "written_at": "2025-01-01", "text": text}
    assert stored(source, "notes", row)[0].outcome == "created"
    note = Note.objects.get(external_id="n")
    assert note.text == "first\n\tsecond\u00a0! \U0001f469\u200d\U0001f4bb "


def test_no_field_has_a_name_of_the_stage() -> None:
    for kind in KINDS.values():
        names = {field.name for field in kind.fields}
        assert not names & {"row_number", "given", "held_id", "outcome", "attributes"}, kind.key
