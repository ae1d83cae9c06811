"""Removing a customer by its page."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from accounts.models import AuditEntry
from customers.models import Contact, Customer, Term
from tenants.models import Company
from tests.customers.importing import imported

ClientOf = Callable[..., Client]


def test_a_customer_is_removed_with_what_is_of_it(company: Company, client_of: ClientOf) -> None:
    imported("customers", "id,name\nc-1,Alpha\nc-2,Beta\n")
    imported("contacts", "customer,email\nc-1,ann@alpha.example\nc-2,bob@beta.example\n")
    imported("subscriptions", "customer,subscription id,amount,start,end\nc-1,s-1,10,2025-01-01,\n")
    customer = Customer.objects.get(external_id="c-1")
    Customer.objects.filter(external_id="c-2").update(parent=customer)
    url, admin = f"/customers/{customer.pk}/removal/", client_of(company, "admin")
    assert url in admin.get(f"/customers/{customer.pk}/").content.decode()
    page = admin.get(url).content.decode()
    assert "cannot be undone" in page
    assert "Contacts" in page
    assert "Beta" in page
    response = admin.post(url, {"external_id": "c-2"})
    assert response.status_code == 409
    assert "nothing was removed" in response.content.decode()
    assert Customer.objects.count() == 2
    assert admin.post(url, {"external_id": "c-1"})["Location"] == "/customers/"
    assert [one.external_id for one in Customer.objects.all()] == ["c-2"]
    assert Customer.objects.get().parent is None
    assert Contact.objects.count() == 1
    assert not Term.objects.exists()
    entry = AuditEntry.objects.get(action="customer.removed")
    assert entry.detail == {"external_id": "c-1"}
    assert admin.get(url).status_code == 404


def test_only_admins_remove(company: Company, client_of: ClientOf) -> None:
    imported("customers", "id,name\nc-1,Alpha\n")
    url = f"/customers/{Customer.objects.get().pk}/removal/"
    manager = client_of(company, "manager")
    assert manager.get(url).status_code == 403
    assert manager.post(url, {"external_id": "c-1"}).status_code == 403
    assert url not in manager.get(f"/customers/{Customer.objects.get().pk}/").content.decode()
