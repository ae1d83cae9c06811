"""What a kind of import is made of. A kind is one small file in customers/imports/kinds.

It lists fields; reading, guessing, the mapping page, staging and the report come with that. What
only it can know are three set-based steps over the staged rows: `check` notes problems,
`compare` says what each row would do, `write` does it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from customers.imports.parsing import (
    BadValue,
    DateOrder,
    DecimalMark,
    currency_parser,
    day_parser,
    decimal_parser,
    shown,
)

if TYPE_CHECKING:
    from customers.imports.staging import Stage

Value = str | date | Decimal
Parser = Callable[[str], Value]


@dataclass(frozen=True)
class ColumnReading:
    """How one column of one file is read."""

    currency: str
    zone: tzinfo
    date_order: DateOrder = DateOrder.DAY_FIRST
    decimal_mark: DecimalMark = DecimalMark.POINT


class FieldType(Protocol):
    """What a field holds: its type in the staging table and how a cell becomes one."""

    @property
    def sql_type(self) -> str: ...

    def parser(self, reading: ColumnReading) -> Parser:
        """Takes stripped, non-empty text; raises BadValue."""
        ...


@dataclass(frozen=True)
class Text:
    maximum: int
    sql_type: str = "text"

    def parser(self, reading: ColumnReading) -> Parser:
        def parse(value: str) -> str:
            if len(value) > self.maximum:
                raise BadValue(
                    f"{shown(value)} has {len(value):,} characters; up to {self.maximum} fit"
                )
            if not value.isprintable():
                value = " ".join(value.split())
                if not value.isprintable():
                    raise BadValue(f"{shown(value)} has control characters")
            return value

        return parse


@dataclass(frozen=True)
class Day:
    sql_type: str = "date"

    def parser(self, reading: ColumnReading) -> Parser:
        return day_parser(reading.date_order, reading.zone)


@dataclass(frozen=True)
class Number:
    """0 and more. `is_money`: a sign or code of the company's currency may stand with it."""

    whole_digits: int
    decimals: int
    is_money: bool = False
    sql_type: str = "numeric"

    def parser(self, reading: ColumnReading) -> Parser:
        return decimal_parser(
            reading.decimal_mark,
            whole_digits=self.whole_digits,
            decimals=self.decimals,
            currency=reading.currency if self.is_money else "",
        )


@dataclass(frozen=True)
class Word:
    """One of a fixed set of words, brought to its key."""

    read: Callable[[str], str]
    sql_type: str = "text"

    def parser(self, reading: ColumnReading) -> Parser:
        return self.read


@dataclass(frozen=True)
class Currency:
    sql_type: str = "text"

    def parser(self, reading: ColumnReading) -> Parser:
        return currency_parser(reading.currency)


@dataclass(frozen=True)
class Email:
    sql_type: str = "text"

    def parser(self, reading: ColumnReading) -> Parser:
        return parse_email


def parse_email(value: str) -> str:
    """An address, of up to 254 characters; raises BadValue."""
    address = value.strip().removeprefix("mailto:")
    try:
        validate_email(address)
    except ValidationError:
        raise BadValue(f"{shown(value)} is not an e-mail address") from None
    if len(address) > 254:
        raise BadValue(f"{shown(value)} is longer than 254 characters")
    return address


@dataclass(frozen=True)
class Field:
    """One thing a row may say.

    `aliases`: what columns of it are called, best first, in plain words between commas.
    """

    name: str
    label: str
    type: FieldType
    help: str
    aliases: str = ""
    is_required: bool = False


@dataclass(frozen=True)
class Kind:
    """See the module. `sample` is a file under customers/samples that imports as is."""

    key: str
    label: str
    noun: str
    description: str
    sample: str
    fields: tuple[Field, ...]
    check: Callable[[Stage], None]
    compare: Callable[[Stage], None]
    write: Callable[[Stage], None]
    takes_attributes: bool = False

    def field(self, name: str) -> Field:
        """Raises KeyError."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    @property
    def required(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.is_required)


ATTRIBUTE = Text(200)
# Segments that are not attributes; an attribute of that name could not be told from them.
RESERVED_ATTRIBUTES = frozenset({"product", "plan"})


def attribute_key(column: str) -> str:
    """The key of the attribute a column becomes: `Contract type` -> `contract_type`.

    Raises BadValue when nothing is left, it is too long or it is reserved.
    """
    key = re.sub(r"\W+", "_", column.strip().lower()).strip("_")
    if not key:
        raise BadValue(f"Column {shown(column)} has no letters or digits to name an attribute by.")
    if len(key) > 63:
        raise BadValue(f"Column {shown(column)} is too long for an attribute; up to 63 characters.")
    if key in RESERVED_ATTRIBUTES:
        raise BadValue(
            f"Column {shown(column)} can't be an attribute: {key} already names a segment made"
            " from subscriptions."
        )
    return key
