"""One fatigue budget: how often a contact and a customer may be asked, over all campaigns.

The rules once, as SQL: the plan reads them to show who will be skipped, and a claim asks them
again under `lock`, so that two campaigns that send at once cannot both write to one contact. What
counts as asked is a mail that went out or may have (reminders are no surveys of their own). An
address counts wherever it is a contact: compared in lower case, over all customers.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from surveys.models import survey_settings
from tenants.locks import take_lock

# Why a contact is left out; also what an invitation's `skip_reason` may say.
REASONS = {
    "asked_recently": gettext_noop("asked more recently than this campaign allows"),
    "contact_budget": gettext_noop("asked more recently than the company allows"),
    "customer_budget": gettext_noop(
        "as many of the customer's contacts were asked as the company allows"
    ),
}


@dataclass(frozen=True)
class Limits:
    """`contact_days` between two surveys to an address, at most `customer_most` to a customer in
    `customer_days`: the company's. `own_days` between any survey and this campaign's. 0 days: no
    limit."""

    contact_days: int
    customer_most: int
    customer_days: int
    own_days: int = 0


def limits(*, own_days: int = 0) -> Limits:
    """Those that hold now. Costs a query."""
    held = survey_settings()
    return Limits(held.contact_days, held.customer_most, held.customer_days, own_days)


def lock() -> None:
    """Be the only one of the company who judges and claims, until the transaction ends.

    Taken by a statement before the one that judges, which then sees what others claimed."""
    take_lock("surveys.budget")


def judging(held: Limits, *, is_planning: bool = False, moment: str = "clock_timestamp()") -> str:
    """CTEs, to follow (after a comma) one named `candidate (id, customer_id, address, place)`:
    those who would be asked and have no other reason against it, the addresses in lower case,
    each at most once. They end in `budgeted (id, reason)`, a row per candidate; the reason is null
    or one of REASONS. Where a customer's budget is short, the first by `place` have it.

    `is_planning` also counts those about to be asked by a campaign that was scheduled or started.
    `moment`: an SQL expression, when they would be asked. The text takes no parameters.
    """
    ahead = (
        "OR i.state = 'queued' AND EXISTS (SELECT FROM surveys_campaign g WHERE g.id ="
        " i.campaign_id AND g.state IN ('scheduled', 'running', 'paused'))"
        if is_planning
        else ""
    )

    def counts(days: int) -> str:
        went_out = f"""i.state IN ('claimed', 'sent', 'unknown')
                       AND i.claimed_at > {moment} - make_interval(days => {days:d})"""
        return f"({days:d} > 0 AND ({went_out} {ahead}))"

    return f"""
        asked_address AS (
            SELECT k.address,
                   bool_or({counts(held.contact_days)}) AS is_over,
                   bool_or({counts(held.own_days)}) AS is_over_own
              FROM candidate k
              JOIN customers_contact c ON lower(c.email) = k.address
              JOIN surveys_invitation i ON i.contact_id = c.id
             WHERE {counts(max(held.contact_days, held.own_days))}
             GROUP BY k.address
        ), asked_customer AS (
            SELECT k.customer_id, count(*) AS surveys
              FROM (SELECT DISTINCT customer_id FROM candidate) k
              JOIN customers_contact c ON c.customer_id = k.customer_id
              JOIN surveys_invitation i ON i.contact_id = c.id
             WHERE {counts(held.customer_days)}
             GROUP BY k.customer_id
        ), by_address AS (
            SELECT k.id, k.customer_id, k.place,
                   CASE WHEN a.is_over THEN 'contact_budget'
                        WHEN a.is_over_own THEN 'asked_recently' END AS reason
              FROM candidate k LEFT JOIN asked_address a ON a.address = k.address
        ), budgeted AS (
            SELECT b.id,
                   CASE WHEN b.reason IS NOT NULL THEN b.reason
                        WHEN {held.customer_days:d} > 0
                             AND coalesce(a.surveys, 0)
                                 + row_number() OVER (PARTITION BY b.customer_id, b.reason
                                                      ORDER BY b.place) > {held.customer_most:d}
                        THEN 'customer_budget' END AS reason
              FROM by_address b LEFT JOIN asked_customer a ON a.customer_id = b.customer_id
        )
    """  # noqa: S608 - texts of this module and whole numbers only
