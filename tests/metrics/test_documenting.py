"""docs/metrics.md says what the definitions say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from metrics import documenting
from metrics.counted import MANY
from metrics.definition import Metric
from metrics.health import documenting as health
from metrics.health import signals
from metrics.registry import metrics


def test_the_page_is_fresh() -> None:
    call_command("document_metrics", check=True)


def test_a_stale_page_is_told_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = tmp_path / "metrics.md"
    stale.write_text("# Metrics\n")
    monkeypatch.setattr(
        "metrics.management.commands.document_metrics.PAGES", {stale: documenting.page}
    )
    with pytest.raises(CommandError, match=r"Run manage\.py document_metrics"):
        call_command("document_metrics", check=True)
    call_command("document_metrics", verbosity=0)
    assert stale.read_text() == documenting.page()


def test_every_signal_of_health_is_told() -> None:
    text = health.page()
    for signal in signals.built_in().values():
        for said in (signal.key, signal.name, signal.help, signal.missing):
            assert said in text


def section(metric: Metric) -> str:
    text = documenting.page()
    (found,) = re.findall(rf"### {metric.key}\n(.*?)(?=\n##)", text, re.DOTALL)
    return str(found)


@pytest.mark.parametrize("metric", metrics(), ids=lambda metric: metric.key)
def test_every_metric_has_all_that_its_definition_says(metric: Metric) -> None:
    text = section(metric)
    for said in (metric.name, metric.help, metric.question, metric.formula, metric.n_label(MANY)):
        assert said in text
    assert f"Version {metric.version}." in text
    assert metric.direction in text
    for option in metric.options:
        assert f"| `{option.name}` |" in text
        for choice in option.choices:
            assert choice.label.replace("|", "\\|") in text
    for split in metric.splits:
        assert f"`{split}`" in text
    page = documenting.page()
    for note in metric.notes:
        assert page.count(note.text) == 1


def test_nothing_is_left_to_fill_in() -> None:
    assert not re.search(r"\{\{ \w+ \}\}", documenting.page())


def test_intervals_are_told_by_option() -> None:
    by_key = {metric.key: metric for metric in metrics()}
    assert documenting.interval_of(by_key["gross_revenue_churn_rate"]) == (
        "Wilson with n = (sum x)^2 / sum x^2; `method=movements`: none (movements are no share of"
        " the opening MRR)"
    )
    assert documenting.currencies_of(by_key["customer_churn_rate"]) == ""
    assert documenting.currencies_of(by_key["mrr"]) == "converted"
