"""Keys taken and forgotten while they are being moved, in transactions of their own."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django_tenants.utils import tenant_context

from customers.usage import keys
from tenants.models import Company
from tests.customers.usage.taking import take_new

TODAY = dt.date(2026, 3, 15)
FUTURE = dt.date(2100, 1, 1)
WANTED = [f"{number:032x}" for number in range(3)]
SELECT, PARAMS = "SELECT unnest(%(keys)s::uuid[]) AS key", {"keys": WANTED}


@pytest.fixture
def together(committed_company: Company) -> Iterator[Company]:
    yield committed_company
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {keys.RECENT}, {keys.OLD}")


def counts() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (SELECT count(*) FROM {keys.RECENT}), (SELECT count(*) FROM {keys.OLD})"
        )
        recent, old = cursor.fetchone()
    return recent, old


def by_take() -> int:
    return len(keys.take(WANTED, on=TODAY))


def by_take_new() -> int:
    try:
        with transaction.atomic():
            take_new(WANTED, on=TODAY)
    except IntegrityError:
        return -1
    return len(WANTED)


def by_take_new_of() -> int:
    try:
        with transaction.atomic():
            return keys.take_new_of(SELECT, PARAMS, on=TODAY)
    except IntegrityError:
        return -1


def by_take_of() -> int:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE test_taken (key uuid) ON COMMIT DROP")
    return keys.take_of(SELECT, PARAMS, on=TODAY, into="test_taken")


def by_forget() -> int:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE test_gone (key uuid) ON COMMIT DROP")
        cursor.execute(f"INSERT INTO test_gone {SELECT}", PARAMS)
    keys.forget_of("test_gone")
    return 0


def meanwhile(company: Company, work: Callable[[], int]) -> Future[int]:
    """`work` in a transaction of another thread, begun and waiting for ours."""
    process: list[int] = []

    def run() -> int:
        try:
            with tenant_context(company), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                process.append(cursor.fetchone()[0])
                return work()
        finally:
            connections.close_all()

    pool = ThreadPoolExecutor(1)
    found = pool.submit(run)
    pool.shutdown(wait=False)
    ends, tick = monotonic() + 60, threading.Event()
    with connection.cursor() as cursor:
        while monotonic() < ends and not found.done():
            if process:
                cursor.execute("SELECT pg_backend_pid() = ANY(pg_blocking_pids(%s))", process)
                if cursor.fetchone()[0]:
                    return found
            tick.wait(0.01)
    raise AssertionError(f"it did not wait: {found}")


@pytest.mark.parametrize(
    ("work", "wanted"),
    [(by_take, 1), (by_take_new, -1), (by_take_new_of, -1), (by_take_of, 1)],
)
def test_what_is_being_moved_is_not_taken(
    together: Company, work: Callable[[], int], wanted: int
) -> None:
    take_new(WANTED[1:], on=TODAY)
    with transaction.atomic():
        assert keys.move(before=FUTURE) == 2
        found = meanwhile(together, work)
    assert found.result(60) == wanted
    assert counts() == (max(wanted, 0), 2)


@pytest.mark.parametrize("work", [by_take, by_take_new, by_take_new_of, by_take_of])
def test_what_was_not_moved_after_all_is_not_taken_either(
    together: Company, work: Callable[[], int]
) -> None:
    take_new(WANTED, on=TODAY)
    with transaction.atomic():
        assert keys.move(before=FUTURE) == 3
        found = meanwhile(together, work)
        transaction.set_rollback(True)
    assert found.result(60) in (0, -1)
    assert counts() == (3, 0)


def test_what_is_being_moved_is_forgotten(together: Company) -> None:
    take_new(WANTED, on=TODAY)
    with transaction.atomic():
        assert keys.move(before=FUTURE) == 3
        found = meanwhile(together, by_forget)
    assert found.result(60) == 0
    assert counts() == (0, 0)


def test_what_is_being_forgotten_is_left_for_the_next_time(together: Company) -> None:
    take_new(WANTED, on=TODAY)
    begun, go_on = threading.Event(), threading.Event()

    def forget() -> None:
        try:
            with tenant_context(together), transaction.atomic():
                by_forget()
                begun.set()
                assert go_on.wait(60)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(forget)
        try:
            assert begun.wait(60)
            assert keys.move(before=FUTURE) == 0  # without waiting
        finally:
            go_on.set()
        done.result(60)
    assert counts() == (0, 0)


def test_writers_of_the_same_keys_while_all_are_moved(
    together: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each key is taken once, whoever takes it, with a mover that never rests."""
    monkeypatch.setattr(keys, "MOVED_AT_ONCE", 7)
    writers, batches, size = 3, 40, 20
    begin, is_over = threading.Barrier(writers + 1), threading.Event()

    def write(writer: int) -> int:
        try:
            with tenant_context(together):
                begin.wait(60)
                taken = 0
                for batch in range(batches):
                    # Each writer says again some of what the one before it says.
                    first = (batch * writers + writer) * size // 2
                    wanted = [f"{n * 7919 % 2**61:032x}" for n in range(first, first + size)]
                    with transaction.atomic():
                        taken += len(keys.take(sorted(wanted), on=TODAY))
                return taken
        finally:
            connections.close_all()

    def move() -> int:
        try:
            with tenant_context(together):
                begin.wait(60)
                moved = 0
                while not is_over.is_set():
                    moved += keys.move(before=FUTURE)
                return moved + keys.move(before=FUTURE)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(writers + 1) as pool:
        mover = pool.submit(move)
        taken = sum(pool.map(write, range(writers)))
        is_over.set()
        moved = mover.result(60)
    assert taken == moved == (batches * writers + 1) * size // 2
    assert counts() == (0, taken)
