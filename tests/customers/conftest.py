"""Fixtures of the customers' tests."""

from __future__ import annotations

import pytest

from accounts.models import User
from customers.models import Customer
from tenants.models import Company
from tests.casting import Users
from tests.customers.facts import customer_of


@pytest.fixture
def alpha(company: Company) -> Customer:
    return customer_of("Alpha")


@pytest.fixture
def manager(company: Company, user_of: Users) -> User:
    return user_of(company, "manager")
