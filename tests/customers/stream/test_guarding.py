"""A key that only sends events does not change what came from elsewhere; growth has its limits."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions.keys import create_api_key
from customers.actions import locking
from customers.actions.facts import remove_facts, store_rows
from customers.actions.merging import merge_customers
from customers.imports.kinds import KINDS
from customers.models import (
    Contact,
    Customer,
    CustomerAttribute,
    Import,
    Source,
    StreamCall,
    StreamProblem,
    StreamSubject,
)
from customers.stream import problems
from customers.stream.applying import apply_calls, resume_waiting
from customers.stream.saying import THINGS_LIMIT
from customers.stream.tasks import WAIT_FOR, stream_upkeep
from tenants.jobs import Job
from tests.customers.importing import checked, imported, run
from tests.customers.stream.sending import Sender, rows
from tests.customers.test_locking import somebody_storing

START = timezone.now().replace(microsecond=0) - dt.timedelta(days=20)
CUSTOMERS = "id,name,tier\ng-1,One Ltd,gold\n"
CONTACTS = (
    "customer id,contact id,name,email\ng-1,u-1,Ann Lee,ann@one.example\ng-1,,Bo,bo@one.example\n"
)


def identify(day: int, user: str = "u-1", **traits: Any) -> dict[str, Any]:
    return _call("identify", day, traits, userId=user)


def group(day: int, user: str = "u-1", group_id: str = "g-1", **traits: Any) -> dict[str, Any]:
    return _call("group", day, traits, userId=user, groupId=group_id)


def _call(kind: str, day: int, traits: dict[str, Any], **more: str) -> dict[str, Any]:
    at = (START + dt.timedelta(days=day)).isoformat()
    said = "-".join(f"{name}={value}" for name, value in sorted(traits.items()))
    message_id = f"{kind}-{day}-{'-'.join(more.values())}-{said}"[:200]
    return {"type": kind, "messageId": message_id, "timestamp": at, "traits": traits, **more}


@pytest.fixture
def server(sender: Sender) -> Sender:
    """The same company's other key, which may write."""
    return Sender(sender.client, create_api_key(name="Server", scopes=["write"], by=None)[1])


def contact(external_id: str = "u-1") -> tuple[str, str, str]:
    one = Contact.objects.get(external_id=external_id)
    return one.email, one.name, one.customer.external_id


def attributes() -> dict[str, str]:
    held = CustomerAttribute.objects.filter(superseded_at=None).order_by("pk")
    return dict(held.values_list("key", "value"))


def tiers() -> set[str]:
    """Each value of the attribute, of whatever day."""
    held = CustomerAttribute.objects.filter(superseded_at=None, key="tier")
    return set(held.values_list("value", flat=True))


def reasons() -> list[str]:
    return list(StreamProblem.objects.order_by("pk").values_list("reason", flat=True))


def test_what_a_file_brought_stays_and_people_see_why(sender: Sender) -> None:
    imported("customers", CUSTOMERS, attributes=["tier"])
    imported("contacts", CONTACTS)
    sender.batch(
        identify(1, email="evil@x.example", name="Evil"),
        group(1, name="Evil Ltd", tier="none", colour="red", owner="Eve"),
    )
    apply_calls()
    assert contact() == ("ann@one.example", "Ann Lee", "g-1")
    assert Customer.objects.get().name == "One Ltd"
    assert attributes() == {"tier": "gold"}
    assert StreamSubject.objects.get(kind="user").said["email"][0] == "evil@x.example"
    told = reasons()
    assert len(told) == 2
    assert all("something else than a key that only sends events" in reason for reason in told)
    assert "Evil Ltd" in StreamProblem.objects.get(type="group").body


def test_it_is_told_once_and_not_when_nothing_would_change(sender: Sender) -> None:
    imported("customers", CUSTOMERS, attributes=["tier"])
    imported("contacts", CONTACTS)
    sender.batch(identify(1, email="ann@one.example", name="Ann Lee"), group(1, tier="gold"))
    apply_calls()
    assert reasons() == []
    for day in (2, 3, 4):
        sender.batch(identify(day, name="Evil"))
        apply_calls()
    assert len(reasons()) == 1


def test_a_key_that_may_write_changes_it_whatever_was_said_aside(
    sender: Sender, server: Sender
) -> None:
    imported("customers", CUSTOMERS, attributes=["tier"])
    imported("contacts", CONTACTS)
    sender.batch(identify(9, email="evil@x.example"), group(9, tier="none", name="Evil"))
    server.batch(identify(5, email="ann@new.example"), group(5, tier="silver"))
    apply_calls()
    assert contact() == ("ann@new.example", "Ann Lee", "g-1")
    assert Customer.objects.get().name == "One Ltd"
    assert tiers() == {"gold", "silver"}
    sender.batch(identify(12, email="evil@x.example"), group(12, tier="none"))
    apply_calls()
    assert contact()[0] == "ann@new.example"
    assert tiers() == {"gold", "silver"}
    # What was said aside does not make the server's next word look old.
    server.batch(identify(6, email="ann@newer.example"))
    apply_calls()
    assert contact()[0] == "ann@newer.example"


def test_what_the_stream_made_the_stream_changes_until_somebody_else_does(sender: Sender) -> None:
    sender.batch(identify(1, email="ann@one.example", name="Ann"), group(1, name="One", tier="a"))
    apply_calls()
    sender.batch(identify(2, name="Ann Lee"), group(2, name="One Ltd", tier="b"))
    apply_calls()
    assert contact() == ("ann@one.example", "Ann Lee", "g-1")
    assert (Customer.objects.get().name, attributes()["tier"]) == ("One Ltd", "b")
    assert reasons() == []

    contacts = imported("contacts", CONTACTS.replace("Ann Lee", "Ann B. Lee"))
    api = Source.objects.create(kind=Source.Kind.USER, label="somebody")
    store_rows(
        kind=KINDS["customers"],
        rows=[{"external_id": "g-1", "attributes": {"tier": "c"}}],
        source=api,
    )
    sender.batch(identify(3, name="Evil"), group(3, tier="d", size="9"))
    apply_calls()
    assert contact()[1] == "Ann B. Lee"
    assert attributes()["size"] == "9"  # nobody else has said it
    assert "d" not in attributes().values()
    assert contacts.state == Import.State.DONE


def test_undoing_the_file_gives_it_back_to_the_stream(sender: Sender) -> None:
    from customers.actions import import_work
    from customers.actions.undo import start_undo

    sender.batch(identify(1, email="ann@one.example", name="Ann"), group(1, name="One"))
    apply_calls()
    import_ = imported("contacts", CONTACTS)
    assert contact()[1] == "Ann Lee"
    start_undo(import_=import_, by=None)
    import_work.work_on(import_id=import_.pk)
    assert contact()[1] == "Ann"
    sender.batch(identify(2, name="Annie"))
    apply_calls()
    assert contact()[1] == "Annie"


def test_who_was_removed_does_not_come_back_by_a_public_key(sender: Sender) -> None:
    sender.batch(identify(1, email="ann@one.example"), group(1, name="One"))
    apply_calls()
    api = Source.objects.create(kind=Source.Kind.USER, label="somebody")
    remove_facts(kind=KINDS["contacts"], external_ids=["u-1"], source=api)
    sender.batch(identify(2, email="ann@one.example", name="Ann"))
    apply_calls()
    assert Contact.objects.get().removed_at is not None


def test_an_address_from_a_file_gets_no_id_from_a_public_key(
    sender: Sender, server: Sender
) -> None:
    imported("customers", CUSTOMERS)
    imported("contacts", CONTACTS)
    sender.batch(
        identify(1, user="u-9", email="Bo@one.example", name="Evil"),
        group(1, user="u-9"),
        {"type": "track", "event": "Opened", "userId": "u-9", "messageId": "t-1"},
    )
    apply_calls()
    assert Contact.objects.get(email="bo@one.example").external_id is None
    assert StreamSubject.objects.get(kind="user").waits_for == "writer"
    customer = Customer.objects.get()
    assert rows("customer_id") == [(customer.pk,)]
    sender.batch({"type": "track", "event": "Opened", "userId": "u-9", "messageId": "t-2"})
    resume_waiting()
    assert rows("customer_id") == [(customer.pk,)] * 2
    assert len(reasons()) == 1
    server.batch(identify(2, user="u-9", email="bo@one.example"))
    apply_calls()
    assert contact("u-9") == ("bo@one.example", "Bo", "g-1")
    assert StreamSubject.objects.get(kind="user").waits_for == ""


# Growth.


def test_attributes_have_a_limit_for_files_and_the_api(sender: Sender, settings: Any) -> None:
    settings.CUSTOMER_ATTRIBUTES = 2
    import_ = checked("customers", "id,name,a,b,c\nc-1,A,1,2,3\n", attributes=["a", "b", "c"])
    assert import_.state == Import.State.FAILED
    assert "more than the 2 attributes that there can be" in import_.message
    run(checked("customers", "id,name,a,b\nc-1,A,1,2\n", attributes=["a", "b"]))
    source = Source.objects.create(kind=Source.Kind.API_KEY, label="a test")

    def told(**attributes: str | None) -> str:
        row = {"external_id": "c-1", "attributes": attributes}
        [result] = store_rows(kind=KINDS["customers"], rows=[row], source=source)
        return f"{result.outcome} {[problem.message for problem in result.problems]}"

    assert "leave it out, or empty an attribute" in told(c="3")
    assert told(a="9").startswith("updated")
    assert told(b=None).startswith("updated")
    assert told(c="3").startswith("updated")  # there is room again


def test_public_keys_get_half_of_them(sender: Sender, server: Sender, settings: Any) -> None:
    settings.CUSTOMER_ATTRIBUTES = 4
    sender.batch(group(1, name="One", a="1", b="2", c="3"))
    apply_calls()
    assert attributes() == {"a": "1", "b": "2"}
    assert Customer.objects.get().name == "One"
    [reason] = reasons()
    assert "c: that would be more than the 2 attributes" in reason
    server.batch(group(2, c="3", d="4"))
    apply_calls()
    assert attributes() == {"a": "1", "b": "2", "c": "3", "d": "4"}


def test_what_is_said_of_one_is_bounded(sender: Sender, settings: Any) -> None:
    settings.CUSTOMER_ATTRIBUTES = 2 * THINGS_LIMIT + 200
    for call in range(THINGS_LIMIT // 50 + 1):
        sender.batch(group(call, **{f"t{call}x{number}": "x" for number in range(50)}))
    apply_calls()
    assert len(StreamSubject.objects.get(kind="group").said) == THINGS_LIMIT
    assert any(f"{THINGS_LIMIT} things" in reason for reason in reasons())


def test_who_waits_for_long_is_forgotten(sender: Sender) -> None:
    sender.batch(
        identify(1, user="old", email="a@b.example"),
        identify(1, user="new", email="b@b.example"),
        identify(1, user="contact", email="c@b.example"),
        group(1, user="contact", group_id="g-1"),
    )
    apply_calls()
    before = timezone.now() - WAIT_FOR - dt.timedelta(days=1)
    StreamSubject.objects.filter(external_id__in=["old", "contact", "g-1"]).update(
        changed_at=before
    )
    resume_waiting()  # nobody is younger for being looked at
    stream_upkeep(Job())
    held = set(StreamSubject.objects.values_list("external_id", flat=True))
    assert held == {"new", "contact", "g-1"}


def test_only_so_many_problems_are_kept(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problems, "PROBLEMS_KEPT", 3)
    for number in range(5):
        sender.batch(identify(1, user=f"u-{number}", email="nobody"), group(1, user=f"u-{number}"))
        apply_calls()
    assert StreamProblem.objects.count() == 3


def test_the_upkeep_waits_for_no_import(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "_PATIENCE", "50ms")
    sender.batch(identify(1, user="u-1", email="a@b.example"))
    StreamProblem.objects.create(
        received_at=timezone.now() - dt.timedelta(days=31),
        reason="old",
        source=Source.objects.get(),
    )
    with somebody_storing("customers"):
        stream_upkeep(Job())
    assert not StreamProblem.objects.exists()
    assert StreamCall.objects.exists()
    stream_upkeep(Job())
    assert not StreamCall.objects.exists()


def test_a_customer_that_somebody_merged_is_the_streams_no_more(sender: Sender) -> None:
    sender.batch(group(1, name="One"), group(1, group_id="g-2", name="Two"))
    apply_calls()
    keep, merge = Customer.objects.order_by("external_id")
    merge_customers(keep=keep, merge=merge, by=None)
    sender.batch(group(2, name="Evil"), group(2, group_id="g-2", name="Evil"))
    apply_calls()
    assert Customer.objects.get().name == "One"
