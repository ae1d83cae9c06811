"""Annotations: dated notes on charts."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from metrics.actions import ledger
from metrics.actions.annotations import save_annotation
from metrics.charts.notes import CLOSEST, label_of, markers, notes_in
from metrics.models import Annotation
from metrics.periods import Period
from tenants.models import Company
from tests.casting import Clients, Users
from tests.metrics import facts
from tests.metrics.test_options_of_a_company import client_with


def note(company: Company, **values: Any) -> Annotation:
    usual = {"metric": "", "day": company.today(), "text": "Prices went up"}
    return save_annotation(values=usual | values, by=None)


@pytest.fixture
def history(company: Company) -> None:
    facts.term("one", company.today() - timedelta(days=200), None, 100)
    facts.term("two", company.today(), None, 10)
    ledger.rebuild()


@pytest.mark.usefixtures("history")
def test_it_stands_on_the_charts_of_its_metric(company: Company, client_of: Clients) -> None:
    note(company, text="Prices <went> up")
    note(company, metric="nps", text="New survey")
    client = client_of(company, "viewer")
    for path in ("/", "/metrics/mrr/", "/metrics/mrr_movements/"):
        text = client.get(path).content.decode()
        assert "Prices &lt;went&gt; up" in text, path
        assert "New survey" not in text, path
        start = text.index('type="application/json"')
        spec = text[text.index(">", start) + 1 : text.index("</script>", start)]
        assert "Prices <went> up" in json.dumps(json.loads(spec)), path
    assert "Note something on this chart" not in client.get("/metrics/mrr/").content.decode()


@pytest.mark.usefixtures("history")
def test_a_note_of_long_ago_is_on_no_chart_of_today(company: Company, client_of: Clients) -> None:
    note(company, day=date(2001, 2, 3), text="Long ago")
    client = client_of(company, "viewer")
    assert "Long ago" not in client.get("/metrics/mrr/").content.decode()
    assert "Long ago" in client.get("/annotations/").content.decode()


def test_managers_note_and_viewers_read(
    company: Company, client_of: Clients, user_of: Users
) -> None:
    manager, viewer = client_of(company, "manager"), client_of(company, "viewer")
    said = {"metric": "mrr", "day": "2026-03-05", "text": "  Big   release "}
    assert viewer.get("/annotations/new/").status_code == 403
    assert viewer.post("/annotations/new/", said).status_code == 403
    page = manager.get("/annotations/new/", {"metric": "mrr"})
    assert 'value="mrr" selected' in page.content.decode()
    assert manager.post("/annotations/new/", said).status_code == 302
    made = Annotation.objects.get()
    assert (made.metric, made.text) == ("mrr", "Big release")
    assert made.written_by == user_of(company, "manager").name
    entry = AuditEntry.objects.get(action="annotation.made")
    assert entry.detail["changes"]["text"] == ["", "Big release"]
    path = f"/annotations/{made.pk}/"
    assert manager.post(path, {**said, "text": "Bigger release"}).status_code == 302
    assert AuditEntry.objects.filter(action="annotation.changed").count() == 1
    assert viewer.post(f"{path}removal/").status_code == 403
    assert manager.get(f"{path}removal/").status_code == 405
    assert manager.post(f"{path}removal/").status_code == 302
    assert not Annotation.objects.exists()
    assert AuditEntry.objects.filter(action="annotation.removed").count() == 1


def test_nothing_noted_yet(company: Company, client_of: Clients) -> None:
    assert "Nothing noted yet" in client_of(company, "viewer").get("/annotations/").content.decode()


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"metric": "nonsense"}, "metric", "mrr_movements"),
        ({"text": "   "}, "text", "blank"),
        ({"text": "x" * 201}, "text", "200"),
        ({"day": None}, "day", "null"),
        ({"day": date(1600, 1, 1)}, "day", "1990"),
        ({"colour": "red"}, "colour", "no such member"),
    ],
)
def test_what_cannot_be_noted_says_why(
    company: Company, values: dict[str, Any], field: str, says: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        note(company, **values)
    assert says in " ".join(caught.value.message_dict[field])
    assert not Annotation.objects.exists()


def test_the_same_twice_is_one_too_many(company: Company) -> None:
    first = note(company)
    with pytest.raises(ValidationError, match="already"):
        note(company)
    before = AuditEntry.objects.count()
    assert save_annotation(values={"text": first.text}, by=None, annotation=first) == first
    assert AuditEntry.objects.count() == before  # nothing changed


def test_the_api_keeps_annotations(company: Company) -> None:
    call = client_with(company, "read", "write")
    made = call("post", "annotations/", {"metric": None, "day": "2026-03-05", "text": "Outage"})
    assert made.status_code == 201, made.content
    found = made.json()
    assert (found["metric"], found["day"], found["text"]) == ("", "2026-03-05", "Outage")
    call("post", "annotations/", {"metric": "nps", "day": "2026-03-06", "text": "New survey"})
    of_mrr = call("get", "annotations/", {"metric": "mrr"}).json()["results"]
    assert [one["text"] for one in of_mrr] == ["Outage"]
    assert len(call("get", "annotations/").json()["results"]) == 2
    path = f"annotations/{found['id']}/"
    assert call("patch", path, {"text": "Outage of a day"}).json()["text"] == "Outage of a day"
    assert call("post", "annotations/", {"text": "No day"}).status_code == 400
    assert (
        call("post", "annotations/", {"metric": "x", "day": "2026-03-05", "text": "y"}).status_code
        == 400
    )
    assert call("delete", path).status_code == 204
    assert call("get", path).status_code == 404
    reader = client_with(company, "read")
    assert reader("post", "annotations/", {"day": "2026-03-05", "text": "x"}).status_code == 403


def test_a_chart_is_drawn_once_and_anew_when_it_says_something_else() -> None:
    from metrics.charts import specs
    from metrics.charts.notes import ChartNote
    from metrics.periods import Grain
    from metrics.series import Value
    from metrics.units import Unit

    period = Period(date(2026, 1, 1), date(2026, 2, 1))
    value = Value(period, None, 5.0, None, None, None, None, 1, {}, None)

    def drawn(*notes: ChartNote) -> dict[str, Any]:
        return specs.course(
            [value], grain=Grain.MONTH, unit=Unit.RATIO, name="It", marks=(), notes=notes
        )

    first = drawn()
    first["mark"] = "spoilt by somebody"
    assert drawn() != first
    assert drawn() == drawn()
    assert "Outage" in json.dumps(drawn(ChartNote(0, 1, date(2026, 1, 5), "Outage")))


def test_numbers_on_a_chart_stand_apart() -> None:
    months = [Period(date(2026, month, 1), date(2026, month + 1, 1)) for month in range(1, 12)]
    days = [(1, 31), (5, 1), (5, 31), (6, 1), (11, 3), (12, 1)]
    rows = [Annotation(day=date(2026, *day), text=f"{day}") for day in days]
    notes = notes_in(rows, months)
    assert [(note.number, note.place) for note in notes] == [
        (1, 0),
        (2, 4),
        (3, 4),
        (4, 5),
        (5, 10),
    ]
    groups = markers(notes, len(months))
    assert [label_of(group) for group in groups] == ["1", "2-3", "4", "5"]
    by_day = [Period(date(2026, 3, day), date(2026, 3, day + 1)) for day in range(1, 31)]
    rows = [Annotation(day=date(2026, 3, day), text=f"{day}") for day in (1, 2, 3, 4, 5, 29)]
    groups = markers(notes_in(rows, by_day), len(by_day))
    assert [label_of(group) for group in groups] == ["1-3", "4-5", "6"]
    places = [group[0].place for group in groups]
    apart = [later - earlier for earlier, later in pairwise(places)]
    assert min(apart) >= CLOSEST * len(by_day)


@pytest.mark.usefixtures("history")
def test_page_and_picture_say_what_a_number_means(company: Company, client_of: Clients) -> None:
    note(company, text="Prices up for all new customers of the smaller plans")
    note(company, day=company.today() - timedelta(days=100), text="An earlier one")
    page = client_of(company, "viewer").get("/metrics/mrr/").content.decode()
    listed = page[page.index('class="annotations') :]
    assert listed.index("An earlier one") < listed.index("Prices up for all new customers")
    picture = client_of(company, "viewer").get("/api/v1/metrics/mrr/chart.svg").content.decode()
    for words in ("1  ", "An earlier one", "2  ", "of the smaller plans"):
        assert words in picture, words
