"""Values of months gone by that late facts change: what the log says, and where it is shown."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest

from customers.actions.facts import remove_facts
from customers.imports.kinds import KINDS
from customers.models import Change, Customer
from metrics.actions import ledger
from metrics.models import RestatedBy, Restatement, StoredSplit
from metrics.restated.log import Explained, Filters, explained
from tenants.models import Company
from tests.casting import Clients, Jobs
from tests.metrics.late import cancel, kept, month, source, subscription, tell
from tests.metrics.test_options_of_a_company import client_with

CHURN = "customer_churn_rate"


def of(company: Company, metric: str, ago: int = 3, **more: Any) -> list[Explained]:
    """The log's entries of a metric in a month, newest first; of the total unless told."""
    start = month(company, ago)
    filters = Filters(metric, **{"by": "", **more}, start=start, end=start + dt.timedelta(days=1))
    return explained(filters.rows(), company=company)


def numbers(row: Restatement) -> list[Decimal | None]:
    return [
        row.was,
        row.became,
        row.was_numerator,
        row.became_numerator,
        row.was_denominator,
        row.became_denominator,
    ]


def test_late_cancellations_restate_and_are_named(company: Company, do_jobs: Jobs) -> None:
    start = kept(company)
    assert not Restatement.objects.exists()
    day = cancel(company, "Alpha", "Gamma", "Delta")
    do_jobs(company, queue="metrics")
    assert not Change.objects.exists()
    (entry,) = of(company, CHURN)
    row = entry.row
    assert numbers(row) == [
        Decimal(0),
        Decimal("0.6"),
        Decimal(0),
        Decimal(3),
        Decimal(5),
        Decimal(5),
    ]
    assert row.recomputation.cause == "facts"
    assert entry.why == "3 late cancellations"
    assert {one.customer.name for one in entry.causes.facts if one.customer} == {
        "Alpha",
        "Gamma",
        "Delta",
    }
    for one in entry.causes.facts:
        ((was, now),) = one.changes
        assert (was.field.name, was.value, now.value) == ("ended_on", None, day)
        assert one.row.values["started_on"] == start
        assert one.told_by == "Import: cancellations.csv"
    (mrr,) = of(company, "mrr")
    assert numbers(mrr.row)[:2] == [Decimal(500), Decimal(200)]
    assert not of(company, CHURN, ago=4)  # before they left, nothing changed
    assert not of(company, "nps")


def test_each_restatement_names_its_own_facts(company: Company, do_jobs: Jobs) -> None:
    kept(company)
    cancel(company, "Alpha")
    do_jobs(company, queue="metrics")
    cancel(company, "Beta")
    do_jobs(company, queue="metrics")
    second, first = of(company, CHURN)
    assert (first.why, second.why) == ("1 late cancellation", "1 late cancellation")
    assert [one.row.external_id for one in first.causes.facts] == ["sub-alpha"]
    assert [one.row.external_id for one in second.causes.facts] == ["sub-beta"]
    assert (second.row.was, second.row.became) == (first.row.became, Decimal("0.4"))


def ticket(name: str, day: dt.date) -> dict[str, Any]:
    """Of Beta's, resolved five hours after it was opened."""
    opened = dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)
    return {
        "external_id": name,
        "customer": "beta",
        "opened_at": opened.isoformat(),
        "resolved_at": (opened + dt.timedelta(hours=5)).isoformat(),
    }


def test_only_facts_that_the_metric_reads_are_named(company: Company, do_jobs: Jobs) -> None:
    kept(company)
    tell("tickets", ticket("t-0", month(company, 6)))
    ledger.refresh()
    assert not of(company, "resolution_time", ago=6)  # the first facts restate nothing
    tell("tickets", ticket("t-before", month(company, 9)))
    ledger.refresh()
    assert not of(company, "resolution_time", ago=9)  # nor do those from before all of them
    tell("tickets", ticket("t-1", month(company, 3)))
    cancel(company, "Alpha")
    do_jobs(company, queue="metrics")
    assert of(company, CHURN)[0].why == "1 late cancellation"
    (resolution,) = of(company, "resolution_time")
    assert resolution.why == "1 late ticket"
    assert numbers(resolution.row)[:2] == [None, Decimal(5)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": "120"}, "1 late change of price"),
        ({"quantity": "2"}, "1 late change of quantity"),
        ({"plan": "Pro"}, "1 late change of plan"),
    ],
)
def test_changes_of_terms_in_words(
    company: Company, do_jobs: Jobs, changes: dict[str, str], words: str
) -> None:
    kept(company)
    begins = month(company, 3).replace(day=5)
    tell("subscriptions", subscription("Beta", month(company, 12), ended_on=str(begins)))
    tell("subscriptions", subscription("Beta", begins, **changes))
    do_jobs(company, queue="metrics")
    key = "expansion_revenue" if "plan" in changes else "mrr"
    found = of(company, key)
    if "plan" in changes:
        found = found or of(company, "mrr_movements")
    for entry in found:
        assert {one.phrase.of(1) for one in entry.causes.facts} == {words}


def test_new_and_removed_contracts_in_words(company: Company, do_jobs: Jobs) -> None:
    kept(company)
    late = subscription("Beta", month(company, 3), external_id="another")
    tell("subscriptions", late)
    do_jobs(company, queue="metrics")
    late_contract = of(company, "mrr")[0]
    assert late_contract.why == "1 late contract"
    (fact,) = late_contract.causes.facts
    assert fact.row.told
    assert len(fact.row.told) < len(fact.row.cells)
    assert all(cell.value not in (None, "") for cell in fact.row.told)
    remove_facts(kind=KINDS["subscriptions"], external_ids=["another"], source=source("oops"))
    do_jobs(company, queue="metrics")
    removal = of(company, "mrr")[0]
    assert removal.why == "1 removed contract"
    (one,) = removal.causes.facts
    assert (one.after, one.told_by) == (None, "Import: oops")


def test_segments_name_the_facts_of_their_customers(company: Company, do_jobs: Jobs) -> None:
    kept(company)
    StoredSplit.objects.create(by="region", asked_on=company.today())
    ledger.keep_asked_splits()
    cancel(company, "Alpha", "Gamma", "Delta")
    do_jobs(company, queue="metrics")
    (north,) = of(company, CHURN, by="region", segment="north")
    (south,) = of(company, CHURN, by="region", segment="south")
    assert (north.why, south.why) == ("1 late cancellation", "2 late cancellations")
    assert [north.row.became, south.row.became_numerator] == [Decimal("0.5"), Decimal(2)]


def test_facts_that_are_gone_are_said_to_be(company: Company, do_jobs: Jobs) -> None:
    kept(company)
    cancel(company, "Alpha")
    do_jobs(company, queue="metrics")
    Customer.objects.filter(external_id="alpha").delete()
    (entry,) = of(company, CHURN)
    assert entry.why == "subscriptions of a customer that was removed since"
    RestatedBy.objects.all().delete()
    (entry,) = of(company, CHURN)
    assert entry.why == "facts that are no longer on record"


def test_the_pages_show_it(company: Company, client_of: Clients, do_jobs: Jobs) -> None:
    client = client_of(company, "viewer")
    empty = client.get("/restatements/").content.decode()
    assert "Nothing was restated" in empty
    kept(company)
    cancel(company, "Alpha", "Gamma")
    do_jobs(company, queue="metrics")
    when = f"{month(company, 3):%Y-%m}"
    page = client.get("/restatements/", {"metric": CHURN, "month": when})
    assert page.status_code == 200
    text = page.content.decode()
    assert "2 late cancellations" in text
    assert "40.00" in text
    one = Restatement.objects.filter(metric=CHURN).first()
    assert one is not None
    whole = client.get(f"/restatements/{one.recomputation_id}/").content.decode()
    assert "Alpha" in whole
    assert "Gamma" in whole
    assert "cancellations.csv" in whole
    assert "By 2 late cancellations, told on " in whole
    assert ", was open" in whole
    assert "/facts/subscriptions/" in whole
    detail = client.get(f"/metrics/{CHURN}/").content.decode()
    assert 'id="restated"' in detail
    assert 'href="#restated">restated' in detail
    assert "Restatements" in client.get("/metrics/").content.decode()
    assert client.get("/restatements/999999/").status_code == 404


@pytest.mark.parametrize(
    "params",
    [{"metric": "nope"}, {"month": "2026-13"}, {"month": "99999-01"}, {"segment": "north"}],
)
def test_what_cannot_be_asked_is_told(
    company: Company, client_of: Clients, params: dict[str, str]
) -> None:
    page = client_of(company, "viewer").get("/restatements/", params)
    assert page.status_code == 400


def test_the_api_lists_and_pages(company: Company, do_jobs: Jobs) -> None:
    kept(company)
    cancel(company, "Alpha", "Gamma")
    do_jobs(company, queue="metrics")
    call = client_with(company, "read")
    start = month(company, 3)
    params = {"metric": CHURN, "by": "", "start": str(start), "end": str(month(company, 2))}
    (one,) = call("get", "restatements/", params).json()["results"]
    assert one["why"] == "2 late cancellations"
    assert one["was"] == {"value": 0.0, "numerator": 0, "denominator": 5}
    assert one["became"] == {"value": 0.4, "numerator": 2, "denominator": 5}
    assert one["start"] == str(start)
    assert (one["cause"], one["fact_count"]) == ("facts", 2)
    fact = one["facts"][0]
    assert fact["before"] == {"ended_on": None}
    assert fact["after"] == {"ended_on": str(start.replace(day=10))}
    assert fact["source"] == "Import: cancellations.csv"
    assert call("get", f"restatements/{one['id']}/").json()["id"] == one["id"]
    ids: list[int] = []
    url: str | None = "restatements/?page_size=7"
    while url:
        page = call("get", url.split("/api/v1/")[-1]).json()
        ids += [row["id"] for row in page["results"]]
        url = page["next"]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == Restatement.objects.count()
    count = Restatement.objects.filter(metric=CHURN).count()
    answer = call("get", "restatements/table.csv", {"metric": CHURN})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert len(rows) == count
    assert {row["why"] for row in rows} == {"2 late cancellations"}


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"metric": "nope"}, "unknown_metric"),
        ({"start": "soon"}, "invalid_period"),
        ({"start": "2026-02-01", "end": "2026-01-01"}, "invalid_period"),
        ({"segment": "north"}, "invalid_segment"),
        ({"by": "a\x00b"}, "invalid_segment"),
        ({"cursor": "x"}, "invalid_cursor"),
        ({"page_size": "0"}, "invalid_page_size"),
        ({"nonsense": "1"}, "unknown_parameter"),
    ],
)
def test_bad_input_is_a_400(company: Company, params: dict[str, str], code: str) -> None:
    answer = client_with(company, "read")("get", "restatements/", params)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert client_with(company, "read")("get", "restatements/999/").status_code == 404
