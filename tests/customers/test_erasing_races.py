"""Erasing while something of the person is being stored, and when it cannot be finished."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.actions.keys import create_api_key
from accounts.actions.refusals import Refused
from accounts.models import ApiKey, AuditEntry
from customers.actions.erasing_again import start_again
from customers.actions.erasure import erase_contact
from customers.erasing import usage
from customers.erasing.sought import Sought
from customers.models import (
    Change,
    Contact,
    Customer,
    ErasedIdentity,
    Erasure,
    Note,
    Source,
    StreamCall,
    StreamProblem,
    StreamRequest,
    StreamSubject,
    UsageChange,
    UsageEvent,
)
from customers.stream import storing
from customers.stream.reading import Batch, Call
from customers.stream.senders import Opened, Sender
from customers.tasks import ERASING_ATTEMPTS
from surveys.models import Suppression
from tenants.jobs import Job, enqueue, run_pending
from tenants.models import Company, WakeUp
from tests.customers.importing import imported
from tests.customers.test_erasure import held_anywhere
from tests.customers.test_locking import somebody_holding
from tests.customers.usage.events import NOW, event

NAME, ADDRESS, ID = "Wilhelmina Quisling", "wilhelmina.q@alpha.example", "person-4711"


class Slow(Sender):
    """A sender whose request has looked who was erased and has stored nothing yet."""

    entered, release = threading.Event(), threading.Event()

    def open(self, *asked: Any) -> Opened:
        opened = super().open(*asked)
        self.entered.set()
        assert self.release.wait(60)
        return opened


@pytest.fixture
def committed(committed_company: Company) -> Iterator[Company]:
    create_api_key(name="Race", scopes=["stream"], by=None)
    source = Source.objects.create(kind=Source.Kind.API_KEY, label="Race")
    customer = Customer.objects.create(
        external_id="race-1", name="Race", source=source, recorded_at=NOW
    )
    Contact.objects.create(
        customer=customer, name=NAME, email=ADDRESS, external_id=ID, source=source, recorded_at=NOW
    )
    try:
        yield committed_company
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM customers_usageevent")
            cursor.execute("TRUNCATE customers_usagekeyrecent, customers_usagekeyold")
        for model in (
            *(StreamCall, StreamProblem, StreamRequest, StreamSubject, UsageChange, Change),
            *(Suppression, Erasure, ErasedIdentity, Contact, Customer, Source, Job, WakeUp),
        ):
            model.objects.all().delete()
        ApiKey.objects.filter(name="Race").delete()
        AuditEntry.objects.exclude(action="company.created").delete()


def test_what_was_being_stored_meanwhile_is_gone_in_the_end(committed: Company) -> None:
    def store() -> None:
        try:
            with tenant_context(committed):
                storing.store(
                    Batch(
                        events=[event(end_user=ID, message_id="late-1")],
                        calls=[
                            Call("late-2", NOW, {"type": "identify", "userId": ID, "traits": {}})
                        ],
                    ),
                    sender=Slow(ApiKey.objects.get(name="Race")),
                    now=timezone.now(),
                )
        finally:
            connection.close()

    Slow.entered.clear()
    Slow.release.clear()
    thread = threading.Thread(target=store)
    thread.start()
    try:
        assert Slow.entered.wait(60)
        erasure = erase_contact(contact=Contact.objects.get(), by=None)
        run_pending(key=erasure.job_key)
        erasure.refresh_from_db()
        assert erasure.state == Erasure.State.RUNNING
        assert erasure.waits_for
    finally:
        Slow.release.set()
        thread.join(60)
    assert UsageEvent.objects.filter(end_user=ID).exists()
    assert StreamCall.objects.exists()
    Job.objects.filter(key=erasure.job_key).update(run_at=timezone.now())
    run_pending(key=erasure.job_key)
    erasure.refresh_from_db()
    assert (erasure.state, erasure.sought, erasure.waits_for) == ("done", {}, [])
    assert UsageEvent.objects.count() == 1
    assert not UsageEvent.objects.filter(end_user=ID).exists()
    assert not StreamCall.objects.exists()


def test_what_was_said_is_not_kept_again_by_a_turn_that_read_it_before(company: Company) -> None:
    """A turn of the stream that runs is waited for."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '50ms'")
    with somebody_holding("stream:calls"), pytest.raises(OperationalError), transaction.atomic():
        usage.forget_stream(Sought(addresses=[ADDRESS]))
    usage.forget_stream(Sought(addresses=[ADDRESS]))


# An erasure that cannot be finished.


@pytest.fixture
def stopped(company: Company, monkeypatch: pytest.MonkeyPatch) -> Erasure:
    imported("customers", "id,name\nc-1,Alpha\n")
    imported("contacts", f"customer id,contact id,name,email\nc-1,{ID},{NAME},{ADDRESS}\n")
    imported("notes", f"id,customer,text,written_at\nn-1,c-1,Met {NAME},2025-01-05T10:00:00Z\n")
    erasure = erase_contact(contact=Contact.objects.get(), by=None)

    def fail(*_: Any) -> int:
        raise OSError(f"no room for {ADDRESS}")

    with monkeypatch.context() as broken:
        broken.setattr(usage, "forget_stream", fail)
        for attempts in (0, ERASING_ATTEMPTS - 1):
            erasure.refresh_from_db()
            assert (erasure.state, bool(erasure.sought)) == ("running", True)
            Job.objects.filter(key=erasure.job_key).update(run_at=timezone.now(), attempts=attempts)
            run_pending(key=erasure.job_key)
    assert Job.objects.get(key=erasure.job_key).state == Job.State.PARKED
    erasure.refresh_from_db()
    return erasure


def test_one_that_gives_up_forgets_whom_it_looked_for(stopped: Erasure) -> None:
    assert (stopped.state, stopped.sought) == ("stopped", {})
    job = Job.objects.get(key=stopped.job_key)
    assert ADDRESS not in job.error
    assert AuditEntry.objects.filter(action="contact.erasure_stopped").exists()
    assert NAME in Note.objects.get().text


def test_an_admin_starts_it_again_by_saying_who_it_was(
    stopped: Erasure, company: Company, client_of: Any
) -> None:
    client: Client = client_of(company, "admin")
    page = f"/erasures/{stopped.pk}/"
    assert "stopped before everything was looked through" in client.get(page).content.decode()
    told = {"address": "somebody@else.example", "ids": ID, "name": NAME}
    assert client_of(company, "manager").post(f"{page}again/", told).status_code == 403
    answer = client.post(f"{page}again/", told)
    assert answer.status_code == 422
    assert "not the address and id of somebody who was erased" in answer.content.decode()
    told["address"] = ADDRESS.upper()
    assert client.post(f"{page}again/", told).status_code == 302
    run_pending(key=stopped.job_key)
    stopped.refresh_from_db()
    assert (stopped.state, stopped.sought) == ("done", {})
    assert held_anywhere(ADDRESS, ID, NAME) == []
    with pytest.raises(Refused):
        start_again(erasure=stopped, by=None, address=ADDRESS, ids=[], names=[])


def test_one_whose_job_died_each_time_is_stopped_by_the_upkeep(company: Company) -> None:
    imported("customers", "id,name\nc-1,Alpha\n")
    imported("contacts", f"customer id,contact id,name,email\nc-1,{ID},{NAME},{ADDRESS}\n")
    erasure = erase_contact(contact=Contact.objects.get(), by=None)
    enqueue("customers.erasure_upkeep", key="upkeep")
    run_pending(key="upkeep")
    erasure.refresh_from_db()
    assert erasure.state == Erasure.State.RUNNING  # its job is still to come
    Job.objects.filter(key=erasure.job_key).update(state=Job.State.PARKED)
    enqueue("customers.erasure_upkeep", key="upkeep")
    run_pending(key="upkeep")
    erasure.refresh_from_db()
    assert (erasure.state, erasure.sought) == ("stopped", {})
