"""What billing kinds share: rows in a temporary table, subscriptions' held terms, and the terms
that take their place.

`import_row` names a subscription by `subscription`: the billing system's id, or the customer's
where the file has none. Its plans that run side by side are subscriptions of ours with ids that
begin with it (customers.billing.terms.named). `import_family` lists the subscriptions at hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from customers.billing.terms import DEFAULT_PRODUCT, BilledTerm
from customers.imports.owners import note_owners
from customers.imports.references import KNOWN_CUSTOMERS, find_customers
from customers.imports.staging import Stage
from customers.models import BillingSettings

AT_A_TIME = 5_000
TABLES = (
    "import_family",
    "import_billed",
    "import_closing",
    "import_new_alias",
    "import_new_customer",
)


@dataclass(frozen=True, slots=True)
class Held:
    """A current term of a subscription at hand."""

    id: int
    source_id: int
    term: BilledTerm


def billing_settings() -> BillingSettings:
    """The company's, as stored or as they are without."""
    return BillingSettings.objects.filter(pk=BillingSettings.ONLY).first() or BillingSettings()


def check_customers(stage: Stage) -> None:
    """Names the nameless subscriptions; finds the customers, by name where the billing system's id
    is new (`import_new_alias`); notes unknown ones, or stages them to be made
    (`import_new_customer`).
    """
    stage.execute(f"DROP TABLE IF EXISTS {', '.join('pg_temp.' + name for name in TABLES)}")
    # Before a merged customer's id becomes the kept one's: its subscription keeps its own name.
    stage.execute("UPDATE import_row SET subscription = customer WHERE subscription IS NULL")
    find_customers(stage)
    _find_by_their_names(stage)
    stage.execute(
        "CREATE TEMPORARY TABLE import_new_customer (external_id text PRIMARY KEY, name text)"
        " ON COMMIT DROP"
    )
    if not billing_settings().is_making_customers:
        stage.note_unknown_customers()
        return
    stage.execute(
        f"""
        INSERT INTO import_new_customer
        SELECT DISTINCT ON (r.customer) r.customer, left(coalesce(r.customer_name, r.customer), 300)
          FROM import_row r
         WHERE r.customer IS NOT NULL
               AND r.customer NOT IN (SELECT external_id FROM {KNOWN_CUSTOMERS} known)
         ORDER BY r.customer, r.customer_name IS NULL, r.row_number
        """
    )
    stage.tell(
        _("New customers are made of these rows, as their ids are not known."),
        found="FROM import_row r JOIN import_new_customer n ON n.external_id = r.customer",
    )


def _find_by_their_names(stage: Stage) -> None:
    """`import_new_alias (external_id, customer)`: ids of the billing system for customers of ours
    of which nothing is billed yet, found where the name is one customer's alone, there and here.
    """
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_new_alias ON COMMIT DROP AS
        WITH billed AS (
            SELECT r.customer AS external_id, min(lower(r.customer_name)) AS name
              FROM import_row r
             WHERE r.customer_name IS NOT NULL
                   AND NOT EXISTS (SELECT FROM {KNOWN_CUSTOMERS} k
                                    WHERE k.external_id = r.customer)
             GROUP BY r.customer HAVING count(DISTINCT lower(r.customer_name)) = 1
        )
        SELECT min(b.external_id) AS external_id, min(c.external_id) AS customer
          FROM billed b JOIN customers_customer c ON lower(c.name) = b.name
         GROUP BY b.name
        HAVING count(*) = 1
               AND NOT bool_or(EXISTS (SELECT FROM customers_subscription s
                                        WHERE s.customer_id = c.id))
               AND NOT bool_or(EXISTS (SELECT FROM customers_invoice i
                                        WHERE i.customer_id = c.id))
        """
    )
    stage.tell(
        _(
            "Customers are found by their names here. The billing system's ids are kept beside"
            " yours."
        ),
        found="FROM import_row r JOIN import_new_alias a ON a.external_id = r.customer",
    )
    stage.execute(
        """
        UPDATE import_row r SET customer = a.customer
          FROM import_new_alias a WHERE a.external_id = r.customer
        """
    )


def check_subscriptions(stage: Stage) -> None:
    """Notes subscriptions that belong to another customer."""
    note_owners(stage, subscription="subscription", field="subscription")


def stage_families(stage: Stage, families: str) -> None:
    """`families`: SQL of (subscription, customer), the subscriptions to be looked at."""
    stage.execute(
        f"""
        CREATE TEMPORARY TABLE import_family ON COMMIT DROP AS
        SELECT row_number() OVER (ORDER BY f.subscription) AS number, f.subscription, f.customer,
               c.id AS customer_id
          FROM (SELECT DISTINCT ON (subscription) subscription, customer
                  FROM ({families}) given ORDER BY subscription) f
          LEFT JOIN customers_customer c ON c.external_id = f.customer
        """
    )
    stage.execute("CREATE INDEX ON import_family (number)")
    stage.execute("CREATE INDEX ON import_family (subscription)")
    stage.execute(
        "CREATE TEMPORARY TABLE import_billed (family text, customer text, external_id text,"
        " product text, plan text, started_on date, ended_on date, quantity numeric,"
        ' amount numeric, "interval" text, currency text, source_id bigint) ON COMMIT DROP'
    )
    stage.execute(
        "CREATE TEMPORARY TABLE import_closing (family text, term_id bigint) ON COMMIT DROP"
    )
    stage.analyze("import_family")


def chunks(stage: Stage) -> Iterator[tuple[int, int]]:
    """Numbers of families, from and to (included), a bounded lot at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(number), 0) FROM import_family")
        last = cursor.fetchone()[0]
    for first in range(1, last + 1, AT_A_TIME):
        yield first, min(first + AT_A_TIME - 1, last)


def fetch(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def held_terms(first: int, last: int) -> dict[str, list[Held]]:
    """The current terms of the families of these numbers, by family."""
    found: dict[str, list[Held]] = defaultdict(list)
    rows = fetch(
        """
        SELECT f.subscription, t.id, t.source_id, s.external_id, pr.name, pl.name,
               t.starts_on, t.ends_on, t.quantity, t.amount, t."interval", t.currency
          FROM import_family f
          JOIN customers_subscription s ON s.customer_id = f.customer_id
               AND (s.external_id = f.subscription
                    OR starts_with(s.external_id, f.subscription || ':'))
          JOIN customers_term t ON t.subscription_id = s.id AND t.superseded_at IS NULL
          JOIN customers_plan pl ON pl.id = t.plan_id
          JOIN customers_product pr ON pr.id = pl.product_id
         WHERE f.number BETWEEN %s AND %s
        """,
        [first, last],
    )
    for family, term_id, source_id, *term in rows:
        found[family].append(Held(term_id, source_id, BilledTerm(*term)))
    return found


def completed(term: BilledTerm) -> BilledTerm:
    """With names for product and plan."""
    product = term.product or DEFAULT_PRODUCT
    return replace(term, product=product, plan=term.plan or product)


Change = tuple[list[int], list[BilledTerm]]


def change(held: Sequence[Held], wanted: Iterable[BilledTerm]) -> Change:
    """The ids of terms to close and the terms to open, so that `wanted` is what is held."""
    ids = {one.term: one.id for one in held}
    opening = [term for term in _joined(wanted, ids) if ids.pop(term, None) is None]
    return sorted(ids.values()), opening


def _joined(wanted: Iterable[BilledTerm], held: dict[BilledTerm, int]) -> list[BilledTerm]:
    """Terms that touch and say the same are one, unless both are held as they are."""
    joined: list[BilledTerm] = []
    for term in sorted(wanted, key=lambda one: (one.external_id, one.starts_on)):
        before = joined[-1] if joined else None
        if (
            before is not None
            and before.ends_on == term.starts_on
            and replace(before, starts_on=term.starts_on, ends_on=term.ends_on) == term
            and not (before in held and term in held)
        ):
            joined[-1] = replace(before, ends_on=term.ends_on)
        else:
            joined.append(term)
    return joined


def stage_changes(
    changes: dict[tuple[str, str], Change], sources: dict[BilledTerm, int] | None = None
) -> None:
    """COPY what `change` found, by (family, customer). `sources`: of terms that came from
    elsewhere than what is being stored."""
    with connection.cursor() as cursor:
        with cursor.copy("COPY import_closing FROM STDIN") as copy:
            for (family, _), (closing, _) in changes.items():
                for term_id in closing:
                    copy.write_row((family, term_id))
        with cursor.copy("COPY import_billed FROM STDIN") as copy:
            for (family, customer), (_, opening) in changes.items():
                for term in opening:
                    source_id = (sources or {}).get(term)
                    copy.write_row((*_row(family, customer, term), source_id))


def _row(family: str, customer: str, term: BilledTerm) -> tuple[Any, ...]:
    return (
        family,
        customer,
        term.external_id,
        term.product,
        term.plan,
        term.starts_on,
        term.ends_on,
        term.quantity,
        term.amount,
        term.interval,
        term.currency,
    )
