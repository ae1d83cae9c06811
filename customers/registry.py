"""What higher apps show on a customer's page (filled by csm_portal.registries)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from customers.models import Contact, Customer


@dataclass(frozen=True)
class Panel:
    """A card on the customer's page.

    `context` gets the customer and the company's day and returns what `template` (a fragment,
    rendered inside the card) needs, or None to leave the card out. Costs what it queries.
    Panels stand in order of `position`.
    """

    key: str
    title: str
    template: str
    context: Callable[[Customer, dt.date], dict[str, Any] | None]
    position: int = 50


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened, in words. `icon` is a name of portal/icons.svg."""

    on: dt.date
    title: str
    text: str = ""
    icon: str = "dot"
    href: str = ""


# Gets the customer and how many entries are wanted at most; newest first.
TimelineSource = Callable[[Customer, int], Iterable[TimelineEntry]]


@dataclass(frozen=True)
class Erasing:
    """What a higher app holds of a contact, and how it forgets it.

    `erase` gets the contacts of one person (rows as they still are) and does all of it at once,
    in the transaction that erases them; it returns {place in words: how many rows}. `told` says,
    for the page that asks, what will be done: {what: how many}. Costs what they query.
    """

    key: str
    erase: Callable[[Sequence[Contact]], dict[str, int]]
    told: Callable[[Sequence[Contact]], dict[str, int]]


erasings: list[Erasing] = []
# {table: SQL}; see add_merge_rule.
merge_rules: dict[str, str] = {}
panels: list[Panel] = []
timeline_sources: list[TimelineSource] = []


def add_panel(panel: Panel) -> None:
    """Registering the same key twice replaces the panel."""
    panels[:] = sorted(
        [known for known in panels if known.key != panel.key] + [panel],
        key=lambda known: (known.position, known.key),
    )


def add_erasure(erasing: Erasing) -> None:
    """Registering the same key twice replaces it."""
    erasings[:] = [known for known in erasings if known.key != erasing.key] + [erasing]


def add_timeline_source(source: TimelineSource) -> None:
    if source not in timeline_sources:
        timeline_sources.append(source)


def add_merge_rule(table: str, sql: str) -> None:
    """What becomes of a table's rows before they come to point at another customer or contact;
    one that is unique by these must have a rule (customers.actions.merge_steps.RULES says what
    the SQL can use). A second rule for a table replaces the first.
    """
    merge_rules[table] = sql
