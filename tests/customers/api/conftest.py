"""Fixtures of the API's tests."""

from __future__ import annotations

import pytest

from customers.actions.facts import store_rows
from customers.imports.kinds import KINDS
from customers.models import Source
from tenants.models import Company
from tests.customers.api.caller import Caller


@pytest.fixture
def call(company: Company) -> Caller:
    """A caller that reads and writes; the company has the customers c-1 and c-2."""
    source = Source.objects.create(kind=Source.Kind.COMMAND, label="a test")
    rows = [{"external_id": "c-1", "name": "Alpha"}, {"external_id": "c-2", "name": "Beta"}]
    store_rows(kind=KINDS["customers"], rows=rows, source=source)
    return Caller(company)
