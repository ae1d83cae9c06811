"""The signals that a health model can weigh: one file for each kind of fact.

A file has a `READER`: one statement for all its signals. Custom ones (sent by API) are the
company's own; `known()` has them too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from metrics.health.signals import contract, custom, feedback, relationship, support, usage
from metrics.health.signals.signal import Group, Reader, Signal
from tenants.languages import language

READERS = (usage.READER, feedback.READER, support.READER, contract.READER, relationship.READER)

__all__ = ["READERS", "Group", "Reader", "Signal", "built_in", "known", "known_to", "readers_of"]


def built_in() -> dict[str, Signal]:
    """By key, in the order pages show them."""
    return {signal.key: signal for reader in READERS for signal in reader.signals}


def known() -> dict[str, Signal]:
    """The built-in ones and the company's own, in the reader's language. Costs a query."""
    return {**_in_words(language()), **{signal.key: signal for signal in custom.signals()}}


def known_to(*recipes: Mapping[str, Any]) -> dict[str, Signal]:
    """As `known`, of what recipes as they are kept can name: a query only where one of them names
    one of the company's own."""
    keys = {row["signal"] for recipe in recipes for row in recipe["signals"]}
    return dict(_in_words(language())) if keys <= built_in().keys() else known()


@cache
def _in_words(_language: str) -> dict[str, Signal]:
    """The built-in ones in the language in force, which is this one."""
    return {key: signal.in_words() for key, signal in built_in().items()}


def readers_of(signals: Collection[Signal]) -> list[Reader]:
    """Those that read any of these signals."""
    own = [signal for signal in signals if signal.group is Group.CUSTOM]
    readers = [reader for reader in READERS if not set(reader.signals).isdisjoint(signals)]
    return [*readers, custom.reader(own)] if own else readers
