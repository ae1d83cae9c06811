"""Adding a metric is adding a file."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from metrics import definitions, registry
from metrics.actions import ledger
from metrics.documenting import PAGE, page
from metrics.options import Choice, Option, OptionError, choose
from metrics.registry import UnknownMetricError
from tenants.models import Company
from tests.casting import Clients
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
    """One more folder of definitions, empty."""
    monkeypatch.setattr(definitions, "__path__", [*definitions.__path__, str(tmp_path)])
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith(LATE)]:
        del sys.modules[name]


def test_a_file_is_a_metric_from_then_on_until_it_goes(folder: Path) -> None:
    with pytest.raises(UnknownMetricError, match="mrr_movements"):
        registry.metric("late_metric")
    file = folder / "late_metric.py"
    file.write_text(FILE.format(key="late_metric"))
    assert registry.metric("late_metric").name == "Late metric"
    assert registry.metric("late_metric") in registry.metrics()
    file.unlink()
    with pytest.raises(UnknownMetricError):
        registry.metric("late_metric")


@pytest.fixture
def half_lost(folder: Path, company: Company) -> str:
    """The metric of docs/how-to/add-a-metric.md, added while running, and facts for it. Its key."""
    assert "half_lost_rate" not in [metric.key for metric in registry.metrics()]
    how_to = (Path(__file__).parents[2] / "docs/how-to/add-a-metric.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", how_to, re.DOTALL)
    (folder / "half_lost_rate.py").write_text(code)
    start, today = company.today() - timedelta(days=400), company.today()
    facts.term("halves", start, today, 10, subscription="a")
    facts.term("halves", today, None, 5, subscription="a")
    facts.term("stays", start, None, 10)
    ledger.rebuild()
    return "half_lost_rate"


@pytest.fixture
def month(company: Company) -> dict[str, str]:
    start = company.today().replace(day=1)
    return {"start": str(start), "end": str(company.today() + timedelta(days=1))}


def test_a_new_metric_is_on_the_pages(
    half_lost: str, company: Company, client_of: Clients, month: dict[str, str]
) -> None:
    client = client_of(company, "viewer")
    index = client.get("/metrics/").content.decode()
    assert "Customers that lost half" in index
    assert f"/metrics/{half_lost}/" in index
    page = client.get(f"/metrics/{half_lost}/").content.decode()
    assert "50.00" in page
    assert "halves" in page  # a row of its explanation
    assert "a rise in between changes nothing" in page  # a note
    rows = client.get(f"/metrics/{half_lost}/explain/", month)
    assert rows.status_code == 200
    assert "halves" in rows.content.decode()


def test_a_new_metric_is_in_the_api(
    half_lost: str, company: Company, client_of: Clients, month: dict[str, str]
) -> None:
    client = client_of(company, "viewer")
    listed = client.get("/api/v1/metrics/").json()["metrics"]
    (found,) = [metric for metric in listed if metric["key"] == half_lost]
    assert client.get(f"/api/v1/metrics/{half_lost}/definition/").json() == found
    assert found["formula"] == registry.metric(half_lost).formula
    assert found["interval"] == "Wilson"
    assert [note["title"] for note in found["notes"]] == ["Half"]
    values = client.get(f"/api/v1/metrics/{half_lost}/").json()["values"]
    assert (values[-1]["value"], values[-1]["n"]) == (0.5, 2)
    explained = client.get(f"/api/v1/metrics/{half_lost}/explain/", month).json()
    assert explained["value"] == 0.5
    assert {row["customer"]["name"] for row in explained["rows"]} == {"halves", "stays"}


def test_a_new_metric_can_be_taken_along(
    half_lost: str, company: Company, client_of: Clients, month: dict[str, str]
) -> None:
    client = client_of(company, "viewer")
    links = client.get(f"/api/v1/metrics/{half_lost}/definition/").json()["links"]

    def body(name: str, **params: str) -> bytes:
        answer = client.get(links[name], params)
        assert answer.status_code == 200, name
        return b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]

    assert b",0.5," in body("table_csv")
    table = load_workbook(BytesIO(body("table_xlsx"))).active
    assert table is not None
    assert 0.5 in [row[4] for row in table.iter_rows(values_only=True)]
    assert b"halves" in body("rows_csv", **month)
    assert load_workbook(BytesIO(body("rows_xlsx", **month)))
    assert b"Customers that lost half" in body("chart_svg")
    assert body("chart_png").startswith(b"\x89PNG")


def test_a_new_metric_can_have_a_goal_and_benchmarks(
    half_lost: str, company: Company, client_of: Clients
) -> None:
    client = client_of(company, "manager")
    assert f'value="{half_lost}"' in client.get("/goals/new/").content.decode()
    assert f'value="{half_lost}"' in client.get("/benchmarks/new/").content.decode()
    answer = client.post(
        "/goals/new/",
        {
            "metric": half_lost,
            "target": "10",
            "grain": "month",
            "due_on": "2031-01-31",
            "begins_on": str(company.today()),
        },
    )
    assert answer.status_code == 302
    assert "Customers that lost half" in client.get("/goals/").content.decode()


def test_a_new_metric_is_in_the_docs(half_lost: str) -> None:
    text = page()
    assert "| [`half_lost_rate`](#half_lost_rate) | opening customers with at most half" in text
    assert "### half_lost_rate\n\n**Customers that lost half**" in text
    assert "- **Half** " in text
    assert "half_lost_rate" not in PAGE.read_text("utf-8")


def test_a_file_is_named_after_its_key(folder: Path) -> None:
    (folder / "late_other.py").write_text(FILE.format(key="late_metric"))
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
