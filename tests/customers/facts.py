"""Facts of customers made without an import."""

from __future__ import annotations

from django.utils import timezone

from customers.models import Customer, Source


def customer_of(name: str) -> Customer:
    source = Source.objects.create(kind=Source.Kind.USER, label="a test")
    return Customer.objects.create(
        external_id=name.lower(), name=name, source=source, recorded_at=timezone.now()
    )
