"""The endpoint: what is taken, what is refused, and that nothing odd breaks it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from customers.models import BillingSettings, Customer, StripeEvent, Term
from customers.webhooks.erasing import erase_from_stripe_events, sweep_bodies
from customers.webhooks.secrets import decrypted, encrypted
from customers.webhooks.settings import endpoint_settings, store_stripe_secret
from tenants.jobs import run_pending
from tenants.models import Company
from tests.customers.billing.stripe_objects import (
    SECRET,
    as_body,
    at,
    customer,
    event,
    signature,
    subscription,
)

CREATED = event("evt_1", "customer.subscription.created", at("2025-01-01"), subscription())


@pytest.fixture
def path(company: Company, user_of: Callable[..., User]) -> str:
    store_stripe_secret(secret=SECRET, by=user_of(company, "owner"))
    return f"/webhooks/stripe/{endpoint_settings().stripe_token}/"


@pytest.fixture
def stripe_client(company: Company, client_of: Callable[..., Client]) -> Client:
    return client_of(company, None)


def sent(client: Client, path: str, body: bytes, header: str | None = None) -> Any:
    given = signature(body) if header is None else header
    return client.post(
        path, body, content_type="application/json", headers={"Stripe-Signature": given}
    )


def test_a_signed_event_is_stored_once_and_applied(stripe_client: Client, path: str) -> None:
    assert sent(stripe_client, path, as_body(CREATED)).json() == {"stored": True}
    run_pending(key="customers.apply_stripe_event")
    assert Term.objects.current().get().mrr == 10
    again = sent(stripe_client, path, as_body(CREATED))
    assert (again.status_code, again.json()) == (200, {"stored": False})
    assert StripeEvent.objects.count() == 1


def test_bad_signatures_are_refused(stripe_client: Client, path: str) -> None:
    body = as_body(CREATED)
    for header in (
        "", "t=1,v1=abc", "nonsense", "t=,v1=", "v1=ü", "t=" + "9" * 5000 + ",v1=a",
        signature(body, secret="whsec_another"), signature(body, age=301),
        signature(body + b" "),
    ):  # fmt: skip
        response = sent(stripe_client, path, body, header)
        assert (response.status_code, response.json()["code"]) == (400, "bad_signature"), header
    assert not StripeEvent.objects.exists()


def test_an_unknown_path_is_no_endpoint(
    stripe_client: Client, path: str, other_company: Company, client_of: Callable[..., Client]
) -> None:
    body = as_body(CREATED)
    for token in ("unknown", "a%00b", "%C3%BC"):
        assert sent(stripe_client, f"/webhooks/stripe/{token}/", body).status_code == 404
    assert sent(client_of(other_company, None), path, body).status_code == 404
    assert stripe_client.get(path).status_code == 405
    BillingSettings.objects.update(stripe_secret="")
    assert sent(stripe_client, path, body).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"null", b"{", b"1e999", b"NaN", b'{"id": NaN}', b"\xff\xfe", b"[" * 100_000,
        b'{"object": "event"}', as_body(CREATED | {"id": 7}), as_body(CREATED | {"created": "x"}),
        as_body(CREATED | {"created": 10**30}), as_body(CREATED | {"created": True}),
        as_body(CREATED | {"data": []}), as_body(CREATED | {"data": {"object": []}}),
        as_body(CREATED | {"id": "e" * 300}), as_body(CREATED | {"id": "a\0b"}),
        as_body(CREATED | {"data": {"object": {"object": "subscription"}}}),
    ],
)  # fmt: skip
def test_odd_bodies_are_refused_clearly(stripe_client: Client, path: str, body: bytes) -> None:
    header = signature(body) if body[:1] != b"\xff" else "t=1,v1=a"
    response = sent(stripe_client, path, body, header)
    assert response.status_code == 400
    assert response.json()["message"]
    assert not StripeEvent.objects.exists()


ODD_OBJECTS: list[dict[str, Any]] = [
    {"id": "sub_1", "object": "subscription"},
    subscription() | {"items": None, "status": 7, "customer": None},
    subscription() | {"items": {"data": [None, 1, {"price": 3}, {"price": {"id": "p"}}]}},
    subscription() | {"items": {"data": [{"price": {"unit_amount_decimal": "NaN"}}]}},
    subscription() | {"start_date": -5, "trial_end": 10**18, "ended_at": []},
    subscription() | {"discounts": ["di_1", 3, {"coupon": {"percent_off": 1e300}}]},
    subscription() | {"discount": {"coupon": {"amount_off": 10**30, "currency": "xxx"}}},
    subscription() | {"customer": {"id": "cus_1", "name": "\ud800 \u0000"}},
    {"id": "in_1", "object": "invoice", "lines": 5, "status_transitions": []},
    {"id": "in_1", "object": "invoice", "customer": "cus_1", "total": 1.5, "currency": "eur"},
    {"id": "cus_1", "object": "customer", "name": "x" * 5000, "created": "never"},
    {"id": "cus_1", "object": "customer", "name": "a\u0000\ud800b", "description": 5},
    {"id": "cn_1", "object": "credit_note", "currency": 7},
    {"id": "pi_1", "object": "payment_intent"},
    {"object": "balance"},
]


@pytest.mark.parametrize("about", ODD_OBJECTS)
def test_odd_objects_are_applied_without_breaking(
    stripe_client: Client, path: str, about: dict[str, Any]
) -> None:
    kind = str(about["object"])
    name = {"subscription": "customer.subscription"}.get(kind, kind)
    body = as_body(event("evt_9", f"{name}.updated", at("2025-01-01"), about))
    assert sent(stripe_client, path, body).status_code == 200
    run_pending(key="customers.apply_stripe_event")
    assert StripeEvent.objects.get().applied_at is not None


def test_a_large_body_is_refused(stripe_client: Client, path: str) -> None:
    body = as_body(CREATED | {"padding": "x" * (1024 * 1024)})
    assert sent(stripe_client, path, body).status_code == 413


def test_both_secrets_are_good_while_they_change(
    stripe_client: Client, path: str, company: Company, user_of: Callable[..., User]
) -> None:
    store_stripe_secret(secret="whsec_the_next_one", by=user_of(company, "owner"))
    body = as_body(CREATED)
    assert sent(stripe_client, path, body).status_code == 200
    new = signature(body, secret="whsec_the_next_one")
    assert sent(stripe_client, path, body, new).status_code == 200
    BillingSettings.objects.update(stripe_former_until=timezone.now() - dt.timedelta(seconds=1))
    assert sent(stripe_client, path, body).status_code == 400


def test_secrets_are_encrypted_for_the_company(
    company: Company, other_company: Company, path: str
) -> None:
    from django_tenants.utils import tenant_context

    stored = endpoint_settings().stripe_secret
    assert SECRET not in stored
    assert decrypted(stored) == SECRET
    assert encrypted("") == decrypted("") == ""
    with tenant_context(other_company):
        assert decrypted(stored) == ""


def test_the_page_takes_a_secret_and_never_shows_it(
    company: Company, client_of: Callable[..., Client]
) -> None:
    admin = client_of(company, "admin")
    page = admin.get("/settings/billing/")
    assert page.status_code == 200
    assert "/webhooks/stripe/" in page.content.decode()
    assert admin.post("/settings/billing/stripe/", {"secret": "sk_live_1"}).status_code == 422
    assert admin.post("/settings/billing/stripe/", {"secret": SECRET}).status_code == 302
    assert SECRET not in admin.get("/settings/billing/").content.decode()
    assert admin.post("/settings/billing/", {"gap_days": "10"}).status_code == 302
    found = endpoint_settings()
    assert (found.gap_days, found.is_making_customers) == (10, False)
    assert admin.post("/settings/billing/", {"gap_days": "100"}).status_code == 422
    assert admin.post("/settings/billing/stripe/removal/").status_code == 302
    assert endpoint_settings().stripe_secret == ""
    assert client_of(company, "manager").get("/settings/billing/").status_code == 403


def test_bodies_are_erased_and_swept_and_the_facts_stay(stripe_client: Client, path: str) -> None:
    made = event("evt_c", "customer.created", at("2025-01-01"), customer("Zoë Müller"))
    sent(stripe_client, path, as_body(CREATED))
    sent(stripe_client, path, as_body(made))
    assert erase_from_stripe_events(["zoë müller", "BILLING@alpha.example"]) == 1
    waiting = StripeEvent.objects.get(event_id="evt_c").body
    assert "cus_1" in waiting
    assert "M\\u00fcller" not in waiting
    assert "alpha.example" not in waiting
    run_pending(key="customers.apply_stripe_event")
    assert Customer.objects.get().name == "[erased]"
    assert erase_from_stripe_events(["cus_1"]) == 2
    assert not StripeEvent.objects.exclude(body="").exists()
    StripeEvent.objects.update(body="kept", received_at=timezone.now() - dt.timedelta(days=31))
    assert sweep_bodies() == 2
    later = event(
        "evt_2", "customer.subscription.deleted", at("2025-03-01"),
        subscription(status="canceled", ended_at=at("2025-03-01")),
    )  # fmt: skip
    sent(stripe_client, path, as_body(later))
    run_pending(key="customers.apply_stripe_event")
    assert str(Term.objects.current().get().ends_on) == "2025-03-01"
