"""Two owners unmaking each other at the same moment: one of them stays."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from accounts.actions import people
from accounts.actions.refusals import Refused
from accounts.models import AuditEntry, Role, User
from tenants.models import Company


def with_own_connection(work: Callable[[], Any]) -> Any:
    """Work that commits: the test's own connection stands in a transaction nobody else sees."""

    def run() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


@pytest.fixture
def two_owners(_companies: Any, db: None) -> Iterator[Any]:
    company = _companies.globex

    def make() -> list[tuple[int, str]]:
        with tenant_context(company):
            User.objects.filter(role=Role.ADMIN).update(role=Role.OWNER)
            return [(user.pk, user.email) for user in User.objects.active_owners()]

    def restore() -> None:
        with tenant_context(company):
            for role in Role.values:
                User.objects.filter(email=f"{role}@{company.slug}.example").update(role=role)
            AuditEntry.objects.all().delete()

    yield company, with_own_connection(make)
    with_own_connection(restore)


def test_one_of_two_stays(two_owners: Any) -> None:
    company, ((first, _), (second, _)) = two_owners
    here = Company(pk=company.pk, schema_name=company.schema_name, slug=company.slug)
    start = threading.Barrier(2)

    def unmake(pair: tuple[int, int]) -> str:
        by, whom = pair
        try:
            with tenant_context(here):
                actor, target = User.objects.get(pk=by), User.objects.get(pk=whom)
                start.wait()
                people.change_role(user=target, role=Role.VIEWER, by=actor)
        except Refused as refusal:
            return refusal.code
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(unmake, [(first, second), (second, first)]))
    assert outcomes == ["done", "last_owner"]
    with tenant_context(here):
        assert User.objects.active_owners().count() == 1
