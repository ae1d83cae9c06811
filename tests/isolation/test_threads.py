"""Eight threads, two companies, one small psycopg pool: everybody reads their own rows only."""

from __future__ import annotations

import copy
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections
from django_tenants.utils import tenant_context

from accounts.actions.keys import create_api_key
from accounts.models import ApiKey, AuditEntry
from tenants.models import Company
from tests.clients import HostClient

THREADS = 8
POOL = 3  # fewer than the threads, so that each connection serves both companies in turn
ROUNDS = 25


@pytest.fixture
def marked(_companies: Any, db: None) -> Iterator[dict[str, str]]:
    """Committed rows that name their company, and a key each; gone again afterwards.

    Written by a thread of their own: the test's connection stands in a transaction that the
    others would not see.
    """
    companies = (_companies.acme, _companies.globex)
    yield _elsewhere(lambda: {company.slug: _mark(company) for company in companies})
    _elsewhere(lambda: list(map(_unmark, companies)))


def _mark(company: Company) -> str:
    with tenant_context(company):
        AuditEntry.objects.create(actor_label=company.slug, action="thread.mark")
        return create_api_key(name="thread", scopes=["read"], by=None)[1]


def _unmark(company: Company) -> None:
    with tenant_context(company):
        AuditEntry.objects.all().delete()
        ApiKey.objects.all().delete()


def _elsewhere(work: Callable[[], Any]) -> Any:
    def run() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


@pytest.fixture
def pooled() -> Iterator[None]:
    """New connections come from a real psycopg pool; the test's own connection is left alone."""
    before = connections.settings["default"]
    settings = copy.deepcopy(before)
    settings["OPTIONS"] = {
        **settings.get("OPTIONS", {}),
        "pool": {"min_size": POOL, "max_size": POOL, "timeout": 30},
    }
    settings["CONN_MAX_AGE"] = 0
    connections.settings["default"] = settings
    try:
        yield
    finally:
        connections.settings["default"] = before
        type(connections["default"])._connection_pools.pop("default").close()


def test_threads_read_their_own_company_only(
    company: Company, other_company: Company, marked: dict[str, str], pooled: None
) -> None:
    companies = (company, other_company)
    mine = [{"pk": one.pk, "schema_name": one.schema_name, "slug": one.slug} for one in companies]
    start = threading.Barrier(THREADS)
    served: dict[int, set[str]] = defaultdict(set)

    def read(number: int) -> list[str]:
        """What this thread read that is not its own company's."""
        company = Company(**mine[number % 2])
        client = HostClient(f"{company.slug}.localhost")
        foreign = []
        start.wait()
        for _ in range(ROUNDS):
            with tenant_context(company), connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid(), current_schema()")
                process, schema = cursor.fetchone()
                served[process].add(company.slug)
                foreign += [schema] if schema != company.schema_name else []
                labels = AuditEntry.objects.filter(action="thread.mark")
                foreign += [row.actor_label for row in labels if row.actor_label != company.slug]
                assert len(labels) == 1
            connection.close()
            foreign += _by_request(client, company.slug, marked)
            connection.close()
        return foreign

    with ThreadPoolExecutor(THREADS) as pool:
        assert [foreign for result in pool.map(read, range(THREADS)) for foreign in result] == []
    # Otherwise the threads never met, and nothing was shown.
    assert len(served) <= POOL
    assert any(len(slugs) == 2 for slugs in served.values())


def _by_request(client: HostClient, slug: str, keys: dict[str, str]) -> list[str]:
    """Through the whole stack: the own key opens this host, the other company's does not."""
    wrong = []
    for owner, key in keys.items():
        answer = client.get("/api/v1/none/", headers={"Authorization": f"Bearer {key}"})
        expected = 404 if owner == slug else 401
        if answer.status_code != expected:
            wrong.append(f"{owner}'s key at {slug}: {answer.status_code}")
    return wrong
