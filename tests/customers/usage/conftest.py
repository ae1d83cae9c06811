"""What tests of usage start from."""

from __future__ import annotations

import pytest

from customers.models import Customer, Source
from tenants.models import Company
from tests.customers.usage.events import NOW


@pytest.fixture
def source(company: Company) -> Source:
    return Source.objects.create(kind=Source.Kind.API_KEY, label="a test")


@pytest.fixture
def customer(source: Source) -> Customer:
    return Customer.objects.create(
        external_id="c-1", name="Alpha", source=source, recorded_at=NOW, changed_at=NOW
    )
