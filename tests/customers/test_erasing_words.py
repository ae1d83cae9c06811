"""Ids that somebody chose to do harm when the person is erased."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import IdempotencyKey
from customers.actions.erasure import erase_contact
from customers.erasing.sought import Sought
from customers.models import Contact, Customer, Import, Note
from tenants.jobs import run_pending
from tenants.models import Company
from tests.customers.importing import imported


@pytest.mark.parametrize("word", ["contacts", "customers", "External_ID", "customers_contact"])
def test_a_word_of_our_own_is_no_telling_id(word: str) -> None:
    sought = Sought(ids=[word])
    for scrubber in (sought.certain, sought.at_customer, sought.in_own):
        assert scrubber.text(f"{word} came") == f"{word} came"
    assert word.lower() in sought.keys


def test_an_id_of_letters_is_still_telling() -> None:
    assert Sought(ids=["annsmith"]).certain.text("annsmith came") == "[erased] came"


@pytest.mark.django_db
def test_a_name_is_found_without_its_accents(company: Company) -> None:
    imported("customers", "customer id,name\nc-1,One\n")
    imported("contacts", "customer id,contact id,name,email\nc-1,p-1,Émile Straße,e@one.example\n")
    customer = Customer.objects.get()
    note = Note.objects.create(
        customer=customer,
        external_id="n-1",
        text="Emile Strasse called, then ÉMILE STRAßE wrote.",
        written_at=timezone.now(),
        source=customer.source,
        recorded_at=timezone.now(),
    )
    erasure = erase_contact(contact=Contact.objects.get(), by=None)
    run_pending(key=erasure.job_key)
    note.refresh_from_db()
    assert note.text == "[erased] called, then [erased] wrote."


@pytest.mark.django_db
def test_erasing_one_whose_id_is_a_word_or_number_spoils_nothing_else(company: Company) -> None:
    imported("customers", "customer id,name\nc-1,One\n")
    import_ = imported(
        "contacts",
        "customer id,contact id,name,email\n"
        "c-1,contacts,Ann Lee,ann@one.example\nc-1,17,Bo Ek,bo@one.example\n",
    )
    answer = IdempotencyKey.objects.create(
        caller="key-1", key="k", digest="d", status=200, body='{"kind": "contacts", "count": 17}'
    )
    for contact in Contact.objects.all():
        erasure = erase_contact(contact=contact, by=None)
        run_pending(key=erasure.job_key)
        erasure.refresh_from_db()
        assert erasure.state == "done"
    kept = Import.objects.get(pk=import_.pk)
    assert kept.kind == "contacts"
    assert set(kept.mapping) == set(import_.mapping)
    assert IdempotencyKey.objects.get().body == answer.body
