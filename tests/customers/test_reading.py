"""Any file a person may send: read, or refused with the row and column."""

from __future__ import annotations

import io
import tracemalloc

import pytest

from customers.imports.encoding import EncodingDetector
from customers.imports.form import Form, find_form
from customers.imports.problems import FileProblem
from customers.imports.reading import Row, Table, open_table

PLAIN = "id;name;price\n1;Müller & Söhne;2,50\n2;Ōsaka;3,00\n"


def form_of(content: bytes, *, piece: int = 7) -> Form:
    """Fed in small pieces, so that characters fall on their borders."""
    detector = EncodingDetector()
    for start in range(0, len(content), piece):
        detector.feed(content[start : start + piece])
    return find_form(content, detector.encoding)


def table_of(content: bytes) -> Table:
    return open_table(io.BytesIO(content), form_of(content))


def rows_of(content: bytes) -> list[Row]:
    return list(table_of(content).rows)


def problem_of(content: bytes) -> FileProblem:
    with pytest.raises(FileProblem) as caught:
        rows_of(content)
    return caught.value


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-16-be-marked"]
)
def test_unicode_encodings_are_found(encoding: str) -> None:
    if encoding == "utf-16-be-marked":
        content = b"\xfe\xff" + PLAIN.encode("utf-16-be")
    else:
        content = PLAIN.encode(encoding)
    table = table_of(content)
    assert table.columns == ["id", "name", "price"]
    assert [row.cells[1] for row in table.rows] == ["Müller & Söhne", "Ōsaka"]


def test_windows_1252_is_found_even_late_in_the_file() -> None:
    content = b"id,name\n" + b"1,plain\n" * 5000 + "2,Café Noël €\n".encode("cp1252")
    assert form_of(content, piece=1024).encoding == "cp1252"
    assert rows_of(content)[-1].cells == ["2", "Café Noël €"]


def test_other_alphabets_are_found() -> None:
    text = "имя,город\n" + "Александр Сергеевич,Санкт-Петербург\nИван Иванович,Москва\n" * 5  # noqa: RUF001
    assert rows_of(text.encode("cp1251"))[0].cells == ["Александр Сергеевич", "Санкт-Петербург"]


@pytest.mark.parametrize(
    ("delimiter", "name"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")]
)
def test_delimiters_are_found(delimiter: str, name: str) -> None:
    lines = [["id", "name", "price"], ["1", "A", "2.5"], ["2", "B; or C, or D", "3.5"]]
    text = "\r\n".join(
        delimiter.join(f'"{cell}"' if " " in cell else cell for cell in line) for line in lines
    )
    form = form_of(text.encode())
    assert form.delimiter == delimiter
    assert name in form.in_words()
    assert [row.cells for row in rows_of(text.encode())] == lines[1:]


def test_quotes_newlines_and_apostrophes() -> None:
    content = b'id,note\r\n1,"two\r\nlines, ""quoted"""\r\n\r\n3,plain\r\n'
    assert rows_of(content) == [Row(2, ["1", 'two\r\nlines, "quoted"']), Row(4, ["3", "plain"])]
    assert rows_of(b"'id','note'\n'1','a, b'\n")[0].cells == ["1", "a, b"]
    assert rows_of(b"id,note\n1,it's 6\" long\n")[0].cells == ["1", "it's 6\" long"]


def test_excels_separator_line_is_taken() -> None:
    table = table_of(b"sep=;\r\na;b\r\n1;2\r\n")
    assert table.columns == ["a", "b"]
    assert [row.number for row in table.rows] == [3]


def test_two_hundred_columns_work() -> None:
    header = ",".join(f"column {n}" for n in range(200))
    row = rows_of(f"{header}\n{','.join(str(n) for n in range(200))}\n".encode())[0]
    assert len(row.cells) == 200


@pytest.mark.parametrize(
    ("content", "row", "column", "words"),
    [
        (b"", None, "", "empty"),
        (b"\xef\xbb\xbf\r\n \r\n", None, "", "empty"),
        (b"a,b\n", 1, "", "no rows"),
        (b'a,b\n1,2\n3,"cut of', 3, "b", "never closed"),
        (b'a,b\n1,"x"y\n', 2, "b", "after a closing quote"),
        (b"a,b\n1,2\n3\x00,4\n", 3, "a", "NUL"),
        ("a,b\né,é\nö,".encode() + b"\xff\n", 3, "b", "0xFF"),
        (b"a,b\n1,\x81\n", 2, "b", "0x81"),
        (b"a,b,A\n1,2,3\n", 1, "A", "same name"),
        (b"a,,c\n1,2,3\n", 1, "", "Column 2 has no name"),
        (",".join(f"c{n}" for n in range(300)).encode(), 1, "c256", "300 columns"),
        (b"a,b\n" + b"x" * 2_000_000, 2, "", "longer than"),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", 2, "", "131,072"),
        (b"PK\x03\x04" + bytes(40), None, "", "zip archive"),
        (b"\x1f\x8b" + bytes(40), None, "", "gzip"),
    ],
)
def test_unreadable_files_say_where(
    content: bytes, row: int | None, column: str, words: str
) -> None:
    problem = problem_of(content)
    assert (problem.row, problem.column) == (row, column)
    assert words in problem.message


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("1", "b", "1 cell and the header 3"),
        ("1,2,3,4", "c", "“4”"),
        (f"1,{'x' * 20_001},3", "b", "20,001 characters"),
    ],
)
def test_a_bad_row_keeps_the_others(line: str, column: str, words: str) -> None:
    good, bad, also_good = rows_of(f"a,b,c\n1,2,3\n{line}\n7,8,9,,\n".encode())
    assert (good.problem, also_good.problem) == ("", "")
    assert also_good.cells == ["7", "8", "9"]
    assert bad.number == 3
    assert bad.problem_column == column
    assert words in bad.problem


def test_memory_does_not_grow_with_the_file() -> None:
    class Endless(io.RawIOBase):
        """4 MB of rows, made as they are read."""

        left = 4_000_000 // 20

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            if self.left <= 0:
                return 0
            count = min(len(buffer) // 20, self.left)
            self.left -= count
            data = b"123456789,987654321\n" * count
            buffer[: len(data)] = data
            return len(data)

    tracemalloc.start()
    stream = io.BufferedReader(Endless(), 1 << 16)
    table = open_table(stream, Form())  # type: ignore[arg-type]
    count = sum(1 for _ in table.rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 4_000_000 // 20 - 1
    assert peak < 3_000_000
