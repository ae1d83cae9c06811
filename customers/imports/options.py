"""How a file is to be read where the file itself does not say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from customers.imports.parsing import DateOrder, DecimalMark


class EndDay(StrEnum):
    """What an end date means."""

    FIRST_WITHOUT = "first_without"
    LAST = "last"


@dataclass(frozen=True)
class Options:
    """`date_order` and `decimal_mark` None: found from each column, asked for when open."""

    date_order: DateOrder | None = None
    decimal_mark: DecimalMark | None = None
    end_day: EndDay = EndDay.FIRST_WITHOUT

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Options:
        """Raises ValueError for a value that is none of the choices."""
        return cls(
            date_order=DateOrder(stored["date_order"]) if stored.get("date_order") else None,
            decimal_mark=(
                DecimalMark(stored["decimal_mark"]) if stored.get("decimal_mark") else None
            ),
            end_day=EndDay(stored.get("end_day") or EndDay.FIRST_WITHOUT),
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "date_order": self.date_order,
            "decimal_mark": self.decimal_mark,
            "end_day": self.end_day,
        }
