"""Sample data: what a new company may look around in before it has data of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenants.models import Company


@dataclass(frozen=True)
class ImportFile:
    """One file to import, as people would. `mapping` is {our field: their column}."""

    kind: str
    name: str
    content: bytes
    mapping: dict[str, str]
    attributes: tuple[str, ...] = field(default=())

    @property
    def rows(self) -> int:
        """Without the header. No cell of ours has a line break in it."""
        return self.content.count(b"\n") - 1


# Gets the company, the day the history ends on and the names of owners of customers; returns the
# files in the order they have to be imported. The same arguments give the same files.
Maker = Callable[["Company", dt.date, Sequence[str]], Sequence[ImportFile]]
_makers: list[Maker] = []
# What higher apps clear away once the sample's facts are gone; each runs in the company's schema.
cleanups: list[Callable[[], None]] = []


def set_maker(maker: Maker) -> None:
    """Registered by csm_portal; the last one counts."""
    _makers[:] = [maker]


def add_cleanup(cleanup: Callable[[], None]) -> None:
    if cleanup not in cleanups:
        cleanups.append(cleanup)


def make_files(company: Company, as_of: dt.date, owners: Sequence[str]) -> Sequence[ImportFile]:
    (maker,) = _makers
    return maker(company, as_of, owners)
