"""A key that may send, and a sender that uses it."""

from __future__ import annotations

import pytest

from tenants.models import Company
from tests.casting import Clients
from tests.customers.stream.sending import Sender


@pytest.fixture
def sender(company: Company, client_of: Clients) -> Sender:
    from accounts.actions.keys import create_api_key

    _, key = create_api_key(name="Web shop", scopes=["stream"], by=None)
    return Sender(client_of(company, role=None), key)
