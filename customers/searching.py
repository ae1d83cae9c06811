"""Which customers words are about: by any part of their name or id, or of a contact's address.

The SQL is made so that the indexes of parts (pg_trgm) find the rows.
"""

from __future__ import annotations

SHORTEST_PART = 3
"""Of fewer letters no such index knows: they are sought where words begin."""
_PART = """
    SELECT id FROM customers_customer WHERE name ILIKE {part} OR external_id ILIKE {part}
    UNION ALL
    SELECT customer_id FROM customers_contact WHERE removed_at IS NULL AND email ILIKE {part}
"""
_BEGINNING = """
    SELECT id FROM customers_customer
    WHERE name ILIKE {part} OR name ILIKE {inner} OR external_id ILIKE {part}
    UNION ALL
    SELECT customer_id FROM customers_contact WHERE removed_at IS NULL AND email ILIKE {part}
"""

CONTACTS_OF_PART = "SELECT id FROM customers_contact WHERE name ILIKE %s OR email ILIKE %s"

# Also by their customer's name or id.
CONTACTS_OF_CUSTOMERS_TOO = f"""
    {CONTACTS_OF_PART}
    UNION ALL
    SELECT contact.id FROM customers_contact AS contact
      JOIN customers_customer AS customer ON customer.id = contact.customer_id
     WHERE customer.name ILIKE %s OR customer.external_id ILIKE %s
"""  # noqa: S608 - built from constants


def escaped(text: str) -> str:
    """The text in a pattern of LIKE, for itself."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def ids_of(word: str, *, part: str = "%s", inner: str = "%s") -> tuple[str, list[str]]:
    """SQL of the ids of customers with the word, and the values of its placeholders in order:
    with named ones (`part`, `inner`) the first is that of `part`, the second that of `inner`."""
    plain = escaped(word)
    if len(word) >= SHORTEST_PART:
        held = f"%{plain}%"
        return _PART.format(part=part), [held] * (3 if part == "%s" else 1)
    first, within = f"{plain}%", f"% {plain}%"
    values = [first, within, first, first] if part == "%s" else [first, within]
    return _BEGINNING.format(part=part, inner=inner), values
