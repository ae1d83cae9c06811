"""A forecast in words: its formula with the numbers of the last close put in. Pure."""

from __future__ import annotations

from django.utils.translation import gettext as _

from metrics.forecast.calculation import Ahead, Beginnings, Change
from metrics.forecast.reading import Outlook
from metrics.units import Unit
from metrics.wording import exact, figure, whole_month


def _last(found: Outlook) -> tuple[Ahead, Beginnings, Change]:
    said = found.forecast
    if said.beginnings is None or said.change is None:
        raise ValueError("There is no forecast to put in words.")
    return said.months[-1], said.beginnings, said.change


def sum_words(found: Outlook) -> str:
    """MRR at the close of October 2027 = 138,136.29 kept + 40,327.55 new + ... = ..."""
    last = _last(found)[0]
    return _(
        "MRR at the close of {month} = {kept} kept + {new} new + {returned} returned = {total}"
    ).format(
        month=whole_month(last.period.start),
        kept=figure(last.kept, Unit.MONEY, None),
        new=figure(last.new, Unit.MONEY, None),
        returned=figure(last.returned, Unit.MONEY, None),
        total=figure(last.value, Unit.MONEY, found.currency),
    )


def kept_words(found: Outlook) -> str:
    last, _begun, change = _last(found)
    grown = _grown(change, last.number)
    share = float(last.kept) / grown / float(found.forecast.mrr)
    return _(
        "kept = the sum over cohorts of MRR x S(n + {months}) / S(n) x (1 + g)^{months}"
        " = {mrr} x {share} % x {grown} = {kept}"
    ).format(
        months=last.number,
        mrr=figure(found.forecast.mrr, Unit.MONEY, None),
        share=exact(100 * share, 6),
        grown=exact(grown, 8),
        kept=figure(last.kept, Unit.MONEY, found.currency),
    )


def new_words(found: Outlook) -> str:
    last, begun, change = _last(found)
    worth = sum(share * _grown(change, lived) for lived, share in enumerate(begun.kept))
    return _(
        "new = {new_each} a month x {worth} = {new}; returned = {returned_each} a month x {worth}"
        " = {returned}; {worth} is the sum of S(k) x (1 + g)^k for k from 0 to {last}"
    ).format(
        new_each=figure(begun.new, Unit.MONEY, None),
        new=figure(last.new, Unit.MONEY, found.currency),
        returned_each=figure(begun.returned, Unit.MONEY, None),
        returned=figure(last.returned, Unit.MONEY, found.currency),
        worth=exact(worth, 8),
        last=last.number - 1,
    )


def change_words(found: Outlook) -> str:
    change = _last(found)[2]
    pooled = found.forecast.pooled
    fitted = f"a = {exact(pooled.model.a, 4)}, b = {exact(pooled.model.b, 4)}" if pooled else ""
    return _(
        "g = {change} % a month: what customers who stay changed their MRR by in the last twelve;"
        " S is the sBG model's, fitted to all cohorts together: {fitted}"
    ).format(change=exact(100 * change.mean, 3), fitted=fitted)


def _grown(change: Change, months: int) -> float:
    return float((1 + change.mean) ** months)
