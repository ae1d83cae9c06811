"""What tests of health share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.actions.keys import create_api_key
from tenants.models import Company
from tests.clients import HostClient

Call = Callable[..., Any]


@pytest.fixture
def get(company: Company) -> Call:
    """`get(path, **params)`: the answer to a call with a key of scope read."""
    _, secret = create_api_key(by=None, name="reads", scopes=["read"])
    client = HostClient(f"{company.slug}.localhost")

    def call(path: str, **params: str) -> Any:
        headers = {"Authorization": f"Bearer {secret}"}
        return client.get(f"/api/v1/{path}", params, headers=headers)

    return call


@pytest.fixture
def viewer_client(company: Company, client_of: Callable[..., Client]) -> Client:
    return client_of(company, "viewer")
