"""How fresh values are, when they are made again, and what a failure leaves."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEntry
from customers.actions.feed import note_change
from customers.models import Change, Customer, Source
from metrics import definitions
from metrics.actions import ledger
from metrics.models import (
    LedgerState,
    MetricSettings,
    Movement,
    Restatement,
    StoredCell,
    StoredSeries,
    StoredSplit,
    StoredValue,
    StoreState,
)
from metrics.stored import nightly
from metrics.stored.keeping import scope_of
from metrics.stored.report import report
from tenants.jobs import Job
from tenants.models import Company
from tests.casting import Clients, Jobs
from tests.metrics import facts
from tests.metrics.late import NAMES, cancel, kept, month
from tests.metrics.test_options_of_a_company import client_with
from tests.metrics.test_stored import held

BROKEN = """
from metrics import estimates
from metrics.contributions.rate import Balance
from metrics.contributions.standing import Standing
from metrics.definition import Computation, Direction, Metric, Question
from metrics.units import Unit

def estimate(sums):
    {breaks}

METRIC = Metric(
    key="a_broken_one", name="Broken", question=Question.STAYING, unit=Unit.COUNT,
    direction=Direction.HIGHER, formula="customers", source="a test",
    compute=lambda options: Computation(
        measure=Standing(numerator=Balance.CUSTOMERS, formula="customers"),
        estimate=estimate, is_divided=False,
    ),
)
"""


def test_nothing_is_kept_at_first(company: Company, client_of: Clients) -> None:
    text = client_of(company, "viewer").get("/metrics/freshness/").content.decode()
    assert "No values are kept yet" in text
    found = client_with(company, "read")("get", "freshness/").json()
    assert found["as_of"] is None
    assert {one["state"] for one in found["metrics"]} == {"computed on request"}


def test_what_waits_is_told_by_metric(company: Company, client_of: Clients) -> None:
    kept(company)
    customer = Customer.objects.get(external_id="alpha")
    note_change("tickets", from_day=month(company, 2), customer_id=customer.pk)
    by_key = {one.metric.key: one for one in report(company).metrics}
    assert by_key["resolution_time"].waiting == 1
    assert by_key["resolution_time"].state == "changes waiting"
    assert by_key["mrr"].waiting == 0
    assert by_key["mrr"].state == "up to date"
    client = client_of(company, "viewer")
    assert "changes waiting" in client.get("/metrics/freshness/").content.decode()
    assert "/metrics/freshness/" in client.get("/metrics/").content.decode()
    found = client_with(company, "read")("get", "freshness/").json()
    assert found["waiting"] == 1
    assert found["as_of"] == str(company.today())
    ledger.refresh()
    assert {one.state for one in report(company).metrics} == {"up to date"}


def test_a_split_asked_for_is_kept_and_can_be_let_go(
    company: Company, client_of: Clients, do_jobs: Jobs
) -> None:
    kept(company)
    remade = StoreState.objects.get().remade_at
    client = client_of(company, "admin")
    client.get("/metrics/mrr/", {"by": "region"})
    do_jobs(company, queue="metrics")
    assert StoredSeries.objects.filter(metric="mrr", by="region").exists()
    cancel(company, "Alpha")
    do_jobs(company, queue="metrics")
    assert StoreState.objects.get().remade_at == remade  # asking did not have all made again
    assert Restatement.objects.filter(by="region", segment="north").exists()
    split = StoredSplit.objects.get()
    path = f"/metrics/freshness/splits/{split.pk}/removal/"
    assert client_of(company, "manager").post(path).status_code == 403
    assert client.post(path).status_code == 302
    assert not StoredSeries.objects.filter(by="region").exists()
    assert not StoredCell.objects.filter(by="region").exists()
    assert AuditEntry.objects.filter(action="metrics.split_no_longer_kept").exists()
    cancel(company, "Beta")
    do_jobs(company, queue="metrics")
    assert StoreState.objects.get().remade_at == remade
    sums = held()["cells"]
    ledger.rebuild()
    assert held()["cells"] == sums


@pytest.mark.parametrize(
    ("zone", "remade", "now", "is_due"),
    [
        # UTC+13: a day of the company begins at 11:00 UTC.
        ("Pacific/Auckland", "2026-01-09T12:00Z", "2026-01-10T10:59Z", False),
        ("Pacific/Auckland", "2026-01-09T12:00Z", "2026-01-10T11:14Z", False),
        ("Pacific/Auckland", "2026-01-09T12:00Z", "2026-01-10T11:15Z", True),
        ("Pacific/Auckland", "2026-01-10T11:20Z", "2026-01-11T10:59Z", False),
        # A night missed is caught up with on the next.
        ("America/New_York", "2026-01-05T12:00Z", "2026-01-10T05:10Z", False),
        ("America/New_York", "2026-01-05T12:00Z", "2026-01-10T05:15Z", True),
        # Clocks go back: 00:15 by the new offset is an hour later in UTC.
        ("Europe/Berlin", "2026-10-25T12:00Z", "2026-10-25T22:30Z", False),
        ("Europe/Berlin", "2026-10-25T12:00Z", "2026-10-25T23:15Z", True),
    ],
)
def test_the_nightly_time_is_the_companys(
    company: Company,
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    remade: str,
    now: str,
    is_due: bool,
) -> None:
    company.timezone = zone
    StoreState.objects.create(
        as_of=dt.date(2026, 1, 1),
        first=dt.date(2025, 1, 1),
        looked_at=dt.datetime.fromisoformat(remade),
        remade_at=dt.datetime.fromisoformat(remade),
        fingerprint=scope_of(company).fingerprint,
    )
    monkeypatch.setattr(nightly, "current_company", lambda: company)
    monkeypatch.setattr(timezone, "now", lambda: dt.datetime.fromisoformat(now))
    assert nightly.is_due() is is_due


def test_a_time_that_the_clock_leaves_out_comes_after_the_gap() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC)

    def at(hour: int, minute: int) -> dt.datetime:
        return nightly.next_at(remade_at=before, nightly_at=dt.time(hour, minute), zone=berlin)

    assert at(1, 30) == dt.datetime(2026, 3, 29, 0, 30, tzinfo=dt.UTC)
    assert at(2, 30) == dt.datetime(2026, 3, 29, 1, 0, tzinfo=dt.UTC)  # 03:00 in summer
    assert at(3, 30) == dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC)
    before = dt.datetime(2026, 10, 24, 12, tzinfo=dt.UTC)
    assert at(2, 30) == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)  # the first of two


def test_the_nightly_job_makes_everything_again(
    company: Company, do_jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tenants.jobs import enqueue

    kept(company)
    MetricSettings.objects.update_or_create(pk=1, defaults={"nightly_at": dt.time(0)})
    StoreState.objects.update(remade_at=timezone.now() - dt.timedelta(days=2))
    StoreState.objects.update(fingerprint=scope_of(company).fingerprint)
    StoredValue.objects.filter(series__metric="mrr").delete()  # what a rebuild mends
    enqueue("metrics.nightly")
    do_jobs(company, queue="metrics")
    assert timezone.now() - StoreState.objects.get().remade_at < dt.timedelta(minutes=5)
    assert StoredValue.objects.filter(series__metric="mrr").exists()
    rebuilt = LedgerState.objects.get().rebuilt_at
    enqueue("metrics.nightly")
    do_jobs(company, queue="metrics")
    assert LedgerState.objects.get().rebuilt_at == rebuilt  # once a day


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """One more folder of definitions, empty."""
    monkeypatch.setattr(definitions, "__path__", [*definitions.__path__, str(tmp_path)])
    yield tmp_path
    for name in [name for name in sys.modules if name.endswith(".a_broken_one")]:
        del sys.modules[name]


def test_a_metric_that_breaks_leaves_the_old_values_whole(
    company: Company, folder: Path, do_jobs: Jobs, client_of: Clients
) -> None:
    kept(company)
    before = held()
    cancel(company, "Alpha")
    file = folder / "a_broken_one.py"
    file.write_text(BROKEN.format(breaks='raise ArithmeticError("it broke on purpose")'))
    do_jobs(company, queue="metrics")
    assert held() == before
    assert Change.objects.exists()
    assert not Restatement.objects.exists()
    job = Job.objects.get(kind="metrics.refresh")
    assert (job.state, job.attempts) == (Job.State.QUEUED, 1)
    file.unlink()
    admin = client_of(company, "admin").get("/metrics/freshness/").content.decode()
    assert "it broke on purpose" in admin
    viewer = client_of(company, "viewer").get("/metrics/freshness/").content.decode()
    assert "Jobs that failed" in viewer
    assert "it broke on purpose" not in viewer
    Job.objects.update(run_at=timezone.now())
    do_jobs(company, queue="metrics")
    assert Restatement.objects.filter(metric="customer_churn_rate").exists()
    assert not Change.objects.exists()


KILL = """
import django, os
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = os.environ["TEST_DATABASE"]
connection.close()
from django_tenants.utils import tenant_context
from metrics import definitions
from metrics.actions import ledger
from tenants.models import Company
definitions.__path__ = [*definitions.__path__, {folder!r}]
with tenant_context(Company.objects.get(pk={company})):
    ledger.rebuild()
"""


def test_a_process_killed_in_the_middle_leaves_the_old_values_whole(
    committed_company: Company, tmp_path: Path
) -> None:
    company = committed_company
    try:
        for name in NAMES:
            facts.term(name, month(company, 6), None, 100)
        ledger.rebuild()
        ledger.refresh(keeps=True)
        before, movements = held(), Movement.objects.count()
        facts.term(NAMES[0], month(company, 3), None, 50)
        customer = Customer.objects.get(name=NAMES[0])
        Change.objects.create(customer=customer, kind="subscriptions", from_day=month(company, 3))
        reached = tmp_path / "reached"
        breaks = (
            "import os, pathlib, signal\n"
            f"    pathlib.Path({str(reached)!r}).touch()\n"
            "    os.kill(os.getpid(), signal.SIGKILL)"
        )
        (tmp_path / "a_broken_one.py").write_text(BROKEN.format(breaks=breaks))
        script = KILL.format(folder=str(tmp_path), company=company.pk)
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={
                **os.environ,
                "TEST_DATABASE": str(connection.settings_dict["NAME"]),
                "DJANGO_SETTINGS_MODULE": "csm_portal.settings",
            },
            cwd=settings.BASE_DIR,
            timeout=120,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
        assert reached.exists()
        assert held() == before
        assert Change.objects.count() == 1
        assert Movement.objects.count() == movements
        ledger.refresh()
        assert held() != before
        assert Restatement.objects.filter(metric="mrr").exists()
    finally:
        facts.clear()
        for model in (StoreState, StoredSeries, StoredCell, LedgerState, Change):
            model.objects.all().delete()
        Restatement.objects.all().delete()
        Source.objects.filter(label="facts of a test").delete()
