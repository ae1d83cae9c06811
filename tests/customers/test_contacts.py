"""Contacts that users add, change and remove on pages."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User
from customers.actions.contacts import change_contact, remove_contact
from customers.actions.erasure import erase_contact
from customers.models import Change, Contact, ContactAlias, Customer, Source
from tenants.models import Company
from tests.casting import Clients
from tests.customers.facts import customer_of
from tests.customers.importing import imported
from tests.customers.test_locking import somebody_storing
from tests.customers.test_undo import undone

ANN = {
    "name": "Ann Arbor",
    "email": "ann@alpha.example",
    "job_title": "Head of Operations",
    "role": "champion",
    "language": "pt-br",
    "timezone": "America/New_York",
}


def known(**values: Any) -> Contact:
    source = Source.objects.get_or_create(kind=Source.Kind.COMMAND, label="a test")[0]
    return Contact.objects.create(source=source, recorded_at=timezone.now(), **values)


@pytest.fixture
def ann(alpha: Customer) -> Contact:
    return known(customer=alpha, **ANN)


@pytest.fixture
def client(company: Company, client_of: Clients) -> Client:
    return client_of(company, "manager")


def new_path(customer: Customer) -> str:
    return f"/customers/{customer.pk}/contacts/new/"


def path(contact: Contact) -> str:
    return f"/customers/{contact.customer_id}/contacts/{contact.pk}/"


def sent(client: Client, where: str, values: dict[str, str], status: int = 302) -> str:
    answer = client.post(where, values)
    assert answer.status_code == status, answer.content
    return html.unescape(answer.content.decode())


def held(contact: Contact) -> dict[str, Any]:
    contact.refresh_from_db()
    return {name: getattr(contact, name) for name in ANN}


def test_a_contact_is_added_as_a_program_adds_one(
    client: Client, alpha: Customer, manager: User
) -> None:
    sent(client, new_path(alpha), {**ANN, "email": " ann@alpha.example ", "external_id": "p-1"})
    [ann] = alpha.contacts.all()
    assert held(ann) == ANN
    assert (ann.external_id, ann.source.kind, ann.source.reference_id) == (
        "p-1",
        Source.Kind.USER,
        manager.pk,
    )
    assert Change.objects.filter(customer=alpha, kind="contacts").exists()
    told = AuditEntry.objects.get(action="contact.added")
    assert (told.actor, told.subject_label) == (manager, "Ann Arbor")
    assert told.detail["job_title"] == ["", "Head of Operations"]


def test_everything_of_a_contact_without_an_id_can_be_changed(
    client: Client, ann: Contact, manager: User
) -> None:
    text = html.unescape(client.get(path(ann)).content.decode())
    for value in ("Ann Arbor", "ann@alpha.example", "Head of Operations"):
        assert f'value="{value}"' in text
    assert re.findall(r'<option value="([^"]*)" selected', text) == [
        "champion",
        "pt-br",
        "America/New_York",
    ]
    changed = {
        "name": "Ann Bell",
        "email": "bell@alpha.example",
        "job_title": "CFO",
        "role": "decision_maker",
        "language": "de",
        "timezone": "",
    }
    sent(client, path(ann), {**changed, "external_id": "p-9"})
    assert held(ann) == changed
    assert (ann.external_id, ann.source.label) == ("p-9", "a test")
    assert ann.changed_by is not None
    assert ann.changed_by.reference_id == manager.pk
    assert Contact.objects.count() == 1
    told = AuditEntry.objects.get(action="contact.changed")
    assert told.detail["email"] == ["ann@alpha.example", "bell@alpha.example"]
    page = client.get(path(ann)).content.decode()
    assert 'name="external_id"' not in page, "files know the person by it"
    assert f"Last changed: User: {manager}" in page


def test_what_is_saved_as_it_was_changes_nothing(client: Client, ann: Contact) -> None:
    sent(client, path(ann), ANN)
    assert held(ann) == ANN
    assert ann.changed_by is None
    assert not AuditEntry.objects.filter(action="contact.changed").exists()
    assert not Change.objects.exists()


def test_a_time_zone_or_language_that_is_not_offered_stays(client: Client, ann: Contact) -> None:
    Contact.objects.filter(pk=ann.pk).update(language="de-1996", timezone="Etc/GMT+5")
    ann.refresh_from_db()
    text = client.get(path(ann)).content.decode()
    assert '<option value="de-1996" selected>' in text
    odd = {**ANN, "language": "de-1996", "timezone": "Etc/GMT+5"}
    sent(client, path(ann), {**odd, "job_title": "CEO"})
    assert held(ann) == {**odd, "job_title": "CEO"}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"email": ""}, "This field is required."),
        ({"email": "ann at alpha"}, "“ann at alpha” is not an e-mail address"),
        ({"email": "BOB@alpha.example"}, "Bob has this address here already."),
        ({"external_id": "p-3"}, "Cy at Beta has this id already."),
        ({"external_id": "p-3b"}, "Cy at Beta has this id already."),
        ({"language": "klingon"}, "Select a valid choice."),
        ({"role": "boss"}, "Select a valid choice."),
        ({"timezone": "Mars/Olympus"}, "Select a valid choice."),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"name": "A\0nn"}, "Null characters are not allowed."),
        ({"job_title": "bell\x07"}, "control characters"),
    ],
)
@pytest.mark.parametrize("is_new", [True, False])
def test_bad_input_is_said_at_its_field_and_nothing_is_lost(
    client: Client, ann: Contact, wrong: dict[str, str], words: str, is_new: bool
) -> None:
    known(customer=ann.customer, name="Bob", email="bob@alpha.example")
    cy = known(customer=customer_of("Beta"), name="Cy", email="cy@x.example", external_id="p-3")
    ContactAlias.objects.create(contact=cy, external_id="p-3b", recorded_at=timezone.now())
    values = {**ANN, "name": "Zoë <b>", "email": "zoe@alpha.example", **wrong}
    text = sent(client, new_path(ann.customer) if is_new else path(ann), values, 422)
    [name] = wrong
    assert words in text.split(f'id="id_{name}_error"')[1].split("</ul>")[0]
    assert ("name" in wrong) or 'value="Zoë <b>"' in text
    assert 'value="Head of Operations"' in text or "job_title" in wrong
    assert held(ann) == ANN
    assert Contact.objects.count() == 3


def test_one_address_may_be_at_two_customers(client: Client, ann: Contact) -> None:
    sent(client, new_path(customer_of("Beta")), ANN)
    assert Contact.objects.filter(email=ANN["email"]).count() == 2


def test_who_is_removed_is_shown_no_more_and_comes_back_when_added(
    client: Client, ann: Contact, manager: User
) -> None:
    sent(client, path(ann) + "removal/", {})
    ann.refresh_from_db()
    assert ann.removed_at is not None
    assert AuditEntry.objects.get(action="contact.removed").subject_label == "Ann Arbor"
    assert Change.objects.filter(customer=ann.customer, kind="contacts").exists()
    assert client.get(path(ann)).status_code == 404
    assert client.post(path(ann), ANN).status_code == 404
    bob = known(customer=ann.customer, name="Bob", email="bob@alpha.example")
    text = sent(client, path(bob), {"email": "ann@alpha.example"}, 422)
    assert "Ann Arbor, who was removed here, has this address." in text
    sent(client, new_path(ann.customer), {"name": "Ann", "email": "Ann@alpha.example"})
    ann.refresh_from_db()
    assert (ann.name, ann.job_title, ann.removed_at) == ("Ann", "", None)


def test_only_the_one_is_removed(client: Client, ann: Contact) -> None:
    bob = known(customer=ann.customer, name="Bob", email="bob@alpha.example", external_id="p-2")
    sent(client, path(ann) + "removal/", {})
    assert list(Contact.objects.present()) == [bob]


def test_an_erased_person_does_not_come_back_by_hand(
    client: Client, ann: Contact, manager: User
) -> None:
    change_contact(contact=ann, values={"email": ANN["email"], "name": "Ann Bell"}, by=manager)
    erase_contact(contact=ann, by=manager)
    told = AuditEntry.objects.filter(action="contact.changed").get()
    assert (told.subject_label, told.detail) == ("Erased contact", {})
    text = sent(client, new_path(ann.customer), ANN, 422)
    assert "this person was erased on request" in text
    stale = Contact(pk=ann.pk, customer=ann.customer, email=ANN["email"], name="Ann Bell")
    [problem] = change_contact(
        contact=stale, values={"email": "other@alpha.example", "name": "Ann"}, by=manager
    )
    assert problem.message == "This contact was removed meanwhile."
    ann.refresh_from_db()
    assert ann.is_erased


def test_a_file_knows_a_contact_that_was_changed_here(client: Client, ann: Contact) -> None:
    sent(client, path(ann), {**ANN, "email": "new@alpha.example"})
    imported("contacts", "customer,email,name,contact id\nalpha,New@alpha.example,Ann A.,p-7\n")
    assert Contact.objects.count() == 1
    ann.refresh_from_db()
    assert (ann.name, ann.external_id, ann.job_title) == ("Ann A.", "p-7", "Head of Operations")


def test_an_undone_import_leaves_what_was_changed_here(client: Client, alpha: Customer) -> None:
    first = imported("contacts", "customer,email,name\nalpha,ann@alpha.example,Ann\n")
    ann = Contact.objects.get()
    sent(client, path(ann), ANN)
    second = imported("contacts", "customer,email,name\nalpha,ann@alpha.example,Anna\n")
    undone(second)
    assert held(ann) == ANN
    undone(first)
    assert held(ann) == ANN


@pytest.mark.parametrize("do", ["", "removal/"])
def test_who_may(
    company: Company, other_company: Company, client_of: Clients, ann: Contact, do: str
) -> None:
    assert client_of(company, "viewer").post(path(ann) + do, ANN).status_code == 403
    assert client_of(other_company, "owner").post(path(ann) + do, ANN).status_code == 404
    beta = customer_of("Beta")
    elsewhere = f"/customers/{beta.pk}/contacts/{ann.pk}/{do}"
    assert client_of(company, "owner").post(elsewhere, ANN).status_code == 404
    assert client_of(company, "viewer").post(new_path(beta), ANN).status_code == 403
    assert held(ann) == ANN


def test_the_way_there_and_back(company: Company, client_of: Clients, ann: Contact) -> None:
    manager, viewer = client_of(company, "manager"), client_of(company, "viewer")
    home = f"/customers/{ann.customer_id}/"
    for page in (home, f"{home}contacts/?list=customers", f"/facts/contacts/{ann.pk}/"):
        [link] = re.findall(
            rf'href="({path(ann)}\?next=[^"]*)"', manager.get(page).content.decode()
        )
        form = manager.get(html.unescape(link)).content.decode()
        assert f'name="next" value="{page}"' in form
        assert manager.post(path(ann), {**ANN, "next": page})["Location"] == page
        assert path(ann) not in viewer.get(page).content.decode()
    assert new_path(ann.customer) in manager.get(home).content.decode()
    assert new_path(ann.customer) in manager.get(f"{home}contacts/").content.decode()
    away = manager.post(path(ann), {**ANN, "next": "https://elsewhere.example/"})
    assert away["Location"] == f"{home}contacts/"


def test_while_contacts_are_imported_what_was_typed_stays(
    client: Client, ann: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customers.actions.locking._PATIENCE", "10ms")
    with somebody_storing("contacts"):
        text = sent(client, path(ann), {**ANN, "job_title": "CEO"}, 422)
        assert "Contacts are being imported at the moment." in text
        assert 'value="CEO"' in text
        sent(client, path(ann) + "removal/", {})
    assert held(ann) == ANN
    remove_contact(contact=ann, by=User.objects.get(role="manager"))
    ann.refresh_from_db()
    assert ann.removed_at is not None
