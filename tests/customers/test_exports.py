"""What comes in comes out: the same facts, byte for byte, ready to be imported again."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context

from accounts.models import AuditEntry
from customers.actions.facts import store_rows
from customers.exports import csv_text, exported_kinds, plain
from customers.imports.defusing import defused, undefused
from customers.imports.files import form_of, opened, sample_of
from customers.imports.guessing import guess_attributes, guess_mapping
from customers.imports.kinds import KINDS
from customers.models import Change, Customer, Import, Note, Source
from tenants.jobs import Job
from tenants.models import Company, WakeUp
from tests.customers.importing import imported, outcome, text_of_sample, uploaded

OURS = [key for key, kind in KINDS.items() if kind.group == "facts"]

DANGEROUS = [
    "=1+1",
    "+49 170 123",
    "-x",
    "@SUM(A1)",
    "\uff1d1",  # full-width =, +, - and @
    "\uff0b1",
    "\uff0d1",
    "\uff20x",
    "'=1",
    "''+1",
    "=A1'",
    "'@b'",
]


def exported(key: str) -> str:
    return "".join(csv_text(KINDS[key]))


def brought_in(key: str, content: str) -> Import:
    """Imported as it is, with every attribute the file has."""
    sample_import = uploaded(key, content)
    sample = sample_of(opened(sample_import), form_of(sample_import))
    mapping = guess_mapping(KINDS[key], sample)
    attributes = guess_attributes(KINDS[key], sample, mapping)
    return imported(key, content, mapping=mapping, attributes=attributes)


def fill() -> None:
    """Every kind's sample; the customers' further columns become attributes."""
    for key in OURS:
        content = text_of_sample(key)
        attributes = ["segment", "industry", "region"] if key == "customers" else []
        imported(key, content, attributes=attributes)


def test_every_kind_of_fact_comes_out() -> None:
    missing = [key for key, kind in KINDS.items() if kind.group == "facts" and kind.read is None]
    assert not missing


def test_the_export_is_the_same_in_another_company(
    company: Company, other_company: Company
) -> None:
    fill()
    files = {key: exported(key) for key in OURS}
    with tenant_context(other_company):
        for key, content in files.items():
            rows = len(list(csv.reader(io.StringIO(content)))) - 1
            assert rows, key
            brought = brought_in(key, content)
            created, updated, unchanged, in_error = outcome(brought)
            assert (created + unchanged, updated, in_error) == (rows, 0, 0), key
            # Today's values came with the customers.
            assert not unchanged or key == "customer_attributes", key
            if key == "usage":  # events have no order but their instants
                assert sorted(exported(key).splitlines()) == sorted(content.splitlines())
            else:
                assert exported(key) == content, key


def test_the_export_changes_nothing_where_it_came_from(company: Company) -> None:
    fill()
    for key in OURS:
        content = exported(key)
        rows = len(list(csv.reader(io.StringIO(content)))) - 1
        assert outcome(brought_in(key, content)) == (0, 0, rows, 0), key
        assert exported(key) == content, key


def test_every_column_of_the_file_is_found_again_by_its_name(company: Company) -> None:
    fill()
    for key in OURS:
        import_ = uploaded(key, exported(key))
        sample = sample_of(opened(import_), form_of(import_))
        for name, column in guess_mapping(KINDS[key], sample).items():
            assert name == column, key


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_formula_is_defused_and_comes_back(company: Company, text: str) -> None:
    source = Source.objects.create(kind=Source.Kind.USER, label="a test")
    brought_in("customers", "external_id,name\nc-1,Alpha\n")
    row = {"external_id": text, "customer": "c-1", "text": f"{text}\n=2", "author": text}
    [result] = store_rows(
        kind=KINDS["notes"], rows=[row | {"written_at": "2025-01-01"}], source=source
    )
    assert result.outcome == "created", result
    content = exported("notes")
    [cells] = list(csv.reader(io.StringIO(content)))[1:]
    for cell in cells:
        assert not cell.startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r")), cell
    assert outcome(brought_in("notes", content)) == (0, 0, 1, 0)
    note = Note.objects.get(superseded_at=None)
    assert (note.external_id, note.author, note.text) == (text, text, f"{text}\n=2")


def test_defusing_loses_nothing() -> None:
    for cell in ["", "a", "'", "'a'", "-1", "+1.5", "-.5", "=", "'='", "''''=x", "\t=1", "\r@"]:
        assert undefused(defused(cell)) == cell
        assert defused(cell) == cell or defused(cell).startswith("'")
    assert [defused(number) for number in ("-1", "+1.5", "-.5")] == ["-1", "+1.5", "-.5"]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("24000.0000000000", "24000"),
        ("1.2340000000", "1.2340"),
        ("0.5", "0.5"),
        ("-120.50", "-120.5"),
        ("1E+3", "1000"),
        ("0E-10", "0"),
    ],
)
def test_a_number_is_plain(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


def test_an_amount_with_three_decimals_asks_nothing_when_it_comes_back(company: Company) -> None:
    source = Source.objects.create(kind=Source.Kind.USER, label="a test")
    row = {"currency": "JPY", "base": "EUR", "day": "2025-01-01", "rate": "1.234"}
    store_rows(kind=KINDS["exchange_rates"], rows=[row], source=source)
    assert outcome(brought_in("exchange_rates", exported("exchange_rates"))) == (0, 0, 1, 0)


def test_attributes_have_a_column_each(company: Company) -> None:
    fill()
    rows = list(csv.DictReader(io.StringIO(exported("customers"))))
    assert rows[0]["attributes.region"] == "Europe"


def test_the_page_lists_the_kinds_and_gives_a_file(
    company: Company, client_of: Callable[..., Client]
) -> None:
    fill()
    client = client_of(company)
    page = client.get("/exports/").content.decode()
    for kind in exported_kinds():
        assert f'action="/exports/{kind.key}.csv"' in page
    response: Any = client.post("/exports/notes.csv")
    body = b"".join(response.streaming_content).decode()
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert f"{company.slug}-notes-" in response["Content-Disposition"]
    with tenant_context(company):
        assert body == "\ufeff" + exported("notes")
        [entry] = AuditEntry.objects.filter(action="export.taken")
        assert (entry.subject_label, entry.actor_label) == ("notes", "manager@acme.example")
        [entry] = AuditEntry.objects.filter(action="export.finished")
        assert entry.subject_label == "notes"
        assert entry.detail == {"rows": 3, "is_whole": True}
        assert outcome(brought_in("notes", body)) == (0, 0, 3, 0)


def test_exports_are_for_those_who_work_with_customers(
    company: Company, client_of: Callable[..., Client]
) -> None:
    viewer = client_of(company, "viewer")
    assert viewer.get("/exports/").status_code == 403
    assert viewer.post("/exports/notes.csv").status_code == 403
    client = client_of(company)
    assert client.get("/exports/notes.csv").status_code == 405
    assert client.post("/exports/nothing.csv").status_code == 404


def test_the_command_writes_the_file(company: Company) -> None:
    fill()
    out = io.StringIO()
    call_command("export_csv", "tickets", company=company.slug, stdout=out)
    assert out.getvalue() == exported("tickets")
    entry = AuditEntry.objects.get(action="export.finished")
    assert (entry.actor_label, entry.detail["is_whole"]) == ("manage.py export_csv", True)


def test_an_export_that_is_broken_off_is_written_down(
    committed_company: Company, client_of: Callable[..., Client]
) -> None:
    """With real commits: a transaction around it would fail with what is broken off."""
    company = committed_company
    source = Source.objects.create(kind=Source.Kind.COMMAND, label="a test")
    rows = [{"external_id": f"c-{number}", "name": "x" * 200} for number in range(2000)]
    store_rows(kind=KINDS["customers"], rows=rows, source=source)
    try:
        response: Any = client_of(company).post("/exports/customers.csv")
        pieces = iter(response.streaming_content)
        for _ in range(2):
            assert next(pieces)
        response.close()
        with tenant_context(company):
            detail = AuditEntry.objects.get(action="export.finished").detail
        assert not detail["is_whole"]
        assert 0 < detail["rows"] < 2000
    finally:
        with tenant_context(company):
            Change.objects.all().delete()
            Customer.objects.all().delete()
            Source.objects.all().delete()
            Job.objects.all().delete()
            AuditEntry.objects.filter(action__startswith="export.").delete()
        WakeUp.objects.all().delete()


def test_a_long_export_is_read_in_bounded_memory(company: Company) -> None:
    """200,000 notes of some 500 bytes are 100 MB; a tenth of that is never held at once."""
    brought_in("customers", "external_id,name\nc-1,Alpha\n")
    source = Source.objects.create(kind=Source.Kind.USER, label="a test")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO customers_note (external_id, customer_id, text, author, written_at,
                                        source_id, recorded_at)
            SELECT n, c.id, repeat('x', 500), '', now(), %s, now()
              FROM customers_customer c, generate_series(1, 200000) n
            """,
            [source.pk],
        )
    tracemalloc.start()
    size = sum(map(len, csv_text(KINDS["notes"])))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 100_000_000
    assert peak < 10_000_000
