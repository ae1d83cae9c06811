"""The kinds of files that can be brought in, in the order they are offered."""

from customers.imports.fields import Field, Kind
from customers.imports.kinds.contacts import CONTACTS
from customers.imports.kinds.customers import CUSTOMERS
from customers.imports.kinds.subscriptions import SUBSCRIPTIONS
from customers.imports.kinds.tickets import TICKETS

KINDS: dict[str, Kind] = {kind.key: kind for kind in (CUSTOMERS, SUBSCRIPTIONS, CONTACTS, TICKETS)}

__all__ = ["KINDS", "Field", "Kind"]
