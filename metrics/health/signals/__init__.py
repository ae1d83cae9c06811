"""The signals that a health model can weigh: one file for each kind of fact.

A file has a `READER`: one statement for all its signals. Custom ones (sent by API) are the
company's own; `known()` has them too.
"""

from __future__ import annotations

from collections.abc import Collection

from metrics.health.signals import contract, custom, feedback, relationship, support, usage
from metrics.health.signals.signal import Group, Reader, Signal

READERS = (usage.READER, feedback.READER, support.READER, contract.READER, relationship.READER)

__all__ = ["READERS", "Group", "Reader", "Signal", "built_in", "known", "readers_of"]


def built_in() -> dict[str, Signal]:
    """By key, in the order pages show them."""
    return {signal.key: signal for reader in READERS for signal in reader.signals}


def known() -> dict[str, Signal]:
    """The built-in ones and the company's own, in the reader's language. Costs a query."""
    words = {key: signal.in_words() for key, signal in built_in().items()}
    return words | {signal.key: signal for signal in custom.signals()}


def readers_of(signals: Collection[Signal]) -> list[Reader]:
    """Those that read any of these signals."""
    own = [signal for signal in signals if signal.group is Group.CUSTOM]
    readers = [reader for reader in READERS if not set(reader.signals).isdisjoint(signals)]
    return [*readers, custom.reader(own)] if own else readers
