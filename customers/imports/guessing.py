"""Which column holds which field: a proposal from the names in the header and the first values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC
from functools import partial

from customers.imports.fields import (
    ATTRIBUTE_PREFIX,
    Day,
    Email,
    Field,
    Instant,
    Kind,
    Number,
    Word,
    parse_email,
)
from customers.imports.files import Sample
from customers.imports.kinds import KINDS
from customers.imports.parsing import (
    BadValue,
    DateOrder,
    DecimalMark,
    parse_day,
    parse_decimal,
)
from tenants.spelling import german_letters

_SHARE_THAT_MUST_FIT = 0.8
_SHARE_THAT_TELLS = 0.4
_WORDS = re.compile(r"[^0-9a-z]+")
# What names of amounts say of their interval.
_INTERVALS = {
    "year": re.compile(
        r"\b(annual(ly)?|yearly|per year|year|p a|arr|acv|jahres\w*|jaehrlich\w*"
        r"|pro jahr|jaar\w*|per jaar)\b"
    ),
    "quarter": re.compile(r"\b(quarter(ly)?|quartals\w*|pro quartal|kwartaal\w*)\b"),
    "week": re.compile(r"\b(week(ly)?|woechentlich\w*|wekelijks\w*)\b"),
}
# Amounts of these names are for all units, and say their interval themselves.
_WHOLE = re.compile(
    r"\b(mrr|arr|acv|recurring revenue|annual contract value|(annual|yearly|monthly) (value|amount)"
    r"|(jahres|monats)(betrag|wert|umsatz)|monatlicher betrag|gesamt\w*|(jaar|maand)bedrag)\b"
)
_PER_UNIT = {"quantity", "interval"}
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def plain(name: str) -> str:
    """`AccountNo`, `account_no` and `Account no.` are all `account no`; `Währung` is `waehrung`."""
    return _WORDS.sub(" ", german_letters(_HUMPS.sub(" ", name))).strip()


def guess_mapping(kind: Kind, sample: Sample) -> dict[str, str]:
    """{field: column} for the fields a column was found for. A column is used once, or also for a
    required field that has none (Field.stand_in), where its values all differ. An amount
    that is named as the whole is taken as it is: no column multiplies it or says its interval."""
    mapping = _named(kind, sample)
    if _WHOLE.search(plain(mapping.get("amount", ""))):
        mapping = {name: column for name, column in mapping.items() if name not in _PER_UNIT}
    for field in kind.required:
        column = mapping.get(field.stand_in)
        if field.name not in mapping and column is not None:
            values = sample.values(column)
            if values and len(set(values)) == len(values):
                mapping[field.name] = column
    return mapping


def guess_options(kind: Kind, mapping: dict[str, str]) -> dict[str, str]:
    """As Import.options: the interval that the name of the amounts' column tells."""
    if "interval" not in kind.asks:
        return {}
    name = plain(mapping.get("amount", ""))
    found = next((key for key, words in _INTERVALS.items() if words.search(name)), "")
    return {"interval": found} if found else {}


def fit(kind: Kind, sample: Sample) -> float:
    """How well the columns explain the kind: its required fields found, and the share of columns
    (0 to 1) that are its fields."""
    mapping = _named(kind, sample)
    found = sum(field.name in mapping for field in kind.required)
    points = sum(_points(kind.field(name), column) for name, column in mapping.items())
    return found + points / len(sample.columns)


def _named(kind: Kind, sample: Sample) -> dict[str, str]:
    """{field: column}; each column is used once.

    First the names that are known exactly, best ones first over all fields; then names that hold
    a known one; then, for required fields, what the values look like.
    """
    mapping: dict[str, str] = {}
    free = list(sample.columns)

    def take(field: Field, column: str) -> None:
        mapping[field.name] = column
        free.remove(column)

    for _, field, alias in _aliases(kind):
        column = next((c for c in free if plain(c) == alias), None)
        if field.name in mapping or column is None:
            continue
        # A required field of that name is it, however bad its values are.
        if field.is_required or _share_that_fits(field, sample, column) > 0:
            take(field, column)
    for _, field, alias in _aliases(kind):
        column = next((c for c in free if _holds(field, alias, plain(c))), None)
        if field.name not in mapping and column is not None and _fits(field, sample, column):
            take(field, column)
    for field in kind.required:
        if field.name not in mapping and _content_test(field) is not None:
            fitting = [c for c in free if sample.values(c) and _fits(field, sample, c)]
            if len(fitting) == 1:
                take(field, fitting[0])
    return mapping


def _holds(field: Field, alias: str, name: str) -> bool:
    """The column's plain name has the alias in it, and nothing that speaks against."""
    return (
        len(alias) > 3
        and f" {alias} " in f" {name} "
        and not any(words and words in name for words in field.unlike.split(", "))
    )


def guess_kind(sample: Sample, file_name: str = "") -> Kind | None:
    """The kind whose fields explain the file's columns best; None when none does well.

    A kind is out unless each required field has a column. A column counts fully when it is named
    as the field, nearly so by another known name, half when its name only holds one.
    """
    words = f" {plain(file_name.rsplit('.', 1)[0])} "
    scored = []
    for position, kind in enumerate(KINDS.values()):
        mapping = _named(kind, sample)
        if any(field.name not in mapping for field in kind.required):
            continue
        points = sum(_points(kind.field(name), column) for name, column in mapping.items())
        share = points / len(sample.columns)
        first = kind.required[0] if kind.required else kind.fields[0]
        if kind.target and _points(first, mapping.get(first.name, "")) == 1:
            share += 0.05  # a tool's own name for its id is a sign of the tool
        if f" {plain(kind.key)} " in words or f" {plain(kind.label)} " in words:
            share += 0.3
        scored.append((share, -position, kind))
    best = max(scored, default=None, key=lambda item: item[:2])
    return best[2] if best is not None and best[0] >= _SHARE_THAT_TELLS else None


def _points(field: Field, column: str) -> float:
    name = plain(column)
    if name in {plain(field.name), plain(field.label)}:
        return 1.0
    return 0.8 if name in field.aliases.split(", ") else 0.5


def guess_attributes(kind: Kind, sample: Sample, mapping: dict[str, str]) -> list[str]:
    """Columns that are called attributes, or look like them: few values, each of them often, none
    long."""
    if not kind.takes_attributes:
        return []
    return [
        column
        for column in sample.columns
        if column not in mapping.values()
        and (column.lower().startswith(ATTRIBUTE_PREFIX) or _repeats(sample.values(column)))
    ]


def _repeats(values: Sequence[str]) -> bool:
    different = set(values)
    return 0 < len(different) <= min(20, max(2, len(values) // 3)) and all(
        len(value) <= 60 for value in different
    )


def _aliases(kind: Kind) -> list[tuple[int, Field, str]]:
    """(rank, field, alias), the best name of each field before the second best of any."""
    found = [
        (rank, field, alias)
        for field in kind.fields
        for rank, alias in enumerate([plain(field.name), *field.aliases.split(", ")])
    ]
    return sorted(found, key=lambda item: item[0])


def _fits(field: Field, sample: Sample, column: str) -> bool:
    return _share_that_fits(field, sample, column) >= _SHARE_THAT_MUST_FIT


def _share_that_fits(field: Field, sample: Sample, column: str) -> float:
    """How many of the column's values could be the field's; 1 for an empty column."""
    test = _content_test(field)
    values = sample.values(column, 50)
    if test is None or not values:
        return 1.0
    return sum(map(test, values)) / len(values)


def _content_test(field: Field) -> Callable[[str], bool] | None:
    match field.type:
        case Day() | Instant():
            return _is_day
        case Number():
            return _is_number
        case Email():
            return _is_email
        case Word(read=read) if field.is_known_by_values:
            return partial(_parses, read)
        case _:
            return None


def _is_day(value: str) -> bool:
    return any(_parses(partial(parse_day, order=order, zone=UTC), value) for order in DateOrder)


def _is_number(value: str) -> bool:
    return any(_parses(partial(parse_decimal, mark=mark), value) for mark in DecimalMark)


def _is_email(value: str) -> bool:
    return _parses(parse_email, value)


def _parses(parse: Callable[[str], object], value: str) -> bool:
    try:
        parse(value)
    except BadValue:
        return False
    return True
