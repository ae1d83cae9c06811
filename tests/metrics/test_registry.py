"""Adding a metric is adding a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from metrics import definitions, registry
from metrics.options import Choice, Option, OptionError, choose
from metrics.registry import UnknownMetricError

FILE = """
from metrics import estimates
from metrics.contributions.rate import Balance
from metrics.contributions.standing import Standing
from metrics.definition import Computation, Direction, Metric, Question
from metrics.units import Unit

METRIC = Metric(
    key="{key}", name="Late metric", question=Question.STAYING, unit=Unit.COUNT,
    direction=Direction.HIGHER, formula="customers", source="a test",
    compute=lambda options: Computation(
        measure=Standing(numerator=Balance.CUSTOMERS, formula="customers"),
        estimate=estimates.count, is_divided=False,
    ),
)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(definitions, "__path__", [*definitions.__path__, str(tmp_path)])
    registry.forget()
    yield tmp_path
    registry.forget()
    for name in [name for name in sys.modules if name.startswith("metrics.definitions.late")]:
        del sys.modules[name]


def test_a_file_is_a_metric(folder: Path) -> None:
    with pytest.raises(UnknownMetricError, match="mrr_movements"):
        registry.metric("late_metric")
    (folder / "late_metric.py").write_text(FILE.format(key="late_metric"))
    registry.forget()
    assert registry.metric("late_metric").name == "Late metric"
    assert registry.metric("late_metric") in registry.metrics()


def test_a_file_is_named_after_its_key(folder: Path) -> None:
    (folder / "late_other.py").write_text(FILE.format(key="late_metric"))
    registry.forget()
    with pytest.raises(ValueError, match=r"late_metric\.py"):
        registry.metrics()


def test_every_metric_computes_with_every_option() -> None:
    for metric in registry.metrics():
        assert metric.name
        assert metric.formula
        for option in metric.options:
            for choice in option.choices:
                computation = metric.compute(metric.choose({option.name: choice.value}))
                assert computation.measure.formula


def test_options_say_what_is_allowed() -> None:
    options = [Option("method", "Method", (Choice("a", "one"), Choice("b", "other")))]
    assert choose(options, {}) == {"method": "a"}
    assert choose(options, {"method": "b"}) == {"method": "b"}
    with pytest.raises(OptionError, match="must be one of a, b; got c"):
        choose(options, {"method": "c"})
    with pytest.raises(OptionError, match="options: method"):
        choose(options, {"way": "a"})
