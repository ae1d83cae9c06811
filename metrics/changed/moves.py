"""What the movements say: MRR, customers, and the largest of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from psycopg.sql import SQL

from accounts.formatting import (
    format_day_of_month,
    format_money_short,
    format_number,
    format_share,
)
from customers.models import Customer
from metrics.changed.sentence import Sentence, rows_of
from metrics.contributions import relations
from metrics.contributions.flows import LOSSES, MRR_PARTS
from metrics.contributions.frame import UNKNOWN, Dimension, Frame, label_of
from metrics.contributions.rows import NOTHING
from metrics.limits import TooManyError
from metrics.models import Departure
from metrics.periods import Period
from metrics.registry import metric
from metrics.series import Value
from metrics.shared import Shared
from metrics.values import series

MOST, HALF, NEARLY = Decimal("0.55"), Decimal("0.45"), Decimal("0.995")
"""From which share on it is "most of it", from which to that "about half", and "all"."""

LAPSE = "lapse"
"""The end of a pause that became churn: its `pause` taken back."""

# The largest of each kind, how many customers had it, and what it comes to.
LARGEST = SQL("""
    SELECT kind, customer_id, amount, day, people, total FROM (
        SELECT kind, customer_id, sum(amount) AS amount, max(day) AS day,
            count(*) OVER (PARTITION BY kind) AS people,
            sum(sum(amount)) OVER (PARTITION BY kind) AS total,
            row_number() OVER (
                PARTITION BY kind ORDER BY abs(sum(amount)) DESC, customer_id
            ) AS place
        FROM (
            SELECT customer_id, day, amount,
                CASE WHEN kind = 'pause' AND amount > 0 THEN 'lapse' ELSE kind END AS kind
            FROM entry WHERE day >= %(first)s
        ) AS told
        GROUP BY kind, customer_id
        HAVING sum(amount) <> 0
    ) AS ranked
    WHERE place = 1
""")


@dataclass(frozen=True, slots=True)
class Largest:
    """Of a kind of movement: whose was the largest, how large (never negative) and on which day
    (its last), how many customers had any, and what all come to (signed). `reason`: why it left,
    if that is known."""

    customer: Customer
    amount: Decimal
    day: dt.date
    people: int
    total: Decimal
    reason: str = ""


def about_movements(period: Period, *, split: Dimension | None, shared: Shared) -> list[Sentence]:
    """Of MRR, of the customers that pay, and of the largest expansion."""
    company, as_of = shared.company, shared.as_of
    heads = series(metric("customers"), [period], company=company, as_of=as_of, shared=shared)
    money = series(metric("mrr_movements"), [period], company=company, as_of=as_of, shared=shared)
    value = money.totals[0]
    found = [_customers(heads.totals[0], period, has_mrr=value.value is not None)]
    if value.value is None:
        if any(found):
            text = _("What MRR did cannot be said: {reason}.").format(reason=value.why)
            found.append(Sentence(text, rows_of("customers", period), 60, "mrr_unknown"))
    elif any(value.parts[part] for part in MRR_PARTS.values()):
        largest = _largest(period, shared)
        told = _Told(money.currency or "", largest, _by_segment(period, split, shared))
        found.append(told.mrr(value, period, opening=heads.totals[0].parts["opening"]))
        found.append(told.expansion())
    return [one for one in found if one is not None]


def _customers(value: Value, period: Period, *, has_mrr: bool) -> Sentence | None:
    """How many pay, how many more those are, and who came and went. It leads to those who did,
    not to all who pay: by their movements, else (no MRR can be said) by the churn."""
    parts = value.parts
    came = {
        "new": _("{count} new"),
        "reactivated": _("{count} came back"),
        "resumed": _("{count} back from a pause"),
    }
    gone = {"churned": _("{count} left"), "paused": _("{count} paused")}
    gains = [_counted(words, parts[name]) for name, words in came.items() if parts[name]]
    losses = [_counted(words, parts[name]) for name, words in gone.items() if parts[name] > 0]
    if parts["paused"] < 0:
        losses.append(_counted(_("{count} of them paused before"), -parts["paused"]))
    if not gains and not losses:
        return None
    change = parts["closing"] - parts["opening"]
    than = _("as many as at the start")
    if change:
        more, fewer = _("{count} more than at the start"), _("{count} fewer than at the start")
        than = _counted(more if change > 0 else fewer, abs(change))
    text = ngettext(
        "{count} customer pays, {than}: {sides}.",
        "{count} customers pay, {than}: {sides}.",
        int(parts["closing"]),
    ).format(count=format_number(parts["closing"]), than=than, sides=_listed(gains, losses))
    tone = "neutral" if not change else "good" if change > 0 else "bad"
    rows = (
        "mrr_movements" if has_mrr else "customer_churn_rate" if parts["churned"] else "customers"
    )
    return Sentence(text, rows_of(rows, period), 80, "customers", tone)


def _counted(words: str, count: Decimal) -> str:
    return words.format(count=format_number(count))


def _listed(gains: Sequence[str], losses: Sequence[str]) -> str:
    return "; ".join(", ".join(side) for side in (gains, losses) if side)


def _largest(period: Period, shared: Shared) -> dict[str, Largest]:
    currency = shared.currency(converts=True)
    frame = Frame([period], timezone=shared.company.timezone, rates=currency.rates)
    rows = frame.fetch(relations.query(relations.entries(frame), select=LARGEST))
    customers = Customer.objects.in_bulk([customer for _kind, customer, *_more in rows])
    found = {
        kind: Largest(customers[customer], abs(Decimal(amount)), day, people, Decimal(total))
        for kind, customer, amount, day, people, total in rows
    }
    if "churn" in found:
        gone = found["churn"]
        why = Departure.objects.filter(customer_id=gone.customer.pk, day=gone.day)
        reason = why.values_list("reason", flat=True).first() or ""
        found["churn"] = replace(gone, reason=reason)
    return found


def _by_segment(
    period: Period, split: Dimension | None, shared: Shared
) -> dict[str, Mapping[str, Decimal]]:
    """The movements of each segment that has a name."""
    if split is None:
        return {}
    try:
        found = series(
            metric("mrr_movements"),
            [period],
            company=shared.company,
            as_of=shared.as_of,
            dimension=split,
            shared=shared,
        )
    except TooManyError:
        return {}
    return {
        value.segment: value.parts
        for value in found.values
        if value.segment is not None and value.segment != UNKNOWN
    }


@dataclass(frozen=True)
class _Told:
    """Movements in words. `largest`: by kind; `segments`: the parts of each."""

    currency: str
    largest: Mapping[str, Largest]
    segments: Mapping[str, Mapping[str, Decimal]]

    def money(self, amount: Decimal) -> str:
        return format_money_short(amount, self.currency)

    def mrr(self, value: Value, period: Period, *, opening: Decimal) -> Sentence:
        """How far it went, and all that it went by, kind by kind. `opening`: customers."""
        before, after = value.parts["opening"], value.parts["closing"]
        signed = {
            kind: value.parts[part] * (-1 if kind in LOSSES else 1)
            for kind, part in MRR_PARTS.items()
        }
        if LAPSE in self.largest:
            signed[LAPSE] = self.largest[LAPSE].total
            signed["pause"] -= signed[LAPSE]
        kinds = sorted((kind for kind in signed if signed[kind]), key=lambda k: -abs(signed[k]))
        gains = [self._kind(kind, signed[kind]) for kind in kinds if signed[kind] > 0]
        losses = [self._kind(kind, signed[kind]) for kind in kinds if signed[kind] < 0]
        text = self._way(before, after, opening, _listed(gains, losses))
        tone = "neutral" if before == after else "good" if after > before else "bad"
        return Sentence(text, rows_of("mrr_movements", period), 100, "mrr", tone)

    def _way(self, before: Decimal, after: Decimal, opening: Decimal, sides: str) -> str:
        """Relative only where there was something to begin with, of more than a few customers."""
        share = ""
        if before == after:
            words = _("MRR stayed at {after}: {sides}.")
        elif before > 0 and opening >= FEW:
            share = _percent(abs(after - before) / before)
            words = (
                _("MRR grew {share} in the period, to {after}: {sides}.")
                if after > before
                else _("MRR fell {share} in the period, to {after}: {sides}.")
            )
        elif after > before:
            words = _("MRR grew from {before} to {after}: {sides}.")
        else:
            words = _("MRR fell from {before} to {after}: {sides}.")
        return words.format(
            share=share, before=self.money(before), after=self.money(after), sides=sides
        )

    def _kind(self, kind: str, amount: Decimal) -> str:
        words = {
            "new": _("{amount} new from {who}"),
            "reactivation": _("{amount} from {who} who came back"),
            "resume": _("{amount} from {who} back from a pause"),
            "expansion": _("{amount} expansion at {who}"),
            "contraction": _("{amount} contraction at {who}"),
            "pause": _("{amount} paused at {who}"),
            "churn": _("{amount} lost with {who}"),
            "transfer": _("{amount} moved"),
            "fx": _("{amount} by exchange rates"),
            LAPSE: _("{amount} of pauses that became churn"),
        }
        told = words[kind].format(amount=self.money(abs(amount)), who=self._who(kind))
        detail = self._detail(kind, abs(amount))
        return f"{told} ({detail})" if detail else told

    def _who(self, kind: str) -> str:
        one = self.largest.get(kind)
        if one is None:
            return _("customers")
        if one.people == 1:
            return one.customer.name
        return _("{count} customers").format(count=format_number(one.people))

    def _detail(self, kind: str, amount: Decimal) -> str:
        """Whose, or which segment's, most of it is; and when the only one left."""
        one = self.largest.get(kind)
        if one is None or kind == LAPSE:
            return ""
        if one.people == 1:
            return _left(one) if kind == "churn" else ""
        much = part_of(one.amount, amount)
        if much:
            whose = _(OF_WHOM[much]).format(name=one.customer.name)
            return f"{whose}, {_left(one)}" if kind == "churn" else whose
        sign = -1 if kind in LOSSES else 1
        by_name = {
            name: abs(parts[MRR_PARTS[kind]])
            for name, parts in self.segments.items()
            if parts[MRR_PARTS[kind]] * sign > 0 or (kind in LOSSES and parts[MRR_PARTS[kind]] > 0)
        }
        if len(self.segments) < 2 or not by_name:
            return ""
        name = max(by_name, key=lambda name: (by_name[name], name))
        much = part_of(by_name[name], amount)
        return _(IN_WHICH[much]).format(name=label_of(name)) if much else ""

    def expansion(self) -> Sentence | None:
        """The largest of several; of one alone the sentence on MRR says it."""
        one = self.largest.get("expansion")
        if one is None or one.people == 1:
            return None
        text = _("The largest expansion: {name} pays {amount} a month more ({day}).").format(
            name=one.customer.name, amount=self.money(one.amount), day=format_day_of_month(one.day)
        )
        return Sentence(text, one.customer.get_absolute_url(), 50, "largest_expansion", "good")


def _left(one: Largest) -> str:
    words = _("left {day}: {reason}") if one.reason else _("left {day}")
    return words.format(day=format_day_of_month(one.day), reason=one.reason)


FEW = 5
"""Of fewer customers a percentage says nothing."""
ALL, MUCH, ABOUT_HALF = "all of it", "most of it", "about half of it"
OF_WHOM = {
    ALL: gettext_noop("all of it {name}"),
    MUCH: gettext_noop("most of it {name}"),
    ABOUT_HALF: gettext_noop("about half of it {name}"),
}
IN_WHICH = {
    ALL: gettext_noop("all of it in {name}"),
    MUCH: gettext_noop("most of it in {name}"),
    ABOUT_HALF: gettext_noop("about half of it in {name}"),
}


def part_of(amount: Decimal, whole: Decimal) -> str:
    """What part of the whole it is, in words; empty where it is less than about half."""
    share = amount / whole if whole > NOTHING else NOTHING
    if share > 1 or share <= 0:
        return ""  # others of the same kind took some of it back
    if share >= NEARLY:
        return ALL
    if share > MOST:
        return MUCH
    return ABOUT_HALF if share >= HALF else ""


def _percent(share: Decimal) -> str:
    """With one decimal; of what would be 0.0 % with two."""
    return format_share(share, 1 if share >= Decimal("0.001") else 2)
