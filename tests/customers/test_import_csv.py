"""The command: imports, waits, prints counts, leaves nothing where it fails."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from customers.models import Change, Customer, CustomerAttribute, Import, Term
from tenants.jobs import Job
from tenants.models import Company
from tests.customers import telco_like as telco


def import_csv(*arguments: str | Path) -> str:
    out = io.StringIO()
    call_command("import_csv", *map(str, arguments), stdout=out, stderr=out)
    return out.getvalue()


def mapped(mapping: dict[str, str]) -> list[str]:
    return [part for field, column in mapping.items() for part in ("--map", f"{field}={column}")]


@pytest.fixture
def customers_file(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    path.write_text("id,name\nc-1,Alpha\nc-2,Beta\n")
    return path


def test_a_telecoms_files_by_command(company: Company, tmp_path: Path) -> None:
    files = telco.telco_like(120)
    (tmp_path / "c.csv").write_bytes(files.customers)
    (tmp_path / "s.csv").write_bytes(files.subscriptions)
    attributes = [part for column in telco.CUSTOMER_ATTRIBUTES for part in ("--attribute", column)]
    one = import_csv(
        "--company", "acme", "customers", tmp_path / "c.csv",
        *mapped(telco.CUSTOMER_MAPPING), *attributes,
    )  # fmt: skip
    two = import_csv(
        "--company", "acme", "subscriptions", tmp_path / "s.csv",
        *mapped(telco.SUBSCRIPTION_MAPPING),
    )  # fmt: skip
    assert "c.csv: 120 rows; 120 created, 0 updated, 0 unchanged, 0 in error." in one
    assert "s.csv: 120 rows; 120 created" in two
    assert "The figures are computed." in two
    assert (Customer.objects.count(), Term.objects.count()) == (120, 120)
    assert CustomerAttribute.objects.filter(key="contract_type").count() == 120
    left = Job.objects.filter(state__in=["queued", "running"])
    # The scores of the year before are made once nobody brings in more, the overview at once.
    later = {"metrics.health_past", "metrics.prepare_overview"}
    assert set(left.values_list("kind", flat=True)) <= later
    assert not Change.objects.exists()


def test_without_maps_the_columns_are_guessed(company: Company, customers_file: Path) -> None:
    assert "2 created" in import_csv("customers", customers_file, "--company", "acme")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--company", "nobody"], "There is no company nobody; there are: acme, globex."),
        (["--company", "acme", "--map", "name=title"], "no column title; it has id, name"),
        (["--company", "acme", "--map", "nome=name"], "no field nome; there are external_id, name"),
        (["--company", "acme", "--map", "name=name"], "Choose a column for Customer id"),
        (["--company", "acme", "--map", "name"], "our field = their column"),
        (["--company", "acme", "--attribute", "tier"], "no column tier"),
    ],
)
def test_mistakes_say_what_is_there(
    company: Company, customers_file: Path, arguments: list[str], words: str
) -> None:
    with pytest.raises(CommandError, match=words.replace(".", r"\.")):
        import_csv("customers", customers_file, *arguments)
    assert not Import.objects.exists()
    assert not Customer.objects.exists()


def test_a_missing_file(company: Company, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        import_csv("--company", "acme", "customers", tmp_path / "none.csv")


def test_errors_store_nothing_unless_skipped(company: Company, customers_file: Path) -> None:
    with customers_file.open("a") as file:
        file.write("c-3,\n")
    arguments = ("--company", "acme", "customers", customers_file)
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 of 3 rows are in error; nothing was stored"):
        call_command("import_csv", *map(str, arguments), stderr=out)
    assert "Row 4, column name: the cell is empty" in out.getvalue()
    assert not Customer.objects.exists()
    assert "2 created, 0 updated, 0 unchanged, 1 in error" in import_csv(
        *arguments, "--skip-errors"
    )


def test_an_open_question_is_answered_by_an_option(company: Company, tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("id,name,joined\nc-1,Alpha,01/02/2025\n")
    arguments = ("--company", "acme", "customers", path)
    with pytest.raises(CommandError, match=r"1 February 2025 or as 2 January 2025.*--date-order"):
        import_csv(*arguments)
    import_csv(*arguments, "--date-order", "mdy")
    assert str(Customer.objects.get().signed_up_on) == "2025-01-02"


@pytest.mark.parametrize("kind", ["customers", "subscriptions", "contacts"])
def test_the_samples_come_in_as_they_are(company: Company, kind: str) -> None:
    samples = Path(__file__).resolve().parents[2] / "customers" / "samples"
    if kind != "customers":
        import_csv("--company", "acme", "customers", samples / "customers.csv")
    assert "0 in error" in import_csv("--company", "acme", kind, samples / f"{kind}.csv")
