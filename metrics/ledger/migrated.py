"""After migrating: a ledger that was made by other rules than those of now is made anew."""

from __future__ import annotations

from typing import Any

from django.apps import apps as present
from django.apps.registry import Apps
from django_tenants.utils import tenant_context

from metrics.ledger.build import VERSION
from tenants.context import is_public, schema_name
from tenants.jobs import enqueue
from tenants.models import Company


def queue_making_anew(*, apps: Apps = present, **_: Any) -> None:
    """A receiver of post_migrate, which comes once for each schema, whether there was anything to
    migrate or not. `apps`: the models as they are migrated to, perhaps those of an older release.
    """
    if is_public():
        return
    try:
        state = apps.get_model("metrics", "LedgerState")
    except LookupError:
        return
    if "version" not in {field.name for field in state._meta.get_fields()}:
        return
    company = Company.objects.filter(schema_name=schema_name()).first()
    if company is not None and state._default_manager.exclude(version=VERSION).exists():
        with tenant_context(company):
            enqueue("metrics.refresh", key="metrics.refresh")
