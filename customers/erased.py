"""Who was erased on request, known by hashes only: so that nothing brings them back unnoticed.

The hash is that of the company and the address or id in lower case. It cannot be turned back,
but somebody who holds an address can tell whether it is listed: that is what it is for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from customers.wording import in_sql
from tenants.context import current_company

if TYPE_CHECKING:
    from customers.imports.staging import Stage

PURPOSE = "customers.erased"


def prefix() -> str:
    """What goes before an address or id in its hash; includes the company."""
    return f"{current_company().pk}:{PURPOSE}:"


def hash_of(value: str) -> str:
    """64 hex digits of an address or id, for the company of the connection."""
    return hashlib.sha256(f"{prefix()}{value.strip().lower()}".encode()).hexdigest()


def hash_sql(value: str) -> str:
    """The same as SQL over SQL (trusted text); takes `prefix()` as its one parameter."""
    return f"encode(sha256(convert_to(%s || lower(btrim({value})), 'UTF8')), 'hex')"


def erased_among(values: Iterable[str]) -> dict[str, date]:
    """{value: the day} of those addresses and ids whose person was erased. Costs one query where
    nobody was, else two."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM customers_erasedidentity)")
        row = cursor.fetchone()
        if not (row and row[0]):
            return {}
        by_hash: dict[str, list[str]] = {}  # a value may be there in several spellings
        for value in values:
            by_hash.setdefault(hash_of(value), []).append(value)
        cursor.execute(
            "SELECT hash, erased_on FROM customers_erasedidentity WHERE hash = ANY(%s)",
            [list(by_hash)],
        )
        return {value: day for found, day in cursor.fetchall() for value in by_hash[found]}


def note_erased(stage: Stage, *fields: str) -> int:
    """Notes staged rows that name, in one of the fields, somebody who was erased on request; how
    many. Costs next to nothing where nobody was."""
    if not stage.has_any("SELECT FROM customers_erasedidentity"):
        return 0
    return sum(
        stage.note(
            field,
            # Not the value: it would be kept with the problem.
            value="NULL",
            message=in_sql(
                _("this person was erased on request on {erased_on}"), erased_on="e.erased_on"
            ),
            found=f"""
                FROM import_row r JOIN customers_erasedidentity e
                  ON e.hash = {hash_sql(f'r."{field}"')}""",
            params=[prefix()],
        )
        for field in fields
    )
