"""The overview: the company at a glance, from what is kept, and an owner's customers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from customers.models import Change, Customer
from customers.owners import EVERYBODY, Owned
from metrics.actions import ledger
from metrics.actions.closing import close_month
from metrics.actions.goals import save_goal
from metrics.models import HealthScore, StoredOverview, StoredSeries
from metrics.overview import Overview, overview
from metrics.periods import Grain, advance, floor, latest, previous
from metrics.pickers import one_period
from metrics.registry import metrics
from metrics.shared import Shared
from metrics.stored.overview import FIGURES, PANELS, kept_sentences, make
from tenants.languages import speaking
from tenants.models import Company
from tests.casting import Clients, Jobs
from tests.metrics import facts
from tests.metrics.health.scored import only_model, span
from tests.metrics.late import cancel, kept, month
from tests.metrics.test_options_of_a_company import client_with


@pytest.fixture
def busy(company: Company) -> None:
    """Two years of customers of two owners, with comers and leavers; values kept."""
    this = floor(company.today(), Grain.MONTH)
    for number in range(24):
        starts = advance(this, Grain.MONTH, number - 24)
        ends = advance(starts, Grain.MONTH, 9) if number % 5 == 4 and number < 15 else None
        facts.term(f"c{number}", starts, ends, 100 + number)
        facts.attribute(f"c{number}", "owner", "Ann" if number % 2 else "bob@acme.example")
        facts.attribute(f"c{number}", "segment", "Large" if number % 3 else "Small")
    facts.term("today", company.today(), None, 500)
    ledger.rebuild()
    ledger.refresh(keeps=True)


def seen(company: Company, owned: Owned = EVERYBODY, **params: str) -> Overview:
    chosen = one_period(params, company=company, as_of=company.today())
    return overview(chosen, owned=owned, shared=Shared(company, company.today()))


@pytest.mark.usefixtures("busy")
def test_what_is_made_ahead_is_what_would_be_computed(company: Company) -> None:
    live = seen(company)
    make(company)
    ahead = seen(company)
    assert [one.figure.before.value for one in ahead.figures] == [
        one.figure.before.value for one in live.figures
    ]
    assert [one.figure.value.value for one in ahead.figures] == [
        one.figure.value.value for one in live.figures
    ]
    assert [one.figure.is_significant for one in ahead.figures] == [
        one.figure.is_significant for one in live.figures
    ]
    assert ahead.company_wide == live.company_wide
    assert ahead.company_wide.cohorts
    assert ahead.company_wide.sentences


@pytest.mark.usefixtures("busy")
def test_what_stands_is_compared_with_a_day_and_what_flows_with_days(company: Company) -> None:
    this = floor(company.today(), Grain.MONTH)
    before = advance(this, Grain.MONTH, -1)
    so_far = {one.shown.key: one.shown.compared for one in seen(company).figures}
    days = (company.today() - this).days + 1
    assert so_far["gross_revenue_churn_rate"].start == before
    for key in ("mrr", "customers", "arpa"):
        assert so_far[key].days == 1
        assert so_far[key].end == so_far["quick_ratio"].end <= before + dt.timedelta(days)
    over = {one.shown.key: one.shown for one in seen(company, preset="last_month").figures}
    assert over["mrr"].compared.start == advance(before, Grain.MONTH, -1)
    assert over["mrr"].compared.days > 27


def test_the_first_figures_are_not_compared_with_what_was_before_them(company: Company) -> None:
    """Customers first, their contracts a minute later, as files of a new company come."""
    facts.customer("c1")
    ledger.refresh(keeps=True)
    make(company)
    this = floor(company.today(), Grain.MONTH)
    facts.term("c1", advance(this, Grain.MONTH, -6), None, 100)
    facts.term("c2", advance(this, Grain.MONTH, -5), company.today(), 50)
    for customer in Customer.objects.all():
        Change.objects.create(customer=customer)
    ledger.refresh(keeps=True)
    soon = seen(company)
    make(company)
    later = seen(company)
    assert soon.figures[0].figure.before.value == 150
    assert [one.figure.before.value for one in soon.figures] == [
        one.figure.before.value for one in later.figures
    ]
    assert soon.company_wide.sentences == later.company_wide.sentences != []


@pytest.mark.usefixtures("busy")
def test_sentences_are_kept_in_the_tongues_of_the_readers(company: Company) -> None:
    User.objects.filter(role="viewer").update(language="de")
    spoken = [("en", ""), ("de", ""), ("en", "en-US")]
    live = {}
    for one in spoken:
        with speaking(*one):
            live[one] = seen(company).company_wide.sentences
    assert live["en", ""] != live["de", ""]

    make(company)
    kept = StoredOverview.objects.get().content["sentences"]
    assert set(kept) == {"en ", "de de-DE"}
    with CaptureQueriesContext(connection) as caught:
        for one in spoken[:2]:
            with speaking(*one):
                assert seen(company).company_wide.sentences == live[one]
    assert not any("metrics_departure" in query["sql"] for query in caught)
    with speaking(*spoken[2]):  # nobody's, so it is made for the page
        assert seen(company).company_wide.sentences == live[spoken[2]]


@pytest.mark.usefixtures("busy")
def test_reading_it_computes_nothing(company: Company) -> None:
    """Not a query over the ledger's whole, nor one that grows with the customers."""
    make(company)
    seen(company)  # asks for the split that the sentences look at to be kept
    ledger.keep_asked_splits()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        seen(company)
    texts = [query["sql"] for query in asked.captured_queries]
    assert len(texts) < 40, "\n".join(text[:100] for text in texts)
    whole = [text for text in texts if "metrics_movement" in text and "day >=" not in text]
    assert all("min(" in text.lower() for text in whole), whole


@pytest.mark.usefixtures("busy")
def test_another_option_is_not_compared_with_what_was_made_ahead(company: Company) -> None:
    from metrics.models import ChosenOption

    make(company)
    period = latest(Grain.MONTH, 1, as_of=company.today())[0]
    before = previous(period, Grain.MONTH)
    assert kept_sentences(period, before, Shared(company, company.today()))
    ChosenOption.objects.create(metric="customer_churn_rate", option="method", value="events")
    assert kept_sentences(period, before, Shared(company, company.today())) is None
    found = {one.figure.series.metric.key: one.figure for one in seen(company).figures}
    assert found["customer_churn_rate"].series.options["method"] == "events"
    assert found["customer_churn_rate"].before.numerator is not None
    assert found["customer_churn_rate"].before.parts or found["customer_churn_rate"].before.sums


@pytest.mark.usefixtures("busy")
def test_what_was_made_in_another_currency_is_not_shown(company: Company) -> None:
    make(company)
    assert Shared(company, company.today()).prepared is not None
    company.currency = "CHF"
    assert Shared(company, company.today()).prepared is None


def test_the_job_makes_it_after_each_refresh(company: Company, do_jobs: Jobs) -> None:
    kept(company)
    cancel(company, "Alpha")
    do_jobs(company, queue="metrics")
    row = StoredOverview.objects.get()
    assert row.as_of == company.today()
    assert set(row.content) == {*PANELS, "before", "currency", "options", "sentences"}
    assert set(row.content["before"]["values"]) >= set(FIGURES)


@pytest.mark.usefixtures("busy")
def test_the_page_shows_it_all(company: Company, client_of: Clients) -> None:
    due = dt.date(company.today().year + 1, 12, 31)
    save_goal(
        values={
            "metric": "mrr",
            "target": Decimal(9000),
            "due_on": due,
            "begins_on": company.today(),
        },
        by=None,
    )
    make(company)
    page = client_of(company, "viewer").get("/")
    text = page.content.decode()
    assert page.status_code == 200
    for words in (
        "The whole company",
        "What changed",
        "Retention by cohort",
        "Health by MRR",
        "Forecast",
        "MRR movements",
        "Goal at least $9,000.00",
        "Customers gained",
    ):
        assert words in text, words
    assert "from today" in text  # the sentence names who came alone


@pytest.mark.usefixtures("busy")
def test_an_owner_s_figures(company: Company, client_of: Clients) -> None:
    wanted = Owned(choice="ann", names=("ann",))
    found = seen(company, wanted, preset="last_month")
    assert found.owner == "Ann"
    figures = {one.figure.series.metric.key: one.figure for one in found.figures}
    # Of twelve with odd numbers, those with 9 and 14 left (14 is even): 9 has.
    assert figures["customers"].value.value == 11
    assert found.company_wide.sentences == ()
    text = client_of(company).get("/", {"owner": "ann"}).content.decode()
    assert "Customers of Ann" in text
    assert "What changed" in text  # said to be the company's
    assert "Retention by cohort" not in text
    nobody = client_of(company).get("/", {"owner": "nobody@acme.example"})
    assert nobody.status_code == 200
    assert "No figures of that owner" in nobody.content.decode()


def test_a_manager_begins_with_the_company(company: Company, client_of: Clients) -> None:
    facts.term("mine", company.today(), None, 100)
    facts.attribute("mine", "owner", "manager@acme.example")
    ledger.rebuild()
    assert "The whole company" in client_of(company, "manager").get("/").content.decode()
    mine = client_of(company, "manager").get("/", {"owner": "me", "preset": "month"})
    assert "Customers of manager@acme.example" in mine.content.decode()


def test_a_closed_month_shows_both_numbers(
    company: Company, do_jobs: Jobs, client_of: Clients
) -> None:
    kept(company)
    close_month(start=month(company, 1), by=None)
    cancel(company, "Alpha", "Gamma", ago=1)
    do_jobs(company, queue="metrics")
    client = client_of(company, "viewer")
    text = client.get("/", {"preset": "last_month"}).content.decode()
    assert "month closed" in text
    assert "$500.00 as closed on" in text
    assert "net $0.00 as closed on" in text
    index = client.get("/metrics/").content.decode()
    assert "$500.00 as closed on" in index
    detail = client.get("/metrics/mrr/").content.decode()
    assert "As closed, where that is another" in detail


@pytest.mark.usefixtures("busy")
def test_it_says_of_whom_little_is_known(company: Company, client_of: Clients) -> None:
    HealthScore.objects.all().delete()
    StoredSeries.objects.all().delete()
    version = only_model()
    for number in range(10, 14):
        span(f"c{number}", version, company.today(), None, 90, 100 if number == 10 else 10)
    make(company)
    health = seen(company).company_wide.health
    assert health is not None
    little = health.little_known
    assert (little.customers, little.share, little.mrr) == (3, 0.75, Decimal(336))
    page = client_of(company, "viewer").get("/").content.decode()
    assert "Little is known of 75\u00a0% of the customers with a score (75\u00a0% by MRR)" in page
    found = client_with(company, "read")("get", "overview/").json()["health"]
    assert found["little_known"] == {
        "coverage_below": 50,
        "customers": 3,
        "share": 0.75,
        "mrr": "336.00",
        "mrr_share": pytest.approx(336 / 446),
    }


@pytest.mark.usefixtures("busy")
def test_the_api_has_the_same_figures_and_sentences(company: Company, client_of: Clients) -> None:
    make(company)
    call = client_with(company, "read")
    answer = call("get", "overview/")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    found = seen(company)
    assert [one["text"] for one in body["sentences"]] == [
        one.text for one in found.company_wide.sentences
    ]
    assert [one["metric"] for one in body["figures"]] == list(FIGURES)
    assert body["figures"][0]["value"]["value"] == f"{found.figures[0].figure.value.value:.2f}"
    assert len(body["movements"]) == 12
    assert body["cohorts"][0]["cells"][0]["share"] is not None
    text = client_of(company, "viewer").get("/").content.decode()
    for one in body["sentences"]:
        assert one["text"].replace("'", "&#x27;") in text
    assert call("get", "overview/", {"preset": "never"}).status_code == 400
    assert call("get", "overview/", {"colour": "red"}).status_code == 400
    assert call("get", "overview/", {"owner": "me"}).json()["code"] == "invalid_owner"
    theirs = call("get", "overview/", {"owner": "Ann"}).json()
    assert (theirs["owner"], theirs["sentences"], theirs["health"]) == ("Ann", [], None)


@pytest.mark.usefixtures("busy")
def test_the_index_answers_by_question(company: Company, client_of: Clients) -> None:
    client = client_of(company, "viewer")
    client.get("/metrics/")
    with CaptureQueriesContext(connection) as asked:
        text = client.get("/metrics/").content.decode()
    for words in (
        "Are we keeping customers?",
        "Are we growing?",
        "Is it worth it?",
        "Are they happy?",
        "Do they use it?",
        "Do we answer fast?",
    ):
        assert words in text
    for one in metrics():
        assert f"/metrics/{one.key}/" in text
    assert len(asked.captured_queries) < 30
