"""Values as people write them, read per column."""

from customers.imports.parsing.dates import (
    ORDER_LABELS,
    DateEvidence,
    DateOrder,
    day_parser,
    instant_parser,
    parse_day,
    parse_instant,
)
from customers.imports.parsing.decimals import (
    MARK_LABELS,
    DecimalEvidence,
    DecimalMark,
    decimal_parser,
    parse_decimal,
)
from customers.imports.parsing.errors import BadValue, shown
from customers.imports.parsing.words import (
    CURRENCIES,
    parse_currency,
    parse_interval,
    parse_yes_no,
)

__all__ = [
    "CURRENCIES",
    "MARK_LABELS",
    "ORDER_LABELS",
    "BadValue",
    "DateEvidence",
    "DateOrder",
    "DecimalEvidence",
    "DecimalMark",
    "day_parser",
    "decimal_parser",
    "instant_parser",
    "parse_currency",
    "parse_day",
    "parse_decimal",
    "parse_instant",
    "parse_interval",
    "parse_yes_no",
    "shown",
]
