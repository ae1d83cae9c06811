"""Workbooks: what cells hold is taken as held, and hostile ones cost nothing but a message."""

from __future__ import annotations

import datetime as dt
import io
import os
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from customers.actions import imports
from customers.imports.files import form_in_words, opened
from customers.imports.limits import MAXIMUM_RATIO
from customers.imports.problems import FileProblem
from customers.imports.xlsx import day_text, number_text, opened_workbook
from customers.models import Customer, Import, ImportPart, OriginalPart, Term
from tenants.models import Company
from tests.customers.importing import imported, uploaded

ROOT = Path(__file__).parents[2]
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
SHEET_END = "</sheetData></worksheet>"
PARTS = {
    "[Content_Types].xml": "<Types/>",
    "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="One" sheetId="1" r:id="r1"/>'
    "</sheets></workbook>",
    "xl/_rels/workbook.xml.rels": "<Relationships><Relationship Id='r1'"
    " Type='http://x/worksheet' Target='worksheets/sheet1.xml'/></Relationships>",
}


def workbook(*sheets: tuple[str, Sequence[Sequence[Any]]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return saved(book)


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def made_of(**parts: str | bytes) -> bytes:
    """A workbook of hand-written parts: `sheet`, `strings`."""
    names = {"sheet": "xl/worksheets/sheet1.xml", "strings": "xl/sharedStrings.xml"}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**PARTS, **{names[n]: c for n, c in parts.items()}}.items():
            archive.writestr(name, content)
    return file.getvalue()


def text_of(content: bytes, sheet: str = "") -> str:
    with opened_workbook(io.BytesIO(content)) as book:
        return b"".join(book.as_text(sheet or book.sheets[0])).decode()


def refusal(content: bytes) -> str:
    with pytest.raises(FileProblem) as caught:
        text_of(content)
    return str(caught.value)


def test_a_workbook_imports_as_a_file_does(company: Company) -> None:
    at_noon = dt.datetime(2025, 4, 3, 12)  # noqa: DTZ001 - cells have no zone
    imported("customers", workbook(("C", [["id", "name"], ["c-1", "Alpha"], ["c-2", "Beta"]])))
    imported(
        "subscriptions",
        workbook(
            (
                "S",
                [
                    ["customer", "subscription id", "amount", "start", "end"],
                    ["c-1", "s-1", 1.234, dt.date(2025, 4, 3), None],
                    ["c-2", "s-2", 19.9, at_noon, dt.date(2025, 12, 31)],
                ],
            )
        ),
    )
    terms = Term.objects.order_by("subscription__external_id")
    assert [str(term.amount.normalize()) for term in terms] == ["1.234", "19.9"]
    assert {term.starts_on for term in terms} == {dt.date(2025, 4, 3)}
    assert Customer.objects.get(external_id="c-2").name == "Beta"


def test_a_workbook_says_what_it_was(company: Company) -> None:
    content = workbook(("Only", [["id", "name"], ["c-1", "Alpha"]]))
    import_ = uploaded("customers", content, "book.xlsx")
    assert import_.file_name == "book.xlsx"
    assert import_.original["size"] == len(content)
    assert import_.original["sheet"] == "Only"
    assert import_.original["sha256"] != import_.file_sha256
    assert form_in_words(import_) == "sheet “Only” of a workbook"
    assert not OriginalPart.objects.exists()


def test_the_first_sheet_with_anything_is_read_and_another_can_be_chosen(company: Company) -> None:
    content = workbook(
        ("Empty", []),
        ("People", [["id", "name"], ["c-1", "Alpha"]]),
        ("More", [["id", "name"], ["c-9", "Iota"]]),
    )
    import_ = uploaded("customers", content)
    assert import_.original["sheets"] == ["People", "More"]
    assert b"Alpha" in opened(import_).read()
    before = import_.digest()
    again = imports.read_as(import_=import_, kind="customers", sheet="More", by=None)
    assert b"Iota" in opened(again).read()
    assert again.digest() != before
    back = imports.read_as(import_=again, kind="customers", sheet="People", by=None)
    assert b"Alpha" in opened(back).read()
    with pytest.raises(FileProblem, match=r"People.*More"):
        imports.read_as(import_=back, kind="customers", sheet="None such", by=None)


def test_a_sheet_can_be_named(company: Company) -> None:
    content = workbook(("A", [["id", "name"], ["c-1", "x"]]), ("B", [["id", "name"], ["c-2", "y"]]))
    import_ = imports.take_file(
        kind="customers", file_name="f.xlsx", pieces=[content], by=None, sheet="B"
    )
    assert opened(import_).read() == b"id,name\nc-2,y\n"
    with pytest.raises(FileProblem, match="Only a workbook has sheets"):
        imports.take_file(
            kind="customers", file_name="f.csv", pieces=[b"id,name\n1,2\n"], by=None, sheet="B"
        )


def test_cells_are_written_as_they_are_held() -> None:
    row = [1234.5, 0.1 + 0.2, 7, True, False, dt.date(2025, 1, 31), dt.time(10, 5), "x\ny", " z "]
    names = [f"c{n}" for n in range(len(row))]
    assert text_of(workbook(("S", [names, row]))).split("\n", 1)[1] == (
        '1234.5,0.3,7,TRUE,FALSE,2025-01-31,10:05:00,"x\ny", z \n'
    )


@pytest.mark.parametrize(
    ("held", "text"),
    [
        ("19.899999999999999", "19.9"),
        ("1.234", "1.2340"),
        ("1E-3", "0.0010"),
        ("1E+20", "100000000000000000000"),
        ("-5", "-5"),
        ("1e999", "1e999"),
        ("NaN", "NaN"),
        ("123456789012345", "123456789012345"),
    ],
)
def test_numbers(held: str, text: str) -> None:
    assert number_text(held) == text


@pytest.mark.parametrize(
    ("held", "text"),
    [
        ("1", "1900-01-01"),
        ("59", "1900-02-28"),
        ("60", "1900-02-29"),
        ("61", "1900-03-01"),
        ("45688", "2025-01-31"),
        ("45688.5", "2025-01-31 12:00:00"),
        ("45687.999999999", "2025-01-31"),
        ("-1", "-1"),
        ("1e999", "1e999"),
    ],
)
def test_days_count_from_1900(held: str, text: str) -> None:
    assert day_text(held, "date", dt.datetime(1899, 12, 30)) == text  # noqa: DTZ001


def test_days_of_a_1904_workbook() -> None:
    book = Workbook()
    book.epoch = dt.datetime(1904, 1, 1)  # noqa: DTZ001
    sheet = book.worksheets[0]
    sheet.append(["when"])
    sheet.append([dt.date(2025, 1, 31)])
    assert "date1904" in zipfile.ZipFile(io.BytesIO(saved(book))).read("xl/workbook.xml").decode()
    assert text_of(saved(book)) == "when\n2025-01-31\n"


def test_errors_and_formulas_without_a_value_are_problems_of_their_rows(company: Company) -> None:
    content = workbook(
        ("S", [["id", "name"], ["c-1", "#N/A"], ["c-2", "=A1"], ["c-3", "Gamma"]]),
    )
    from tests.customers.importing import checked, problems

    found = problems(checked("customers", content))
    assert [(row, column) for row, column, _ in found] == [(2, "name"), (3, "name")]
    assert "error #N/A" in found[0][2]
    assert "never calculated" in found[1][2]


def test_a_formulas_last_value_is_taken() -> None:
    row = '<row r="1"><c r="A1" t="str"><f>"a"</f><v>n</v></c></row>'
    row += '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>'
    assert text_of(made_of(sheet=SHEET + row + SHEET_END)) == "n\n2\n"


def test_rows_keep_their_numbers_and_short_rows_are_filled() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for cell, value in {"B2": "id", "C2": "name", "B5": "c-1"}.items():
        sheet[cell] = value
    assert text_of(saved(book)) == "\nid,name\n\n\nc-1,\n"


def test_a_value_under_no_name_is_told() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for cell, value in {"B1": "id", "C1": "name", "A3": "lost"}.items():
        sheet[cell] = value
    assert refusal(saved(book)).startswith("Row 3, column A: there is “lost” in a column without")


def test_a_title_above_the_table_is_told() -> None:
    table = [["id", "name", "signed up"], *[["c", "n", "2025-01-01"]] * 3]
    said = refusal(workbook(("S", [["Customers, May 2025"], [], *table])))
    assert said.startswith("Row 1: only “Customers, May 2025” stands here")
    assert "row 3" in said


def test_merged_names_are_told() -> None:
    said = refusal(workbook(("S", [["id", "contact", None, "plan"], ["1", "a", "b", "c"]])))
    assert said.startswith("Row 1, column C: the column has no name (are cells merged?)")


def test_runs_of_text_are_joined_and_their_reading_aids_left_out() -> None:
    strings = "<sst><si><r><t>a</t></r><r><t xml:space='preserve'> b</t></r></si>"
    strings += "<si><t>漢</t><rPh><t>kan</t></rPh></si></sst>"
    cells = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    cells += '<row r="2"><c t="s"><v>1</v></c></row>'
    assert text_of(made_of(sheet=SHEET + cells + SHEET_END, strings=strings)) == "a b\n漢\n"


def test_names_with_a_prefix_are_read() -> None:
    sheet = (
        '<x:worksheet xmlns:x="m"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>id</x:t>'
        "</x:is></x:c></x:row><x:row><x:c><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    assert text_of(made_of(sheet=sheet)) == "id\n1\n"


# What is hostile.


def test_a_document_type_is_refused() -> None:
    bomb = '<!DOCTYPE w [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
    assert "document type" in refusal(made_of(sheet=bomb))


def test_what_unpacks_to_far_more_than_it_is_is_refused() -> None:
    said = refusal(made_of(sheet=SHEET + " " * (64 << 20) + SHEET_END))
    assert f"more than {MAXIMUM_RATIO} times" in said


def test_a_size_that_is_a_lie_is_found_out() -> None:
    honest = made_of(sheet=SHEET + " " * (64 << 20) + SHEET_END)
    size = (len(SHEET + SHEET_END) + (64 << 20)).to_bytes(4, "little")
    assert honest.count(size) == 2  # before the data and in the directory
    assert "damaged" in refusal(honest.replace(size, (100).to_bytes(4, "little")))


def test_a_cell_of_10_mb_is_refused() -> None:
    noise = os.urandom(5 << 20).hex()
    cell = f'<row><c t="inlineStr"><is><t>{noise}</t></is></c></row>'
    assert "32,767 characters" in refusal(made_of(sheet=SHEET + cell + SHEET_END))
    strings = f"<sst><si><t>{noise}</t></si></sst>"
    assert "32,767 characters" in refusal(made_of(sheet=SHEET + SHEET_END, strings=strings))


def test_a_tag_without_an_end_is_refused() -> None:
    noise = os.urandom(8 << 20).hex()
    assert "damaged" in refusal(made_of(sheet=f"{SHEET}<row spans='{noise}'></row>{SHEET_END}"))


@pytest.mark.parametrize(
    "row",
    [
        '<row r="1048577"><c r="A1"><v>1</v></c></row>',
        '<row r="5"><c><v>1</v></c></row><row r="4"><c><v>1</v></c></row>',
        '<row r="-3"><c><v>1</v></c></row>',
        f'<row r="{"9" * 5000}"><c><v>1</v></c></row>',
        '<row r="1"><c r="XFE1"><v>1</v></c></row>',
        '<row r="1"><c r="ÄÖ1"><v>1</v></c></row>',
        '<row r="1"><c t="s"><v>99</v></c></row>',
        '<row r="1"><c t="s"><v>-1</v></c></row>',
        "<row r='1'><c><v>1</v></row>",
    ],
)
def test_a_sheet_that_breaks_the_rules_is_refused(row: str) -> None:
    assert refusal(made_of(sheet=SHEET + row + SHEET_END))


@pytest.mark.parametrize("number", ["-1", "-2", "2", "9" * 5000, "x"])
def test_a_text_that_is_not_there_is_refused(number: str) -> None:
    strings = "<sst><si><t>one</t></si><si><t>two</t></si></sst>"
    row = f'<row r="1"><c t="s"><v>{number}</v></c></row>'
    assert "damaged" in refusal(made_of(strings=strings, sheet=SHEET + row + SHEET_END))


def test_dimensions_are_not_believed() -> None:
    sheet = SHEET.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    row = '<row r="1"><c r="A1" t="str"><v>id</v></c></row>'
    last = '<row r="1048576"><c r="A1048576" t="str"><v>x</v></c></row>'
    text = text_of(made_of(sheet=sheet + row + last + SHEET_END))
    assert text == "id" + "\n" * 1_048_575 + "x\n"


def zipped(names: Sequence[str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped(["xl/workbook.bin", "[Content_Types].xml"]), "(.xlsb)"),
        (zipped(["mimetype", "content.xml"]), "(.ods)"),
        (zipped(["word/document.xml"]), "text document"),
        (zipped(["data.csv"]), "zip archive"),
        (b"PK\x03\x04" + b"x" * 1000, "cut off"),
        (made_of(sheet=SHEET + SHEET_END), "no sheet with anything"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 5000, "(.xls)"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 5000 + "EncryptedPackage".encode("utf-16-le"), "password"),
    ],
)
def test_other_files_are_named(company: Company, content: bytes, said: str) -> None:
    with pytest.raises(FileProblem) as caught:
        imports.take_file(
            kind="customers",
            file_name="f.xlsx",
            pieces=[content[n : n + 997] for n in range(0, len(content), 997)],
            by=None,
        )
    assert said in str(caught.value)
    assert not Import.objects.exists()
    assert not ImportPart.objects.exists()


def test_a_directory_of_a_million_parts_is_refused_unread() -> None:
    entry = b"PK\x01\x02" + b"\0" * 42
    directory = entry * 200_000
    end = b"PK\x05\x06" + b"\0" * 8 + len(directory).to_bytes(4, "little") + b"\0" * 6
    assert "damaged" in refusal(b"PK\x03\x04" + directory + end)


# In a process of its own, with a limit on its memory.

READ = """
import resource, sys
sys.path.insert(0, {root!r})
from django.conf import settings
settings.USE_I18N = False
from customers.imports.xlsx import opened_workbook
from customers.imports.problems import FileProblem
from tests.memory import peak_mb
resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit}))
try:
    with open(sys.argv[1], "rb") as file, opened_workbook(file) as book:
        lines = sum(piece.count(b"\\n") for piece in book.as_text(book.sheets[0]))
    print("lines", lines)
except FileProblem as problem:
    print("refused", problem)
print("peak", peak_mb())
"""
PEAK_MB = 300


def read_in_a_child(path: Path) -> str:
    """What a process that may not have more than 700 MB of addresses says of the file."""
    done = subprocess.run(
        [sys.executable, "-c", READ.format(root=str(ROOT), limit=700 << 20), str(path)],
        capture_output=True,
        text=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "csm_portal.settings"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout.split()[-1]) < PEAK_MB, done.stdout
    return done.stdout


def write_parts(path: Path, **writers: Callable[[Any], None]) -> None:
    names = {"sheet": "xl/worksheets/sheet1.xml", "strings": "xl/sharedStrings.xml"}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in PARTS.items():
            archive.writestr(name, content)
        for name, write in writers.items():
            with archive.open(names[name], "w", force_zip64=True) as part:
                write(part)


@pytest.mark.slow
def test_millions_of_texts_and_rows_are_read_in_bounded_memory(tmp_path: Path) -> None:
    rows = 1_000_000

    def strings(part: Any) -> None:
        part.write(b"<sst>")
        for start in range(0, 2 * rows, 10_000):
            texts = (f"<si><t>text {n}</t></si>" for n in range(start, start + 10_000))
            part.write("".join(texts).encode())
        part.write(b"</sst>")

    def sheet(part: Any) -> None:
        part.write(SHEET.encode())
        for start in range(1, rows, 10_000):
            cells = (
                f'<row r="{n}"><c r="A{n}" t="s"><v>{n}</v></c><c r="B{n}" t="s">'
                f"<v>{n + rows - 1}</v></c></row>"
                for n in range(start, start + 10_000)
            )
            part.write("".join(cells).encode())
        part.write(SHEET_END.encode())

    write_parts(tmp_path / "large.xlsx", sheet=sheet, strings=strings)
    assert f"lines {rows}" in read_in_a_child(tmp_path / "large.xlsx")


@pytest.mark.slow
def test_a_bomb_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    def texts(part: Any) -> None:
        part.write(b"<sst>")
        for _ in range(2000):
            part.write(b"<si/>" * 200_000)
        part.write(b"</sst>")

    write_parts(tmp_path / "bomb.xlsx", strings=texts, sheet=lambda part: None)
    assert "refused" in read_in_a_child(tmp_path / "bomb.xlsx")


def test_the_limit_of_the_child_is_real(tmp_path: Path) -> None:
    """So that the tests above can fail."""
    script = (
        f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({700 << 20}, {700 << 20}))\n"
        f"b'x' * {800 << 20}"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert b"MemoryError" in done.stderr
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY
