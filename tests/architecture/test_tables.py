"""Rules for our own tables (DESIGN: so that schemas can later be spread over machines)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models

from tenants.models import Company

OURS = ("tenants", "jobs", "accounts", "customers", "surveys", "metrics")


def our_models() -> Iterator[type[models.Model]]:
    for label in OURS:
        yield from apps.get_app_config(label).get_models()


def is_shared(model: type[models.Model]) -> bool:
    return model._meta.app_config.name in settings.SHARED_APPS


@pytest.mark.parametrize("model", list(our_models()), ids=lambda model: model._meta.label)
def test_foreign_keys_stay_in_one_schema_and_keys_are_bigint(model: type[models.Model]) -> None:
    assert isinstance(model._meta.pk, models.BigAutoField | models.OneToOneField)
    for field in model._meta.get_fields():
        target = getattr(field, "related_model", None)
        if field.concrete and isinstance(target, type):
            assert target._meta.app_label in (*OURS, "account"), f"{model} points at {target}"
            assert is_shared(target) == is_shared(model), f"{model} points at {target}"


def test_companies_share_their_apps_with_public_only_for_jobs() -> None:
    assert set(settings.SHARED_APPS) & set(settings.TENANT_APPS) == {"tenants.jobs"}


def test_no_foreign_key_of_the_database_crosses_schemas(company: Company) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT conrelid::regclass::text, confrelid::regclass::text
              FROM pg_constraint
              JOIN pg_class AS ours ON ours.oid = conrelid
              JOIN pg_class AS theirs ON theirs.oid = confrelid
             WHERE contype = 'f' AND ours.relnamespace <> theirs.relnamespace
            """
        )
        assert cursor.fetchall() == []


def test_there_are_no_triggers_and_no_inheritance(company: Company) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
        assert cursor.fetchall() == []
        cursor.execute(
            """
            SELECT inhrelid::regclass::text
              FROM pg_inherits JOIN pg_class ON pg_class.oid = inhparent
             WHERE relkind NOT IN ('p', 'I')
            """
        )
        assert cursor.fetchall() == []


def test_a_companys_schema_has_no_shared_table(company: Company) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s", [company.schema_name]
        )
        tables = {name for (name,) in cursor.fetchall()}
    assert "customers_customer" in tables
    assert not {name for name in tables if name.startswith("tenants_")}


def test_public_has_no_table_of_a_company(company: Company) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = {name for (name,) in cursor.fetchall()}
    apart = ("accounts_", "customers_", "surveys_", "metrics_", "account_", "django_session")
    assert not {name for name in tables if name.startswith(apart)}


def test_a_company_cannot_be_entered_the_ways_that_leak(company: Company) -> None:
    with pytest.raises(TypeError, match="tenant_context"), company:
        pass
    with pytest.raises(TypeError, match="tenant_context"):
        company.activate()
