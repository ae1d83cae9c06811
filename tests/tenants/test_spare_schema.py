"""The schema made ahead for the next company."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection
from django_tenants.utils import schema_exists

from tenants.actions.companies import create_company, provision, unapplied_migrations
from tenants.actions.spare import SPARE, UNFINISHED, prepare_spare
from tenants.models import Company

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spare_schema")]

DEFINITIONS = """
    SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = {here}
    UNION ALL
    SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE relnamespace = {here}
    UNION ALL
    SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef JOIN pg_class ON pg_class.oid = adrelid
     WHERE relnamespace = {here}
    UNION ALL
    SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = {here}
    UNION ALL
    SELECT pg_get_viewdef(oid) FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = {here}
"""


def rows(query: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def tables(schema: str) -> set[tuple[str, ...]]:
    return set(rows(f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema}'"))


def test_the_next_company_gets_it_and_it_is_gone() -> None:
    company = create_company(name="Initech", slug="initech")

    assert not schema_exists(SPARE)
    connection.set_tenant(company)
    assert unapplied_migrations() == []
    connection.set_schema_to_public()
    provision(company=company)
    assert company.state == Company.State.READY


def test_nothing_in_it_remembers_its_old_name() -> None:
    company = create_company(name="Initech", slug="initech")

    definitions = rows(DEFINITIONS.format(here=f"'{company.schema_name}'::regnamespace"))

    assert len(definitions) > 300
    assert [found for (found,) in definitions if SPARE in found] == []


def test_without_one_a_company_begins_with_an_empty_schema() -> None:
    create_company(name="Initech", slug="initech")

    company = create_company(name="Umbrella", slug="umbrella")

    assert schema_exists(company.schema_name)
    assert tables(company.schema_name) == set()


def test_one_that_an_upgrade_left_behind_is_brought_up_to_date() -> None:
    *_, (before,), (last,) = rows(
        f"SELECT name FROM {SPARE}.django_migrations WHERE app = 'surveys' ORDER BY name"
    )
    call_command(
        "migrate_schemas", "surveys", before, schema_name=SPARE, interactive=False, verbosity=0
    )
    applied = f"SELECT FROM {SPARE}.django_migrations WHERE app = 'surveys' AND name = '{last}'"
    assert rows(applied) == []

    prepare_spare()

    assert len(rows(applied)) == 1


def test_what_a_crash_left_unfinished_is_dropped() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {UNFINISHED}")
        cursor.execute(f"CREATE TABLE {UNFINISHED}.left_over (one integer)")

    prepare_spare()

    assert ("left_over",) not in tables(SPARE)
