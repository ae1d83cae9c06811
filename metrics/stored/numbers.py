"""Numbers as they are kept, and as values have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from metrics.estimates import Number
from metrics.units import Unit


def as_kept(number: Number | None) -> Decimal | None:
    """A float by its shortest digits, which read back as the same float."""
    if number is None or isinstance(number, Decimal):
        return number
    return Decimal(repr(number))


def as_read(held: Decimal | None, unit: Unit) -> Number | None:
    """Money and counts exact, all else a float."""
    is_exact = unit is Unit.MONEY or unit is Unit.COUNT
    return held if is_exact or held is None else float(held)


class KeptParts(Mapping[str, Decimal]):
    """Parts of a value by name, each made a number when somebody asks for it: whoever only writes
    them down takes their `texts`."""

    __slots__ = ("texts",)

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    def __getitem__(self, name: str) -> Decimal:
        return Decimal(self.texts[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)

    def __repr__(self) -> str:
        return repr(self.texts)


def columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    """For unnest: a list of each column."""
    return [list(column) for column in zip(*rows, strict=True)]
