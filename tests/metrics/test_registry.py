"""Adding a metric is adding a file."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from metrics import definitions, registry
from metrics.actions import ledger
from metrics.options import Choice, Option, OptionError, choose
from metrics.registry import UnknownMetricError
from tenants.models import Company
from tests.metrics import facts

LATE = ("metrics.definitions.late", "metrics.definitions.half_lost")
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
    for name in [name for name in sys.modules if name.startswith(LATE)]:
        del sys.modules[name]


def test_a_file_is_a_metric(folder: Path) -> None:
    with pytest.raises(UnknownMetricError, match="mrr_movements"):
        registry.metric("late_metric")
    (folder / "late_metric.py").write_text(FILE.format(key="late_metric"))
    registry.forget()
    assert registry.metric("late_metric").name == "Late metric"
    assert registry.metric("late_metric") in registry.metrics()


def test_the_metric_of_the_how_to_works_everywhere(
    folder: Path, company: Company, client_of: Callable[..., Client]
) -> None:
    """The file that docs/how-to/add-a-metric.md shows, in the index, its page and the API."""
    how_to = (Path(__file__).parents[2] / "docs/how-to/add-a-metric.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", how_to, re.DOTALL)
    (folder / "half_lost_rate.py").write_text(code)
    registry.forget()
    start, today = company.today() - timedelta(days=400), company.today()
    facts.term("halves", start, today, 10, subscription="a")
    facts.term("halves", today, None, 5, subscription="a")
    facts.term("stays", start, None, 10)
    ledger.rebuild()
    client = client_of(company, "viewer")
    assert "Customers that lost half" in client.get("/metrics/").content.decode()
    assert client.get("/metrics/half_lost_rate/").status_code == 200
    listed = client.get("/api/v1/metrics/").json()["metrics"]
    assert "half_lost_rate" in [metric["key"] for metric in listed]
    values = client.get("/api/v1/metrics/half_lost_rate/").json()["values"]
    assert (values[-1]["value"], values[-1]["n"]) == (0.5, 2)


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
