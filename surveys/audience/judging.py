"""What a choice comes to: who is asked, and who is left out for which reason. One query."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, npgettext

from accounts.formatting import format_number
from surveys import budget, suppressions
from surveys.audience.choice import Choice
from surveys.audience.filters import Values, conditions
from surveys.models import Campaign, Timing
from tenants.context import current_company

EXAMPLES = 100

# Why a chosen contact is left out; the first that fits is the one that is said.
REASONS = {
    "unsubscribed": gettext_noop("asked for no more surveys"),
    "bounced": gettext_noop("the address does not exist"),
    "complained": gettext_noop("marked a survey as spam"),
    "erased": gettext_noop("was erased on request"),
    "by_hand": gettext_noop("was put on the suppression list by a user"),
    "former_customer": gettext_noop("the customer has left"),
    "same_address": gettext_noop("another chosen contact has the same address"),
    "not_sampled": gettext_noop("not in the sample"),
    "not_due": gettext_noop("asked by this campaign; not due again yet"),
    **budget.REASONS,
}


@dataclass(frozen=True)
class LeftOut:
    """So many contacts are left out for this reason; `examples` are the first of them."""

    reason: str
    count: int
    examples: Sequence[str]

    @property
    def words(self) -> str:
        return _(REASONS[self.reason])


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

    @property
    def customers_in_words(self) -> str:
        """Of whom the contacts are: after "at"."""
        words = npgettext("at", "{count} customer", "{count} customers", self.customers)
        return words.format(count=format_number(self.customers))

    @property
    def chosen_in_words(self) -> str:
        """After "of"."""
        words = npgettext("of", "{count} chosen contact", "{count} chosen contacts", self.chosen)
        return words.format(count=format_number(self.chosen))


@dataclass(frozen=True)
class ToAsk:
    """One contact who is to be asked, and the zone that is known of it (perhaps none)."""

    contact: int
    timezone: str


def plan_of(campaign: Campaign) -> Plan:
    """What the campaign's own choice comes to. Of one that asks again and again: now, who is
    due."""
    return plan(Choice.of(campaign), campaign)


def plan(choice: Choice, campaign: Campaign | None = None) -> Plan:
    """Counts and first examples. Costs one query over all chosen contacts (and one for the
    company's limits)."""
    sql, values = _judged(choice, campaign)
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
            """,  # noqa: S608 - texts of this package only
            values.held,
        )
        rows = {reason: rest for reason, *rest in cursor.fetchall()}
    count, customers, examples = rows.pop("", (0, 0, []))
    left_out = [LeftOut(key, rows[key][0], rows[key][2]) for key in REASONS if key in rows]
    return Plan(count, customers, examples, left_out)


def to_ask(choice: Choice, campaign: Campaign | None = None) -> list[ToAsk]:
    """Who will be asked, oldest contact first."""
    sql, values = _judged(choice, campaign)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{sql} SELECT id, timezone FROM judged WHERE reason IS NULL ORDER BY id",  # noqa: S608
            values.held,
        )
        return [ToAsk(*row) for row in cursor.fetchall()]


def contacts_to_ask(choice: Choice, campaign: Campaign | None = None) -> list[int]:
    """The ids of the contacts that will be asked, oldest contact first."""
    return [one.contact for one in to_ask(choice, campaign)]


def chosen(choice: Choice, campaign: Campaign | None, values: Values) -> str:
    """CTEs up to `chosen`: the contacts that the choice names, with what is against each that no
    budget has to do with."""
    former = "SELECT NULL::bigint AS customer_id WHERE false"
    if not choice.is_former_asked:
        former = former_customers(values)
    address = suppressions.hash_sql("c.email").replace("%s", values.add(suppressions.prefix()))
    is_suppressed = "EXISTS (SELECT FROM surveys_suppression)"
    return f"""
        WITH former AS MATERIALIZED ({former}), chosen AS MATERIALIZED (
            SELECT c.id, c.name, c.email, c.customer_id, c.timezone, lower(c.email) AS address,
                   former.customer_id IS NOT NULL AS is_former,
                   row_number() OVER (PARTITION BY lower(c.email)
                                      ORDER BY former.customer_id IS NOT NULL, c.id) AS copy,
                   {sampled(campaign, "c.id", values)} AS is_sampled,
                   CASE WHEN {is_suppressed} THEN {address} END AS email_hash
              FROM customers_contact c
              LEFT JOIN former ON former.customer_id = c.customer_id
             WHERE c.removed_at IS NULL AND {conditions(choice, values)}
        )"""  # noqa: S608 - texts of this package only


def former_among(customers: Collection[int]) -> set[int]:
    """Which of these customers have left. One query; none of nobody."""
    if not customers:
        return set()
    values = Values(current_company().today())
    with connection.cursor() as cursor:
        cursor.execute(former_customers(values, customers), values.held)
        return {customer for (customer,) in cursor.fetchall()}


def former_customers(values: Values, customers: Collection[int] | None = None) -> str:
    """SQL of the customers (of these, or all) who have left: every subscription that was known has
    ended, and no pause runs. One of whom no subscription is known has not left."""
    these = "true" if customers is None else f"s.customer_id = ANY({values.add(tuple(customers))})"
    return f"""
        SELECT s.customer_id
          FROM customers_term t JOIN customers_subscription s ON s.id = t.subscription_id
         WHERE t.superseded_at IS NULL AND {these}
           AND NOT EXISTS (
                SELECT FROM customers_pause p
                 WHERE p.customer_id = s.customer_id AND p.superseded_at IS NULL
                   AND p.starts_on <= {values.today}
                   AND (p.ends_on IS NULL OR p.ends_on > {values.today}))
         GROUP BY s.customer_id
        HAVING bool_and(coalesce(t.ends_on <= {values.today}, false))"""  # noqa: S608


def sampled(campaign: Campaign | None, contact: str, values: Values) -> str:
    """SQL: whether a contact is in the campaign's sample. A share of the campaign's and contact's
    own, so that a higher percentage adds contacts and never swaps any."""
    if campaign is None or campaign.sample_percent >= 100:
        return "true"
    share = f"('x' || left(md5({values.add(f'{campaign.pk}:')} || {contact}), 8))::bit(32)::bigint"
    return f"{share} %% 10000 < {campaign.sample_percent * 100:d}"


def _judged(choice: Choice, campaign: Campaign | None) -> tuple[str, Values]:
    """CTEs that end in `judged`: each chosen contact with the reason it is left out, or null."""
    values = Values(current_company().today())
    own_days = choice.not_asked_days
    last = "SELECT NULL::bigint AS contact_id WHERE false"
    if campaign is not None and campaign.timing == Timing.RECURRING:
        own_days = min(own_days, campaign.every_days or 0)
        last = not_due(campaign, values)
    limits = budget.limits(own_days=own_days)
    sql = f"""
        {chosen(choice, campaign, values)}, waiting AS (
            {last}
        ), known AS MATERIALIZED (
            SELECT chosen.id, chosen.name, chosen.email, chosen.customer_id, chosen.timezone,
                   chosen.address,
                   CASE WHEN s.reason IS NOT NULL THEN s.reason
                        WHEN chosen.is_former THEN 'former_customer'
                        WHEN chosen.copy > 1 THEN 'same_address'
                        WHEN NOT chosen.is_sampled THEN 'not_sampled'
                        WHEN waiting.contact_id IS NOT NULL THEN 'not_due' END AS reason
              FROM chosen
              LEFT JOIN surveys_suppression s ON s.email_hash = chosen.email_hash
              LEFT JOIN waiting ON waiting.contact_id = chosen.id
        ), candidate AS MATERIALIZED (
            SELECT id, customer_id, address, id AS place FROM known WHERE reason IS NULL
        ), {budget.judging(limits, is_planning=True).replace("%", "%%")}, judged AS (
            SELECT known.id, known.name, known.email, known.customer_id, known.timezone,
                   coalesce(known.reason, budgeted.reason) AS reason
              FROM known LEFT JOIN budgeted ON budgeted.id = known.id
        )
    """  # noqa: S608 - texts of this package only
    return sql, values


def not_due(campaign: Campaign, values: Values) -> str:
    """SQL of the contacts whom a campaign that asks again and again has asked (or tried to) and
    whose `every_days` are not over. What was skipped as long past begins their days anew; who was
    skipped because of the budget was not asked, and is as soon as the budget lets."""
    number = values.add(campaign.pk)
    every = f"make_interval(days => {campaign.every_days or 0:d})"
    return f"""
        SELECT i.contact_id
          FROM surveys_invitation i
          LEFT JOIN surveys_campaignwatch w ON w.campaign_id = i.campaign_id
         WHERE i.campaign_id = {number} AND i.state <> 'withdrawn'
           AND NOT (i.state = 'skipped' AND i.skip_reason = ANY({values.add(list(budget.REASONS))}))
         GROUP BY i.contact_id, w.skipped_until
        HAVING CASE WHEN max(coalesce(i.claimed_at, i.send_after)) + {every} <= w.skipped_until
                    THEN max(coalesce(i.claimed_at, i.send_after)) + {every} * (1 + floor(
                         extract(epoch FROM w.skipped_until
                                 - max(coalesce(i.claimed_at, i.send_after)))
                         / extract(epoch FROM {every})))
                    ELSE max(coalesce(i.claimed_at, i.send_after)) + {every}
               END > now()
    """  # noqa: S608 - texts of this package only
