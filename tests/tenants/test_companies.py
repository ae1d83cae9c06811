"""Making and removing companies: one schema each, never adopted, never left behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import ProgrammingError, connection

from tenants.actions.companies import (
    SlugTakenError,
    create_company,
    delete_company,
    provision,
    remove_company,
    unapplied_migrations,
)
from tenants.context import NoCompanyError, current_company
from tenants.jobs.models import Job
from tenants.models import Company, Domain


def schemas() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'c\\_%'")
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.django_db
def test_a_new_company_has_a_schema_a_domain_and_a_provisioning_job() -> None:
    company = create_company(name="Initech", slug="initech")

    assert company.schema_name == f"c_{company.pk}"
    assert company.schema_name in schemas()
    assert company.state == Company.State.PROVISIONING
    assert Domain.objects.get(tenant=company).domain == "initech.localhost"
    job = Job.objects.get(kind="tenants.provision")
    assert job.payload == {"company_id": company.pk}


@pytest.mark.django_db
def test_a_taken_slug_makes_nothing() -> None:
    create_company(name="Initech", slug="initech")
    before = schemas()

    with pytest.raises(SlugTakenError):
        create_company(name="Other", slug="initech")

    assert schemas() == before


@pytest.mark.django_db
def test_a_schema_somebody_else_made_is_never_adopted() -> None:
    first = create_company(name="Initech", slug="initech")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA c_{first.pk + 1}")

    with pytest.raises(ProgrammingError, match="already exists"):
        create_company(name="Umbrella", slug="umbrella")

    connection.needs_rollback = False


def test_companies_are_not_made_inside_a_company(company: Company) -> None:
    with pytest.raises(RuntimeError, match="`public`"):
        create_company(name="Initech", slug="initech")


@pytest.mark.django_db
@pytest.mark.usefixtures("spare_schema")
def test_provisioning_applies_every_migration_and_can_be_repeated() -> None:
    company = create_company(name="Initech", slug="initech")

    provision(company=company)
    provision(company=company)

    assert company.state == Company.State.READY
    connection.set_tenant(company)
    assert unapplied_migrations() == []
    connection.set_schema_to_public()


@pytest.mark.django_db
def test_deleting_hides_at_once_and_removes_schema_and_row_in_a_job(
    do_jobs: Callable[..., int],
) -> None:
    company = create_company(name="Initech", slug="initech")
    Job.objects.all().delete()

    delete_company(company=company)
    company.refresh_from_db()
    assert company.state == Company.State.DELETING
    do_jobs()

    assert company.schema_name not in schemas()
    assert not Company.objects.filter(pk=company.pk).exists()


@pytest.mark.django_db
def test_a_company_that_is_not_being_deleted_is_not_removed() -> None:
    company = create_company(name="Initech", slug="initech")

    with pytest.raises(RuntimeError, match="not marked"):
        remove_company(company=company)


@pytest.mark.django_db
def test_there_is_no_current_company_in_public() -> None:
    with pytest.raises(NoCompanyError):
        current_company()


def test_the_current_company_is_the_connections(company: Company) -> None:
    assert current_company() == company
