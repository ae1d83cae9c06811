"""What every test may ask for; the engines are started by tests/engines.py."""

from __future__ import annotations

from tests.cast import (
    _companies,
    client_of,
    committed_company,
    company,
    django_db_setup,
    do_jobs,
    mailbox,
    other_company,
    public_client,
    user_of,
)

__all__ = [
    "_companies",
    "client_of",
    "committed_company",
    "company",
    "django_db_setup",
    "do_jobs",
    "mailbox",
    "other_company",
    "public_client",
    "user_of",
]
