"""What a kind of import is made of. A kind is one small file in customers/imports/kinds.

It lists fields; reading, guessing, the mapping page, staging and the report come with that. What
only it can know are three set-based steps over the staged rows: `check` notes problems,
`compare` says what each row would do, `write` does it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.formatting import format_number
from customers.imports.parsing import (
    BadValue,
    DateOrder,
    DecimalMark,
    day_parser,
    decimal_parser,
    instant_parser,
    parse_currency,
    parse_yes_no,
    shown,
)
from customers.wording import within

if TYPE_CHECKING:
    from django.db.models import Model

    from customers.imports.columns import Block
    from customers.imports.staging import Counts, Stage


class Appender(AbstractContextManager["Appender", None], Protocol):
    """Stores rows of a file without staging them; what it leaves is staged. In the run alone: a
    dry run stages all rows."""

    def append(self, block: Block) -> Block | None:
        """Stores rows of a block (customers.imports.columns); returns those to be staged."""
        ...

    def finish(self) -> Counts:
        """After the last block: what became of the rows stored."""
        ...


Value = str | date | datetime | Decimal | bool
Parser = Callable[[str], Value]


@dataclass(frozen=True)
class ColumnReading:
    """How one column of one file is read. `currency` empty: amounts may be in any."""

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


@runtime_checkable
class BlockReader(Protocol):
    """A field type that can tell of many cells at once that its parser takes them as they are."""

    def are_plain(self, cells: Sequence[str]) -> bool:
        """Whether all are, each as it stands in the file. False costs time and nothing else."""
        ...


@dataclass(frozen=True)
class Text:
    maximum: int
    sql_type: str = "text"

    def parser(self, reading: ColumnReading) -> Parser:
        def parse(value: str) -> str:
            if len(value) > self.maximum:
                raise BadValue(
                    _("{value} has {count} characters; up to {maximum} fit").format(
                        value=shown(value), count=format_number(len(value)), maximum=self.maximum
                    )
                )
            if not value.isprintable():
                value = " ".join(value.split())
                if not value.isprintable():
                    raise BadValue(_("{value} has control characters").format(value=shown(value)))
            return value

        return parse


@dataclass(frozen=True, kw_only=True)
class Code(Text):
    """A text of a fixed form, which `read` brings to its usual one; it raises BadValue."""

    read: Callable[[str], str]

    def parser(self, reading: ColumnReading) -> Parser:
        return self.read


@dataclass(frozen=True)
class Day:
    sql_type: str = "date"

    def parser(self, reading: ColumnReading) -> Parser:
        return day_parser(reading.date_order, reading.zone)


@dataclass(frozen=True)
class LongText:
    """Several lines of text; control characters besides line breaks and tabs are taken out."""

    maximum: int
    sql_type: str = "text"

    def parser(self, reading: ColumnReading) -> Parser:
        def parse(value: str) -> str:
            if len(value) > self.maximum:
                raise BadValue(
                    _("{value} has {count} characters; up to {maximum} fit").format(
                        value=shown(value),
                        count=format_number(len(value)),
                        maximum=format_number(self.maximum),
                    )
                )
            lines = value.replace("\r\n", "\n").replace("\r", "\n")
            return "".join(c for c in lines if c in "\n\t" or not _is_control(c))

        return parse


def _is_control(character: str) -> bool:
    """Also half a surrogate pair. Joiners and hard spaces, which are not printable either, stay."""
    return not character.isprintable() and unicodedata.category(character) in {"Cc", "Cs"}


@dataclass(frozen=True)
class Instant:
    """A day and a time. Without an offset: the company's; without a time: the day's beginning."""

    sql_type: str = "timestamptz"

    def parser(self, reading: ColumnReading) -> Parser:
        return instant_parser(reading.date_order, reading.zone)


@dataclass(frozen=True)
class YesNo:
    sql_type: str = "boolean"

    def parser(self, reading: ColumnReading) -> Parser:
        return parse_yes_no


@dataclass(frozen=True)
class Number:
    """0 and more, or `is_signed`. `is_money`: a sign or code of the row's currency may stand
    with it."""

    whole_digits: int
    decimals: int
    is_money: bool = False
    is_signed: bool = False
    sql_type: str = "numeric"

    def parser(self, reading: ColumnReading) -> Parser:
        return decimal_parser(
            reading.decimal_mark,
            whole_digits=self.whole_digits,
            decimals=self.decimals,
            currency=(reading.currency or None) if self.is_money else "",
            is_signed=self.is_signed,
        )


@dataclass(frozen=True)
class Word:
    """One of a fixed set of words, brought to its key. `also`: (key, what else it is called)."""

    read: Callable[[str], str]
    keys: tuple[str, ...]
    sql_type: str = "text"
    also: tuple[tuple[str, str], ...] = ()

    def parser(self, reading: ColumnReading) -> Parser:
        return self.read


def choice(words: dict[str, str], what: str) -> Word:
    """One of a few: {key: what it is also called, between commas}; read without regard to case."""
    key_of = {key.replace("_", " "): key for key in words} | {
        name.strip(): key for key, names in words.items() for name in names.split(",") if name
    }

    def read(value: str) -> str:
        word = " ".join(re.split(r"[\s_\-]+", value.strip().lower()))
        if word not in key_of:
            raise BadValue(
                _("{value} is not {what}, which is one of: {names}").format(
                    value=shown(value), what=_(what), names=", ".join(words)
                )
            )
        return key_of[word]

    return Word(read, tuple(words), also=tuple(words.items()))


@dataclass(frozen=True)
class Currency:
    sql_type: str = "text"

    def parser(self, reading: ColumnReading) -> Parser:
        return parse_currency


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
        raise BadValue(_("{value} is not an e-mail address").format(value=shown(value))) from None
    if len(address) > 254:
        raise BadValue(_("{value} is longer than 254 characters").format(value=shown(value)))
    return address


@dataclass(frozen=True)
class Field:
    """One thing a row may say.

    `aliases`: what columns of it are called, best first, in plain words between commas.
    `unlike`: words that show a column not to be it, however alike its name is.
    `is_known_by_values`: columns of that name often hold something else, so one is it only with
    some of its words. `stand_in`: the field whose column may hold this required one, too.
    """

    name: str
    label: str
    type: FieldType
    help: str
    aliases: str = ""
    is_required: bool = False
    unlike: str = ""
    is_known_by_values: bool = False
    stand_in: str = ""

    @property
    def shown_label(self) -> str:
        """In the language in force, as all that is `shown`."""
        return _(self.label)

    @property
    def shown_help(self) -> str:
        return _(self.help)


@dataclass(frozen=True)
class Origin:
    """Where facts come from that nobody brought in: a page of ours. `label` and `id` are SQL of
    what it is called and of its id, `page` is the name of its route."""

    label: str
    id: str
    page: str


@dataclass(frozen=True)
class Read:
    """How what is held comes out again, one row per fact, under the fields' own names.

    `columns`: SQL per field over `tables` (from FROM on, with the WHERE that leaves out closed
    versions). `id`: SQL of a bigint that grows with new rows, to page by. A file made of these
    columns imports again as unchanged; its rows are in the order of `order` (SQL), without one
    of `id`. `of_id`: the condition over `q` (customers.api.reading) for one external id, `%s`.

    For pages: `customer_id` is SQL of our own id of the customer (empty: the model's, if it has
    one), for which the model's table `f` needs no more than the joins `customer_by` (and the WHERE
    of `tables` is about `f` alone); `version_of` is SQL over `f` of what all versions of one fact
    share (empty: its external id).
    """

    tables: str
    columns: Mapping[str, str]
    id: str = "f.id"
    recorded_at: str = "f.recorded_at"
    source_id: str = "f.source_id"
    order: str = ""
    of_id: str = 'q."external_id" = %s'
    customer_id: str = ""
    customer_by: str = ""
    version_of: str = "f.external_id"
    origin: Origin | None = None


@dataclass(frozen=True)
class Kind:
    """See the module. `sample` is a file under customers/samples that imports as is.

    `remove(stage)` closes (or deletes) the facts whose external ids are staged in
    `import_removal (external_id)`; None where a kind cannot lose facts. `group`: facts (our own
    tables), billing or tools (exports of others; `target` is the kind their rows become).
    `stored`: the kind that they are in the end, where `target` is itself such an export.
    `last_days`: fields whose day may be meant as the last one (Options.end_day).
    `ages`: rows are taken for some time only, so a sample is moved (customers.imports.samples).
    `asks`: which further options (customers.imports.options) a file of it may be read with.
    `rows_by`: the field that tells rows of one external id apart; empty where an id has one row.
    `writes`: further kinds whose facts its rows make or change, besides its own. `carries`: facts
    of every kind may hang on its rows. `takes_all_along`: what is removed takes them along.
    `appender(stage, names of the fields)`: what stores rows that are only ever added, past the
    stage; None where rows of this file must be staged.
    """

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
    read: Read | None = None
    remove: Callable[[Stage], None] | None = None
    model: type[Model] | None = None
    group: str = "facts"
    target: str = ""
    stored: str = ""
    last_days: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    ages: bool = False
    rows_by: str = ""
    writes: tuple[str, ...] = ()
    carries: bool = False
    takes_all_along: bool = False
    appender: Callable[[Stage, Sequence[str]], Appender | None] | None = None

    @property
    def shown_label(self) -> str:
        """In the language in force, as all that is `shown`."""
        return _(self.label)

    @property
    def shown_within(self) -> str:
        """The label as it stands within a sentence."""
        return within(self.label)

    @property
    def shown_noun(self) -> str:
        return _(self.noun)

    @property
    def shown_description(self) -> str:
        return _(self.description)

    def field(self, name: str) -> Field:
        """Raises KeyError."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    @property
    def stored_as(self) -> str:
        """The key of the kind that its rows are stored as: itself, but for a tool's export."""
        return self.stored or self.target or self.key

    @property
    def written(self) -> frozenset[str]:
        """The keys of all kinds whose facts its rows make or change."""
        return frozenset({self.stored_as, *self.writes})

    @property
    def required(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.is_required)


ATTRIBUTE = Text(200)
ATTRIBUTE_PREFIX = "attributes."
# Segments that are not attributes; an attribute of that name could not be told from them.
RESERVED_ATTRIBUTES = frozenset({"product", "plan"})


def attribute_key(column: str) -> str:
    """The key of the attribute a column becomes: `Contract type` and `attributes.contract_type`
    (as our own files call it) -> `contract_type`.

    Raises BadValue when nothing is left, it is too long or it is reserved.
    """
    name = column.strip().lower().removeprefix(ATTRIBUTE_PREFIX)
    key = re.sub(r"\W+", "_", name).strip("_")
    if not key:
        raise BadValue(
            _("Column {value} has no letters or digits to name an attribute by.").format(
                value=shown(column)
            )
        )
    if len(key) > 63:
        raise BadValue(
            _("Column {value} is too long for an attribute; up to 63 characters.").format(
                value=shown(column)
            )
        )
    if key in RESERVED_ATTRIBUTES:
        raise BadValue(
            _(
                "Column {value} can't be an attribute: {key} already names a segment made from "
                "subscriptions."
            ).format(value=shown(column), key=key)
        )
    return key


@dataclass(frozen=True)
class AttributeName:
    """The name of an attribute, brought to its key (`attribute_key`)."""

    sql_type: str = "text"

    def parser(self, reading: ColumnReading) -> Parser:
        return attribute_key
