"""What lower apps show of higher ones: filled here, because imports go one way."""

from __future__ import annotations


def fill() -> None:
    """Fill every registry. Called once, when all apps are loaded."""
