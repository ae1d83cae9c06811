"""Who a campaign goes to: the choice, and what comes of it: who is asked, who is left out, why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection

from surveys import suppressions
from surveys.models import Campaign
from tenants.context import current_company

ALL = "all"
ATTRIBUTE = "attribute"
PICKED = "picked"

# Why a chosen contact is left out; the first that fits is the one that is said.
REASONS = {
    "unsubscribed": "asked for no more surveys",
    "bounced": "the address does not exist",
    "complained": "marked a survey as spam",
    "erased": "was erased on request",
    "by_hand": "was put on the suppression list by a user",
    "same_address": "another chosen contact has the same address",
    "asked_recently": "asked recently, or about to be by another campaign",
}


@dataclass(frozen=True)
class Choice:
    """What was chosen. `values` of the attribute as it is today; `contacts` are ids."""

    who: str = ALL
    attribute: str = ""
    values: Sequence[str] = ()
    contacts: Sequence[int] = ()
    not_asked_days: int = 90

    @classmethod
    def of(cls, campaign: Campaign) -> Choice:
        """The campaign's, or everybody not asked for 90 days where none was made yet."""
        return cls(**campaign.audience)

    def as_json(self) -> dict[str, Any]:
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True)
class LeftOut:
    """So many contacts are left out for this reason; `examples` are the first of them."""

    reason: str
    count: int
    examples: Sequence[str]

    @property
    def words(self) -> str:
        return REASONS[self.reason]


@dataclass(frozen=True)
class Plan:
    """What a choice comes to at this moment."""

    count: int
    customers: int
    examples: Sequence[str]
    left_out: Sequence[LeftOut]

    @property
    def left_out_count(self) -> int:
        return sum(row.count for row in self.left_out)

    @property
    def chosen(self) -> int:
        return self.count + self.left_out_count


EXAMPLES = 100


def plan(choice: Choice) -> Plan:
    """Counts and first examples. Costs one query over all chosen contacts."""
    sql, parameters = _judged(choice)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            {sql}, ranked AS (
                SELECT *, row_number() OVER (PARTITION BY reason ORDER BY id) AS place FROM judged
            )
            SELECT coalesce(reason, ''), count(*), count(DISTINCT customer_id),
                   array_agg(CASE WHEN name = '' THEN email ELSE name || ' <' || email || '>' END
                             ORDER BY place) FILTER (WHERE place <= {EXAMPLES:d})
              FROM ranked GROUP BY reason
            """,  # noqa: S608 - texts of this module only
            parameters,
        )
        rows = {reason: rest for reason, *rest in cursor.fetchall()}
    count, customers, examples = rows.pop("", (0, 0, []))
    left_out = [LeftOut(key, rows[key][0], rows[key][2]) for key in REASONS if key in rows]
    return Plan(count, customers, examples, left_out)


def contacts_to_ask(choice: Choice) -> list[int]:
    """The ids of the contacts that will be asked, oldest contact first."""
    sql, parameters = _judged(choice)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} SELECT id FROM judged WHERE reason IS NULL ORDER BY id", parameters)  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


def _judged(choice: Choice) -> tuple[str, list[Any]]:
    """`WITH ... judged AS (id, name, email, customer_id, reason)`; reason null: to be asked."""
    condition, parameters = _condition(choice)
    address = suppressions.hash_sql("chosen.email")
    sql = f"""
        WITH chosen AS (
            SELECT c.id, c.name, c.email, c.customer_id,
                   row_number() OVER (PARTITION BY lower(c.email) ORDER BY c.id) AS copy
              FROM customers_contact c
             WHERE c.removed_at IS NULL AND {condition}
        ), asked AS (
            SELECT DISTINCT lower(c.email) AS address
              FROM surveys_invitation i
              JOIN surveys_campaign g ON g.id = i.campaign_id
              JOIN customers_contact c ON c.id = i.contact_id
             WHERE %s > 0
               AND ((i.state IN ('claimed', 'sent', 'unknown')
                     AND i.claimed_at > now() - make_interval(days => %s))
                    OR (i.state = 'queued' AND g.state IN ('running', 'paused')))
        ), judged AS (
            SELECT chosen.id, chosen.name, chosen.email, chosen.customer_id,
                   CASE WHEN s.reason IS NOT NULL THEN s.reason
                        WHEN chosen.copy > 1 THEN 'same_address'
                        WHEN asked.address IS NOT NULL THEN 'asked_recently' END AS reason
              FROM chosen
              LEFT JOIN surveys_suppression s ON s.email_hash = {address}
              LEFT JOIN asked ON asked.address = lower(chosen.email)
        )
    """  # noqa: S608 - texts of this module only
    days = choice.not_asked_days
    return sql, [*parameters, days, days, suppressions.prefix()]


def _condition(choice: Choice) -> tuple[str, list[Any]]:
    """The choice as a condition on `customers_contact c`."""
    if choice.who == ALL:
        return "true", []
    if choice.who == PICKED:
        return "c.id = ANY(%s)", [list(choice.contacts)]
    # The value that holds today: the latest begun, else the first known (CustomerAttribute).
    today = current_company().today()
    return (
        """c.customer_id IN (
            SELECT customer_id FROM (
                SELECT DISTINCT ON (a.customer_id) a.customer_id, a.value
                  FROM customers_customerattribute a
                 WHERE a.key = %s AND a.superseded_at IS NULL
                 ORDER BY a.customer_id,
                       (a.valid_from IS NULL OR a.valid_from <= %s) DESC,
                       CASE WHEN a.valid_from <= %s THEN a.valid_from END DESC NULLS LAST,
                       a.valid_from
            ) AS today WHERE value = ANY(%s))""",
        [choice.attribute, today, today, list(choice.values)],
    )


def attribute_values(limit: int = 200) -> list[tuple[str, list[str]]]:
    """Every attribute with its values, for the form; those with more than `limit` are left out
    (they tell customers apart rather than group them). Costs one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT key, array_agg(DISTINCT value ORDER BY value)
              FROM customers_customerattribute
             WHERE superseded_at IS NULL AND value <> ''
             GROUP BY key HAVING count(DISTINCT value) <= %s
             ORDER BY key
            """,
            [limit],
        )
        return list(cursor.fetchall())


def existing(contacts: Iterable[int]) -> list[int]:
    """Those of the ids that are contacts, in order."""
    from customers.models import Contact

    return list(
        Contact.objects.filter(pk__in=list(contacts)).order_by("pk").values_list("pk", flat=True)
    )
