"""segment-analytics-python and rudder-sdk-python, unmodified, against a live portal."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from accounts.models import ApiKey, AuditEntry
from customers.models import Contact, Customer, StreamProblem, UsageChange
from customers.stream.applying import apply_calls
from tenants.jobs import Job
from tenants.models import Company, WakeUp
from tests.customers.stream.live import LiveWeb, live_web
from tests.customers.stream.sending import rows

EVENTS = 120


@dataclass
class Live:
    """A portal that is served, with a key of Acme's, and what libraries complained of."""

    web: LiveWeb
    key: str
    errors: list[Any]

    @property
    def url(self) -> str:
        return f"http://acme.localhost:{self.web.port}"


@pytest.fixture
def make_live(
    committed_company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Live]]:
    """`make_live(STREAM_REQUESTS="3")`: the web with these settings; all is emptied afterwards."""
    from accounts.actions.keys import create_api_key

    real = socket.getaddrinfo

    def local(host: Any, *args: Any, **kwargs: Any) -> Any:
        is_ours = isinstance(host, str) and host.endswith(".localhost")
        return real("127.0.0.1" if is_ours else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", local)
    started: list[LiveWeb] = []

    def make(**settings: str) -> Live:
        _, key = create_api_key(name="SDK", scopes=["stream"], by=None)
        started.append(live_web(tmp_path, **settings))
        return Live(started[-1], key, [])

    yield make
    for one in started:
        one.stop()
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE customers_usageevent, customers_usagekeyrecent, customers_usagekeyold,"
            " customers_streamrequest"
        )
        cursor.execute("TRUNCATE customers_source, customers_customer CASCADE")
    UsageChange.objects.all().delete()
    ApiKey.objects.all().delete()
    AuditEntry.objects.all().delete()
    Job.objects.all().delete()
    WakeUp.objects.filter(company=committed_company).delete()


def segment(live: Live, **options: Any) -> Any:
    from segment.analytics.client import Client

    return Client(
        live.key, host=live.url, on_error=lambda error, batch: live.errors.append(error), **options
    )


def rudder(live: Live, **options: Any) -> Any:
    from rudderstack.analytics.client import Client

    return Client(
        live.key, host=live.url, on_error=lambda error, batch: live.errors.append(error), **options
    )


LIBRARIES = pytest.mark.parametrize("library", [segment, rudder])


def send(client: Any, ids: list[str]) -> None:
    for number, message_id in enumerate(ids):
        client.track(
            f"u-{number % 7}",
            "Opened",
            {"number": number, "text": "Grüße \U0001f600 \t\\ \n"},
            context={"groupId": "g-1"},
            message_id=message_id,
        )


def stored() -> list[str]:
    return [message_id for (message_id,) in rows("message_id")]


@LIBRARIES
@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gzip"])
def test_every_call_arrives_once(
    make_live: Callable[..., Live], library: Any, is_packed: bool
) -> None:
    live = make_live()
    client = library(live, gzip=is_packed, upload_size=25, upload_interval=0.1)
    client.identify("u-1", {"email": "ann@one.example", "name": "Ann"})
    client.group("u-1", "g-1", {"name": "One Ltd", "employees": 40})
    client.page("u-1", name="Home", properties={"path": "/"})
    client.screen("u-1", name="Start")
    client.alias("anonymous-1", "u-1")
    ids = [str(uuid.uuid4()) for _ in range(EVENTS)]
    send(client, ids)
    client.flush()
    send(client, ids[:50])  # the same again, as after an answer that got lost
    client.flush()
    client.join()

    assert live.errors == []
    found = rows("message_id", "kind = 'track'")
    assert sorted(message_id for (message_id,) in found) == sorted(ids)
    assert sorted(rows("kind, name, end_user", "kind <> 'track'")) == [
        ("page", "Home", "u-1"),
        ("screen", "Start", "u-1"),
    ]
    assert list(StreamProblem.objects.values_list("reason", flat=True)) == []

    apply_calls()
    assert Customer.objects.get().name == "One Ltd"
    contact = Contact.objects.select_related("customer").get()
    assert (contact.external_id, contact.email) == ("u-1", "ann@one.example")
    assert contact.customer.external_id == "g-1"
    assert rows(where="customer_id IS NULL AND end_user = 'u-1'") == []


@LIBRARIES
def test_told_to_wait_they_come_back_and_nothing_is_lost(
    make_live: Callable[..., Live], library: Any
) -> None:
    live = make_live(STREAM_REQUESTS="3", STREAM_SECONDS="2")
    client = library(live, gzip=True, upload_size=15, upload_interval=0.1)
    ids = [str(uuid.uuid4()) for _ in range(EVENTS)]
    send(client, ids)
    client.flush()
    client.join()

    assert live.web.answers(429) > 0
    assert live.errors == []
    assert sorted(stored()) == sorted(ids)


@LIBRARIES
def test_a_wrong_key_is_told_with_code_and_message(
    make_live: Callable[..., Live], library: Any
) -> None:
    live = make_live()
    live.key = "csm_00000000_00"
    client = library(live)
    client.track("u-1", "Opened")
    client.flush()
    client.join()
    [error] = live.errors
    assert (error.status, error.code) == (401, "key_unusable")
    assert error.message
    assert stored() == []
