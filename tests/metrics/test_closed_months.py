"""Closed months: both numbers stand where a later change made another."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry
from metrics.actions import ledger
from metrics.actions.closing import close_month, reopen_month
from metrics.models import ClosedMonth, ClosedValue, StoredSplit, StoredValue
from metrics.periods import Grain, Period, advance
from metrics.registry import metric, metrics
from metrics.values import series
from tenants.models import Company
from tests.casting import Clients, Jobs
from tests.metrics.late import cancel, kept, month
from tests.metrics.test_options_of_a_company import client_with

CHURN = "customer_churn_rate"


@pytest.fixture
def closed(company: Company, do_jobs: Jobs) -> ClosedMonth:
    """The month of three months ago, closed, and then two late cancellations in it."""
    kept(company)
    StoredSplit.objects.create(by="region", asked_on=company.today())
    ledger.keep_asked_splits()
    found = close_month(start=month(company, 3), by=None, note="books are closed")
    cancel(company, "Alpha", "Gamma")
    do_jobs(company, queue="metrics")
    return found


def period_of(found: ClosedMonth) -> Period:
    return Period(found.start, advance(found.start, Grain.MONTH))


def span(found: ClosedMonth) -> dict[str, str]:
    return {"start": str(found.start), "end": str(advance(found.start, Grain.MONTH))}


def test_all_values_are_copied(company: Company) -> None:
    kept(company)
    StoredSplit.objects.create(by="region", asked_on=company.today())
    ledger.keep_asked_splits()
    start = month(company, 3)
    found = close_month(start=start, by=None)
    stored = StoredValue.objects.filter(start=start)
    names = ("segment", "value", "low", "high", "numerator", "denominator", "n", "parts", "reason")
    expected = {
        (one.series.metric, one.series.by, *(str(getattr(one, name)) for name in names))
        for one in stored.select_related("series")
        if bool(one.series.by) == bool(one.segment)
    }
    rows = ClosedValue.objects.filter(month=found)
    copied = {(one.metric, one.by, *(str(getattr(one, name)) for name in names)) for one in rows}
    empty = {one for one in copied if one[3] == one[6] == one[-1] == "None"}
    assert copied - empty == expected
    assert all(one[1] == "" for one in empty)
    assert {one.metric for one in rows if not one.by} == {one.key for one in metrics()}
    assert {one.by for one in rows} == {"", "region"}
    assert AuditEntry.objects.filter(action="month.closed").count() == 1


def test_what_had_nothing_behind_it_is_closed_too(company: Company, do_jobs: Jobs) -> None:
    kept(company)
    found = close_month(start=month(company, 3), by=None)
    cancel(company, "Alpha")
    do_jobs(company, queue="metrics")
    lost = series(
        metric("churn_reasons"), [period_of(found)], company=company, as_of=company.today()
    ).totals[0]
    assert lost.closed is not None
    assert (lost.value, lost.closed.value, lost.closed.is_other) == (1, 0, True)


def test_both_numbers_stand_when_they_differ(company: Company, closed: ClosedMonth) -> None:
    found = series(
        metric(CHURN), [period_of(closed)], company=company, as_of=company.today()
    ).totals[0]
    assert found.value == pytest.approx(0.4)
    assert found.closed is not None
    closed_as = [found.closed.value, found.closed.numerator, found.closed.denominator]
    assert closed_as == [0.0, Decimal(0), Decimal(5)]
    assert found.closed.is_other
    same = series(metric("nps"), [period_of(closed)], company=company, as_of=company.today())
    assert same.totals[0].closed is not None
    assert not same.totals[0].closed.is_other


def test_the_pages_show_both(company: Company, closed: ClosedMonth, client_of: Clients) -> None:
    client = client_of(company, "viewer")
    query = {"preset": "custom", "grain": "month", **span(closed), "by": "region"}
    query["end"] = str(period_of(closed).days and period_of(closed).end)
    page = client.get(f"/metrics/{CHURN}/", {**query, "at": str(closed.start)})
    assert page.status_code == 200
    text = page.content.decode()
    assert "0.00\u00a0% as closed on" in text
    assert "now 40.00\u00a0%" in text
    explained = client.get(f"/metrics/{CHURN}/explain/", span(closed)).content.decode()
    assert "as closed on" in explained
    other = client.get(f"/metrics/{CHURN}/explain/", {**span(closed), "method": "events"})
    assert "cannot be compared" in other.content.decode()


def test_the_api_and_files_give_both(company: Company, closed: ClosedMonth) -> None:
    call = client_with(company, "read")
    params = {**span(closed), "grain": "month", "by": "region"}
    values = call("get", f"metrics/{CHURN}/", params).json()["values"]
    by_segment = {value["segment"]: value for value in values}
    total = by_segment[None]["closed"]
    assert (total["value"], total["numerator"], total["denominator"]) == (0.0, 0, 5)
    assert total["differs"] is True
    assert by_segment["north"]["closed"]["denominator"] == 2
    assert by_segment["north"]["closed"]["differs"] is True
    explained = call("get", f"metrics/{CHURN}/explain/", span(closed)).json()
    assert explained["closed"] == total
    other = call("get", f"metrics/{CHURN}/", {**params, "method": "events"}).json()["values"][0]
    assert other["closed"]["differs"] is False
    assert other["closed"]["not_comparable"] == "closed with other options: method=cohort"
    answer = call("get", f"metrics/{CHURN}/table.csv", params)
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows[0]["closed_value"] == "0.0"
    assert rows[0]["closed_denominator"] == "5"
    before = {"start": str(month(company, 5)), "end": str(month(company, 4)), "grain": "month"}
    assert call("get", f"metrics/{CHURN}/", before).json()["values"][0]["closed"] is None


def test_only_months_that_are_over(company: Company) -> None:
    kept(company)
    for start in (month(company, 0), month(company, -1), month(company, 3).replace(day=2)):
        with pytest.raises(ValidationError):
            close_month(start=start, by=None)
    with pytest.raises(ValidationError, match="no values from before"):
        close_month(start=month(company, 200), by=None)
    close_month(start=month(company, 1), by=None)
    with pytest.raises(ValidationError, match="closed already"):
        close_month(start=month(company, 1), by=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        ClosedMonth.objects.create(
            start=month(company, 1), closed_at="2026-01-01T00:00Z", closed_by_label="x"
        )


def test_a_month_is_reopened_with_a_reason_and_the_record_stays(
    company: Company, closed: ClosedMonth
) -> None:
    with pytest.raises(ValidationError, match="Say why"):
        reopen_month(month=closed, because="  ", by=None)
    reopen_month(month=closed, because="wrong numbers", by=None)
    with pytest.raises(ValidationError, match="open already"):
        reopen_month(month=closed, because="again", by=None)
    found = series(metric(CHURN), [period_of(closed)], company=company, as_of=company.today())
    assert found.totals[0].closed is None
    closed.refresh_from_db()
    assert closed.reopened_because == "wrong numbers"
    assert ClosedValue.objects.filter(month=closed).exists()
    entry = AuditEntry.objects.get(action="month.reopened")
    assert entry.detail == {"reason": "wrong numbers"}
    anew = close_month(start=closed.start, by=None)
    assert anew.pk != closed.pk
    found = series(metric(CHURN), [period_of(closed)], company=company, as_of=company.today())
    assert found.totals[0].closed is not None
    assert not found.totals[0].closed.is_other


def test_admins_close_and_reopen_by_page(company: Company, client_of: Clients) -> None:
    kept(company)
    path, start = "/settings/metrics/closed-months/", month(company, 2)
    assert client_of(company, "manager").get(path).status_code == 403
    assert client_of(company, "manager").post(path, {"start": str(start)}).status_code == 403
    client = client_of(company, "admin")
    assert "No month is closed" in client.get(path).content.decode()
    assert client.post(path, {"start": "soon"}).status_code == 422
    assert client.post(path, {"start": str(start), "note": "done"}).status_code == 302
    text = client.get(path).content.decode()
    assert "done" in text
    found = ClosedMonth.objects.get()
    assert found.closed_by is not None
    assert client.post(f"{path}{found.pk}/reopening/", {"reason": ""}).status_code == 422
    assert client.post(f"{path}{found.pk}/reopening/", {"reason": "oops"}).status_code == 302
    assert "Closed once and open again" in client.get(path).content.decode()


def test_the_api_closes_and_reopens(company: Company) -> None:
    kept(company)
    call = client_with(company, "read", "write")
    start = month(company, 2)
    made = call("post", "closed-months/", {"start": str(start), "note": "n"})
    assert made.status_code == 201, made.content
    assert made.json()["start"] == str(start)
    again = call("post", "closed-months/", {"start": str(start)})
    assert (again.status_code, again.json()["errors"][0]["field"]) == (400, "start")
    bodies: list[Any] = [{"start": "x"}, {}, {"start": str(start), "more": 1}, []]
    for body in bodies:
        assert call("post", "closed-months/", body).status_code == 400
    number = made.json()["id"]
    assert call("get", f"closed-months/{number}/").json()["reopened_at"] is None
    assert call("delete", f"closed-months/{number}/").status_code == 400
    assert call("delete", f"closed-months/{number}/?reason=wrong").status_code == 204
    (listed,) = call("get", "closed-months/").json()["results"]
    assert listed["reopened_because"] == "wrong"
    assert call("delete", "closed-months/999/?reason=wrong").status_code == 404
    reader = client_with(company, "read")
    assert reader("post", "closed-months/", {"start": str(start)}).status_code == 403


def test_a_company_without_values_kept_can_close(company: Company) -> None:
    from tests.metrics import facts

    facts.term("a", month(company, 6), None, 10)
    ledger.rebuild()
    found = close_month(start=month(company, 2), by=None)
    values: Any = ClosedValue.objects.filter(month=found, metric="mrr", by="")
    assert values.get().value == 10
