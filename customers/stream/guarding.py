"""What the word of a public key does not change: what came from elsewhere.

A key that may send events and not write stands in pages and apps, where everybody can read it
(its source is called public here). It makes customers and contacts, and changes those that public
keys alone made; all others, and attributes of other sources, stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import connection

from accounts.models import ApiKey, Scope
from customers.imports.references import KNOWN_CUSTOMERS
from customers.models import Source


def public_sources() -> frozenset[int]:
    """The sources of keys that may send events and not write. Costs one query."""
    keys = ApiKey.objects.exclude(scopes__contains=[Scope.WRITE.value])
    found = Source.objects.filter(
        kind=Source.Kind.API_KEY, reference_id__in=keys.values("pk")
    ).values_list("pk", flat=True)
    return frozenset(found)


def held(table: str, known: str, ids: Collection[str], public: Collection[int]) -> dict[str, bool]:
    """Of those that are held of these ids: whether public keys may change them."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT k.external_id, coalesce(h.changed_by_id, h.source_id) = ANY(%s)
              FROM {known} k JOIN {table} h ON h.id = k.id WHERE k.external_id = ANY(%s)
            """,  # noqa: S608 - built from constants
            [list(public), list(ids)],
        )
        return dict(cursor.fetchall())


def closed_addresses(
    addresses: Iterable[tuple[int, str]], public: Collection[int]
) -> set[tuple[int, str]]:
    """Of these (customer, address in lower case) those that are a contact's which public keys may
    not change."""
    pairs = list(addresses)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT h.customer_id, lower(h.email)
              FROM unnest(%s::bigint[], %s::text[]) AS asked (customer_id, email)
              JOIN customers_contact h
                   ON h.customer_id = asked.customer_id AND lower(h.email) = asked.email
             WHERE NOT coalesce(h.changed_by_id, h.source_id) = ANY(%s)
            """,
            [[one for one, _ in pairs], [email for _, email in pairs], list(public)],
        )
        return set(cursor.fetchall())


def attributes_of_others(ids: Collection[str], public: Collection[int]) -> set[tuple[str, str]]:
    """(customer's id, name) of the attributes that something else than a public key told."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT DISTINCT k.external_id, a.key
              FROM {KNOWN_CUSTOMERS} k JOIN customers_customerattribute a ON a.customer_id = k.id
             WHERE k.external_id = ANY(%s) AND a.superseded_at IS NULL
                   AND NOT a.source_id = ANY(%s)
            """,  # noqa: S608 - built from constants
            [list(ids), list(public)],
        )
        return set(cursor.fetchall())
