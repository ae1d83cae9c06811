"""Making and removing a company."""

from __future__ import annotations

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django_tenants.utils import tenant_context

from tenants import registry
from tenants.actions.spare import give_schema, lock_companies
from tenants.context import is_public
from tenants.jobs.queueing import enqueue
from tenants.models import Company, Domain, SignUp


class SlugTakenError(ValueError):
    """Another company lives at this address."""


def _require_public() -> None:
    if not is_public():
        raise RuntimeError("Companies are made and removed from `public` only.")


def create_company(*, name: str, slug: str, sign_up: SignUp | None = None) -> Company:
    """Make a company's row, its domain and its schema, and queue its provisioning.

    All in one transaction: a schema `c_<id>` that is there already makes it fail as a whole (ids
    are never used again, so somebody else made that schema and we do not touch it). Raises
    SlugTakenError. A sign-up says the language, the time zone and the currency.
    """
    _require_public()
    with transaction.atomic(), connection.cursor() as cursor:
        # Serialises sign-ups, so that "taken" is known before the id is drawn.
        lock_companies()
        host = f"{slug}.{settings.PUBLIC_HOST}"
        if (
            Company.objects.filter(slug=slug).exists()
            or Domain.objects.filter(domain=host).exists()
        ):
            raise SlugTakenError(f"The address {slug} is taken.")
        cursor.execute("SELECT nextval(pg_get_serial_sequence('tenants_company', 'id'))")
        (number,) = cursor.fetchone()
        company = Company(pk=number, schema_name=f"c_{number}", name=name, slug=slug)
        if sign_up is not None:
            company.language = sign_up.language
            company.timezone, company.currency = sign_up.timezone, sign_up.currency
        company.save(force_insert=True)
        Domain.objects.create(tenant=company, domain=host, is_primary=True)
        give_schema(company.schema_name)
        if sign_up is not None:
            sign_up.company = company
            sign_up.save(update_fields=["company"])
        enqueue(
            "tenants.provision",
            key=f"tenants.provision:{company.pk}",
            payload={"company_id": company.pk},
        )
    return company


def provision(*, company: Company) -> None:
    """Bring a company's schema to the current migrations and open it. Can be run again any time."""
    _require_public()
    call_command("migrate_schemas", schema_name=company.schema_name, interactive=False, verbosity=0)
    sign_up = SignUp.objects.filter(company=company).first()
    with tenant_context(company):
        if unapplied_migrations():
            raise RuntimeError(f"{company.slug} still has migrations to apply.")
        with transaction.atomic():
            for hook in registry.on_company_ready:
                hook(company, sign_up)
    if sign_up is not None:
        SignUp.objects.filter(pk=sign_up.pk).update(password="")
    Company.objects.filter(pk=company.pk, state=Company.State.PROVISIONING).update(
        state=Company.State.READY
    )
    company.refresh_from_db()


def unapplied_migrations() -> list[str]:
    """The migrations that the connection's schema lacks."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _ in plan]


def delete_company(*, company: Company) -> None:
    """Hide a company at once and queue the removal of everything it has."""
    _require_public()
    with transaction.atomic():
        Company.objects.filter(pk=company.pk).update(state=Company.State.DELETING)
        enqueue(
            "tenants.remove",
            key=f"tenants.remove:{company.pk}",
            payload={"company_id": company.pk},
        )


def remove_company(*, company: Company) -> None:
    """Drop the schema, then the row: a crash in between leaves a row to find, never data."""
    _require_public()
    if company.state != Company.State.DELETING:
        raise RuntimeError(f"{company.slug} is not marked for deletion.")
    with connection.cursor() as cursor:
        cursor.execute(f'DROP SCHEMA IF EXISTS "c_{int(company.pk)}" CASCADE')
    company.delete()
