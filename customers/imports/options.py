"""How a file is to be read where the file itself does not say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from customers.imports.parsing import DateOrder, DecimalMark
from customers.mrr import FACTORS

LONGEST_GAP = 60


class EndDay(StrEnum):
    """What an end date means. FOUND: what the rows show (customers.imports.kinds.term_ends)."""

    FIRST_WITHOUT = "first_without"
    LAST = "last"
    FOUND = "found"


@dataclass(frozen=True)
class Options:
    """`date_order` and `decimal_mark` None: found from each column, asked for when open.

    `gap_days` None: the company's setting. These three are for kinds that ask for them
    (Kind.asks): how many days apart invoiced periods are still one, whether contacts that are not
    known are made, and what an amount is for where its row does not say (a key of FACTORS; '': what
    its contract has, else a month).
    """

    date_order: DateOrder | None = None
    decimal_mark: DecimalMark | None = None
    end_day: EndDay = EndDay.FIRST_WITHOUT
    gap_days: int | None = None
    is_making_contacts: bool = False
    interval: str = ""

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Options:
        """Raises ValueError for a value that is none of the choices."""
        gap_days = stored.get("gap_days")
        if gap_days is not None and not 0 <= int(gap_days) <= LONGEST_GAP:
            raise ValueError(f"gap_days is from 0 to {LONGEST_GAP}.")
        interval = stored.get("interval") or ""
        if interval and interval not in FACTORS:
            raise ValueError(f"interval is one of {', '.join(FACTORS)}.")
        return cls(
            date_order=DateOrder(stored["date_order"]) if stored.get("date_order") else None,
            decimal_mark=(
                DecimalMark(stored["decimal_mark"]) if stored.get("decimal_mark") else None
            ),
            end_day=EndDay(stored.get("end_day") or EndDay.FIRST_WITHOUT),
            gap_days=None if gap_days is None else int(gap_days),
            is_making_contacts=bool(stored.get("is_making_contacts")),
            interval=interval,
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "date_order": self.date_order,
            "decimal_mark": self.decimal_mark,
            "end_day": self.end_day,
            "gap_days": self.gap_days,
            "is_making_contacts": self.is_making_contacts,
            "interval": self.interval,
        }
