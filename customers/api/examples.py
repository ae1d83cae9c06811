"""Example rows of each kind, out of its sample file, for the API's description."""

from __future__ import annotations

import csv
import datetime as dt
import io
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from customers.api.kinds import ATTRIBUTES
from customers.api.reading import as_json
from customers.imports.fields import ColumnReading, Kind, attribute_key
from customers.imports.files import Sample
from customers.imports.guessing import guess_mapping
from customers.imports.kinds import KINDS
from customers.imports.reading import Row
from customers.imports.samples import SAMPLES, sample_file


def sample_rows(kind: Kind) -> tuple[dict[str, Any], ...]:
    """The rows of the kind's sample file as the API would take them; empty cells left out."""
    return _sample_rows(kind.key, timezone.now().date())


@lru_cache(maxsize=100)
def _sample_rows(key: str, today: dt.date) -> tuple[dict[str, Any], ...]:
    kind = KINDS[key]
    if not (SAMPLES / kind.sample).is_file():
        return ()
    text = sample_file(kind, today=today).decode()
    columns, *lines = csv.reader(io.StringIO(text, newline=""))
    sample = Sample(columns, [Row(number, cells) for number, cells in enumerate(lines, start=2)])
    mapping = guess_mapping(kind, sample)
    return tuple(_row(kind, columns, cells, mapping) for cells in lines)


def _row(
    kind: Kind, columns: list[str], cells: list[str], mapping: dict[str, str]
) -> dict[str, Any]:
    reading = ColumnReading("", ZoneInfo("UTC"))
    said = dict(zip(columns, cells, strict=True))
    row: dict[str, Any] = {}
    for field in kind.fields:
        text = said.get(mapping.get(field.name, ""), "").strip()
        if text:
            row[field.name] = as_json(field, field.type.parser(reading)(text))
    if kind.takes_attributes:
        others = {name: text for name, text in said.items() if name not in mapping.values()}
        row[ATTRIBUTES] = {attribute_key(name): text for name, text in others.items() if text}
    return row
