"""What higher apps show on a customer's page (filled by csm_portal.registries)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from accounts.models import User
from customers.looking import Look, TimelineEntry
from customers.models import Contact, Customer

__all__ = ["Look", "TimelineEntry"]


@dataclass(frozen=True)
class Panel:
    """A card on the customer's page.

    `context` gets the customer and the company's day and returns what `template` (a fragment,
    rendered inside the card) needs, or None to leave the card out. Costs what it queries; it is
    not asked where the customer has none of `kinds` (of facts), if those are said. Panels stand in
    order of `position`.
    """

    key: str
    title: str
    template: str
    context: Callable[[Customer, dt.date], dict[str, Any] | None]
    position: int = 50
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Concern:
    """Something that matters now about a customer, in a sentence without its full stop. The
    weightiest (0 to 100) lead the page."""

    weight: float
    text: str
    href: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure of the headline of a customer's page.

    `context` as in Panel; `template` is one `stat`. `concerns` says what matters out of that
    context, `plain` the figure for programs. Costs what `context` queries.
    """

    key: str
    template: str
    context: Callable[[Customer, dt.date], dict[str, Any] | None]
    concerns: Callable[[dict[str, Any]], Iterable[Concern]]
    plain: Callable[[dict[str, Any]], dict[str, Any]]
    position: int = 50


@dataclass(frozen=True)
class TimelineSource:
    """What a higher app puts on a customer's timeline: entries of `kinds`
    (customers.looking.KINDS), those that the look wants (customers.looking.Look)."""

    key: str
    kinds: frozenset[str]
    entries: Callable[[Customer, Look], Iterable[TimelineEntry]]


@dataclass(frozen=True)
class ContactWord:
    """Something about a contact, beside the name: `tone` as of badges."""

    text: str
    tone: str = "neutral"
    href: str = ""


# Gets contacts; says for each, by id, what is known. Costs a few queries, however many they are.
ContactWords = Callable[[Sequence[Contact]], Mapping[int, Sequence[ContactWord]]]


@dataclass(frozen=True)
class Erasing:
    """What a higher app holds of a contact, and how it forgets it.

    `erase` gets the contacts of one person (rows as they still are) and does all of it at once,
    in the transaction that erases them; it returns {place in words: how many rows it changed}. It
    is done again, with the addresses as they were, for what others were storing meanwhile: twice
    is harmless. `told` says, for the page that asks, what will be done: {what: how many}. Costs
    what they query.
    """

    key: str
    erase: Callable[[Sequence[Contact]], dict[str, int]]
    told: Callable[[Sequence[Contact]], dict[str, int]]


@dataclass(frozen=True)
class Beside:
    """The customers before and after one in a list; None at its ends."""

    previous: Customer | None = None
    next: Customer | None = None


@dataclass(frozen=True)
class CustomerList:
    """A list that customers are opened from: an app above has the figures that they are listed by.

    `route` names its page. `beside` says who stands next to a customer in the list that a query
    string of that page shows a user; nobody where it could not be asked for so. Costs a few
    queries, however long the list is.
    """

    key: str
    label: str
    route: str
    beside: Callable[[Customer, str, User], Beside]


@dataclass(frozen=True)
class NextStep:
    """What a new company does next: a label, and where."""

    label: str
    href: str


erasings: list[Erasing] = []
customer_lists: dict[str, CustomerList] = {}
# The page that answers /customers/.
customer_pages: list[Callable[[HttpRequest], HttpResponseBase]] = []
# What a new company does after an import, by the kind of facts it brought; None where it has all
# it needs. Costs a query.
next_steps: list[Callable[[str], NextStep | None]] = []
# {table: SQL}; see add_merge_rule.
merge_rules: dict[str, str] = {}
panels: list[Panel] = []
figures: list[Figure] = []
timeline_sources: list[TimelineSource] = []
contact_words: list[ContactWords] = []


def add_panel(panel: Panel) -> None:
    """Registering the same key twice replaces the panel."""
    panels[:] = sorted(
        [known for known in panels if known.key != panel.key] + [panel],
        key=lambda known: (known.position, known.key),
    )


def set_customer_page(page: Callable[[HttpRequest], HttpResponseBase]) -> None:
    """The last one set counts."""
    customer_pages[:] = [page]


def set_next_step(step: Callable[[str], NextStep | None]) -> None:
    """The last one set counts."""
    next_steps[:] = [step]


def add_customer_list(listed: CustomerList) -> None:
    """Registering the same key twice replaces the list."""
    customer_lists[listed.key] = listed


def add_erasure(erasing: Erasing) -> None:
    """Registering the same key twice replaces it."""
    erasings[:] = [known for known in erasings if known.key != erasing.key] + [erasing]


def add_figure(figure: Figure) -> None:
    """Registering the same key twice replaces the figure."""
    figures[:] = sorted(
        [known for known in figures if known.key != figure.key] + [figure],
        key=lambda known: (known.position, known.key),
    )


def add_timeline_source(source: TimelineSource) -> None:
    """Registering the same key twice replaces the source."""
    others = [known for known in timeline_sources if known.key != source.key]
    timeline_sources[:] = [*others, source]


def add_contact_words(words: ContactWords) -> None:
    if words not in contact_words:
        contact_words.append(words)


def add_merge_rule(table: str, sql: str) -> None:
    """What becomes of a table's rows before they come to point at another customer or contact;
    one that is unique by these must have a rule (customers.actions.merge_steps.RULES says what
    the SQL can use). A second rule for a table replaces the first.
    """
    merge_rules[table] = sql
