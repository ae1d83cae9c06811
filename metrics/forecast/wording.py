"""A forecast in words: its formula with the numbers of the last close put in. Pure."""

from __future__ import annotations

from metrics.forecast.calculation import CLOSE, Ahead, Beginnings, Change
from metrics.forecast.reading import Outlook
from metrics.units import Unit
from metrics.wording import figure


def _last(found: Outlook) -> tuple[Ahead, Beginnings, Change]:
    said = found.forecast
    if said.beginnings is None or said.change is None:
        raise ValueError("There is no forecast to put in words.")
    return said.months[-1], said.beginnings, said.change


def sum_words(found: Outlook) -> str:
    """MRR at the close of October 2027 = 138,136.29 kept + 40,327.55 new + ... = ..."""
    last, _, _ = _last(found)
    parts = [("kept", last.kept), ("new", last.new), ("returned", last.returned)]
    added = " + ".join(f"{figure(mrr, Unit.MONEY, None)} {name}" for name, mrr in parts)
    total = figure(last.value, Unit.MONEY, found.currency)
    return f"MRR at the close of {last.period.start:{CLOSE}} = {added} = {total}"


def kept_words(found: Outlook) -> str:
    last, _, change = _last(found)
    grown = _grown(change, last.number)
    share = float(last.kept) / grown / float(found.forecast.mrr)
    mrr = figure(found.forecast.mrr, Unit.MONEY, None)
    return (
        f"kept = the sum over cohorts of MRR x S(n + {last.number}) / S(n) x (1 + g)^"
        f"{last.number} = {mrr} x {100 * share:.6f} % x {grown:.8f} "
        f"= {figure(last.kept, Unit.MONEY, found.currency)}"
    )


def new_words(found: Outlook) -> str:
    last, begun, change = _last(found)
    worth = sum(share * _grown(change, lived) for lived, share in enumerate(begun.kept))
    said = [
        f"{name} = {figure(each, Unit.MONEY, None)} a month x {worth:.8f} "
        f"= {figure(mrr, Unit.MONEY, found.currency)}"
        for name, each, mrr in (
            ("new", begun.new, last.new),
            ("returned", begun.returned, last.returned),
        )
    ]
    months = f"the sum of S(k) x (1 + g)^k for k from 0 to {last.number - 1}"
    return f"{'; '.join(said)}; {worth:.8f} is {months}"


def change_words(found: Outlook) -> str:
    _, _, change = _last(found)
    pooled = found.forecast.pooled
    fitted = f"a = {pooled.model.a:.4f}, b = {pooled.model.b:.4f}" if pooled else ""
    return (
        f"g = {100 * change.mean:.3f} % a month: what customers who stay changed their MRR by in "
        f"the last twelve; S is the sBG model's, fitted to all cohorts together: {fitted}"
    )


def _grown(change: Change, months: int) -> float:
    return float((1 + change.mean) ** months)
