"""Where in one record a quote went wrong: slow and exact, used only once reading has failed."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|")
_LOOKED_AT = 50


@dataclass(frozen=True)
class QuoteFault:
    """`cell` counts from 0. `is_open`: never closed; else `text` stands after a closing quote."""

    cell: int
    is_open: bool
    text: str


def find_quote_fault(record: str, delimiter: str, quote: str) -> QuoteFault | None:
    """What is wrong with the quotes of `record`, None when nothing is."""
    state = "start"
    cell = opened_at = 0
    for position, character in enumerate(record):
        if state == "quoted":
            state = "closing" if character == quote else state
        elif character == delimiter:
            state, cell = "start", cell + 1
        elif state == "start" and character == quote:
            state, opened_at = "quoted", position
        elif state == "closing" and character == quote:
            state = "quoted"
        elif state == "closing" and character not in "\r\n":
            return QuoteFault(cell, is_open=False, text=record[opened_at:])
        elif character not in "\r\n":
            state = "plain"
    return QuoteFault(cell, is_open=True, text=record[opened_at:]) if state == "quoted" else None


def cell_at(record: str, position: int, delimiter: str, quote: str) -> int:
    """Which cell of `record`, from 0, the character at `position` belongs to."""
    cell = 0
    is_quoted = False
    for character in record[:position]:
        if character == quote:
            is_quoted = not is_quoted
        elif character == delimiter and not is_quoted:
            cell += 1
    return cell


def find_quote(text: str, delimiter: str) -> str:
    """The quote character: an apostrophe only where cells are wrapped in it and none in `"`."""
    wrapped = Counter(
        {
            quote: len(
                re.findall(
                    rf"(?:^|{re.escape(delimiter)}){quote}[^{quote}\r\n]*{quote}"
                    rf"(?={re.escape(delimiter)}|\r|\n|$)",
                    text,
                    flags=re.MULTILINE,
                )
            )
            for quote in ('"', "'")
        }
    )
    return "'" if wrapped["'"] > 1 and not wrapped['"'] else '"'


def find_delimiter(text: str) -> str:
    """The delimiter that cuts the first rows into the most even columns; comma if none does."""
    scores = {
        delimiter: score
        for delimiter in DELIMITERS
        if (score := _evenness(list(_first_records(text, delimiter)))) is not None
    }
    if not scores:
        return ","
    return max(scores, key=lambda delimiter: scores[delimiter])


def _evenness(records: list[list[str]]) -> tuple[float, int] | None:
    """Share of records as wide as the header, and that width; None for a single column."""
    if not records or len(records[0]) < 2:
        return None
    width = len(records[0])
    return sum(len(record) == width for record in records) / len(records), width


def _first_records(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(
        text.splitlines(keepends=True),
        delimiter=delimiter,
        quotechar=find_quote(text, delimiter),
    )
    taken = 0
    while taken < _LOOKED_AT:
        try:
            record = next(reader)
        except (StopIteration, csv.Error):
            return
        if record:
            taken += 1
            yield record
