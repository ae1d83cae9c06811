"""The filters of the list as SQL, and the relations that they read."""

from __future__ import annotations

from typing import Any

from psycopg.sql import SQL, Composed

from customers.attributes import holding, values_on
from customers.owners import condition
from customers.searching import ids_of
from metrics.customer_list.filters import UNKNOWN, Filters

SOLD = SQL("""customer.id IN (
    SELECT subscription.customer_id
    FROM customers_term AS term
    JOIN customers_subscription AS subscription ON subscription.id = term.subscription_id
    JOIN customers_plan AS plan ON plan.id = term.plan_id
    WHERE term.superseded_at IS NULL AND term.starts_on <= %(today)s
        AND (term.ends_on IS NULL OR term.ends_on > %(today)s) AND {what}
)""")
PAYING = SQL("customer.id IN (SELECT customer_id FROM standing WHERE is_paying)")
NOT_PAYING = SQL(
    "NOT EXISTS (SELECT FROM standing WHERE standing.customer_id = customer.id AND is_paying)"
)
IN_BANDS = SQL("customer.id IN (SELECT customer_id FROM scored WHERE band = ANY(%(bands)s))")
AT_RISK = SQL("customer.id IN (SELECT customer_id FROM scored WHERE band = 'red')")
# Who pays nothing has no row, and pays 0.
MRR_FROM = SQL("customer.id IN (SELECT customer_id FROM paid WHERE mrr >= %(mrr_from)s)")
MRR_TO = SQL(
    "NOT EXISTS (SELECT FROM paid WHERE paid.customer_id = customer.id AND mrr > %(mrr_to)s)"
)
DUE_WITHIN = SQL("customer.id IN (SELECT customer_id FROM due WHERE days <= %(renews_within)s)")

Conditions = tuple[list[SQL | Composed], set[str], dict[str, Any]]


def conditions(filters: Filters) -> Conditions:
    """What must be true of `customer`; the relations read; the parameters beside `today`."""
    found: list[SQL | Composed] = []
    needs: set[str] = set()
    params: dict[str, Any] = {}
    _named(filters, found, params)
    _attributes(filters, found, params)
    if not filters.owned.is_all:
        found.append(SQL(condition(filters.owned, column="customer.id")))
        params["owners"] = filters.owned.parameter
    for is_asked, text, relation in (
        (filters.state in ("paying", "at_risk"), PAYING, "standing"),
        (filters.state == "not_paying", NOT_PAYING, "standing"),
        (filters.state == "at_risk", AT_RISK, "scored"),
        (bool(filters.bands), IN_BANDS, "scored"),
        (filters.mrr_from is not None and filters.mrr_from > 0, MRR_FROM, "paid"),
        (filters.mrr_to is not None, MRR_TO, "paid"),
        (filters.renews_within is not None, DUE_WITHIN, "due"),
    ):
        if is_asked:
            found.append(text)
            needs.add(relation)
    more: list[tuple[bool, SQL | Composed]] = [
        (filters.product is not None, SOLD.format(what=SQL("plan.product_id = %(product)s"))),
        (filters.plan is not None, SOLD.format(what=SQL("plan.id = %(plan)s"))),
        (filters.signed_from is not None, SQL("customer.signed_up_on >= %(signed_from)s")),
        (filters.signed_to is not None, SQL("customer.signed_up_on <= %(signed_to)s")),
    ]
    found += [text for is_asked, text in more if is_asked]
    params |= {
        "bands": list(filters.bands),
        "mrr_from": filters.mrr_from,
        "mrr_to": filters.mrr_to,
        "renews_within": filters.renews_within,
        "product": filters.product,
        "plan": filters.plan,
        "signed_from": filters.signed_from,
        "signed_to": filters.signed_to,
    }
    return found, needs, params


def _named(filters: Filters, found: list[SQL | Composed], params: dict[str, Any]) -> None:
    """Each word stands in the name, the id or a contact's address; a short one at a beginning."""
    for number, word in enumerate(filters.words.split()):
        names = [f"word_{number}", f"inner_{number}"]
        text, values = ids_of(word, part=f"%({names[0]})s", inner=f"%({names[1]})s")
        params |= dict(zip(names, values, strict=False))
        found.append(SQL(f"customer.id IN ({text})"))


def _attributes(filters: Filters, found: list[SQL | Composed], params: dict[str, Any]) -> None:
    for number, (key, value) in enumerate(filters.attributes):
        name, held = f"%(key_{number})s", f"%(value_{number})s"
        params[f"key_{number}"] = key
        if value == UNKNOWN:
            text = values_on(key=name, day="%(today)s::date")
            found.append(
                SQL(
                    f"customer.id NOT IN (SELECT held.customer_id FROM ({text}) AS held"  # noqa: S608
                    " WHERE held.value <> '')"
                )
            )
        else:
            params[f"value_{number}"] = [value.lower()]
            theirs = holding(key=name, values=f"{held}::text[]", day="%(today)s::date")
            found.append(SQL(f"customer.id IN ({theirs})"))
