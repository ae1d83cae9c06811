"""Values as people write them, read per column."""

from customers.imports.parsing.dates import (
    ORDER_LABELS,
    DateEvidence,
    DateOrder,
    day_parser,
    parse_day,
)
from customers.imports.parsing.decimals import (
    MARK_LABELS,
    DecimalEvidence,
    DecimalMark,
    decimal_parser,
    parse_decimal,
)
from customers.imports.parsing.errors import BadValue, shown
from customers.imports.parsing.words import CURRENCIES, currency_parser, parse_interval

__all__ = [
    "CURRENCIES",
    "MARK_LABELS",
    "ORDER_LABELS",
    "BadValue",
    "DateEvidence",
    "DateOrder",
    "DecimalEvidence",
    "DecimalMark",
    "currency_parser",
    "day_parser",
    "decimal_parser",
    "parse_day",
    "parse_decimal",
    "parse_interval",
    "shown",
]
