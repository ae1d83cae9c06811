"""In which segment a row stands: the text that SQL groups by."""

from __future__ import annotations

from psycopg.sql import SQL, Composed, Identifier

from metrics.contributions.frame import Dimension, Frame, Split

Text = SQL | Composed

Seen = Frame | Dimension
"""What is looked at. A frame with exchange rates gets amounts in the company's currency; a
dimension alone gets them as they are in the contracts."""


def dimension_of(seen: Seen) -> Dimension:
    return seen.dimension if isinstance(seen, Frame) else seen


def is_crossed(seen: Seen) -> bool:
    """Whether subscriptions stand where their customer is."""
    dimension = dimension_of(seen)
    return dimension.is_by_subscription and bool(dimension.attributes)


def segment_of(
    seen: Seen,
    *,
    customer: Text | None = None,
    contract: Text | None = None,
    own: Text | None = None,
) -> Text:
    """The segment as one text: of what the customer's attributes, its contract and the metric's
    own facts call it, those that the dimension has, in its order; '' for the total."""
    named = {
        Split.ATTRIBUTE: customer,
        Split.PRODUCT: contract,
        Split.PLAN: contract,
        Split.OWN: own,
    }
    texts: list[Text] = []
    for side in dimension_of(seen).each:
        text = named.get(side.split)
        if text is not None and text not in texts:
            texts.append(text)
    if not texts:
        return SQL("''")
    return texts[0] if len(texts) == 1 else SQL(" || chr(31) || ").join(texts)


HELD = SQL("coalesce(version.segment, %(unknown)s)")
"""Where a customer is, of a `version` that may be missing."""


def contracted(seen: Seen) -> SQL:
    """The relation of what customers pay for products or plans, its segment theirs alone; needs
    `entries`."""
    return SQL("contracted") if is_crossed(seen) else SQL("entry")


def history(seen: Seen) -> SQL:
    """The relation of states with the days they hold: of customers, or of what they pay for each
    product or plan; needs `entries`."""
    return contracted(seen) if dimension_of(seen).is_by_subscription else SQL("movement")


PAID = SQL("""
    paid AS (
        SELECT customer_id, segment, day AS lower, coalesce(next_day, 'infinity') AS upper
        FROM {source} WHERE is_paying
    )
""")


_ON_THE_DAY = SQL("""
    LEFT JOIN {relation} ON {relation}.customer_id = fact.customer_id
        AND fact.day >= {relation}.lower AND fact.day < {relation}.upper
""")


def placed(seen: Seen, *, name: str, own: Text | None = None) -> list[Text]:
    """`placed`, or what else it is called: the rows of `fact`, each in the segment that its
    customer was in on its day, in every product or plan that it paid for then, and in what it is
    by `own`. Needs `version` and `contracted` as far as the dimension has them."""
    dimension = dimension_of(seen)
    before: list[Text] = []
    joins: list[Text] = []
    if dimension.is_by_subscription:
        before = [PAID.format(source=contracted(seen))]
        joins.append(_ON_THE_DAY.format(relation=SQL("paid")))
    if dimension.attributes:
        joins.append(_ON_THE_DAY.format(relation=SQL("version")))
    contract = SQL("coalesce(paid.segment, %(none)s)")
    select = SQL("{name} AS (SELECT {segment} AS segment, fact.* FROM fact {joins})").format(
        name=Identifier(name),
        segment=segment_of(seen, customer=HELD, contract=contract, own=own),
        joins=SQL(" ").join(joins),
    )
    return [*before, select]
