"""Every plain sum over the ledger in one pass: stored values are made from it.

A metric alone asks for what it needs (`Rate.sums`, `Standing.sums`, `Flows.sums`). Where many are
made together, `sweep` makes the rows that they share once and adds all of them up in one
statement; a frame that carries the result (`Frame.swept`) answers these measures without another
look at the ledger, with the same sums. Measures of the ledger with rows of their own
(`rows.of_ledger`) are added to it by their sums (`sums`), those that are curves by their tallies
(metrics.contributions.tallies), which read other facts of customers too.

All of it adds up over customers: what a change of some customers made is their sweep after it less
their sweep before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from psycopg.sql import SQL, Identifier, Literal

from metrics.contributions import relations, tallies
from metrics.contributions.frame import WHOLE, Dimension, Frame
from metrics.contributions.rows import (
    NOTHING,
    Cell,
    Measure,
    Sums,
    exactly,
    of_ledger,
    part_names,
)
from metrics.contributions.tallies import Tallied, tallied

if TYPE_CHECKING:
    from metrics.contributions.rate import Rate
    from metrics.contributions.segments import Text
    from metrics.periods import Period

FIRST_DAY = date.min
"""Stands for the time before the first border."""

BALANCES = ("customers", "mrr", "squares", "ever", "kept")
PAYING = BALANCES[:3]
"""Those of who pays."""

TRANSFER = "flow:transfer:"
"""Between segments: nothing to the total, which has none."""

Key = tuple[str, date, str]
"""(component, first day of the period, segment; '' is the total). The components:

| component | its amounts |
|---|---|
| `flow:kind:turn` | of entries: how many, then what they change of BALANCES |
| `movers` | customers with entries in MRR, and with entries that make or end a customer |
| `moved` | rows of `moved` |
| `gone` | PAYING at the opening of who moved, where it was then |
| `rate:...` | n, y, x, yy, xy, xx of a rate's rows of `moved` |
| `sums:...` | n, y, x, yy, xy, xx of another measure's rows |
| `sums:...:part` | the part of them that is called so |
| `times:...` | a tally, see metrics.contributions.tallies |
"""
Amounts = tuple[Decimal, ...]

FLOWS = SQL("""
    SELECT 'flow:' || kind || ':' || coalesce(turn, '') AS component,
        width_bucket(day, %(borders)s::date[]) AS period, segment,
        ARRAY[count(*), {balances}]::numeric[] AS amounts
    FROM entry GROUP BY kind, turn, 2, segment
    UNION ALL
    SELECT 'movers', period, segment,
        ARRAY[count(*) FILTER (WHERE in_mrr), count(*) FILTER (WHERE in_customers)]::numeric[]
    FROM (
        SELECT width_bucket(day, %(borders)s::date[]) AS period, segment, customer_id,
            bool_or(amount <> 0) AS in_mrr, bool_or(is_paying <> was_paying) AS in_customers
        FROM entry WHERE day >= %(first)s
        GROUP BY 1, 2, 3
    ) AS mover
    GROUP BY period, segment
    UNION ALL
    SELECT 'gone', period, opening_segment, ARRAY[{gone}]::numeric[] FROM moved GROUP BY 2, 3
    {rated} {moving}
""")
RATED = SQL("""
    UNION ALL
    SELECT {name}, period, segment, ARRAY[count(*) {sums}]::numeric[] FROM {source} GROUP BY 2, 3
""")
# Of the total, from a split whose rows are one for each customer and period.
MOVING = SQL("""
    UNION ALL
    SELECT 'movers', period, '',
        ARRAY[count(*) FILTER (WHERE in_mrr), count(*) FILTER (WHERE in_customers)]::numeric[]
    FROM moved GROUP BY period
""")


def component_of(measure: Measure) -> str:
    """Names what a rate adds up over who moved, the same for the same SQL; or any other measure
    over its rows."""
    from metrics.contributions.rate import Rate  # which asks here

    if isinstance(measure, Rate):
        return _named("rate", f"{measure.numerator}|{measure.denominator}|{measure.is_money}")
    return _named(tallies.PREFIX if tallied(measure) else "sums", repr(measure))


def _named(what: str, text: str) -> str:
    return f"{what}:{sha256(text.encode()).hexdigest()[:20]}"


@dataclass
class Swept:
    """Sums by component, period and segment, of one dimension.

    `borders`: of the periods swept. `measures`: the components of those that were. Keys without
    rows are not there.
    """

    dimension: Dimension
    borders: list[date]
    measures: frozenset[str] = frozenset()
    cells: dict[Key, Amounts] = field(default_factory=dict)

    def changed_by(self, delta: Mapping[Key, Amounts]) -> Swept:
        """The same with `delta` added."""
        cells = dict(self.cells)
        for key, amounts in delta.items():
            held = cells.get(key)
            add = tallies.added if is_tally(key) else _added
            cells[key] = amounts if held is None else add(held, amounts)
            if not any(cells[key]):
                del cells[key]
        return Swept(self.dimension, self.borders, self.measures, cells)

    def has(self, measure: Measure) -> bool:
        return component_of(measure) in self.measures

    def covers(self, periods: Sequence[Period]) -> bool:
        """Whether these periods are among those swept."""
        ends = dict(zip(self.borders, self.borders[1:], strict=False))
        return all(ends.get(period.start) == period.end for period in periods)

    def only(self, component: str) -> Swept:
        """Of a single component."""
        cells = {key: amounts for key, amounts in self.cells.items() if key[0] == component}
        return replace(self, cells=cells)

    @cached_property
    def standing(self) -> dict[str, dict[date, Amounts]]:
        """Of each segment with entries: its balances at each border, in the order of BALANCES."""
        changes: dict[str, dict[date, Amounts]] = defaultdict(dict)
        for (component, day, segment), amounts in self.cells.items():
            if component.startswith("flow:"):
                so_far = changes[segment].get(day, _ZEROS)
                changes[segment][day] = _added(so_far, amounts)
        return {
            segment: _running(by_day, self.borders)
            for segment, by_day in changes.items()
            if any(amounts[0] for amounts in by_day.values())
        }

    def balances(self, columns: Sequence[str], borders: Sequence[date]) -> dict[Cell, Sums]:
        """Sums out of these columns of what stands at each border; the first is cell -1."""
        found: dict[Cell, Sums] = {}
        for segment, by_border in self.standing.items():
            for number, border in enumerate(borders, start=-1):
                amounts = _chosen(by_border[border], columns)
                found[number, segment or None] = _sum(amounts)
        return found

    def flows(
        self, periods: Sequence[Period], *, is_count: bool
    ) -> dict[Cell, tuple[int, dict[str, Decimal]]]:
        """By cell: how many customers moved, and signed MRR by kind or customers by turn."""
        numbers = {period.start: number for number, period in enumerate(periods)}
        found: dict[Cell, tuple[int, dict[str, Decimal]]] = {}
        for (component, day, segment), amounts in self.cells.items():
            if component == "movers" and day in numbers and amounts[is_count]:
                found[numbers[day], segment or None] = (int(amounts[is_count]), {})
        for (component, day, segment), amounts in self.cells.items():
            if not component.startswith("flow:") or day not in numbers:
                continue
            _, kind, turn = component.split(":")
            name, amount = (turn, amounts[1]) if is_count else (kind, amounts[2])
            if amount:
                by_name = found[numbers[day], segment or None][1]
                by_name[name] = by_name.get(name, NOTHING) + amount
        return found

    def begun(self, periods: Sequence[Period]) -> dict[Cell, tuple[Decimal, Decimal]]:
        """By cell: how many customers had their first ever MRR, and how much."""
        numbers = {period.start: number for number, period in enumerate(periods)}
        found: dict[Cell, tuple[Decimal, Decimal]] = {}
        for (component, day, segment), amounts in self.cells.items():
            if component.startswith("flow:new:") and day in numbers:
                cell = (numbers[day], segment or None)
                count, mrr = found.get(cell, (NOTHING, NOTHING))
                found[cell] = (count + amounts[1], mrr + amounts[2])
        return found

    def rate(self, rate: Rate, periods: Sequence[Period]) -> dict[Cell, Sums]:
        """As `Rate.sums` gives it, of this dimension's segments."""
        from metrics.contributions.rate import columns_of_sums  # which asks here

        y, x = rate.settled_numerator, rate.settled_denominator
        columns = columns_of_sums(y, x, with_products=rate.is_money)
        found: dict[Cell, Sums] = {}
        for number, period in enumerate(periods):
            for segment, by_border in self.standing.items():
                gone = self.cells.get(("gone", period.start, segment), _ZEROS[: len(PAYING)])
                settled = _chosen(_less(by_border[period.start][: len(PAYING)], gone), columns)
                found[number, segment or None] = _sum(settled)
        component = component_of(rate)
        starts = {period.start: number for number, period in enumerate(periods)}
        for name, day, segment in self.cells:
            if name == "moved" and day in starts:
                cell = (starts[day], segment or None)
                amounts = self.cells.get((component, day, segment), (NOTHING,) * 6)
                found[cell] = _sum(amounts, found.get(cell))
        return found

    def sums(self, measure: Measure, periods: Sequence[Period]) -> dict[Cell, Sums]:
        """Of a measure that is no rate, of this dimension's segments. Further parts by name."""
        component = component_of(measure)
        numbers = {period.start: number for number, period in enumerate(periods)}
        parts: dict[Cell, dict[str, Decimal]] = defaultdict(
            lambda: dict.fromkeys(part_names(measure), NOTHING)
        )
        found: dict[Cell, Amounts] = {}
        for name, day, segment in sorted(key for key in self.cells if key[0].startswith(component)):
            if day in numbers:
                cell = (numbers[day], segment or None)
                amounts = self.cells[name, day, segment]
                if name == component:
                    found[cell] = amounts
                else:
                    parts[cell][name[len(component) + 1 :]] = amounts[0]
        return {
            cell: replace(_sum(found.get(cell, _NO_SUMS)), parts=parts[cell])
            for cell in found.keys() | parts.keys()
        }

    def tallies(self, measure: Tallied, periods: Sequence[Period]) -> dict[Cell, tallies.Tally]:
        """Of a measure that is made of them, of this dimension's segments."""
        component = component_of(measure)
        numbers = {period.start: number for number, period in enumerate(periods)}
        return {
            (numbers[day], segment or None): tallies.rows(amounts)
            for (name, day, segment), amounts in self.cells.items()
            if name == component and day in numbers
        }


_NO_SUMS: Amounts = (NOTHING,) * 6
_ZEROS: Amounts = (NOTHING,) * (1 + len(BALANCES))


def is_tally(key: Key) -> bool:
    """Whether the amounts are a tally."""
    return key[0].startswith(f"{tallies.PREFIX}:")


def _added(one: Amounts, other: Amounts) -> Amounts:
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _less(one: Amounts, other: Amounts) -> Amounts:
    return tuple(a - b for a, b in zip(one, other, strict=True))


def _chosen(balances: Amounts, columns: Sequence[str]) -> list[Decimal]:
    """Of BALANCES those named, 0 for ''."""
    return [balances[BALANCES.index(name)] if name else NOTHING for name in columns]


def _running(by_day: Mapping[date, Amounts], borders: Sequence[date]) -> dict[date, Amounts]:
    """Balances at each border: what every period before it changed, added up."""
    found: dict[date, Amounts] = {}
    so_far = by_day.get(FIRST_DAY, _ZEROS)
    for border in borders:
        found[border] = so_far[1:]
        so_far = _added(so_far, by_day.get(border, _ZEROS))
    return found


def _sum(amounts: Sequence[Decimal], so_far: Sums | None = None) -> Sums:
    """Of n, y, x, yy, xy and xx, added to what there is."""
    n, y, x, yy, xy, xx = amounts
    one = so_far or Sums()
    return Sums(one.n + int(n), one.y + y, one.x + x, one.yy + yy, one.xy + xy, one.xx + xx)


def sums(measure: Measure, frame: Frame) -> dict[Cell, Sums]:
    """`measure.sums`, from what is at hand where that has them."""
    with exactly():
        whole, split = frame.whole().at_hand, frame.at_hand
        if not (of_ledger(measure) or tallied(measure)) or not (whole and whole.has(measure)):
            return measure.sums(frame)
        if not (split and split.has(measure)):
            return measure.sums(frame)
        if tallied(measure):
            told = whole.tallies(measure, frame.periods) | split.tallies(measure, frame.periods)
            return measure.of_tallies(told, frame)
        found = whole.sums(measure, frame.periods) | split.sums(measure, frame.periods)
        for number in range(len(frame.periods)):
            nothing = dict.fromkeys(part_names(measure), NOTHING)
            found.setdefault((number, None), Sums(parts=nothing))
        return found


def sweep(
    frame: Frame, dimensions: Sequence[Dimension], measures: Sequence[Measure]
) -> dict[Dimension, Swept]:
    """The sums of each dimension alone; of the frame's customers, if it names some."""
    from metrics.contributions.rate import Rate  # which asks here

    rates = [measure for measure in measures if isinstance(measure, Rate)]
    components = frozenset(map(component_of, measures))
    found = {one: Swept(one, frame.borders, components) for one in dimensions}
    telling = next((one for one in dimensions if one.is_of_customers), None)
    for one, swept in found.items():
        if one != WHOLE or telling is None:
            split = replace(frame, dimension=one)
            swept.cells = _sweep_rates(split, rates, tells_total=one == telling)
    if telling is not None:
        total = _taken_total(found[telling].cells)
        if WHOLE in found:
            found[WHOLE].cells = total
    add_rows(found, frame, [measure for measure in measures if not isinstance(measure, Rate)])
    return found


def _taken_total(cells: dict[Key, Amounts]) -> dict[Key, Amounts]:
    """The total that a split tells; what it has of the total alone is taken out of it."""
    found = {key: cells.pop(key) for key in list(cells) if not key[2]}
    for (component, day, _), amounts in cells.items():
        if component != "movers" and not component.startswith(TRANSFER):
            held = found.get((component, day, ""))
            found[component, day, ""] = amounts if held is None else _added(held, amounts)
    return {key: amounts for key, amounts in found.items() if any(amounts)}


def add_rows(found: Mapping[Dimension, Swept], frame: Frame, measures: Sequence[Measure]) -> None:
    """Add what measures with rows of their own have in each dimension to what is there of it."""
    # A split tells totals as well; one of customers does so without another look.
    splits = sorted((one for one in found if one != WHOLE), key=lambda one: not one.is_of_customers)
    for measure in measures:
        for number, one in enumerate(splits or found):
            cells = _cells(measure, replace(frame, dimension=one))
            found[one].cells |= cells[one == WHOLE]
            if number == 0 and WHOLE in found:
                found[WHOLE].cells |= cells[True]


def _cells(measure: Measure, frame: Frame) -> dict[bool, dict[Key, Amounts]]:
    """What there is of a measure's sums, in the frame's dimension (False) and in total (True)."""
    component, borders = component_of(measure), frame.borders
    found: dict[bool, dict[Key, Amounts]] = {True: {}, False: {}}
    if tallied(measure):
        for (number, segment), tally in measure.tallies(frame).items():
            if tally:
                key = (component, borders[number], segment or "")
                found[segment is None][key] = tallies.flat(tally)
        return found
    for (number, segment), one in sums(measure, frame).items():
        at = (borders[number], segment or "")
        made: dict[Key, Amounts] = {
            (f"{component}:{name}", *at): (part,) for name, part in one.parts.items()
        }
        made[component, *at] = (Decimal(one.n), one.y, one.x, one.yy, one.xy, one.xx)
        found[segment is None] |= {key: amounts for key, amounts in made.items() if any(amounts)}
    return found


def _sweep_rates(frame: Frame, rates: Sequence[Rate], *, tells_total: bool) -> dict[Key, Amounts]:
    """All but what measures with rows of their own add. `tells_total`: with what the total has
    that its segments do not add up to."""
    from metrics.contributions.rate import GONE_COLUMNS  # which asks here

    used = {component_of(rate): rate for rate in rates}
    columns = {GONE_COLUMNS[name][1] for name in PAYING}
    columns |= {name for rate in used.values() for name in rate.columns}
    columns |= {"in_mrr", "in_customers"} if tells_total else set()
    more: dict[str, Sequence[Text]] = {}
    read_from: dict[str, list[str]] = {"moved": []}
    for name, rate in used.items():
        before, source = rate.joined(frame)
        more[source.as_string()] = before
        read_from.setdefault(source.as_string(), []).append(name)
    query = relations.query(
        relations.entries(frame),
        relations.moved(frame, columns),
        *(relation for before in more.values() for relation in before),
        select=FLOWS.format(
            balances=SQL(", ").join(relations.FLOW_COLUMNS[name] for name in BALANCES),
            gone=SQL(", ").join(GONE_COLUMNS[name][0] for name in PAYING),
            rated=SQL(" ").join(
                RATED.format(
                    name=Literal(f"rated:{source}"),
                    sums=SQL(" ").join(
                        SQL(f", {text}") for one in names for text in _sums_of(used[one])
                    ),
                    source=Identifier(source),
                )
                for source, names in read_from.items()
            ),
            moving=MOVING if tells_total else SQL(""),
        ),
    )
    borders = frame.borders
    found: dict[Key, Amounts] = {}
    for component, period, segment, amounts in frame.fetch(query):
        if frame.dimension == WHOLE and component.startswith(TRANSFER):
            continue
        day = borders[period - 1] if period else FIRST_DAY
        made = {component: tuple(amounts)}
        if component.startswith("rated:"):
            names = enumerate(read_from[component.removeprefix("rated:")])
            made = {name: tuple(amounts[1 + 6 * one : 7 + 6 * one]) for one, name in names}
            made["moved"] = (amounts[0],)
        found |= {(name, day, segment): one for name, one in made.items() if any(one)}
    return found


def _sums_of(rate: Rate) -> list[str]:
    """SQL of n, y, x, yy, xy, xx over `moved`. PostgreSQL makes equal sums once."""
    y, x = f"({rate.numerator})", f"({rate.denominator})"
    products = [f"{y} * {y}", f"{x} * {y}", f"{x} * {x}"] if rate.is_money else []
    sums = [f"sum({one})" for one in (y, x, *products)]
    return [f"count(*) FILTER (WHERE {x} <> 0)", *sums, *["0"] * (5 - len(sums))]


def difference(after: Swept, before: Swept) -> dict[Key, Amounts]:
    """What changed, and only what did."""
    delta: dict[Key, Amounts] = {}
    for key in after.cells.keys() | before.cells.keys():
        new, old = after.cells.get(key), before.cells.get(key)
        if new != old and is_tally(key):
            delta[key] = tallies.less(new or (), old or ())
        elif new != old:
            zeros = (NOTHING,) * len(new or old or ())
            delta[key] = _less(new or zeros, old or zeros)
    return delta
