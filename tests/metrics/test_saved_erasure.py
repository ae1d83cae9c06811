"""Saved views do not go on searching for a person who was erased."""

from __future__ import annotations

from collections.abc import Callable

from accounts.models import AuditEntry, User
from customers.actions.erasure import erase_contact
from customers.models import Contact
from metrics.actions.saved_views import save_view
from metrics.models import ListPage, SavedView
from tenants.models import Company
from tests.metrics import facts


def test_the_words_go_where_they_are_the_person(
    company: Company, user_of: Callable[..., User]
) -> None:
    person = facts.contact(facts.customer("Alpha"), "ann@alpha.example")
    Contact.objects.filter(pk=person.pk).update(name="Ann Lee")
    owner = user_of(company, "owner")
    for name, query in (
        ("by name", "q=ann+LEE&owner=all"),
        ("by address", "owner=all&q=ann%40alpha.example"),
        ("by a part", "q=Lee"),
        ("another", "q=annual&owner=all"),
        ("a number", "q=1"),
        ("none", "owner=me"),
    ):
        save_view(by=owner, page=ListPage.CUSTOMERS, name=name, query=query, is_shared=True)
    details = [entry.detail for entry in AuditEntry.objects.filter(subject_type__contains="view")]
    assert len(details) == 6
    assert not any("q=" in detail["query"] for detail in details)
    assert sum(detail["is_searched"] for detail in details) == 5

    person.refresh_from_db()
    erasure = erase_contact(contact=person, by=None)
    assert erasure.found["saved views that search for the person"] == 3
    assert dict(SavedView.objects.values_list("name", "query")) == {
        "by name": "owner=all",
        "by address": "owner=all",
        "by a part": "",
        "another": "q=annual&owner=all",
        "a number": "q=1",
        "none": "owner=me",
    }
