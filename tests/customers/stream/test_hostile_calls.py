"""Identify and group calls that somebody makes to do harm, or by mistake."""

from __future__ import annotations

import datetime as dt
import gzip
from typing import Any

import pytest
from django.utils import timezone

from customers import erased
from customers.models import (
    Customer,
    CustomerAttribute,
    ErasedIdentity,
    StreamCall,
    StreamProblem,
    StreamSubject,
)
from customers.stream import saying
from customers.stream.applying import apply_calls
from customers.stream.bodies import BATCH_LIMIT
from tests.customers.stream.sending import Sender

pytestmark = pytest.mark.django_db
START = timezone.now().replace(microsecond=0) - dt.timedelta(days=20)


def group(number: int, traits: dict[str, Any], group_id: str = "g-1") -> dict[str, Any]:
    return {
        "type": "group",
        "userId": "u-1",
        "groupId": group_id,
        "messageId": f"m-{number}",
        "timestamp": (START + dt.timedelta(minutes=number)).isoformat(),
        "traits": traits,
    }


def test_more_traits_than_a_table_has_columns_hold_nobody_up(
    sender: Sender, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each name is a column while rows are stored, of which a table has 1,600."""
    settings.CUSTOMER_ATTRIBUTES = 6_000
    monkeypatch.setattr(saying, "THINGS_LIMIT", 300)
    calls = [
        group(call, {f"trait {call} {name}": "x" for name in range(50)}, f"g-{call % 10}")
        for call in range(60)
    ]
    sender.batch(*calls[:30])
    sender.batch(*calls[30:], group(99, {"name": "One Ltd"}, "other"))

    apply_calls()

    assert not StreamCall.objects.exists()
    assert not StreamProblem.objects.exists()
    assert Customer.objects.get(external_id="other").name == "One Ltd"
    assert CustomerAttribute.objects.filter(superseded_at=None).count() == 60 * 50


@pytest.mark.parametrize("trait", ["updatedAt", "Updated At", "valid-from", "external-id"])
def test_a_trait_is_not_taken_for_what_says_how_a_row_is_read(sender: Sender, trait: str) -> None:
    sender.batch(group(1, {"name": "Two Ltd"}, "g-2"))
    sender.batch(group(2, {"name": "One Ltd", "size": "9", trait: "g-2"}))
    apply_calls()
    sender.batch(group(3, {"name": "One plc", trait: "2999-12-31"}))
    apply_calls()

    held = dict(Customer.objects.values_list("external_id", "name"))
    assert held == {"g-1": "One plc", "g-2": "Two Ltd"}
    assert not StreamProblem.objects.exists()


def test_a_body_of_many_gzip_members_is_refused(sender: Sender) -> None:
    member = gzip.compress(b"")
    body = member * (BATCH_LIMIT // len(member))
    answer = sender.post("batch", body, HTTP_CONTENT_ENCODING="gzip")
    assert answer.status_code == 400
    assert answer.json()["code"] == "gzip_broken"


def erase(*values: str) -> None:
    for value in values:
        ErasedIdentity.objects.create(hash=erased.hash_of(value), erased_on=dt.date(2026, 11, 1))


def test_a_bad_event_of_an_erased_person_is_not_shown_as_it_was_sent(sender: Sender) -> None:
    erase("u-1", "ann@one.example")
    sender.batch(
        {"type": "track", "userId": "u-1", "properties": {"name": "Ann Lee"}},
        {"type": "identify", "traits": {"email": "ANN@one.example", "name": "Ann Lee"}},
        {"type": "track", "userId": "u-2", "context": {"traits": {"email": "ann@one.example"}}},
        {"type": "nothing", "userId": "U-1", "traits": {"name": "Ann Lee"}},
        {"type": "track", "userId": "u-3", "properties": {"name": "Bo Ek"}},
    )
    problems = list(StreamProblem.objects.order_by("pk").values_list("reason", "body"))
    assert "Bo Ek" in problems.pop(0)[1]
    assert len(problems) == 4
    assert all("was erased on request" in reason and not body for reason, body in problems)


def test_a_call_that_came_before_the_erasure_leaves_nothing(sender: Sender) -> None:
    sender.batch(
        group(1, {"name": "One Ltd"}),
        {"type": "identify", "userId": "u-1", "traits": {"email": "a@b.example", "name": "Ann"}},
    )
    erase("a@b.example")
    apply_calls()
    [problem] = StreamProblem.objects.all()
    assert "was erased on request" in problem.reason
    assert problem.body == ""
    assert not StreamSubject.objects.filter(kind="user", said__has_key="email").exists()


def test_every_spelling_of_an_erased_id_is_known(sender: Sender) -> None:
    erase("u-1")
    assert set(erased.erased_among(["u-1", "U-1", "u-2"])) == {"u-1", "U-1"}
