"""The page that shows what came by the stream and what could not be used."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from customers.models import StreamProblem, StreamRequest
from customers.stream.tasks import stream_upkeep
from tenants.jobs import Job
from tenants.models import Company
from tests.casting import Clients
from tests.customers.stream.sending import Sender

GOOD = {"type": "track", "userId": "u-1", "event": "Opened", "messageId": "m-1"}


def shown(company: Company, client_of: Clients) -> str:
    answer = client_of(company, role="admin").get("/settings/stream/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_before_anything_came_it_says_how_to_begin(company: Company, client_of: Clients) -> None:
    text = shown(company, client_of)
    assert "No events in the last hour" in text
    assert "http://acme.localhost:8000" in text


def test_it_shows_counts_problems_with_reason_and_key_and_what_waits(
    sender: Sender, company: Company, client_of: Clients
) -> None:
    sender.batch(GOOD, GOOD, {**GOOD, "messageId": "m-2", "event": None, "anonymousId": "<b>"})
    text = shown(company, client_of)
    assert "It has no event name" in text
    assert "Web shop" in text
    assert "&lt;b&gt;" in text
    assert "1 event whose customer is not known yet" in text
    assert sender.key not in text


def test_only_who_administers_sees_what_was_sent(company: Company, client_of: Clients) -> None:
    assert client_of(company, role="manager").get("/settings/stream/").status_code == 403
    assert client_of(company, role=None).get("/settings/stream/").status_code == 302


def test_problems_go_after_30_days_and_counts_after_hours(sender: Sender) -> None:
    sender.batch(GOOD, {"type": "dance"})
    stream_upkeep(Job())
    assert (StreamProblem.objects.count(), StreamRequest.objects.count()) == (1, 1)
    old = timezone.now() - dt.timedelta(days=31)
    StreamProblem.objects.update(received_at=old)
    StreamRequest.objects.update(received_at=old)
    stream_upkeep(Job())
    assert (StreamProblem.objects.count(), StreamRequest.objects.count()) == (0, 0)
