"""What every test may ask for; the engines are started by tests/engines.py."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.cast import (
    _catalogues,
    _companies,
    catalogues,
    client_of,
    committed_company,
    company,
    django_db_setup,
    do_jobs,
    mailbox,
    other_company,
    public_client,
    spare_schema,
    user_of,
)

__all__ = [
    "_catalogues",
    "_companies",
    "catalogues",
    "client_of",
    "committed_company",
    "company",
    "django_db_setup",
    "do_jobs",
    "mailbox",
    "other_company",
    "public_client",
    "spare_schema",
    "user_of",
]

# Every run tries the same random facts, so that a failure says something about the change;
# `make test-random` looks for new ones. How long an example takes decides nothing, and those of
# one test may share its company: each makes and removes its own facts.
COMMON = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("repeatable", COMMON, derandomize=True)
settings.register_profile("random", COMMON, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS", "repeatable"))


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Names a test by its argument's name where the value is bytes or a long text.

    Parallel workers must collect the same names, and bytes may hold the moment they were made
    at: a zip archive does.
    """
    if isinstance(val, bytes) or (isinstance(val, str) and len(val) > 80):
        return argname
    return None
