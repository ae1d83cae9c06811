"""Merging customers and erasing a person over the API."""

from __future__ import annotations

from accounts.models import AuditEntry, IdempotencyKey
from customers.models import Contact, Erasure
from tenants.models import Company
from tests.customers.api.caller import Caller, problem

PERSON = {
    "external_id": "p-77",
    "customer": "c-1",
    "email": "ana.trujillo@northwind.example",
    "name": "Ana Trujillo",
}


def test_two_customers_become_one(call: Caller) -> None:
    opened = {"customer": "c-2", "opened_at": "2025-03-01T10:00:00Z", "external_id": "t-1"}
    call.post("tickets/", opened)
    answer = call.post("customers/c-1/merge/", {"merge": "c-2"}, Idempotency_Key="m-1")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["external_id"], body["name"], body["outcome"]) == ("c-1", "Alpha", "updated")
    assert [row["external_id"] for row in call.results("customers/")] == ["c-1"]
    assert call.get("tickets/t-1/").json()["customer"] == "c-1"
    assert [row["external_id"] for row in call.results("tickets/?customer=c-2")] == ["t-1"]
    again = call.post("customers/c-1/merge/", {"merge": "c-2"}, Idempotency_Key="m-1")
    assert again.content == answer.content
    # The former id still reaches the one kept.
    late = call.post("tickets/", opened | {"external_id": "t-2"})
    assert late.json()["customer"] == "c-1"
    assert AuditEntry.objects.get(action="customer.merged").actor_label == "API key: Sync"


def test_what_cannot_be_merged(call: Caller, company: Company) -> None:
    problem(call.post("customers/c-1/merge/", {"merge": "c-1"}), 409, "same_customer")
    problem(call.post("customers/c-1/merge/", {"merge": "c-9"}), 404, "not_found")
    problem(call.post("customers/c-9/merge/", {"merge": "c-1"}), 404, "not_found")
    problem(call.post("customers/c-1/merge/", {}), 400, "invalid")
    problem(call.post("customers/c-1/merge/", {"merge": "a\0b"}), 400, "invalid")
    problem(
        Caller(company, ["read"]).post("customers/c-1/merge/", {"merge": "c-2"}),
        403,
        "scope_missing",
    )


def test_a_person_is_erased_also_from_kept_answers(call: Caller, company: Company) -> None:
    call.post("contacts/", PERSON, Idempotency_Key="k-1")
    call.patch("customers/c-1/", {"name": "Alfa"}, Idempotency_Key="k-2")
    reader = Caller(company, ["read"])
    problem(reader.post("contacts/p-77/erasure/", {}), 403, "scope_missing")
    answer = call.post("contacts/p-77/erasure/", {"reason": "Asked by mail"})
    assert answer.status_code == 202
    erasure = Erasure.objects.get()
    assert (answer.json()["id"], answer.json()["state"]) == (erasure.pk, "running")
    problem(call.get("contacts/p-77/"), 404, "not_found")
    problem(call.post("contacts/p-77/erasure/", {}), 404, "not_found")
    assert not Contact.objects.filter(email=PERSON["email"]).exists()
    assert [row.key for row in IdempotencyKey.objects.all()] == ["k-2"]
    asked = AuditEntry.objects.get(action="contact.erasure_asked")
    assert asked.actor_label.startswith("API key Sync")
    refused = problem(call.post("contacts/", PERSON), 400, "invalid")
    assert "erased" in refused["errors"][0]["message"]
