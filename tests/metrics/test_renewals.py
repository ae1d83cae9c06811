"""What comes due: the page's rows and sums are `renewal_rate`'s, and what lies ahead stands as it
does today."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from accounts.actions.keys import create_api_key
from accounts.models import AuditEntry, User
from customers.models import Customer, Renewal
from customers.owners import Owned
from metrics.actions import ledger
from metrics.contributions.due import Days
from metrics.contributions.frame import WHOLE
from metrics.models import HealthScore, HealthVersion, RenewalHistory
from metrics.periods import DAY, Grain, Period, periods
from metrics.renewals import keeping
from metrics.renewals.asking import span
from metrics.renewals.listing import (
    Filters,
    Listing,
    Outcome,
    Sums,
    added,
    certain,
    cut,
    lost,
    total,
    undecided,
)
from metrics.renewals.outlook import Gone, expected, outlook_of, rate_of, rates_of, said_and_came
from tenants.jobs import run_pending
from tenants.models import Company
from tests.customers.importing import imported
from tests.metrics import facts, revenue
from tests.metrics import plain_revenue as plain
from tests.metrics.health.scored import span as health_span
from tests.metrics.revenue import AS_OF, SPAN, by_cell, engine, random_histories, stored

ClientOf = Callable[..., Client]


@random_histories
@given(
    found=revenue.customers(),
    which=st.sampled_from(list(Days)),
    as_of=st.sampled_from([AS_OF, date(2026, 2, 10)]),
)
def test_until_today_rows_and_sums_are_the_renewal_rates(
    company: Company, found: list[plain.Customer], which: Days, as_of: date
) -> None:
    options = {"grace_days": "0", "due": which.value}
    begun = [p for p in periods(*SPAN, Grain.MONTH, as_of=as_of) if p.is_begun]
    with stored(found):
        heads, gross, net = (
            by_cell(engine(company, "renewal_rate", begun, WHOLE, as_of, count=count, **options))
            for count in ("customers", "mrr_gross", "mrr_net")
        )
        listing = Listing(company, as_of, SPAN[0], begun[-1].end, which)
        months = listing.months()
        rows = listing.page(size=1000)
    assert [(month.start, month.end) for month in months] == [(p.start, p.end) for p in begun]
    for month, period in zip(months, begun, strict=True):
        key = (period, None) if (period, None) in heads else (period, "")
        renewed, lost, undecided = (
            month.of(outcome) for outcome in ("renewed", "lost", "undecided")
        )
        value = heads[key]
        assert (renewed.customers, renewed.customers + lost.customers) == (
            value.numerator,
            value.denominator,
        )
        assert undecided.customers == value.parts["undecided"]
        # Of a customer that renewed, something may be undecided still.
        assert month.of().gross == gross[key].numerator
        assert month.of().net == net[key].numerator
        assert month.of().mrr == (gross[key].denominator or 0) + gross[key].parts["undecided"]
        mine = [row for row in rows if period.start <= row.day < period.end]
        assert len(mine) == month.of().customers
        assert sum(row.mrr for row in mine) == month.of().mrr
    assert not any(row.is_ahead for row in rows)
    assert [row.day for row in rows] == sorted(row.day for row in rows)


def test_months_are_cut_at_today() -> None:
    today = date(2026, 1, 10)
    assert cut(date(2025, 12, 15), date(2026, 3, 1), today) == [
        Period(date(2025, 12, 15), date(2026, 1, 1)),
        Period(date(2026, 1, 1), date(2026, 1, 11)),
        Period(date(2026, 1, 11), date(2026, 2, 1)),
        Period(date(2026, 2, 1), date(2026, 3, 1)),
    ]
    whole = [Period(date(2026, 1, 1), date(2026, 1, 11))]
    assert cut(date(2026, 1, 1), date(2026, 1, 11), today) == whole


def year(of: str, begun: date, mrr: int = 100, until: date | None = None, **more: Any) -> Any:
    term = facts.term(of, begun, until, mrr, **more)
    term.interval = "year"
    term.save()
    return term


@pytest.fixture
def today(company: Company) -> date:
    return company.today()


@pytest.fixture
def due(company: Company, today: date) -> date:
    """Five contracts by the year that come due on one day, in 40 days."""
    day = today + 40 * DAY
    begun = day.replace(year=day.year - 1) if (day.month, day.day) != (2, 29) else day - 366 * DAY
    for name, mrr in (("goes on", 100), ("ends", 50), ("agrees", 30), ("cancels", 20)):
        year(name, begun, mrr, until=day if name == "ends" else None, subscription=f"s {name}")
    year("signed", begun, 10, until=day, subscription="s signed")
    year("signed", day, 12, subscription="s signed")
    facts.term("monthly", begun, None, 5)
    ledger.rebuild()
    return day


def listed(company: Company, day: date, **more: Any) -> dict[str, str]:
    listing = Listing(company, company.today(), day, day + DAY, **more)
    names = {facts.customer(name).pk: name for name in NAMES}
    return {names[row.customer_id]: row.outcome for row in listing.page(size=50)}


NAMES = ("goes on", "ends", "agrees", "cancels", "signed", "monthly")


def test_ahead_nothing_is_decided_until_it_is_said(
    company: Company, due: date, client_of: ClientOf
) -> None:
    assert listed(company, due) == {
        "goes on": "open",
        "ends": "open",
        "agrees": "open",
        "cancels": "open",
        "signed": "agreed",
    }
    manager = client_of(company, "manager")
    for name, words in (
        ("agrees", {"decision": "agreed"}),
        ("cancels", {"decision": "cancelled", "reason": "Too dear", "kind": "voluntary"}),
    ):
        url = f"/customers/{facts.customer(name).pk}/renewals/decision/"
        answer = manager.post(url, {"day": str(due), "next": "/renewals/?page=1", **words})
        assert answer["Location"] == "/renewals/?page=1"
    now = listed(company, due)
    assert (now["agrees"], now["cancels"], now["goes on"]) == ("agreed", "cancelled", "open")
    held = Renewal.objects.current().get(customer=facts.customer("cancels"))
    assert (held.churn_reason, held.churn_kind, held.cancelled_on, held.renews_on) == (
        "Too dear",
        "voluntary",
        company.today(),
        due,
    )
    assert AuditEntry.objects.filter(action="renewal.decided").count() == 2
    run_pending(queue="metrics")
    assert listed(company, due) == now, "the ledger says the same"

    for name in ("agrees", "cancels"):
        url = f"/customers/{facts.customer(name).pk}/renewals/decision/"
        manager.post(url, {"day": str(due), "decision": "open"})
    assert set(listed(company, due).values()) == {"open", "agreed"}
    assert Renewal.objects.current().count() == 2, "the same facts, corrected"
    run_pending(queue="metrics")
    assert listed(company, due)["cancels"] == "open"


def test_who_may_decide_and_what_is_refused(
    company: Company, other_company: Company, due: date, client_of: ClientOf
) -> None:
    url = f"/customers/{facts.customer('ends').pk}/renewals/decision/"
    said = {"day": str(due), "decision": "agreed"}
    assert client_of(company, "viewer").post(url, said).status_code == 403
    assert client_of(other_company, "owner").post(url, said).status_code == 404
    manager = client_of(company, "manager")
    assert manager.get(url).status_code == 405
    for wrong in ({"day": "soon"}, {"decision": "maybe"}, {"day": str(due + DAY)}):
        answer = manager.post(url, {**said, **wrong}, follow=True)
        assert "alert" in answer.content.decode()
    assert "evil" not in manager.post(url, {**said, "day": "x", "next": "//evil"})["Location"]
    manager.post(url, {**said, "decision": "cancelled", "kind": "sudden"})
    assert not Renewal.objects.exists()


def test_it_is_narrowed_and_sorted(company: Company, due: date, today: date) -> None:
    version = HealthVersion.objects.order_by("-pk")[0]
    HealthScore.objects.all().delete()
    health_span("ends", version, today - 60 * DAY, None, 20)
    facts.attribute("ends", "owner", "Ann")
    facts.attribute("agrees", "region", "north")
    of = {
        "owned": Filters(owned=Owned(choice="ann", names=("ann",))),
        "nobody": Filters(owned=Owned(choice="none", names=())),
        "red": Filters(bands=("red",)),
        "none": Filters(bands=("none",)),
        "north": Filters(by="region", segment="north"),
        "nowhere": Filters(by="region", segment="none"),
        "agreed": Filters(outcomes=("agreed",)),
    }
    found = {name: set(listed(company, due, filters=filters)) for name, filters in of.items()}
    everybody = {"goes on", "ends", "agrees", "cancels", "signed"}
    assert found["owned"] == found["red"] == {"ends"}
    assert found["nobody"] == found["none"] == everybody - {"ends"}
    assert found["north"] == {"agrees"}
    assert found["nowhere"] == everybody - {"agrees"}
    assert found["agreed"] == {"signed"}
    listing = Listing(company, today, due, due + DAY)
    assert [row.mrr for row in listing.page(order="mrr", size=9)] == [100, 50, 30, 20, 10]
    assert [row.mrr for row in listing.page(order="mrr", reverse=True, at=1, size=2)] == [20, 30]
    by_month = listed(company, due, which=Days.ALL)
    assert set(by_month) >= everybody


def test_the_page(company: Company, due: date, client_of: ClientOf) -> None:
    viewer = client_of(company, "viewer")
    page = viewer.get("/renewals/", {"start": str(due), "end": str(due)}).content.decode()
    for words in ("goes on", "$210.00", "Renewing", "Not decided", "Renewals"):
        assert words in page, words
    assert "renewals/decision" not in page
    manager = client_of(company, "manager")
    page = manager.get("/renewals/", {"start": str(due), "end": str(due)}).content.decode()
    assert page.count("renewals/decision/") == 8
    assert "/tasks/new/?" in page
    wrong = manager.get("/renewals/", {"band": "blue"})
    assert wrong.status_code == 400
    assert "band must be one of" in wrong.content.decode()
    nothing = manager.get("/renewals/", {"preset": "last_year", "owner": "all"}).content.decode()
    assert "Nothing comes due that fits" in nothing
    assert "By month" not in nothing


def test_who_renews_for_less_has_renewed_that_and_lost_the_rest(
    company: Company, today: date, client_of: ClientOf
) -> None:
    """Of 100, 40 and 60 that came due, 80 renewed, 40 at 50, and 60 did not."""
    day = today - 5 * DAY
    begun = day.replace(year=day.year - 1)
    for name, mrr, later in (("less", 100, 80), ("more", 40, 50), ("gone", 60, 0)):
        year(name, begun, mrr, until=day)
        if later:
            year(name, day, later)
    ledger.rebuild()
    (month,) = Listing(company, today, day, day + DAY).months()
    cells = month.cells
    assert certain(cells) == Outcome(2, Decimal(120))
    assert lost(cells) == Outcome(1, Decimal(80))
    assert undecided(cells) == Outcome(0, Decimal(0))
    assert month.of().mrr == 200
    expected = outlook_of(cells, [], minimum=5)
    assert expected is not None
    assert expected.certain == expected.value == 120
    page = client_of(company, "viewer").get("/renewals/", {"start": str(day), "end": str(day)})
    assert "$120.00" in page.content.decode()
    assert "$80.00" in page.content.decode()


def test_without_contracts_the_page_says_what_to_do(company: Company, client_of: ClientOf) -> None:
    assert "Nothing comes due yet" in client_of(company).get("/renewals/").content.decode()
    assert "Being counted" in client_of(company).get("/renewals/outlook/").content.decode()
    keeping.make(company)
    assert "Nothing came due yet" in client_of(company).get("/renewals/outlook/").content.decode()


def test_the_page_costs_the_same_for_any_number_of_rows(
    company: Company, due: date, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    viewer = client_of(company, "viewer")
    asked = {"start": str(due), "end": str(due)}
    viewer.get("/renewals/", asked)
    begun = due.replace(year=due.year - 2) if (due.month, due.day) != (2, 29) else due - 731 * DAY
    for number in range(30):
        year(f"more {number}", begun, 7)
    ledger.rebuild()
    with django_assert_max_num_queries(30):
        page = viewer.get("/renewals/", asked).content.decode()
    assert "more 29" in page


def test_the_customers_headline_has_the_next(
    company: Company, due: date, client_of: ClientOf
) -> None:
    url = f"/customers/{facts.customer('goes on').pk}/"
    page = client_of(company, "viewer").get(url).content.decode()
    assert f"Renews on {due:%-d %b %Y}, in 40 days, and nothing is decided" in page
    monthly = client_of(company, "viewer").get(f"/customers/{facts.customer('monthly').pk}/")
    assert "Next renewal" not in monthly.content.decode()


def gone(month: date, band: str, customers: int, renewed: int, each: int = 10) -> Gone:
    mrr = Decimal(customers * each)
    return Gone(month, band, customers, renewed, mrr, Decimal(renewed * each), mrr * each)


def test_the_rate_of_a_band_is_its_own_where_there_are_enough() -> None:
    month = date(2026, 1, 1)
    held = [gone(month, "green", 10, 9), gone(month, "red", 3, 0)]
    green, red = (rate_of(held, band, minimum=5) for band in ("green", "red"))
    assert green is not None
    assert red is not None
    assert (green.share, green.n, green.is_own) == (0.9, 10, True)
    assert (red.share, red.customers, red.is_own) == (pytest.approx(9 / 13), 13, False)
    assert rate_of([], "green", minimum=5) is None
    assert set(rates_of(held, ["green", "amber"], minimum=5)) == {"green", "amber"}


def test_what_is_expected_and_its_interval() -> None:
    rates = rates_of([gone(date(2026, 1, 1), "green", 100, 80)], ["green"], minimum=5)
    due = {"green": Sums(25, Decimal(250), squares=Decimal(2500))}
    found = expected(due, Decimal(1000), rates)
    assert found is not None
    assert found.value == pytest.approx(1200)
    # p (1 - p) x squares + p (1 - p) / n x sum^2 = 0.16 x 2500 + 0.0016 x 62500 = 500
    assert found.high - found.value == pytest.approx(1.959964 * 500**0.5, rel=1e-5)
    assert found.value - found.low == pytest.approx(found.high - found.value)
    certain = expected({}, Decimal(7), {})
    assert certain is not None
    assert (certain.low, certain.value, certain.high) == (7, 7, 7)
    assert expected(due, Decimal(0), {}) is None
    sure = rates_of([gone(date(2026, 1, 1), "green", 9, 9)], ["green"], minimum=5)
    all_of_it = expected(due, Decimal(0), sure)
    assert all_of_it is not None
    assert all_of_it.high == 250, "never more than is open"


def test_a_month_is_said_from_the_year_before_it_alone() -> None:
    last = date(2026, 1, 1)
    held = [gone(date(2024, m, 1), "green", 10, 5) for m in range(1, 13)]
    held += [gone(date(2025, m, 1), "green", 10, 10) for m in range(1, 13)]
    said = said_and_came(held, minimum=5, last=last)
    assert [one.month for one in said] == [date(2025, m, 1) for m in range(1, 13)]
    first, *_, latest = said
    assert first.outlook is not None
    assert latest.outlook is not None
    assert first.outlook.value == pytest.approx(50), "what came in the month itself is not known"
    assert latest.outlook.value == pytest.approx(100 * (5 + 11 * 10) / 120)
    assert (first.due, first.came) == (100, 100)
    assert not first.is_within


def test_the_history_is_kept_and_read(company: Company, today: date, client_of: ClientOf) -> None:
    month = (today.replace(day=1) - DAY).replace(day=1)
    day = month + 9 * DAY
    for number in range(8):
        begun = day.replace(year=day.year - 1)
        year(f"c{number}", begun, 100, until=day if number < 2 else None)
    ledger.rebuild()
    assert keeping.is_due(company)
    keeping.make(company)
    assert not keeping.is_due(company)
    [found] = keeping.kept() or []
    assert (found.month, found.band, found.customers, found.renewed) == (month, "none", 8, 6)
    assert (found.mrr, found.gross, found.squares) == (800, 600, 80000)
    page = client_of(company, "viewer").get("/renewals/outlook/").content.decode()
    assert re.search(r"75\.0\s%", page)
    listing = Listing(company, today, today, today + 366 * DAY)
    cells = added([one.cells for one in listing.months()])
    outlook = outlook_of(cells, keeping.kept(), minimum=company.minimum_n)
    assert outlook is not None
    assert outlook.open == total(cells, "open").mrr == 600
    assert outlook.value == pytest.approx(450)
    assert RenewalHistory.objects.count() == 1


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("quarter", date(2026, 1, 1), date(2026, 4, 1)),
        ("next_quarter", date(2026, 4, 1), date(2026, 7, 1)),
        ("last_year", date(2025, 1, 1), date(2026, 1, 1)),
        ("next_month", date(2026, 3, 1), date(2026, 4, 1)),
        ("90", date(2026, 2, 10), date(2026, 5, 11)),
    ],
)
def test_presets(preset: str, first: date, last: date) -> None:
    assert span(preset, date(2026, 2, 10)) == (first, last)


def test_imported_agreement(company: Company, due: date) -> None:
    agreed = company.today() - dt.timedelta(days=3)
    imported(
        "renewals",
        f"customer,subscription,renews on,agreed on\nends,s ends,{due},{agreed}\n",
    )
    assert Renewal.objects.get().agreed_on == agreed
    assert listed(company, due)["ends"] == "agreed"


def test_the_page_can_be_had_as_a_file(company: Company, due: date, client_of: ClientOf) -> None:
    Customer.objects.filter(external_id="goes on").update(name="=1+1")
    manager = client_of(company, "manager")
    asked = {"start": str(due), "end": str(due), "sort": "mrr"}
    page = manager.get("/renewals/", {**asked, "owner": "all", "decided": "open"}).content.decode()
    href = unescape(re.findall(r'href="(/api/v1/renewals/due/table\.csv\?[^"]+)"', page)[0])
    rows = read_csv(manager.get(href))
    names = [row["name"] for row in rows]
    assert names == ["'=1+1", "ends", "agrees", "cancels"]
    assert (
        rows[0]
        | {
            "customer": "goes on",
            "due_on": str(due),
            "outcome": "open",
            "mrr": "100.0000000000",
            "subscriptions": "s goes on",
            "currency": "USD",
        }
        == rows[0]
    )
    book = load_workbook(io.BytesIO(manager.get(href.replace(".csv", ".xlsx")).content)).active
    assert book is not None
    head, *found = book.iter_rows(values_only=True)
    assert [dict(zip(head, row, strict=True))["name"] for row in found] == names
    api = manager.get(href.replace("table.csv", "")).json()["results"]
    assert [row["customer"]["external_id"] for row in api] == [row["customer"] for row in rows]
    assert manager.get("/api/v1/renewals/due/table.pdf").status_code == 400
    assert manager.get("/api/v1/renewals/due/table.csv", {"band": "blue"}).status_code == 400


def test_mine_is_the_users_and_no_keys(company: Company, due: date, client_of: ClientOf) -> None:
    _, secret = create_api_key(by=None, name="test", scopes=["read"])
    manager = client_of(company, "manager")
    user = User.objects.get(role="manager")
    facts.attribute("ends", "owner", user.email)
    asked = {"start": str(due), "end": str(due), "owner": "me"}
    (row,) = read_csv(manager.get("/api/v1/renewals/due/table.csv", asked))
    assert (row["name"], row["owner"]) == ("ends", user.email)
    client = Client(SERVER_NAME=f"{company.slug}.localhost")
    headers = {"Authorization": f"Bearer {secret}"}
    answer = client.get("/api/v1/renewals/due/table.csv", asked, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_filter")


def read_csv(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.content
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
