"""What the search of the whole portal finds here: customers, and contacts."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.search import Finder, Found
from customers.models import Contact, Customer


def _customers(words: str, user: User | None, most: int) -> Iterator[Found]:
    del user  # everybody who signs in sees every customer
    for customer in Customer.objects.search(words).order_by(Lower("name"), "pk")[:most]:
        yield Found(customer.name, customer.get_absolute_url(), customer.external_id, "customers")


def _contacts(words: str, user: User | None, most: int) -> Iterator[Found]:
    del user
    found = Contact.objects.present().search(words).select_related("customer")
    for contact in found.order_by(Lower("name"), "pk")[:most]:
        text = (
            _("{email} at {customer}").format(email=contact.email, customer=contact.customer)
            if contact.name
            else str(contact.customer)
        )
        yield Found(str(contact), contact.customer.get_absolute_url(), text, "user")


FINDERS = (
    Finder("customers", gettext_noop("Customers"), _customers, position=10),
    Finder("contacts", gettext_noop("Contacts"), _contacts, position=20),
)
