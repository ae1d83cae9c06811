"""Terms as billing has them, which subscription they belong to, and how they meet held ones."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from customers.billing.spans import Stretch

OPEN = dt.date.max
# As customers.imports.kinds.terms, which cannot be imported from below the kinds.
DEFAULT_PRODUCT = "Subscription"
LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class BilledTerm:
    """A term of the subscription `external_id`; `ends_on` None: open."""

    external_id: str
    product: str
    plan: str
    starts_on: dt.date
    ends_on: dt.date | None
    quantity: Decimal
    amount: Decimal
    interval: str
    currency: str


def named(subscription: str, stretches: Iterable[Stretch]) -> list[BilledTerm]:
    """Terms of the stretches, under ids that do not overlap.

    A plan runs as long as its stretches touch. A run is under the subscription's own id when that
    is free for all of it, the earliest first; a plan beside it is under `<subscription>:<plan>`.
    """
    runs: dict[str, list[list[Stretch]]] = defaultdict(list)
    for stretch in sorted(stretches, key=lambda one: (one.plan, one.starts_on)):
        mine = runs[stretch.plan]
        if mine and mine[-1][-1].ends_on == stretch.starts_on:
            mine[-1].append(stretch)
        else:
            mine.append([stretch])
    ordered = sorted(
        (run for mine in runs.values() for run in mine),
        key=lambda run: (run[0].starts_on, run[0].plan),
    )
    terms: list[BilledTerm] = []
    taken_until = dt.date.min
    for run in ordered:
        is_free = run[0].starts_on >= taken_until
        if is_free:
            taken_until = run[-1].ends_on or OPEN
        external_id = subscription if is_free else id_of(subscription, run[0].plan)
        terms += [_term(external_id, stretch) for stretch in run]
    return sorted(terms, key=lambda term: (term.external_id, term.starts_on))


def id_of(subscription: str, plan: str) -> str:
    """The id of a plan that runs beside another one of the subscription."""
    external_id = f"{subscription}:{plan or 'other'}"
    if len(external_id) <= LONGEST_ID:
        return external_id
    digest = hashlib.sha256(external_id.encode()).hexdigest()[:16]
    return f"{external_id[: LONGEST_ID - 17]}:{digest}"


def _term(external_id: str, stretch: Stretch) -> BilledTerm:
    return BilledTerm(
        external_id,
        stretch.product,
        stretch.plan,
        stretch.starts_on,
        stretch.ends_on,
        stretch.price.quantity,
        stretch.price.amount,
        stretch.price.interval,
        stretch.currency,
    )


def kept_beside(
    held: Sequence[BilledTerm], starts_on: dt.date, ends_on: dt.date | None
) -> list[BilledTerm]:
    """What stays of held terms when something better is known from day to day."""
    kept = []
    for term in held:
        if term.starts_on < starts_on:
            ends = starts_on if (term.ends_on or OPEN) > starts_on else term.ends_on
            kept.append(replace(term, ends_on=ends))
        if ends_on is not None and (term.ends_on or OPEN) > ends_on:
            kept.append(replace(term, starts_on=max(term.starts_on, ends_on)))
    return kept
