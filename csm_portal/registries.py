"""What lower apps show of higher ones: filled here, because imports go one way."""

from __future__ import annotations


def fill() -> None:
    """Fill every registry. Called once, when all apps are loaded."""
    from customers.registry import add_panel
    from surveys.panels import PANEL as ANSWERS

    add_panel(ANSWERS)
