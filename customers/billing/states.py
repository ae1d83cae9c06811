"""What a billing system says of its subscriptions: who pays what, from when it is known to.

A row is one item (a price) of one subscription, in the state it is in from `known_from` on. From
that day on the subscription's rows take the place of what is held; before it what is held stays,
and where nothing is held, the first state holds back to `starts_on`.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.billing.pauses import pauses_differ, stage_pauses, write_pauses
from customers.billing.periods import Price, interval_price
from customers.billing.spans import Stretch, add_up
from customers.billing.staging import (
    Change,
    Held,
    change,
    check_customers,
    check_subscriptions,
    chunks,
    completed,
    fetch,
    held_terms,
    stage_changes,
    stage_families,
)
from customers.billing.terms import OPEN, BilledTerm, kept_beside, named
from customers.billing.words import INTERVAL
from customers.billing.writing import write_customers, write_subscriptions, write_terms
from customers.imports.fields import Currency, Day, Field, Kind, Number, Text, YesNo
from customers.imports.staging import Stage
from customers.wording import in_sql


@dataclass(frozen=True, slots=True)
class State:
    """A staged row. `discount_share` of 0 to 1 and `discount_amount` per interval lower the price
    until `discount_ends_on`, if given."""

    product: str
    plan: str
    quantity: Decimal
    amount: Decimal
    interval: str
    currency: str
    discount_percent: Decimal | None
    discount_amount: Decimal | None
    discount_ends_on: dt.date | None
    known_from: dt.date
    starts_on: dt.date
    ends_on: dt.date | None
    paused_on: dt.date | None
    resumes_on: dt.date | None
    is_paying: bool

    def price(self, *, is_discounted: bool) -> Price:
        count, _, unit = self.interval.partition(" ")
        share = Fraction()
        if is_discounted:
            due = Fraction(self.amount) * Fraction(self.quantity)
            share = Fraction(self.discount_percent or 0) / 100
            if self.discount_amount and due:
                share += Fraction(self.discount_amount) / due
        return interval_price(
            self.amount, self.quantity, unit, int(count), min(max(share, Fraction()), Fraction(1))
        )


def stretches_of(state: State, starts_on: dt.date) -> Iterator[Stretch]:
    """When the item is paid, and how much: from `starts_on`, without pauses, by discount."""
    ends_on = state.ends_on or OPEN
    if not state.is_paying:
        return
    paused = (state.paused_on or OPEN, state.resumes_on or OPEN)
    for first, last in ((starts_on, min(ends_on, paused[0])), (max(starts_on, paused[1]), ends_on)):
        border = min(max(state.discount_ends_on or OPEN, first), last)
        for begin, end, is_discounted in ((first, border, True), (border, last, False)):
            price = state.price(is_discounted=is_discounted)
            if begin < end and price.monthly > 0:
                until = None if end == OPEN else end
                yield Stretch(state.plan, state.product, state.currency, begin, until, price)


def terms_of_states(
    subscription: str, states: Sequence[State], held: Sequence[BilledTerm]
) -> list[BilledTerm]:
    """What the subscription's terms are to be, see the module."""
    known_from = min(state.known_from for state in states)
    has_past = any(term.starts_on < known_from for term in held)
    stretches = [
        stretch
        for state in states
        for stretch in stretches_of(
            state,
            state.known_from
            if has_past or state.known_from > known_from
            else min(state.starts_on, known_from),
        )
    ]
    kept = kept_beside(held, known_from, None) if has_past else []
    return [*kept, *(completed(term) for term in named(subscription, _one_each(stretches)))]


def _one_each(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Two items of one plan at once are one, in their sum (Stripe refuses them; others do not)."""
    groups: dict[str, list[Stretch]] = defaultdict(list)
    for stretch in stretches:
        groups[stretch.plan].append(stretch)
    return [one for group in groups.values() for one in add_up(group)]


def check(stage: Stage) -> None:
    stage.execute("ALTER TABLE import_row ADD COLUMN subscription text")
    stage.execute(
        """
        UPDATE import_row SET subscription = external_id, product = coalesce(product, ''),
               plan = coalesce(plan, ''), quantity = coalesce(quantity, 1),
               amount = coalesce(amount, 0), "interval" = coalesce("interval", '1 month'),
               currency = coalesce(currency, %s), is_paying = coalesce(is_paying, true),
               known_from = greatest(coalesce(known_from, starts_on), starts_on)
        """,
        [stage.currency],
    )
    check_customers(stage)
    check_subscriptions(stage)
    stage.note(
        "ends_on",
        value="r.ends_on",
        message=in_sql(
            _("it ends on {ends_on}, before its start on {starts_on}"),
            ends_on="r.ends_on",
            starts_on="r.starts_on",
        ),
        found="FROM import_row r WHERE r.ends_on < r.starts_on",
    )
    stage.note(
        "amount",
        value="r.amount",
        message=in_sql(_("the amount times the quantity is too large")),
        found="FROM import_row r WHERE r.amount * r.quantity >= 10 ^ 18",
    )
    stage.drop_bad_rows()
    stage_families(stage, "SELECT subscription, customer FROM import_row")
    for first, last in chunks(stage):
        stage_changes(*_changes(stage, first, last))
    stage_pauses(stage)


def _changes(
    stage: Stage, first: int, last: int
) -> tuple[dict[tuple[str, str], Change], dict[BilledTerm, int]]:
    """What changes, and the sources of terms that stay from elsewhere.

    What this very source told before (a webhook: a file is a source of its own) is told anew by
    the rows, back from the beginning; so its events may come in any order.
    """
    states: dict[tuple[str, str], list[State]] = defaultdict(list)
    for family, customer, *state in fetch(
        """
        SELECT r.subscription, r.customer, r.product, r.plan, r.quantity, r.amount, r."interval",
               r.currency, r.discount_percent, r.discount_amount, r.discount_ends_on,
               r.known_from, r.starts_on, r.ends_on, r.paused_on, r.resumes_on, r.is_paying
          FROM import_row r JOIN import_family f ON f.subscription = r.subscription
         WHERE f.number BETWEEN %s AND %s ORDER BY r.row_number
        """,
        [first, last],
    ):
        states[family, customer].append(State(*state))
    held: dict[str, list[Held]] = held_terms(first, last)
    changes: dict[tuple[str, str], Change] = {}
    sources: dict[BilledTerm, int] = {}
    for (family, customer), found in states.items():
        mine = held.get(family, [])
        others = [one for one in mine if one.source_id != stage.source_id]
        done = change(mine, terms_of_states(family, found, [one.term for one in others]))
        if any(done):
            changes[family, customer] = done
        if stage.is_partial:
            known_from = min(state.known_from for state in found)
            sources |= _sources(done[1], others, known_from)
    return changes, sources


def _sources(
    opening: Sequence[BilledTerm], others: Sequence[Held], known_from: dt.date
) -> dict[BilledTerm, int]:
    """A term from elsewhere that only ends earlier now is from there still."""
    return {
        term: one.source_id
        for term in opening
        for one in others
        if term.starts_on < known_from
        and (one.term.external_id, one.term.starts_on) == (term.external_id, term.starts_on)
    }


def compare(stage: Stage) -> None:
    stage.execute(
        f"""
        UPDATE import_row r SET held_id = s.id, outcome = CASE
            WHEN s.id IS NULL THEN 'created'
            WHEN r.subscription IN (SELECT family FROM import_billed
                                     UNION SELECT family FROM import_closing
                                     UNION {pauses_differ()}) THEN 'updated'
            ELSE 'unchanged' END
          FROM import_family f
          LEFT JOIN customers_subscription s ON s.external_id = f.subscription
         WHERE f.subscription = r.subscription
        """
    )


def write(stage: Stage) -> None:
    write_customers(stage)
    write_subscriptions(stage)
    write_terms(stage)
    write_pauses(stage)


def _field(name: str, field_type: object, *, is_required: bool = False) -> Field:
    label = name.replace("_", " ").capitalize()
    return Field(name, label, field_type, label, is_required=is_required)  # type: ignore[arg-type]


# Not offered as a file: the billing systems' kinds become it.
SUBSCRIPTION_STATES = Kind(
    key="subscription_states",
    label=gettext_noop("Subscriptions of a billing system"),
    noun=gettext_noop("subscription"),
    description=gettext_noop("What a billing system says of its subscriptions."),
    sample="",
    group="billing",
    target="subscriptions",
    writes=("customers", "pauses"),
    fields=(
        _field("external_id", Text(180), is_required=True),
        _field("customer", Text(200), is_required=True),
        _field("customer_name", Text(300)),
        _field("product", Text(200)),
        _field("plan", Text(200)),
        _field("quantity", Number(7, 6)),
        _field("amount", Number(12, 12, is_money=True)),
        _field("interval", INTERVAL),
        _field("currency", Currency()),
        _field("discount_percent", Number(3, 10)),
        _field("discount_amount", Number(12, 12, is_money=True)),
        _field("discount_ends_on", Day()),
        _field("known_from", Day()),
        _field("starts_on", Day(), is_required=True),
        _field("ends_on", Day()),
        _field("paused_on", Day()),
        _field("resumes_on", Day()),
        _field("is_paying", YesNo()),
    ),
    check=check,
    compare=compare,
    write=write,
)
