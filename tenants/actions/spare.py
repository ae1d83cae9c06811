"""A schema made ahead: migrating takes seconds that nobody who signs up should wait for.

It is called `spare` once it is whole. Nobody ever stands in it but who migrates it, and then it
has another name; the next company's schema is the spare one, renamed.
"""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection, transaction
from django_tenants.utils import schema_exists

SPARE, UNFINISHED = "spare", "spare_unfinished"


def prepare_spare() -> None:
    """Have a spare schema with the migrations of now. What a crash left unfinished is dropped."""
    with transaction.atomic(), connection.cursor() as cursor:
        lock_companies()
        cursor.execute(f"DROP SCHEMA IF EXISTS {UNFINISHED} CASCADE")
        if not _renamed(SPARE, UNFINISHED):
            cursor.execute(f"CREATE SCHEMA {UNFINISHED}")
    call_command("migrate_schemas", schema_name=UNFINISHED, interactive=False, verbosity=0)
    _renamed(UNFINISHED, SPARE)


def lock_companies() -> None:
    """Let nobody else make a company or take the spare schema until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE tenants_company IN SHARE ROW EXCLUSIVE MODE")


def give_schema(name: str) -> None:
    """Make the schema `name`: the spare one, or an empty one where there is none.

    Call it with the companies locked. Fails when there is such a schema.
    """
    if not _renamed(SPARE, name):
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE SCHEMA "{name}"')


def _renamed(old: str, new: str) -> bool:
    """Rename a schema; False: there is none."""
    if not schema_exists(old):
        return False
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER SCHEMA "{old}" RENAME TO "{new}"')
    return True
