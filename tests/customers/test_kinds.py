"""Every kind: its sample imports, and what a row may not say is told, never a database error."""

from __future__ import annotations

from pathlib import Path

from django.core.management import call_command

from customers.documenting import page
from customers.imports.kinds import KINDS
from tenants.models import Company
from tests.customers.importing import imported, outcome

SAMPLES = Path(__file__).parents[2] / "customers" / "samples"
FACTS = [kind for kind in KINDS.values() if kind.group == "facts"]


def sample(kind: str) -> str:
    return (SAMPLES / f"{kind}.csv").read_text()


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
