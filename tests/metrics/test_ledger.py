"""How the ledger is brought up to date."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django_tenants.utils import tenant_context

from customers.models import Change, Term
from metrics.actions import ledger
from metrics.ledger import build
from metrics.models import LedgerState, Movement, MovementPart, StoreState
from tenants.context import go_public, go_to
from tenants.jobs import Job, enqueue, run_pending
from tenants.models import Company
from tests.metrics import facts

START = date(2026, 1, 10)


def changed(name: str) -> None:
    Change.objects.create(customer=facts.customer(name))


def kinds(name: str) -> list[tuple[str, Decimal]]:
    found = Movement.objects.filter(customer__name=name).order_by("day", "position")
    return [(movement.kind, movement.amount) for movement in found]


def test_a_switch_of_plans_at_one_price_is_a_transfer(company: Company) -> None:
    facts.term("c", START, START + timedelta(9), 30, subscription="s", plan_name="Basic")
    facts.term("c", START + timedelta(9), None, 30, subscription="s", plan_name="Pro")
    ledger.rebuild()
    assert kinds("c") == [("new", 30), ("transfer", 0)]
    parts = MovementPart.objects.filter(kind="transfer").order_by("plan__name")
    assert [(part.amount, part.mrr_before, part.mrr_after) for part in parts] == [
        (-30, 30, 0),
        (30, 0, 30),
    ]


def test_a_renewal_at_the_same_price_is_nothing(company: Company) -> None:
    facts.term("c", START, START + timedelta(9), 30, subscription="s")
    facts.term("c", START + timedelta(9), None, 30, subscription="s")
    ledger.rebuild()
    assert kinds("c") == [("new", 30)]


def test_a_free_start_is_not_new_until_it_pays(company: Company) -> None:
    facts.term("c", START, START + timedelta(9), 0, subscription="s")
    facts.term("c", START + timedelta(9), START + timedelta(20), 30, subscription="s")
    facts.term("c", START + timedelta(40), None, 20, subscription="s")
    ledger.rebuild()
    assert kinds("c") == [("new", 30), ("churn", -30), ("reactivation", 20)]


def test_a_change_of_currency_on_one_day_is_no_churn(company: Company) -> None:
    facts.term("c", START, START + timedelta(9), 30, currency="EUR")
    facts.term("c", START + timedelta(9), None, 33, currency="USD")
    ledger.rebuild()
    assert kinds("c") == [("new", 30), ("expansion", 33), ("contraction", -30)]
    assert all(Movement.objects.exclude(kind="new").values_list("was_paying", flat=True))


def test_superseded_terms_do_not_count(company: Company) -> None:
    wrong = facts.term("c", START, None, 30, subscription="s")
    changed("c")
    ledger.refresh()
    Term.objects.filter(pk=wrong.pk).update(superseded_at=wrong.recorded_at)
    facts.term("c", START, None, 35, subscription="s")
    changed("c")
    assert ledger.refresh() == 1
    assert kinds("c") == [("new", 35)]


def test_only_changed_customers_are_made_anew(company: Company) -> None:
    for name in ("a", "b"):
        facts.term(name, START, None, 10)
    ledger.rebuild()
    before = Movement.objects.get(customer__name="a").pk
    facts.term("b", START + timedelta(3), None, 5)
    changed("b")
    ledger.refresh()
    assert Movement.objects.get(customer__name="a").pk == before
    assert kinds("b") == [("new", 10), ("expansion", 5)]


def test_the_job_refreshes(company: Company, do_jobs: Callable[..., int]) -> None:
    facts.term("a", START, None, 10)
    changed("a")
    enqueue("metrics.refresh", key="metrics.refresh")
    enqueue("metrics.refresh", key="metrics.refresh")
    do_jobs(company)
    assert kinds("a") == [("new", 10)]
    assert not Change.objects.exists()
    assert LedgerState.objects.get().rebuilt_at is None


def test_the_command_rebuilds(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    facts.term("a", START, None, 10)
    call_command("rebuild_ledger", company=company.slug)
    assert "1 movements" in capsys.readouterr().out
    assert LedgerState.objects.get().rebuilt_at is not None


def test_a_failure_leaves_everything_as_it_was(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts.term("a", START, None, 10)
    ledger.rebuild()
    facts.term("a", START + timedelta(3), None, 5)
    changed("a")
    whole = build.build

    def broken(customers: list[int] | None = None, *, rules: build.Rules) -> None:
        whole(customers, rules=rules)
        raise RuntimeError("the machine went away")

    monkeypatch.setattr(build, "build", broken)
    with pytest.raises(RuntimeError):
        ledger.refresh()
    assert kinds("a") == [("new", 10)]
    assert Change.objects.count() == 1
    monkeypatch.undo()
    ledger.refresh()
    assert kinds("a") == [("new", 10), ("expansion", 5)]


@pytest.fixture
def emptied(committed_company: Company) -> Iterator[Company]:
    yield committed_company
    facts.clear()
    LedgerState.objects.all().delete()


def test_refreshes_at_the_same_time_do_not_meet(emptied: Company) -> None:
    """Four writers and refreshers, real commits: in the end the ledger is what a rebuild makes."""
    for number in range(6):
        facts.term(f"c{number}", START, None, 10)

    def work(which: int) -> None:
        try:
            with tenant_context(emptied):
                for number in range(6):
                    with transaction.atomic():
                        day, subscription = START + timedelta(which), f"{number}/{which}"
                        facts.term(f"c{number}", day, None, which, subscription=subscription)
                        changed(f"c{number}")
                    ledger.refresh()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    failures: list[BaseException] = []
    threads = [threading.Thread(target=work, args=(which,)) for which in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    ledger.refresh()
    assert not Change.objects.exists()
    for number in range(6):
        assert [amount for _, amount in kinds(f"c{number}")] == [10, 1, 2, 3, 4]


def test_readers_see_the_old_rows_or_the_new(emptied: Company) -> None:
    facts.term("a", START, None, 10)
    ledger.rebuild()
    seen: list[int] = []

    def read() -> None:
        try:
            with tenant_context(emptied):
                seen.append(Movement.objects.count())
        finally:
            connection.close()

    with transaction.atomic():
        ledger.rebuild()
        facts.term("b", START, None, 10)
        ledger.rebuild()
        reader = threading.Thread(target=read)
        reader.start()
        reader.join(20)
        assert not reader.is_alive()
    assert seen == [1]
    assert Movement.objects.count() == 2


def test_a_ledger_made_by_other_rules_is_made_anew_after_migrating(company: Company) -> None:
    """Queued at once, for each company; one made by the rules of now is left alone."""
    facts.term("c", START, None, 30)
    changed("c")
    ledger.refresh(keeps=True)
    Job.objects.all().delete()

    def migrate() -> None:
        go_public()
        call_command(
            "migrate_schemas", schema_name=company.schema_name, interactive=False, verbosity=0
        )
        go_to(company)

    migrate()
    assert not Job.objects.exists()
    Movement.objects.update(amount=29, mrr_after=29)  # as other rules had it
    LedgerState.objects.update(version=build.VERSION - 1)
    StoreState.objects.update(fingerprint="of those rules")
    remade = StoreState.objects.get().remade_at
    migrate()
    run_pending(key="metrics.refresh")
    assert kinds("c") == [("new", 30)]
    assert LedgerState.objects.get().version == build.VERSION
    assert StoreState.objects.get().remade_at > remade
