"""What can be said of each customer in the list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from psycopg.sql import SQL

from customers.models.customer import attribute_label
from metrics.customer_list.filters import ATTRIBUTE
from metrics.dimensions import attribute_keys

MOST = 12
"""So many columns at once."""


@dataclass(frozen=True)
class Column:
    """`form` says how a value is written: money, score, change, days, day, count, words.

    `value` is SQL over the relation `relation` (see customer_list.relations; '': the customer
    itself); `order`: what the list is sorted by (None: not by this). `is_down`: the largest are of
    most interest.
    """

    key: str
    label: str
    form: str
    relation: str
    value: SQL
    order: SQL | None = None
    is_down: bool = False

    @property
    def title(self) -> str:
        """The label in the reader's language; an attribute's is the company's own."""
        return self.label if self.attribute else _(self.label)

    @property
    def is_number(self) -> bool:
        return self.form in ("money", "score", "change", "days", "count")

    @property
    def attribute(self) -> str:
        """The key of the attribute that it shows, if it shows one."""
        return self.key.removeprefix(ATTRIBUTE) if self.key.startswith(ATTRIBUTE) else ""


NAME = Column(
    "name", gettext_noop("Customer"), "words", "", SQL("customer.name"), SQL("lower(customer.name)")
)
COLUMNS = (
    Column(
        "mrr", gettext_noop("MRR"), "money", "paid", SQL("paid.mrr"), SQL("paid.mrr"), is_down=True
    ),
    Column(
        "score", gettext_noop("Health"), "score", "scored", SQL("scored.score"), SQL("scored.score")
    ),
    Column(
        "drop",
        gettext_noop("30 days"),
        "change",
        "before",
        SQL("scored.score - before.score"),
        SQL("scored.score - before.score"),
    ),
    Column("renewal", gettext_noop("Renewal"), "days", "due", SQL("due.days"), SQL("due.days")),
    Column(
        "plan", gettext_noop("Plan"), "words", "sold", SQL("sold.plans"), SQL("lower(sold.plans)")
    ),
    Column(
        "product",
        gettext_noop("Product"),
        "words",
        "sold",
        SQL("sold.products"),
        SQL("lower(sold.products)"),
    ),
    Column(
        "contacts",
        gettext_noop("Contacts"),
        "count",
        "people",
        SQL("coalesce(people.contacts, 0)"),
        SQL("coalesce(people.contacts, 0)"),
        is_down=True,
    ),
    Column(
        "tickets",
        gettext_noop("Open tickets"),
        "count",
        "supported",
        SQL("coalesce(supported.tickets, 0)"),
        SQL("coalesce(supported.tickets, 0)"),
        is_down=True,
    ),
    Column("last_used", gettext_noop("Last used"), "day", "used", SQL("used.last_used_on")),
    Column(
        "signed_up",
        gettext_noop("Signed up"),
        "day",
        "",
        SQL("customer.signed_up_on"),
        SQL("customer.signed_up_on"),
        is_down=True,
    ),
)
OWNER, STAGE = f"{ATTRIBUTE}owner", f"{ATTRIBUTE}stage"
DEFAULT = ("mrr", "score", "renewal", "plan", OWNER, "signed_up")


class UnknownColumnError(ValueError):
    """What is wrong with a choice of columns, in words."""


def known(keys: Iterable[str] | None = None) -> dict[str, Column]:
    """Every column by its key: those of every company, and its attributes'. `keys`: of the
    attributes, where they are at hand; else costs a query."""
    attributes = list(attribute_keys() if keys is None else keys)
    found = {column.key: column for column in COLUMNS}
    for key in attributes:
        found[f"{ATTRIBUTE}{key}"] = _of_attribute(key)
    return found


def _of_attribute(key: str) -> Column:
    return Column(
        f"{ATTRIBUTE}{key}",
        attribute_label(key),
        "words",
        "placed",
        SQL("placed.value"),
        SQL("lower(placed.value)"),
    )


def chosen(names: Sequence[str], there: dict[str, Column]) -> list[Column]:
    """The columns of these keys. Raises UnknownColumnError."""
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    unknown = [name for name in wanted if name not in there]
    if unknown:
        raise UnknownColumnError(
            _("There is no column {unknown}; there are {there}.").format(
                unknown=unknown[0][:100], there=", ".join(there)
            )
        )
    if len(wanted) > MOST:
        raise UnknownColumnError(
            _("Choose at most {most} columns; these are {wanted}.").format(
                most=MOST, wanted=len(wanted)
            )
        )
    return [there[name] for name in wanted]


def default(there: dict[str, Column]) -> list[Column]:
    """What a list shows that nobody has chosen columns for."""
    return [there[key] for key in DEFAULT if key in there]
