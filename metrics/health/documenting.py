"""docs/health-signals.md: every signal a health model can weigh, made from their definitions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from metrics.definition import Direction
from metrics.health import signals
from metrics.health.ready_made import READY_MADE
from metrics.health.signals.signal import Group, Signal

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "health-signals.md"
_HEAD = """# Signals of health

Made by `manage.py document_metrics` from `metrics/health/signals/`; edit those. How they make a \
score: [Health](health.md).

The usual curve is written as measure:points, straight between, level outside. A model may draw \
another, as long as it does not run against what is good."""
_OWN = """## Sent by API

A company's own numbers, with its own name, unit, direction and curve; each value counts from when \
it was measured, and came, until the next."""


def page() -> str:
    """The text of docs/health-signals.md."""
    return "\n".join([_HEAD, "", *_groups(), _OWN, "", *_ready_made()])


def _groups() -> Iterator[str]:
    known = list(signals.built_in().values())
    for group in Group:
        chosen = [signal for signal in known if signal.group is group]
        if not chosen:
            continue
        yield from (f"## {group.value}", "")
        yield "| signal | is | in | better | usual curve | missing where |"
        yield "|---|---|---|---|---|---|"
        yield from (_row(signal) for signal in chosen)
        yield ""


def _row(signal: Signal) -> str:
    curve = ", ".join(f"{measure:g}:{points:g}" for measure, points in signal.curve.pairs())
    better = "more" if signal.direction is Direction.HIGHER else "less"
    said = f"**{signal.name}.** {signal.help}"
    return f"| `{signal.key}` | {said} | {signal.unit} | {better} | {curve} | {signal.missing} |"


def _ready_made() -> Iterator[str]:
    yield from ("## Ready-made models", "", "Weights; each with its usual curve.", "")
    for one in READY_MADE.values():
        weights = ", ".join(f"`{key}` {weight:g}" for key, weight in one.weights.items())
        yield f"- **{one.name}** (`{one.key}`). {one.about} {weights}."
    yield ""
