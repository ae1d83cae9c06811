"""A company that has something to show on every page."""

from __future__ import annotations

import pytest

from tenants.models import Company
from tests.cast import Mailbox
from tests.filled import Things, fill

FEW = 3


@pytest.fixture
def filled(company: Company, mailbox: Mailbox) -> Things:
    """The company has FEW customers beside the samples'; what addresses can name."""
    return fill(company, customers=FEW)
