"""Files of many rows in bounded memory, and the limits beyond which they are refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from customers.actions import imports
from customers.imports import files, limits, reading
from customers.imports.form import Form
from customers.imports.problems import FileProblem
from customers.imports.reading import open_table
from customers.models import Import, ImportPart
from tenants.models import Company
from tests.customers.importing import checked, problems

ROOT = Path(__file__).parents[2]
PEAK_MB = 300


def brought_in(company: Company, kind: str, rows: int) -> dict[str, Any]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.customers.large_import"),
            *(str(company.pk), kind, str(rows)),
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "TEST_DATABASE": str(connection.settings_dict["NAME"]),
            "DJANGO_SETTINGS_MODULE": "csm_portal.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "rows"), [("customers", 1_000_000), ("tickets", 200_000)])
def test_a_million_rows_come_in_in_bounded_memory(
    committed_company: Company, kind: str, rows: int
) -> None:
    report = brought_in(committed_company, kind, rows)
    assert (report["state"], report["created"]) == ("done", rows)
    assert report["peak_mb"] < PEAK_MB, report
    if kind == "customers":
        assert report["bytes"] > 240_000_000
    assert not Import.objects.exists()


@pytest.mark.slow
def test_as_many_rows_as_can_be_come_in_and_one_more_is_refused(
    committed_company: Company,
) -> None:
    """A real file of 5,000,000 rows, the documented limit."""
    report = brought_in(committed_company, "narrow", limits.MAXIMUM_ROWS)
    assert (report["state"], report["created"]) == ("done", limits.MAXIMUM_ROWS), report
    assert report["peak_mb"] < PEAK_MB, report
    report = brought_in(committed_company, "narrow", limits.MAXIMUM_ROWS + 1)
    assert report["state"] == "failed", report
    assert f"more than {limits.MAXIMUM_ROWS:,} rows" in report["message"]
    assert report["peak_mb"] < PEAK_MB, report
    assert not Import.objects.exists()


def test_more_rows_than_the_limit_are_refused(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAXIMUM_ROWS", 1000)
    rows = "".join(f"c-{n},Name\n" for n in range(1000))
    assert checked("customers", "id,name\n" + rows).state == "checked"
    import_ = checked("customers", "id,name\n" + rows + "c-x,One too many\n")
    assert import_.state == "failed"
    assert "more than 1,000 rows. Split it." in import_.message


def test_more_bytes_than_the_limit_are_refused(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAXIMUM_SIZE", 5 << 20)
    taken = 0

    def pieces() -> Iterator[bytes]:
        nonlocal taken
        yield b"id,name\n"
        while True:
            taken += 1
            yield b"c-1,Alpha\n" * 10_000

    with pytest.raises(FileProblem, match="larger than 5 MB"):
        imports.take_file(kind="customers", file_name="f.csv", pieces=pieces(), by=None)
    assert taken < 60
    assert not ImportPart.objects.exists()


def test_the_limits_are_in_the_docs() -> None:
    text = (ROOT / "docs" / "how-to" / "import-a-file.md").read_text()
    for figure in (
        f"{limits.MAXIMUM_SIZE >> 20} MB",
        f"{limits.MAXIMUM_ROWS:,} rows",
        f"{limits.MAXIMUM_COLUMNS} columns",
        f"{limits.MAXIMUM_CELL:,} characters",
        f"{limits.MAXIMUM_INFLATED >> 20:,} MB",
        f"{limits.MAXIMUM_RATIO} times",
        f"{limits.MAXIMUM_SHARED_TEXTS:,} different texts",
    ):
        assert figure in text, figure


def test_a_thousand_columns_are_refused(company: Company) -> None:
    header = ",".join(f"c{n}" for n in range(1000)).encode()
    with pytest.raises(FileProblem, match="1,000 columns; up to 256"):
        imports.take_file(kind="customers", file_name="f.csv", pieces=[header + b"\n1\n"], by=None)


@pytest.mark.parametrize("rest", ["%s\n", '"%s"\n', '"%s'])
def test_a_cell_of_10_mb_is_told(company: Company, rest: str) -> None:
    content = "id,name\nc-1," + rest % ("x" * (10 << 20))
    with pytest.raises(FileProblem, match=r"^Row 2"):
        imports.take_file(kind="customers", file_name="f.csv", pieces=[content.encode()], by=None)


def test_a_cell_of_10_mb_far_down_fails_the_check(company: Company) -> None:
    rows = "".join(f"c-{n},Name\n" for n in range(1000))
    import_ = checked("customers", f"id,name\n{rows}c-x,{'x' * (10 << 20)}\n")
    assert import_.state == "failed"
    assert import_.message.startswith("Row 1002"), import_.message[:100]


def test_a_large_cell_is_its_rows_problem(company: Company) -> None:
    long = "x" * (limits.MAXIMUM_CELL + 1)
    import_ = checked("customers", f'id,name\nc-1,A\nc-2,{long}\nc-3,"{long}\n"\n')
    assert [(row, column) for row, column, _ in problems(import_)] == [(3, "name"), (4, "name")]
    assert "up to 20,000 fit" in problems(import_)[0][2]


def test_what_is_no_number_is_a_rows_problem(company: Company) -> None:
    checked("customers", "id,name\nc-1,A\n")
    words = ("NaN", "1e999", "-inf", "1e5", "0x10", "٣")
    rows = "".join(f"c-1,s-{n},{word},2025-01-01\n" for n, word in enumerate(words))
    import_ = checked("subscriptions", "customer,subscription id,amount,start\n" + rows)
    assert [column for _, column, _ in problems(import_)] == ["amount"] * len(words)


class Endless:
    """A stream without an end; reading it all would never return."""

    def __init__(self, begin: bytes, more: bytes) -> None:
        self.begin, self.more, self.taken = begin, more, 0

    def readable(self) -> bool:
        return True

    writable = seekable = lambda self: False
    closed = False

    def flush(self) -> None:
        return

    def read(self, size: int = -1) -> bytes:
        assert self.taken < 20_000_000
        piece, self.begin = self.begin or self.more, b""
        self.taken += len(piece)
        return piece

    read1 = read


@pytest.mark.parametrize(
    "more", [b"x" * 8192, b'"' + b"x" * 8191, b'"a\n' * 3000, b"x\n" * 4096 + b'"']
)
def test_a_record_without_an_end_is_given_up(more: bytes) -> None:
    begin = b'id,name\nc-1,"' if not more.startswith(b"x" * 9) else b"id,name\nc-1,"
    stream = Endless(begin, more)
    with pytest.raises(FileProblem):
        for _ in open_table(stream, Form()).rows:  # type: ignore[arg-type]
            pass
