"""What can be chosen about a metric. Typed and checked: an unknown choice says what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Options = Mapping[str, str]


class OptionError(ValueError):
    """An option or its value is not known. `str()` says what is allowed."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value an option can take, what it means, and why it gives another number."""

    value: str
    label: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """A choice to make; the first of `choices` is the default."""

    name: str
    label: str
    choices: tuple[Choice, ...]

    @property
    def default(self) -> str:
        return self.choices[0].value

    @property
    def allowed(self) -> list[str]:
        return [choice.value for choice in self.choices]


def choose(options: Sequence[Option], given: Options) -> dict[str, str]:
    """A value for each of `options`: the given one, else the default.

    Raises OptionError on a name or value that is not known.
    """
    known = {option.name: option for option in options}
    for name, value in given.items():
        if name not in known:
            allowed = ", ".join(known) or "none"
            raise OptionError(f"There is no option {name}; this metric's options: {allowed}.")
        if value not in known[name].allowed:
            allowed = ", ".join(known[name].allowed)
            raise OptionError(f"{name} must be one of {allowed}; got {value}.")
    return {name: given.get(name, option.default) for name, option in known.items()}
