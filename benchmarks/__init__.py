"""What `make bench` runs, and the company that benchmarks work in."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django_tenants.utils import tenant_context

from customers.models import Source
from tenants.actions.companies import create_company, remove_company
from tenants.context import go_public
from tenants.jobs import finish
from tenants.models import Company


@contextmanager
def bench_company() -> Iterator[tuple[Company, Source]]:
    """Stand in a company of its own, with a source for its facts; removed afterwards."""
    company = create_company(name="Bench", slug=f"bench-{secrets.token_hex(4)}")
    try:
        finish(key=f"tenants.provision:{company.pk}")
        company.refresh_from_db()
        with tenant_context(company):
            yield company, Source.objects.create(kind=Source.Kind.COMMAND, label="benchmark")
    finally:
        go_public()
        Company.objects.filter(pk=company.pk).update(state=Company.State.DELETING)
        company.refresh_from_db()
        remove_company(company=company)
