"""Which value of a dated attribute holds on a day (see customers.models.CustomerAttribute)."""

from __future__ import annotations


def latest_first(day: str) -> str:
    """SQL to order versions `a` by: the value that holds on `day` (an SQL expression) first.
    Where none has begun, that is the first that will."""
    return (
        f"(a.valid_from IS NULL OR a.valid_from <= {day}) DESC,"
        f" CASE WHEN a.valid_from <= {day} THEN a.valid_from END DESC NULLS LAST, a.valid_from"
    )


def values_on(*, key: str, day: str) -> str:
    """SQL of (customer_id, value): a row per customer with the attribute `key`, its value on
    `day`. Both are SQL expressions."""
    return f"""
        SELECT DISTINCT ON (a.customer_id) a.customer_id, a.value
          FROM customers_customerattribute a
         WHERE a.key = {key} AND a.superseded_at IS NULL
         ORDER BY a.customer_id, {latest_first(day)}
    """  # noqa: S608 - expressions of the caller's code


def holding(*, key: str, values: str, day: str) -> str:
    """SQL of customer_id: those whose attribute `key` has one of `values` (an array of lower-case
    text) on `day`. All are SQL expressions. Reads the index by value, not everybody's."""
    return f"""
        SELECT a.customer_id FROM customers_customerattribute a
         WHERE a.key = {key} AND a.superseded_at IS NULL AND lower(a.value) = ANY({values})
           AND NOT EXISTS (
               SELECT 1 FROM customers_customerattribute b
                WHERE b.customer_id = a.customer_id AND b.key = {key}
                  AND b.superseded_at IS NULL AND b.id <> a.id
                  AND CASE
                      WHEN a.valid_from IS NULL THEN b.valid_from <= {day}
                      WHEN a.valid_from <= {day}
                          THEN b.valid_from > a.valid_from AND b.valid_from <= {day}
                      ELSE b.valid_from IS NULL OR b.valid_from < a.valid_from END)
    """  # noqa: S608 - expressions of the caller's code
