"""What can be chosen about a metric. Typed and checked: an unknown choice says what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from metrics.words import said_by_readers

Options = Mapping[str, str]
LONGEST_TEXT = 200


class OptionError(ValueError):
    """An option or its value is not known. `str()` says what is allowed."""


@said_by_readers("label", "why")
@dataclass(frozen=True)
class Choice:
    """One value an option can take, what it means, and why it gives another number."""

    value: str
    label: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers an option can take, both ends included; whole ones only, unless `places`."""

    low: int
    high: int
    places: int = 0

    @property
    def allowed(self) -> str:
        words = (
            _("a number with up to {places} decimals from {low} to {high}")
            if self.places
            else _("a whole number from {low} to {high}")
        )
        return words.format(places=self.places, low=self.low, high=self.high)

    @property
    def step(self) -> str:
        """For a field of a form."""
        return f"{Decimal(1).scaleb(-self.places):f}"

    def read(self, text: str) -> str:
        """The number in its shortest form. Raises ValueError."""
        try:
            number = Decimal(text) if len(text) < 20 else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or not self.low <= number <= self.high:
            raise ValueError(text)
        if number != round(number, self.places):
            raise ValueError(text)
        return f"{number.normalize():f}" if number else "0"


@said_by_readers("label")
@dataclass(frozen=True)
class Option:
    """A choice to make: one of `choices`, of which the first is the default; or, with `numbers`,
    a number, or, with `is_text`, any text, whose default is the only choice given."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    numbers: Numbers | None = None
    is_text: bool = False

    @property
    def default(self) -> str:
        return self.choices[0].value

    @property
    def allowed(self) -> str:
        if self.numbers is not None:
            return self.numbers.allowed
        if self.is_text:
            return _("a text of up to {count} characters").format(count=LONGEST_TEXT)
        allowed = ", ".join(choice.value for choice in self.choices)
        return _("one of {allowed}").format(allowed=allowed)

    def read(self, text: str) -> str:
        """The value that `text` stands for. Raises OptionError, which says what is allowed."""
        try:
            if self.numbers is not None:
                return self.numbers.read(text)
            if self.is_text:
                return _text(text)
            return next(choice.value for choice in self.choices if choice.value == text)
        except (StopIteration, ValueError):
            words = _("{name} must be {allowed}; got {given}.")
            raise OptionError(
                words.format(name=self.name, allowed=self.allowed, given=text)
            ) from None

    def is_allowed(self, text: str) -> bool:
        try:
            self.read(text)
        except OptionError:
            return False
        return True


def _text(text: str) -> str:
    """Raises ValueError on what is too long, or what the database cannot hold."""
    if len(text) > LONGEST_TEXT or "\x00" in text:
        raise ValueError(text)
    return text


def choose(options: Sequence[Option], given: Options) -> dict[str, str]:
    """A value for each of `options`: the given one, else the default.

    Raises OptionError on a name or value that is not known.
    """
    known = {option.name: option for option in options}
    for name in given:
        if name not in known:
            allowed = ", ".join(known) or _("none")
            words = _("There is no option {name}; this metric's options: {allowed}.")
            raise OptionError(words.format(name=name, allowed=allowed))
    return {
        name: option.read(given[name]) if name in given else option.default
        for name, option in known.items()
    }
