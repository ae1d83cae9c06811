"""A message is taken once, wherever its key is kept: before, after and while it is moved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.actions import import_work
from customers.actions.facts import remove_facts, store_rows
from customers.actions.undo import start_undo
from customers.imports.kinds import KINDS
from customers.models import Customer, Import, Source, StreamCall, UsageChange, UsageEvent
from customers.stream.reading import Call
from customers.stream.storing import _store_calls
from customers.usage import appending, keys
from customers.usage.keeping import forget_keys, move_keys
from customers.usage.storing import Incoming, Stored
from tenants.models import Company
from tests.customers.importing import checked, outcome, run
from tests.customers.usage.events import NOW, event, store
from tests.customers.usage.taking import take_new
from tests.customers.usage.test_appending import HEADER, line

TODAY = NOW.date()
DAY = dt.timedelta(days=1)
USAGE = KINDS["usage"]


def key_of(number: int) -> str:
    return f"{number:032x}"


def hold(numbers: Iterable[int], *, on: dt.date = TODAY) -> None:
    take_new([key_of(number) for number in sorted(numbers)], on=on)


def held(table: str) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT key FROM {table}")
        return {key.int for (key,) in cursor.fetchall()}


def move_all() -> int:
    return keys.move(before=dt.date(2100, 1, 1))


def test_keys_of_the_days_before_are_moved_in_turns(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(range(0, 20, 2), on=TODAY - DAY)
    hold(range(1, 20, 2))
    monkeypatch.setattr(keys, "MOVED_AT_ONCE", 3)
    assert move_keys(today=TODAY) == 10
    assert held(keys.OLD) == set(range(0, 20, 2))
    assert held(keys.RECENT) == set(range(1, 20, 2))
    assert move_keys(today=TODAY) == 0
    assert move_keys(today=TODAY + DAY) == 10
    assert (held(keys.OLD), held(keys.RECENT)) == (set(range(20)), set())


def test_turns_that_are_just_full_end(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "MOVED_AT_ONCE", 5)
    hold(range(10))
    assert move_all() == 10
    assert held(keys.OLD) == set(range(10))


def test_the_daily_job_moves_them(
    company: Company, source: Source, do_jobs: Callable[..., int]
) -> None:
    from customers.usage.tasks import keep_usage
    from tenants.jobs import Job

    store(source, event())  # of 2026-03-15, long before this is run
    keep_usage(Job(kind="customers.keep_usage"))
    assert (len(held(keys.OLD)), held(keys.RECENT)) == (1, set())


def test_the_stream_knows_what_was_moved(source: Source, customer: Customer) -> None:
    store(source, event(message_id="1"), event(message_id="2"))
    assert move_all() == 2
    two = [event(message_id="2"), event(message_id="3")]
    with pytest.raises(IntegrityError), transaction.atomic():
        Incoming(two).store(source_id=source.pk, now=NOW, are_new=True)
    assert store(source, *two) == Stored(1, 1)
    assert store(source, *two) == Stored(0, 2)
    assert UsageEvent.objects.count() == 3
    assert len(held(keys.RECENT)) == 1
    new = Incoming([event(message_id="4")]).store(source_id=source.pk, now=NOW, are_new=True)
    assert new == Stored(1, 0)


def test_calls_that_were_moved_are_known(source: Source, customer: Customer) -> None:
    calls = [Call(str(n), NOW, {"type": "identify", "userId": "u"}) for n in range(3)]
    assert _store_calls(calls[:2], source_id=source.pk, now=NOW) == 2
    assert move_all() == 2
    assert _store_calls(calls, source_id=source.pk, now=NOW) == 1
    assert _store_calls(calls, source_id=source.pk, now=NOW) == 0
    assert StreamCall.objects.count() == 3
    assert store(source, event(message_id="0")) == Stored(0, 1)


@pytest.mark.parametrize("is_staged", [False, True])
def test_files_know_what_was_moved(
    customer: Customer, monkeypatch: pytest.MonkeyPatch, *, is_staged: bool
) -> None:
    if is_staged:
        monkeypatch.setattr(appending, "MOST_KNOWN", 1)
    run(checked("usage", HEADER + "".join(line(number) for number in range(300))))
    assert move_all() == 300
    content = HEADER + "".join(line(number) for number in range(290, 700))
    assert outcome(run(checked("usage", content))) == (400, 0, 10, 0)
    assert move_all() == 400
    assert outcome(run(checked("usage", content))) == (0, 0, 410, 0)
    assert UsageEvent.objects.count() == 700


def test_a_file_whose_events_came_in_and_were_moved_since_its_check(
    customer: Customer, source: Source
) -> None:
    import_ = checked("usage", HEADER + "".join(line(number) for number in range(300)))
    assert outcome(import_) == (300, 0, 0, 0)
    store(source, event(message_id="e-7"), event(message_id="e-250"))
    move_all()
    assert outcome(run(import_)) == (298, 0, 2, 0)
    assert UsageEvent.objects.count() == 300
    assert len(held(keys.RECENT)) == 298


def test_keys_go_from_both(company: Company, source: Source) -> None:
    hold([1, 2], on=TODAY - 10 * DAY)
    move_all()
    hold([3], on=TODAY - 10 * DAY)
    hold([4])
    assert forget_keys(today=TODAY + dt.timedelta(days=724)) == 3
    assert (held(keys.OLD), held(keys.RECENT)) == (set(), {4})


def test_what_is_undone_may_come_in_again(customer: Customer) -> None:
    content = HEADER + "".join(line(number) for number in range(300))
    import_ = run(checked("usage", content))
    move_all()
    run(checked("usage", HEADER + line(999)))
    UsageChange.objects.all().delete()
    import_work.work_on(import_id=start_undo(import_=import_, by=None).pk)
    import_.refresh_from_db()
    assert import_.state == Import.State.UNDONE, import_.message
    assert UsageEvent.objects.count() == 1
    assert (held(keys.OLD), len(held(keys.RECENT))) == (set(), 1)
    assert UsageChange.objects.count() > 80
    assert outcome(run(checked("usage", content))) == (300, 0, 0, 0)


def test_what_is_removed_may_come_in_again(customer: Customer, source: Source) -> None:
    rows = [
        {
            "external_id": f"e-{n}",
            "customer": "c-1",
            "end_user": "u-1",
            "occurred_at": NOW,
            "name": "Report",
        }
        for n in range(3)
    ]
    assert dt.datetime.now(dt.UTC) > NOW
    store_rows(kind=USAGE, rows=rows[:2], source=source)
    move_all()
    store_rows(kind=USAGE, rows=rows[2:], source=source)
    remove_facts(kind=USAGE, external_ids=["e-0", "e-2", "e-404"], source=source)
    assert UsageEvent.objects.values_list("message_id", flat=True).get() == "e-1"
    found = [one.outcome for one in store_rows(kind=USAGE, rows=rows, source=source)]
    assert found == ["created", "unchanged", "created"]


def test_the_migration_goes_both_ways(company: Company) -> None:
    migration = import_module("customers.migrations.0017_usage_keys_apart")
    hold([1, 2])
    move_all()
    hold([3])
    with connection.cursor() as cursor:
        cursor.execute(migration.TOGETHER)
        assert held("customers_usagekey") == {1, 2, 3}
        cursor.execute(migration.APART)
    assert (held(keys.OLD), held(keys.RECENT)) == ({1, 2, 3}, set())
    assert keys.take([key_of(n) for n in range(5)], on=TODAY) == {key_of(0), key_of(4)}


NUMBERS = st.sets(st.integers(0, 12), max_size=8)
STEPS = st.one_of(
    st.tuples(st.sampled_from(["take", "take_new", "take_of", "take_new_of", "forget"]), NUMBERS),
    st.tuples(st.just("move"), st.sets(st.integers(0, 1), max_size=1)),
)


@settings(
    max_examples=40,
)
@given(steps=st.lists(STEPS, max_size=12))
def test_it_is_as_one_set(company: Company, steps: list[tuple[str, set[int]]]) -> None:
    """Any steps in any order take what one set of keys would take."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {keys.RECENT}")
        cursor.execute(f"DELETE FROM {keys.OLD}")
    wanted: set[int] = set()
    for day, (step, numbers) in enumerate(steps):
        on = TODAY + day * DAY
        if step == "move":
            keys.move(before=on - DAY if numbers else on)
        elif step == "forget":
            forget(numbers)
            wanted -= numbers
        elif numbers:
            assert take_by(step, numbers, on) == (
                numbers - wanted if step in ("take", "take_of") or not numbers & wanted else None
            )
            if step in ("take", "take_of") or not numbers & wanted:
                wanted |= numbers
        recent, old = held(keys.RECENT), held(keys.OLD)
        assert recent | old == wanted
        assert not recent & old


def take_by(step: str, numbers: set[int], on: dt.date) -> set[int] | None:
    """What was taken; None when it was refused."""
    wanted = [key_of(number) for number in sorted(numbers)]
    select, params = "SELECT unnest(%(keys)s::uuid[]) AS key", {"keys": wanted}
    if step == "take":
        return {int(key, 16) for key in keys.take(wanted, on=on)}
    if step == "take_of":
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE test_taken (key uuid)")
            count = keys.take_of(select, params, on=on, into="test_taken")
            found = held("test_taken")
            cursor.execute("DROP TABLE test_taken")
        assert len(found) == count
        return found
    try:
        with transaction.atomic():
            if step == "take_new":
                take_new(wanted, on=on)
            else:
                assert keys.take_new_of(select, params, on=on) == len(numbers)
    except IntegrityError:
        return None
    return numbers


def forget(numbers: set[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE test_gone (key uuid)")
        cursor.execute(
            "INSERT INTO test_gone SELECT unnest(%s::uuid[])", [[key_of(n) for n in numbers]]
        )
        keys.forget_of("test_gone")
        cursor.execute("DROP TABLE test_gone")
