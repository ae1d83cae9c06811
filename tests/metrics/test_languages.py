"""Metrics in the reader's language: definitions, what is kept with values, formulas and charts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from metrics import registry
from metrics.charts.legends import said_legend
from metrics.charts.locales import date_format, locale_config
from metrics.charts.outlook import LEGEND
from metrics.charts.specs import outlook, share_words
from metrics.currency import NO_RATE, PAIR
from metrics.definition import Metric
from metrics.downloads.pictures import SVG, picture
from metrics.estimates import AT_LEAST, LEFT_OUT, ON_SCALE
from metrics.models import Benchmark
from metrics.pickers import PRESETS, one_period
from metrics.units import Unit
from metrics.wording import figure
from metrics.words import said
from tenants.languages import speaking
from tenants.models import Company
from tests.casting import Clients, Users
from tests.metrics.test_nps import answer, contacts

pytestmark = pytest.mark.usefixtures("catalogues")


def test_a_definition_is_read_in_the_readers_language_and_kept_in_english() -> None:
    churn = registry.metric("customer_churn_rate")
    assert churn.name == "Customer churn"
    with speaking("de"):
        assert churn.name == "Kunden-Churn"
        assert churn.question.words == "Halten wir unsere Kunden?"
        assert churn.options[0].choices[3].label == "Summe der Tagesraten"
        daily = churn.compute(churn.choose({"method": "daily"}))
        assert daily.no_interval == "eine Summe von Raten hat kein Konfidenzintervall"
        assert daily.measure.formula.startswith("sum over the days")
        assert daily.formula.startswith("Summe über die Tage")
    assert churn.notes[1].text.startswith("applies to the value")


@pytest.mark.parametrize("metric", registry.metrics(), ids=lambda metric: metric.key)
@pytest.mark.parametrize("language", ["en", "de"])
def test_what_n_counts_has_a_singular_and_a_plural(metric: Metric, language: str) -> None:
    with speaking(language):
        one, many = metric.n_label(1), metric.n_label(2)
        assert many == metric.n_label(0)
    if (language, many) != ("de", "Tickets"):
        assert one != many
    if language == "de":
        assert many != metric.n_label(2)


def test_one_answer_is_said_so(company: Company, client_of: Clients) -> None:
    (one,) = contacts(1)
    answer(one, 0)
    asked = {"preset": "custom", "start": "2026-01-01", "end": "2026-01-31"}
    page = client_of(company, "viewer").get("/metrics/nps/", asked)
    assert "1 contact that answered" in page.content.decode()
    User.objects.filter(role="viewer").update(language="de")
    page = client_of(company, "viewer").get("/metrics/nps/", asked)
    assert "1 Kontakt, der geantwortet hat" in page.content.decode()


def test_what_is_kept_in_english_is_found_again_with_its_numbers() -> None:
    least = AT_LEAST.format(reason="nobody left in the 6 full months before", low="1,234.50")
    scales = ", ".join(ON_SCALE.format(count=f"{n:,}", scale="1 to 7") for n in (1200, 3))
    pairs = PAIR.format(code="EUR", currency="USD")
    refused = NO_RATE.format(others="CHF", last="EUR", pairs=pairs)
    assert said(least) == least
    with speaking("de"):
        assert said(least) == (
            "in den 6 vollen Monaten davor ist niemand abgewandert: mindestens 1.234,50"
        )
        both = f"no interval: nobody to count; {LEFT_OUT.format(scales=scales)}"
        assert said(both).startswith("kein Konfidenzintervall: niemand zu zählen; nicht gezählte")
        assert said(both).endswith("1.200 auf 1 bis 7, 3 auf 1 bis 7")
        assert said("Meeting on Monday") == "Meeting on Monday"
        assert said(refused).endswith("zwischen EUR und USD ist kein Wechselkurs bekannt")
        assert said("nobody pays at the close of October 2027") == "Ende Oktober 2027 zahlt niemand"
        assert said("a reason of somebody's own") == "a reason of somebody's own"
        assert said(None) == ""


def test_figures_in_formulas_are_written_as_the_place_does() -> None:
    assert figure(Decimal("-1234.5"), Unit.MONEY, "EUR") == "-1,234.50 EUR"
    with speaking("de"):
        assert figure(Decimal("1234.5"), Unit.MONEY, "EUR") == "1.234,50 EUR"
        assert figure(0.2749, Unit.SHARE, None) == "27,49 %"
        assert figure(12.5, Unit.HOURS, None) == "12,5 Stunden"


def test_a_chart_drawn_for_one_reader_is_not_shown_to_another() -> None:
    rows: list[dict[str, Any]] = [{"period": "x", "actual": 1.0}]
    english = outlook(rows)
    with speaking("de"):
        german = outlook(rows)
        assert said_legend(LEGEND)[1]["label"] == "Prognose mit 95-%-Konfidenzintervall"
    assert outlook(rows) == english
    assert "config" not in english
    assert german["config"]["locale"]["number"]["decimal"] == ","
    assert german["config"]["locale"]["time"]["shortMonths"][0] == "Jan."
    titles = {one["title"] for one in german["layer"][0]["encoding"].get("tooltip", [])} or {
        one["title"] for layer in german["layer"] for one in layer["encoding"].get("tooltip", [])
    }
    assert "Prognose" in titles


def test_days_of_charts_follow_the_notation() -> None:
    assert locale_config() == {}
    assert "\u00a0%" in share_words()
    assert date_format("yMMMd", "%d %b %Y") == "%d %b %Y"
    with speaking("en", "en-US"):
        assert date_format("yMMMd", "%d %b %Y") == "%b %-d, %Y"
        assert "%" not in share_words()
    with speaking("en", "ja-JP"):
        assert date_format("yMMMd", "%d %b %Y") == "%Y年%-m月%-d日"


def test_what_a_picker_cannot_read_is_told_in_the_readers_language(company: Company) -> None:
    asked = {"preset": "custom", "start": "2026-02-30", "end": "2026-03-01"}
    as_of = dt.date(2026, 5, 10)
    english = one_period(asked, company=company, as_of=as_of).problem
    assert english.endswith("Shown instead: this month so far.")
    with speaking("de"):
        problem = one_period(asked, company=company, as_of=as_of).problem
    assert problem.endswith("Stattdessen angezeigt: laufender Monat.")
    assert PRESETS[0] == ("month", "This month so far")


def test_two_readers_see_the_same_metric_each_in_their_language(
    company: Company, client_of: Clients, user_of: Users
) -> None:
    User.objects.filter(pk=user_of(company, "owner").pk).update(language="de")
    english, german = client_of(company, "admin"), client_of(company, "owner")
    Benchmark.objects.all().delete()
    for _again in range(2):
        page = english.get("/metrics/nps/").content.decode()
        assert "How this number came about" in page
        assert "Net promoter score" in page
        seite = german.get("/metrics/nps/").content.decode()
        assert "Wie diese Zahl zustande kam" in seite
        assert "keine Antworten im Zeitraum" in seite or "nicht begonnen" in seite
        assert "Jeder Kontakt zählt gleich viel" in seite or "jeder Kontakt zählt" in seite
        assert "no answers in the period" not in seite
        index = german.get("/metrics/").content.decode()
        assert "Halten wir unsere Kunden?" in index
        assert "Are we keeping customers?" not in index
    for path, words in (
        ("/forecast/", "Keine Prognose"),
        ("/cohorts/", "Wer im selben Zeitraum (Monat) begann"),
        ("/goals/", "Noch keine Ziele"),
        ("/benchmarks/", "Keine Vergleichswerte"),
        ("/restatements/", "Nichts wurde korrigiert"),
        ("/settings/metrics/options/", "Was die Voreinstellungen daraus machen"),
        ("/settings/metrics/", "Bruttomarge, %"),
    ):
        assert words in german.get(path).content.decode(), path


def test_the_api_stays_english(company: Company, client_of: Clients, user_of: Users) -> None:
    User.objects.filter(pk=user_of(company, "owner").pk).update(language="de")
    found = client_of(company, "owner").get("/api/v1/metrics/").json()
    names = {one["key"]: one["name"] for one in found["metrics"]}
    assert names["customer_churn_rate"] == "Customer churn"


def test_a_goal_is_set_and_refused_in_german(
    company: Company, client_of: Clients, user_of: Users
) -> None:
    User.objects.filter(pk=user_of(company, "owner").pk).update(language="de")
    client = client_of(company, "owner")
    form = client.get("/goals/new/").content.decode()
    assert "Neues Ziel" in form
    assert "Zielwert" in form
    refused = client.post(
        "/goals/new/",
        {"metric": "nps", "target": "30", "grain": "month", "sense": "at_least"}
        | {"begins_on": "2026-05-02", "due_on": "2026-05-01"},
    )
    assert "Das Datum muss nach dem Tag liegen" in refused.content.decode()


def test_a_picture_is_drawn_in_the_readers_notation() -> None:
    rows: list[dict[str, Any]] = [
        {"period": "a", "actual": 0.5},
        {"period": "b", "actual": 2.5},
    ]
    with speaking("de"):
        drawn = picture(outlook(rows), SVG, title="MRR-Prognose", subtitle="Acme").decode()
    assert "MRR-Prognose" in drawn
    assert "0,5" in drawn
    assert "0.5<" not in drawn
