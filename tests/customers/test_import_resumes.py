"""A job that dies on the way: nothing is half stored, and the next attempt finishes it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from customers.actions import import_work, imports
from customers.models import Customer, Import, Source, Term
from customers.tasks import ATTEMPTS
from tenants.jobs import Job
from tenants.models import Company
from tests.customers.importing import CUSTOMERS, checked, imported

SUBSCRIPTIONS = "customer,subscription id,amount,start\nc-1,s-1,10,2025-01-01\n"


class LostConnection(Exception):
    pass


def confirmed(kind: str, content: str) -> Import:
    import_ = checked(kind, content)
    return imports.confirm(
        import_=import_, digest=import_.checked_digest, is_skipping_errors=False, by=None
    )


def due_now() -> None:
    """Retries wait; the test does not."""
    Job.objects.filter(state="queued").update(run_at="2000-01-01T00:00Z")


def fail_at_the_end(monkeypatch: pytest.MonkeyPatch, times: int) -> list[int]:
    """Lets the last step of the writing transaction fail so many times."""
    failures: list[int] = []
    enqueue = import_work.enqueue

    def failing(*args: object, **kwargs: object) -> None:
        if len(failures) < times:
            failures.append(1)
            raise LostConnection
        enqueue(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(import_work, "enqueue", failing)
    return failures


def test_a_run_that_dies_is_taken_up_again(
    company: Company, do_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    imported("customers", CUSTOMERS)
    import_ = confirmed("subscriptions", SUBSCRIPTIONS)
    failures = fail_at_the_end(monkeypatch, 1)
    due_now()
    do_jobs(company, key=import_.job_key)
    assert failures
    import_.refresh_from_db()
    assert import_.state == Import.State.RUNNING
    assert not Term.objects.exists()
    assert not Source.objects.filter(reference_id=import_.pk).exists()
    due_now()
    do_jobs(company, key=import_.job_key)
    import_.refresh_from_db()
    assert import_.state == Import.State.DONE
    assert Term.objects.count() == 1


def test_one_that_keeps_failing_is_failed_and_can_be_tried_again(
    company: Company, do_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    import_ = confirmed("customers", CUSTOMERS)
    fail_at_the_end(monkeypatch, ATTEMPTS)
    for _ in range(ATTEMPTS):
        due_now()
        do_jobs(company, key=import_.job_key)
    import_.refresh_from_db()
    assert import_.state == Import.State.FAILED
    assert "Nothing was stored" in import_.message
    assert not Customer.objects.exists()
    again = imports.start_check(
        import_=import_,
        mapping=import_.mapping,
        attributes=[],
        options=imports.Options(),
        by=None,
    )
    do_jobs(company, key=import_.job_key)
    again.refresh_from_db()
    assert again.state == Import.State.CHECKED


def test_a_job_whose_runners_died_can_be_resumed(
    company: Company, do_jobs: Callable[..., int]
) -> None:
    import_ = confirmed("customers", CUSTOMERS)
    assert not imports.is_stalled(import_)
    Job.objects.filter(key=import_.job_key).update(state="parked", attempts=ATTEMPTS + 1)
    assert imports.is_stalled(import_)
    imports.resume(import_=import_, by=None)
    assert not imports.is_stalled(import_)
    do_jobs(company, key=import_.job_key)
    import_.refresh_from_db()
    assert import_.state == Import.State.DONE


def test_a_job_that_is_done_twice_changes_nothing(company: Company) -> None:
    import_ = imported("customers", CUSTOMERS)
    import_work.run_import(import_id=import_.pk)
    import_work.check_import(import_id=import_.pk)
    import_work.run_import(import_id=999_999)
    assert Customer.objects.count() == 2
    assert Source.objects.count() == 1
