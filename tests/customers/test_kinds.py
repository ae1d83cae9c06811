"""Every kind: its sample imports, and what a row may not say is told, never a database error."""

from __future__ import annotations

import datetime as dt

from django.core.management import call_command

from customers.documenting import page
from customers.forms import MappingForm
from customers.imports.files import Sample
from customers.imports.kinds import KINDS
from customers.imports.options import EndDay, Options
from customers.imports.samples import SAMPLES, sample_file
from customers.models import Cost, Pause
from tenants.models import Company
from tests.customers.importing import imported, outcome, text_of_sample

FACTS = [kind for kind in KINDS.values() if kind.group == "facts"]


def sample(kind: str) -> str:
    return text_of_sample(kind)


def test_the_pages_about_the_kinds_are_fresh() -> None:
    call_command("document_kinds", check=True)


def test_a_page_has_every_column_and_the_samples_values() -> None:
    text = page(KINDS["costs"])
    for field in KINDS["costs"].fields:
        assert f"| `{field.name}` |" in text
    assert "One of `acquisition`, `retention`. | `acquisition` |" in text


def test_the_samples_import_as_they_are_one_after_the_other(company: Company) -> None:
    rows = {}
    for kind in FACTS:
        created, updated, unchanged, in_error = outcome(imported(kind.key, sample(kind.key)))
        assert created, kind.key
        assert (updated, unchanged, in_error) == (0, 0, 0), kind.key
        rows[kind.key] = created
    for key, count in rows.items():
        assert outcome(imported(key, sample(key))) == (0, 0, count, 0), key


def test_a_last_day_is_taken_for_costs_pauses_and_invoices(company: Company) -> None:
    imported("customers", "external_id,name\nc-1,Alpha\n")
    last = Options(end_day=EndDay.LAST)
    content = "kind,amount,starts_on,ends_on\nads,10,2025-07-01,2025-07-31\nads,5,2025-08-01,\n"
    imported("costs", content.replace("ads", "sales"), options=last)
    held = Cost.objects.order_by("starts_on").values_list("ends_on", flat=True)
    assert list(held) == [dt.date(2025, 8, 1), dt.date(2025, 8, 2)]
    imported("pauses", "customer,starts_on,ends_on\nc-1,2025-07-01,2025-07-31\n", options=last)
    assert Pause.objects.get().ends_on == dt.date(2025, 8, 1)
    for key in ("costs", "pauses", "invoices", "subscriptions"):
        form = MappingForm(KINDS[key], Sample(["a"], []))
        assert "end_day" in form.fields, key
    assert "end_day" not in MappingForm(KINDS["tickets"], Sample(["a"], [])).fields


def test_the_sample_of_what_ages_is_moved_by_whole_weeks() -> None:
    """In ten years, too, its events are of a week or two ago, on their days of the week."""
    usage = KINDS["usage"]
    for today in (dt.date(2025, 10, 9), dt.date(2025, 11, 3), dt.date(2036, 2, 29)):
        text = sample_file(usage, today=today).decode()
        first = dt.date.fromisoformat(f"2{text.split(',2', 1)[1][:9]}")
        assert first.isoweekday() == dt.date(2025, 10, 6).isoweekday()
        assert (today - first).days < 28
        assert first < today
    assert sample_file(KINDS["tickets"], today=today) == (SAMPLES / "tickets.csv").read_bytes()
