"""Amounts as people write them: `1.234,56`, `1,234.56`, `1 234,56 €`, `(12.00)`.

Which of point and comma is the decimal mark is a property of a whole column, as the order of
dates is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.imports.parsing.errors import BadValue, shown
from customers.imports.parsing.words import take_currency_off


class DecimalMark(StrEnum):
    POINT = "."
    COMMA = ","


MARK_LABELS = {
    DecimalMark.POINT: gettext_noop("point (1,234.56)"),
    DecimalMark.COMMA: gettext_noop("comma (1.234,56)"),
}
_NOT_WRITTEN = {
    DecimalMark.POINT: gettext_noop("{value} is not a number with a decimal point"),
    DecimalMark.COMMA: gettext_noop("{value} is not a number with a decimal comma"),
}
_OTHER = {DecimalMark.POINT: DecimalMark.COMMA, DecimalMark.COMMA: DecimalMark.POINT}

# Spaces and apostrophes that stand between thousands, brought to one space.
_SPACERS = str.maketrans(dict.fromkeys("\t\u00a0\u202f\u2009'\u2019", " "))
_SPACED = re.compile(r"[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?\Z")
_NUMBER = re.compile(r"[0-9.,]*[0-9][0-9.,]*\Z")
_DIGITS = re.compile(r"[0-9]+\Z")
_GROUPED = {
    mark: re.compile(rf"[0-9]{{1,3}}(?:{re.escape(other)}[0-9]{{3}})+\Z")
    for mark, other in _OTHER.items()
}


@dataclass
class DecimalEvidence:
    """What a column's values say about its decimal mark."""

    point_example: str = ""
    comma_example: str = ""
    open_example: str = ""

    def feed(self, value: str) -> None:
        """Takes one value into account; what is no number says nothing."""
        bare = _bare(value)
        if not _NUMBER.match(bare.digits):
            return
        mark = _mark_in(bare)
        if mark is DecimalMark.POINT:
            self.point_example = self.point_example or value
        elif mark is DecimalMark.COMMA:
            self.comma_example = self.comma_example or value
        elif "." in bare.digits or "," in bare.digits:
            self.open_example = self.open_example or value

    @property
    def mark(self) -> DecimalMark | None:
        """The column's decimal mark, or None where it must be asked for (see `question`)."""
        if self.question:
            return None
        return DecimalMark.COMMA if self.comma_example else DecimalMark.POINT

    @property
    def question(self) -> str:
        """Why the mark must be asked for; empty when it need not be."""
        if self.point_example and self.comma_example:
            return _("{point} has a decimal point and {comma} a decimal comma").format(
                point=shown(self.point_example), comma=shown(self.comma_example)
            )
        if self.open_example and not (self.point_example or self.comma_example):
            point = parse_decimal(self.open_example, DecimalMark.POINT)
            comma = parse_decimal(self.open_example, DecimalMark.COMMA)
            return _("{value} can be read as {point:f} or as {comma:f}").format(
                value=shown(self.open_example), point=point, comma=comma
            )
        return ""


def parse_decimal(value: str, mark: DecimalMark) -> Decimal:
    """The number `value` writes with `mark` as its decimal mark; raises BadValue.

    Takes currency signs and codes off, spaces and apostrophes between thousands, and reads
    parentheses as minus. Never NaN or infinity; no exponents.
    """
    bare = _bare(value)
    other = _OTHER[mark]
    if not _NUMBER.match(bare.digits):
        raise BadValue(_("{value} is not a number; write it as 1234.50").format(value=shown(value)))
    whole, found, fraction = bare.digits.partition(mark)
    is_odd = (
        other in fraction
        or mark in fraction
        or (found and not fraction)
        or (other in whole and (bare.is_spaced or not _GROUPED[mark].match(whole)))
    )
    if is_odd:
        raise BadValue(_(_NOT_WRITTEN[mark]).format(value=shown(value)))
    whole = whole.replace(other, "") or "0"
    if not _DIGITS.match(whole) or len(whole) + len(fraction) > 60:
        raise BadValue(_("{value} is not a number that can be stored").format(value=shown(value)))
    number = Decimal(f"{whole}.{fraction}") if fraction else Decimal(whole)
    return -number if bare.is_negative else number


def decimal_parser(
    mark: DecimalMark,
    *,
    whole_digits: int,
    decimals: int,
    currency: str | None = "",
    is_signed: bool = False,
) -> Callable[[str], Decimal]:
    """A parser for one column of numbers that fit the digits given; of 0 and more, or signed.

    With `currency`, a sign or code of another one is refused; with none ('') any sign is; None
    takes any.
    """
    limit = Decimal(10) ** whole_digits
    step = Decimal(1).scaleb(-decimals)

    @lru_cache(maxsize=20_000)
    def parse(value: str) -> Decimal:
        named = _bare(value).currencies
        if named and currency is not None and currency not in named:
            if not currency:
                raise BadValue(_("{value} is not a plain number").format(value=shown(value)))
            raise BadValue(
                _("{value} is not an amount in {currency}").format(
                    value=shown(value), currency=currency
                )
            )
        number = parse_decimal(value, mark)
        if number < 0 and not is_signed:
            raise BadValue(
                _("{value} is negative; it must be 0 or more").format(value=shown(value))
            )
        if abs(number) >= limit:
            raise BadValue(
                _("{value} is too large; up to {whole_digits} digits are taken").format(
                    value=shown(value), whole_digits=whole_digits
                )
            )
        if number % step:
            raise BadValue(
                _("{value} has more than {decimals} decimals").format(
                    value=shown(value), decimals=decimals
                )
            )
        return number

    return parse


@dataclass(frozen=True)
class _Bare:
    """A number without its signs and currency. `is_spaced`: spaces stood between thousands."""

    digits: str
    is_negative: bool
    is_spaced: bool
    currencies: frozenset[str]


def _bare(value: str) -> _Bare:
    text = value.strip()
    is_negative = False
    if text.startswith("(") and text.endswith(")"):
        is_negative, text = True, text[1:-1].strip()
    text, currencies = take_currency_off(text)
    for minus in ("-", "\N{MINUS SIGN}"):
        if text.startswith(minus) or text.endswith(minus):
            is_negative, text = True, text.removeprefix(minus).removesuffix(minus).strip()
            # "-€ 12": the sign stood before the currency.
            text, named_inside = take_currency_off(text)
            currencies |= named_inside
            break
    text = text.removeprefix("+").translate(_SPACERS)
    is_spaced = _SPACED.match(text) is not None
    digits = text.replace(" ", "") if is_spaced else text
    return _Bare(digits, is_negative, is_spaced, currencies)


def _mark_in(bare: _Bare) -> DecimalMark | None:
    """The mark the digits can only have, None when they have none or both would do."""
    digits = bare.digits
    points, commas = digits.count("."), digits.count(",")
    if not points and not commas:
        return None
    if points and commas:
        return DecimalMark.POINT if digits.rindex(".") > digits.rindex(",") else DecimalMark.COMMA
    if points > 1 or commas > 1:
        return DecimalMark.COMMA if points else DecimalMark.POINT
    mark = DecimalMark.POINT if points else DecimalMark.COMMA
    whole, _, fraction = digits.partition(mark)
    could_be_thousands = (
        len(fraction) == 3
        and 1 <= len(whole) <= 3
        and not whole.startswith("0")
        and not bare.is_spaced
    )
    return None if could_be_thousands else mark
