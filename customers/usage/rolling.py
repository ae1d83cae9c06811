"""Rolling raw events up."""

from __future__ import annotations


def roll_up() -> None:
    raise NotImplementedError
