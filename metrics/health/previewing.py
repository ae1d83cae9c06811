"""What a draft would change: tried on the real customers, from the measures kept of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg.sql import SQL

from metrics.currency import figures_currency
from metrics.health import kept, signals
from metrics.health import recipe as recipes
from metrics.health.applying import in_force, sorted_out
from metrics.health.curves import Floats
from metrics.health.measuring import measure
from metrics.health.paid import paid_in
from metrics.health.recipe import Recipe
from metrics.health.scoring import Band, score
from metrics.health.signals.signal import Signal
from metrics.models import HealthModel, HealthVersion
from tenants.models import Company

MOST_CUSTOMERS = 100_000
"""Of more, as many are taken as a sample."""
MOST_MEASURED = 2_000
"""Where a signal has to be measured first, the sample is this large."""

BINS = 20
LARGEST = 10
BANDS = (Band.GREEN, Band.AMBER, Band.RED)
NONE = len(BANDS)
"""The number of the band of who has no score."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Side:
    """Before or after: customers by band (`bands` as BANDS, `without` a score), the mean score
    (None: nobody has one), and how many scores are in each of BINS equal steps from 0 to 100."""

    bands: tuple[int, ...]
    without: int
    mean: float | None
    histogram: tuple[int, ...]

    @property
    def scored(self) -> int:
        return sum(self.bands)


@dataclass(frozen=True, slots=True)
class Mover:
    """A customer whose band would be another; `mrr` in the currency that figures are in, 0 where
    they are in none."""

    customer: int
    mrr: float
    score_before: float | None
    score_after: float | None
    before: Band | None
    after: Band | None


@dataclass(frozen=True)
class Preview:
    """`customers`: whom the model is for; `of`: how many of them this is made of. `unmeasured`:
    signals that were measured for it, hence the sample. `moves`: by band before and band after
    (None: no score), how many go that way. `largest`: of those whose band changes, by MRR."""

    customers: int
    of: int
    unmeasured: Sequence[Signal]
    before: Side
    after: Side
    moves: dict[tuple[Band | None, Band | None], int]
    largest: Sequence[Mover]

    @property
    def is_sample(self) -> bool:
        return self.of < self.customers

    @property
    def changed(self) -> int:
        return sum(count for (was, now), count in self.moves.items() if was != now)


@dataclass(frozen=True)
class _Tried:
    """Scores of `customers`, NaN: none, and the numbers of their bands."""

    scores: Floats
    bands: Numbers


def preview(model: HealthModel, draft: Recipe, *, company: Company, today: dt.date) -> Preview:
    """What publishing `draft` would change for whom the model is for.

    Those are who it was for when they were last scored; of a model that is not in force yet, who
    it would be for. A few queries, one or two that read a row per customer.
    """
    known = signals.known()
    count, blocks = _blocks(model, known, today)
    missing = [
        known[key] for key in draft.keys if any(key not in keys for keys, _ in blocks) or not blocks
    ]
    blocks = _sampled(blocks, MOST_MEASURED if missing else MOST_CUSTOMERS)
    customers = np.concatenate([block.customers for _, block in blocks] or [_no_ids()])
    before = _before(blocks, known)
    measures = _measures(blocks, draft, missing, company, today)
    after = _tried(measures, draft)
    moves = np.zeros((NONE + 1, NONE + 1), dtype=np.int64)
    np.add.at(moves, (before.bands, after.bands), 1)
    return Preview(
        customers=count,
        of=len(customers),
        unmeasured=missing,
        before=_side(before),
        after=_side(after),
        moves={
            (_band(was), _band(now)): int(moves[was, now])
            for was in range(NONE + 1)
            for now in range(NONE + 1)
            if moves[was, now]
        },
        largest=_largest(customers, before, after, company, today),
    )


_Keyed = tuple[list[str], kept.Block]
"""The signals of a block's columns, and it."""


def _blocks(
    model: HealthModel, known: dict[str, Signal], today: dt.date
) -> tuple[int, list[_Keyed]]:
    """Whom the model is for: how many, and what is kept of them; NaN of who was never scored."""
    applied = [one.model for one in in_force(known)]
    if model in applied:
        blocks = kept.of_model(model.pk)
        if blocks:
            return sum(len(block.customers) for block in blocks), _keyed(blocks, known)
    else:
        applied = sorted([*applied, model], key=lambda one: (one.position, one.pk))
    ids = sorted_out(applied, today).get(model.pk, [])
    blocks = kept.of_customers(ids)
    keyed = _keyed(blocks, known)
    held = np.concatenate([block.customers for block in blocks] or [_no_ids()])
    never = np.setdiff1d(np.array(ids, dtype=np.int64), held)
    if len(never):
        keyed.append(([], kept.Block(0, never, np.empty((len(never), 0)))))
    return len(ids), keyed


def _keyed(blocks: Sequence[kept.Block], known: dict[str, Signal]) -> list[_Keyed]:
    recipe_of = _recipes([block.version for block in blocks], known)
    return [(recipe_of[block.version].keys, block) for block in blocks]


def _recipes(versions: Sequence[int], known: dict[str, Signal]) -> dict[int, Recipe]:
    held = HealthVersion.objects.in_bulk(versions)
    return {number: recipes.read(version.recipe, known) for number, version in held.items()}


def _sampled(blocks: Sequence[_Keyed], most: int) -> list[_Keyed]:
    """At most so many customers, evenly spread over each block."""
    count = sum(len(block.customers) for _, block in blocks)
    if count <= most:
        return list(blocks)
    taken = []
    for keys, block in blocks:
        size = len(block.customers)
        rows = np.unique(np.linspace(0, size - 1, num=size * most // count).astype(int))
        taken.append((keys, kept.Block(block.version, block.customers[rows], block.values[rows])))
    return taken


def _measures(
    blocks: Sequence[_Keyed],
    draft: Recipe,
    missing: Sequence[Signal],
    company: Company,
    today: dt.date,
) -> Floats:
    """The draft's signals of all blocks' customers: those kept, and `missing` ones measured."""
    found = np.full((sum(len(block.customers) for _, block in blocks), len(draft.keys)), np.nan)
    asked = [(int(one), today) for _, block in blocks for one in block.customers]
    fresh = measure(asked, missing, timezone=company.timezone)
    measured = {signal.key: column for column, signal in enumerate(missing)}
    first = 0
    for keys, block in blocks:
        rows = slice(first, first + len(block.customers))
        first = rows.stop
        for column, key in enumerate(draft.keys):
            if key in measured:
                found[rows, column] = fresh.values[rows, measured[key]]
            elif key in keys:
                found[rows, column] = block.values[:, keys.index(key)]
    return found


def _before(blocks: Sequence[_Keyed], known: dict[str, Signal]) -> _Tried:
    """The scores as they were last given, each by its own version."""
    recipe_of = _recipes([block.version for _, block in blocks], known)
    tried = []
    for _, block in blocks:
        recipe = recipe_of.get(block.version)
        if recipe is None:  # never scored
            count = len(block.customers)
            tried.append(_Tried(np.full(count, np.nan), np.full(count, NONE)))
        else:
            tried.append(_tried(block.values, recipe))
    if not tried:
        return _Tried(np.empty(0), _no_ids())
    return _Tried(
        np.concatenate([one.scores for one in tried]), np.concatenate([one.bands for one in tried])
    )


def _tried(measures: Floats, recipe: Recipe) -> _Tried:
    scores = score(measures, recipe).score
    shown = np.rint(scores)
    bands = np.select(
        [np.isnan(scores), shown >= recipe.green_from, shown >= recipe.amber_from],
        [NONE, BANDS.index(Band.GREEN), BANDS.index(Band.AMBER)],
        BANDS.index(Band.RED),
    ).astype(np.int64)
    return _Tried(scores, bands)


def _side(tried: _Tried) -> Side:
    counts = np.bincount(tried.bands, minlength=NONE + 1)
    scores = tried.scores[~np.isnan(tried.scores)]
    histogram, _ = np.histogram(scores, bins=BINS, range=(0, 100))
    return Side(
        bands=tuple(map(int, counts[:NONE])),
        without=int(counts[NONE]),
        mean=float(scores.mean()) if len(scores) else None,
        histogram=tuple(map(int, histogram)),
    )


def _largest(
    customers: kept.Ids, before: _Tried, after: _Tried, company: Company, today: dt.date
) -> list[Mover]:
    rows = np.flatnonzero(before.bands != after.bands)
    if not len(rows):
        return []
    mrr = _mrr(customers[rows].tolist(), company, today)
    row_of = {int(customers[row]): int(row) for row in rows}
    chosen = sorted(row_of, key=lambda one: (-mrr.get(one, 0.0), one))[:LARGEST]
    return [
        Mover(
            one,
            mrr.get(one, 0.0),
            _number(before.scores[row_of[one]]),
            _number(after.scores[row_of[one]]),
            _band(int(before.bands[row_of[one]])),
            _band(int(after.bands[row_of[one]])),
        )
        for one in chosen
    ]


def _mrr(customers: Sequence[int], company: Company, today: dt.date) -> dict[int, float]:
    """In the currency that figures are in; nothing where they are in none."""
    currency = figures_currency(company)
    query = SQL("WITH {paid} SELECT customer_id, mrr FROM paid").format(paid=paid_in(currency))
    with connection.cursor() as cursor:
        cursor.execute(
            query, {"customers": list(customers), "today": today, **currency.parameters(today)}
        )
        return {customer: float(mrr) for customer, mrr in cursor.fetchall()}


def _no_ids() -> kept.Ids:
    return np.empty(0, dtype=np.int64)


def _band(number: int) -> Band | None:
    return None if number == NONE else BANDS[number]


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
