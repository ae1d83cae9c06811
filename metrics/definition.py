"""What a metric's file in `metrics/definitions/` states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext_noop

from metrics import counted
from metrics.contributions.rows import Cell, Measure, Sums
from metrics.estimates import Estimator
from metrics.options import Option, Options, choose
from metrics.units import Unit
from metrics.words import said, said_by_readers


class Direction(StrEnum):
    """Which way is good; the words the pages' components take."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = ""


class Question(StrEnum):
    """What somebody wants to know who looks at the metric. Groups the index, in this order."""

    STAYING = gettext_noop("Are we keeping customers?")
    REVENUE = gettext_noop("Are we growing?")
    WINNING = gettext_noop("Is it worth it?")
    LIKING = gettext_noop("Are they happy?")
    USING = gettext_noop("Do they use it?")
    HELPING = gettext_noop("Do we answer fast?")

    @property
    def words(self) -> str:
        """In the reader's language."""
        return said(self.value)


CONTRACTS = frozenset({"subscriptions", "pauses"})
"""The kinds of facts that MRR comes from."""


@said_by_readers("words")
@dataclass(frozen=True, kw_only=True)
class Scale:
    """A rate brought to another length of time: `apply(rate, days of the period)`."""

    words: str
    apply: Callable[[float, int], float]


@said_by_readers("title", "words")
@dataclass(frozen=True)
class Note:
    """What a definition leaves open, and how it is read here. `title` begins the sentence, or is
    one of its own with its full stop; `words` are Markdown."""

    title: str
    words: str

    @property
    def text(self) -> str:
        return self.words


@said_by_readers("no_interval")
@dataclass(frozen=True, kw_only=True)
class Computation:
    """A metric with its options chosen: the rows, what their sums make, and its last step.

    `numerator_unit` and `denominator_unit` say what the amounts are (None: not shown), and
    `parts_unit` what the parts are, `part_units` those that are something else. `unit`: of the
    value, where the options make it another than the metric's. `is_divided`: without a
    denominator there is no value. `interval`: its kind, where the estimate is none of
    `metrics.estimates`; `no_interval`: why there is none, where the kind of value has none.
    `also_reads`: kinds of facts that the options add to the metric's `reads`. `words`: the formula
    with the numbers of its sums, where it is no plain quotient. `shown`: the sums as they are
    shown, where parts of many names stand together; of each period by itself.
    """

    measure: Measure
    estimate: Estimator
    numerator_unit: Unit = Unit.COUNT
    denominator_unit: Unit | None = Unit.COUNT
    parts_unit: Unit = Unit.COUNT
    part_units: Mapping[str, Unit] = field(default_factory=dict)
    unit: Unit | None = None
    is_divided: bool = True
    scale: Scale | None = None
    interval: str = ""
    no_interval: str = ""
    words: Callable[[Sums], str] | None = None
    also_reads: frozenset[str] = frozenset()
    shown: Callable[[Mapping[Cell, Sums]], dict[Cell, Sums]] | None = None

    @property
    def formula(self) -> str:
        """The measure's, in the reader's language."""
        return said(self.measure.formula)

    def unit_of(self, part: str) -> Unit:
        """What the part of that name counts in."""
        return self.part_units.get(part, self.parts_unit)

    def row_unit_of(self, part: str) -> Unit:
        """What the part of that name counts in among those of a row."""
        return self.part_units.get(part, self.measure.row_unit)


@said_by_readers("name", "formula", "source", "help")
@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric as docs/metrics.md defines it; its words are in the reader's language.

    `formula`: the default's, in words. `version` goes up when the same facts come to mean
    another number. `splits`: what its own facts can be split by, beside customers' attributes.
    `notes`: how it is read; those that several metrics share stand in `metrics.readings`.
    `reads`: the kinds of facts it is made from, as the change feed names them (None: any); what
    segments are made from is not among them. `n_label`: the word behind so many of what n counts,
    in the reader's language. `looks_ahead`: by kind, for how many days
    after a period its facts still count in it, where they do; None: without end. `row_page`: the
    route of the page that a customer's row leads to, where that is not the customer's own; it
    takes the customer's id, and `?on=` the period's last day.
    """

    key: str
    name: str
    question: Question
    unit: Unit
    direction: Direction
    formula: str
    source: str
    compute: Callable[[Options], Computation]
    options: tuple[Option, ...] = ()
    splits: tuple[str, ...] = ()
    reads: frozenset[str] | None = None
    looks_ahead: Mapping[str, int | None] = field(default_factory=dict)
    n_label: Callable[[int], str] = counted.customers
    version: int = 1
    help: str = ""
    notes: tuple[Note, ...] = ()
    row_page: str = ""

    def choose(self, given: Options) -> dict[str, str]:
        """Every option with the given or default value; OptionError says what is allowed."""
        return choose(self.options, given)
