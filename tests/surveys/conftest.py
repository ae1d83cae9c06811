"""Fixtures of the surveys' tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django_tenants.utils import tenant_context

from accounts.models import AuditEntry
from customers.models import Customer, Source
from surveys.models import Campaign, Invitation, Suppression
from tenants.jobs import Job
from tenants.models import Company, WakeUp


@pytest.fixture
def real_company(_companies: Any, django_db_blocker: Any) -> Iterator[Company]:
    """Acme with real commits, which other connections and processes see. Emptied afterwards."""
    with django_db_blocker.unblock():
        company = Company.objects.get(pk=_companies.acme.pk)
        with tenant_context(company):
            yield company
        with tenant_context(company):
            Invitation.objects.all().delete()
            Campaign.objects.all().delete()
            Suppression.objects.all().delete()
            Customer.objects.all().delete()
            Source.objects.all().delete()
            AuditEntry.objects.all().delete()
            Job.objects.all().delete()
        WakeUp.objects.filter(company=company).delete()
        caches["default"].clear()
