"""What two do at the same time, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.models import AuditEntry
from customers.actions.erasure import erase_contact
from customers.models import Referral
from surveys.actions import readings
from surveys.actions.follow_ups import add_note, write_reply
from surveys.actions.referrals import forget_people, refer, store_due
from surveys.erasure import ERASED
from surveys.models import FollowUp, FollowUpNote, ReferredPerson, Reply, Response, ResponseReading
from tenants.jobs import Job, run_pending
from tenants.models import Company, WakeUp
from tests.customers.usage.test_keys_together import meanwhile
from tests.surveys.test_follow_ups import invitation_of, opened, user


@pytest.fixture
def together(committed_company: Company) -> Iterator[Company]:
    try:
        yield committed_company
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE customers_source, customers_customer, customers_change,"
                " customers_erasure, customers_erasedidentity, surveys_campaign,"
                " surveys_readingrules, surveys_suppression CASCADE"
            )
        for model in (Job, WakeUp):
            model.objects.all().delete()
        AuditEntry.objects.exclude(action="company.created").delete()


def test_words_that_are_erased_while_they_are_read_do_not_come_back(together: Company) -> None:
    found = opened(comment="My secret is out")
    with transaction.atomic():
        readings.rules_changed()
    with transaction.atomic():
        erase_contact(contact=found.invitation.contact, by=None)
        reading = meanwhile(together, readings.read_unread)
    assert reading.result(60) == 1
    assert Response.objects.get().comment == ""
    assert not ResponseReading.objects.exclude(words="").exists()


def test_a_form_that_is_sent_twice_at_once_is_one_reply(together: Company) -> None:
    found, once = opened(), uuid4()
    with transaction.atomic():
        first = written(found, once)
        second = meanwhile(together, lambda: written(found, once))
    assert second.result(60) == first
    assert Reply.objects.count() == 1


def written(found: FollowUp, once: UUID) -> int:
    return int(write_reply(follow_up=found, text="Sorry", by=user(), once=once).pk)


def test_who_is_forgotten_while_being_stored_leaves_no_name(together: Company) -> None:
    refer(
        invitation=invitation_of(),
        name="Nora New",
        email="nora@new.example",
        language="en",
        consent="yes",
    )
    person = ReferredPerson.objects.get()
    with transaction.atomic():
        assert store_due() == 1
        assert Referral.objects.get().referred_name == "Nora New"
        forgotten = meanwhile(together, lambda: forget_people([person.pk]))
    assert forgotten.result(60) == 1
    assert Referral.objects.get().referred_name == ""


def test_what_others_were_storing_of_a_person_goes_as_well(together: Company) -> None:
    found = opened(comment="Too slow")
    person = found.invitation.contact
    stored, go_on = Event(), Event()

    def store() -> None:
        try:
            with tenant_context(together), transaction.atomic():
                add_note(follow_up=found, text="Ann Secret called", by=None)
                refer(
                    invitation=invitation_of("bob"),
                    name="Ann Secret",
                    email=person.email.upper(),
                    language="en",
                    consent="yes",
                )
                stored.set()
                assert go_on.wait(60)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        storing = pool.submit(store)
        try:
            assert stored.wait(60)
            erasure = erase_contact(contact=person, by=None)
            run_pending(key=erasure.job_key)
            erasure.refresh_from_db()
            assert erasure.waits_for
        finally:
            go_on.set()
        storing.result(60)
    assert FollowUpNote.objects.get().text == "Ann Secret called"
    assert ReferredPerson.objects.get().name == "Ann Secret"
    Job.objects.filter(key=erasure.job_key).update(run_at=timezone.now())
    run_pending(key=erasure.job_key)
    erasure.refresh_from_db()
    assert erasure.state == "done"
    assert FollowUpNote.objects.get().text == ERASED
    left = ReferredPerson.objects.get()
    assert (left.name, left.email, left.erased_at is not None) == ("", "", True)
    assert erasure.found["notes on survey answers"] == 1
    assert erasure.found["what the person left by a referral link"] == 1
