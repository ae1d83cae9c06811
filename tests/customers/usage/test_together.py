"""Several at once: the same new month, the same messages in any order; nothing fails or doubles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.models import Source, UsageEvent
from customers.usage.storing import Stored, store_events
from tenants.jobs import Job
from tenants.models import Company, WakeUp
from tests.customers.usage.events import event

WRITERS = 4
NOW = timezone.now()


@pytest.fixture
def together(committed_company: Company) -> Iterator[tuple[Company, Source]]:
    source = Source.objects.create(kind=Source.Kind.API_KEY, label="a test")
    yield committed_company, source
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE customers_usageevent, customers_usagekeyrecent, customers_usagekeyold,"
            " customers_usagechange"
        )
    Job.objects.all().delete()
    WakeUp.objects.all().delete()
    source.delete()


def test_writers_of_the_same_messages_and_months(together: tuple[Company, Source]) -> None:
    company, source = together
    begin = Barrier(WRITERS)

    def write(writer: int) -> list[Stored]:
        events = [
            event(message_id=str(n), occurred_at=NOW - dt.timedelta(days=30 * (n % 12)))
            for n in range(400)
        ]
        if writer % 2:
            events.reverse()
        try:
            with tenant_context(company):
                begin.wait()
                found = []
                for start in range(0, 400, 100):
                    with transaction.atomic():
                        found.append(
                            store_events(events[start : start + 100], source_id=source.pk, now=NOW)
                        )
                return found
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WRITERS) as pool:
        found = [one for batch in pool.map(write, range(WRITERS)) for one in batch]
    assert sum(one.stored for one in found) == 400
    assert sum(one.stored + one.duplicates for one in found) == 400 * WRITERS
    assert UsageEvent.objects.count() == 400
    assert UsageEvent.objects.values("message_id").distinct().count() == 400
