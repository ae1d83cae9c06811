"""Options a company sets for its metrics, and who said which."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.actions.keys import create_api_key
from accounts.models import AuditEntry
from metrics.actions import ledger
from metrics.actions.options import set_options
from metrics.explanation import explain
from metrics.models import ChosenOption, StoredSeries
from metrics.options import Option, OptionError
from metrics.periods import Period
from metrics.registry import UnknownMetricError, metric, metrics
from metrics.values import series
from metrics.views.pages import PICKED
from tenants.models import Company
from tests.clients import HostClient
from tests.metrics import facts

ClientOf = Callable[..., Client]
CHURN = "customer_churn_rate"
DECEMBER = Period(date(2025, 12, 1), date(2026, 1, 1))
PARAMS = {"start": "2025-12-01", "end": "2026-01-01"}
AS_OF = date(2026, 3, 1)


@pytest.fixture
def history(company: Company) -> None:
    """Ten from before, of whom one leaves; one more joins and leaves inside December."""
    for number in range(10):
        ended = date(2025, 12, 16) if number == 0 else None
        facts.term(f"c{number}", date(2025, 3, 1), ended, 10)
    facts.term("brief", date(2025, 12, 5), date(2025, 12, 20), 10)
    ledger.rebuild()


def client_with(company: Company, *scopes: str) -> Callable[..., Any]:
    _, secret = create_api_key(by=None, name="test", scopes=list(scopes))
    client = HostClient(f"{company.slug}.localhost")

    def call(method: str, path: str, data: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {secret}"}
        kind = {"content_type": "application/json"} if method != "get" else {}
        return getattr(client, method)(f"/api/v1/{path}", data, headers=headers, **kind)

    return call


def churn(company: Company, **options: str) -> Any:
    return series(metric(CHURN), [DECEMBER], company=company, as_of=AS_OF, options=options)


@pytest.mark.usefixtures("history")
def test_the_company_s_option_holds_where_the_request_is_silent(company: Company) -> None:
    assert churn(company).totals[0].value == pytest.approx(0.1)
    assert set(churn(company).origins.values()) == {"default"}
    set_options(wanted={CHURN: {"method": "stripe"}}, by=None)
    own = churn(company)
    assert own.totals[0].value == pytest.approx(2 / 11)
    assert own.origins == {"method": "company", "scaling": "default", "pause": "default"}
    asked = churn(company, method="cohort")
    assert asked.totals[0].value == pytest.approx(0.1)
    assert asked.origins["method"] == "request"
    explained = explain(metric(CHURN), DECEMBER, company=company, as_of=AS_OF)
    assert explained.value.value == own.totals[0].value
    assert sum(row.numerator for row in explained.rows) == 2


@pytest.mark.usefixtures("history")
def test_setting_is_audited_and_the_default_leaves_nothing(company: Company) -> None:
    changes = set_options(wanted={CHURN: {"method": "events"}}, by=None, actor_label="a test")
    assert changes == {f"{CHURN}.method": ["cohort", "events"]}
    entry = AuditEntry.objects.get(action="metrics.options_changed")
    assert entry.detail == {"changes": changes}
    assert set_options(wanted={CHURN: {"method": "events"}}, by=None) == {}
    assert set_options(wanted={CHURN: {"method": None}}, by=None) == {
        f"{CHURN}.method": ["events", "cohort"]
    }
    assert not ChosenOption.objects.exists()
    assert AuditEntry.objects.filter(action="metrics.options_changed").count() == 2


def test_what_cannot_be_set_changes_nothing(company: Company) -> None:
    with pytest.raises(OptionError, match="cohort, events, stripe, daily"):
        set_options(wanted={CHURN: {"scaling": "monthly", "method": "guess"}}, by=None)
    with pytest.raises(OptionError, match="options: method, scaling, pause"):
        set_options(wanted={CHURN: {"colour": None}}, by=None)
    with pytest.raises(UnknownMetricError, match="mrr_movements"):
        set_options(wanted={"nonsense": {"method": "a"}}, by=None)
    assert not ChosenOption.objects.exists()


@pytest.mark.usefixtures("history")
def test_a_stored_option_that_is_no_more_says_nothing(company: Company) -> None:
    ChosenOption.objects.create(metric=CHURN, option="method", value="gone")
    ChosenOption.objects.create(metric=CHURN, option="colour", value="red")
    assert churn(company).options["method"] == "cohort"


@pytest.mark.usefixtures("history")
def test_the_api_says_who_chose(company: Company) -> None:
    call = client_with(company, "read", "write")
    answer = call("patch", "metric-options/", {CHURN: {"method": "events"}})
    assert answer.status_code == 200, answer.content
    assert answer.json()["options"][CHURN] == {
        "method": {"value": "events", "origin": "company", "default": "cohort"},
        "scaling": {"value": "none", "origin": "default", "default": "none"},
        "pause": {"value": "lost", "origin": "default", "default": "lost"},
    }
    body = call("get", f"metrics/{CHURN}/", {**PARAMS, "scaling": "monthly"}).json()
    assert body["options"] == {"method": "events", "scaling": "monthly", "pause": "lost"}
    assert body["option_origins"] == {
        "method": "company",
        "scaling": "request",
        "pause": "default",
    }
    explained = call("get", f"metrics/{CHURN}/explain/", PARAMS).json()
    assert explained["option_origins"]["method"] == "company"
    assert explained["numerator"] == 2
    listed = call("get", "metrics/").json()["metrics"]
    assert next(m for m in listed if m["key"] == CHURN)["own_options"] == {"method": "events"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({CHURN: {"method": "guess"}}, "cohort, events, stripe, daily"),
        ({CHURN: {"colour": "red"}}, "method, scaling, pause"),
        ({"nonsense": {"method": "a"}}, "mrr_movements"),
        ({CHURN: "stripe"}, "object"),
        ({CHURN: {"method": 3}}, "text"),
        (["a"], "object"),
        ({"preset": "nobody-like"}, "chartmogul-like, profitwell-like, stripe-like"),
    ],
)
def test_the_api_refuses_clearly(company: Company, body: Any, says: str) -> None:
    answer = client_with(company, "write")("patch", "metric-options/", body)
    assert answer.status_code == 400
    assert says in answer.json()["message"]


def test_only_a_key_that_writes_may_set(company: Company) -> None:
    call = client_with(company, "read")
    assert call("patch", "metric-options/", {CHURN: {"method": "events"}}).status_code == 403
    assert call("get", "metric-options/").status_code == 200


@pytest.mark.usefixtures("history")
def test_the_page_of_settings_is_the_admins(company: Company, client_of: ClientOf) -> None:
    url = "/settings/metrics/options/"
    for role in ("viewer", "manager"):
        assert client_of(company, role).get(url).status_code == 403
        assert client_of(company, role).post(url, {f"{CHURN}.method": "events"}).status_code == 403
    admin = client_of(company, "admin")
    page = admin.get(url)
    assert page.status_code == 200
    assert 'name="customer_churn_rate.method"' in page.content.decode()
    answer = admin.post(url, {f"{CHURN}.method": "events"}, follow=True)
    assert "Settings saved." in answer.content.decode()
    assert ChosenOption.objects.get().value == "events"
    entry = AuditEntry.objects.filter(action="metrics.options_changed").latest("pk")
    assert entry.actor is not None
    assert entry.actor.role == "admin"
    wrong = admin.post(url, {f"{CHURN}.method": "guess"})
    assert wrong.status_code == 422
    assert "must be one of cohort" in wrong.content.decode()


@pytest.mark.usefixtures("history")
def test_a_metric_s_page_says_who_chose(company: Company, client_of: ClientOf) -> None:
    set_options(wanted={CHURN: {"method": "events"}}, by=None)
    client = client_of(company, "viewer")
    page = client.get(f"/metrics/{CHURN}/").content.decode()
    assert "your company's setting" in page
    assert "chosen here" not in page
    chosen = client.get(f"/metrics/{CHURN}/", {"method": "cohort"}).content.decode()
    assert "chosen here" in chosen
    assert "method=cohort" in chosen  # links keep what was chosen, though it is the default
    rows = client.get(f"/metrics/{CHURN}/explain/", PARAMS).content.decode()
    assert "your company's setting" in rows


def test_every_option_can_be_asked_for_by_api_and_page(
    company: Company, client_of: ClientOf
) -> None:
    """None has the name of a parameter that says something else, as a period's `start`."""
    client = client_of(company, "viewer")
    for one in metrics():
        for option in one.options:
            asked = other(option)
            body = client.get(f"/api/v1/metrics/{one.key}/", {**PARAMS, option.name: asked}).json()
            assert body["options"][option.name] == asked, (one.key, option.name)
            assert body["option_origins"][option.name] == "request"
            assert option.name not in PICKED


def other(option: Option) -> str:
    """A value that is not the default."""
    if option.numbers is not None:
        return "3"
    return "Kick-off" if option.is_text else option.choices[1].value


def test_the_option_once_called_start_keeps_what_was_chosen(company: Company) -> None:
    renaming = import_module("metrics.migrations.0025_time_to_value_origin").Migration.operations[0]
    ChosenOption.objects.create(metric="time_to_value", option="origin", value="paid")
    series = StoredSeries.objects.create(
        metric="time_to_value",
        by="",
        version=1,
        options={"origin": "paid", "within": "30"},
        first=AS_OF,
        as_of=AS_OF,
        computed_at=timezone.now(),
    )
    for statements, name in ((renaming.reverse_sql, "start"), (renaming.sql, "origin")):
        with connection.cursor() as cursor:
            for statement, values in statements:
                cursor.execute(statement, values)
        series.refresh_from_db()
        assert series.options == {name: "paid", "within": "30"}
        assert ChosenOption.objects.get().option == name
