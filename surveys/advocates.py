"""Who brought in others: advocates, their referrals, their rewards. Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from customers.models import Customer, Referral
from surveys.models import ReferredPerson, Reward

# A contact where the referral came by a contact's link, else the customer as a whole.
_PARTS = """
    referred AS (
        SELECT r.customer_id, p.contact_id, count(*) AS referrals,
               count(r.converted_on) AS converted, max(r.referred_on) AS latest_on
          FROM customers_referral r
          LEFT JOIN surveys_referredperson p ON p.referral_id = r.external_id
         WHERE r.superseded_at IS NULL
         GROUP BY 1, 2
    ), rewarded AS (
        SELECT customer_id, contact_id,
               count(*) FILTER (WHERE state = 'promised') AS promised,
               count(*) FILTER (WHERE state = 'given') AS given,
               count(*) FILTER (WHERE state = 'refused') AS refused
          FROM surveys_reward GROUP BY 1, 2
    ), advocate AS (
        SELECT coalesce(f.customer_id, w.customer_id) AS customer_id,
               coalesce(f.contact_id, w.contact_id) AS contact_id,
               coalesce(f.referrals, 0) AS referrals, coalesce(f.converted, 0) AS converted,
               f.latest_on, coalesce(w.promised, 0) AS promised, coalesce(w.given, 0) AS given,
               coalesce(w.refused, 0) AS refused
          FROM referred f
          FULL JOIN rewarded w ON w.customer_id = f.customer_id
               AND coalesce(w.contact_id, 0) = coalesce(f.contact_id, 0)
    )
"""

_ORDER = """
    a.converted DESC, a.referrals DESC, a.latest_on DESC NULLS LAST, a.customer_id,
    a.contact_id NULLS FIRST
"""


@dataclass(frozen=True)
class Advocate:
    """A contact who referred by a link, or a customer whose referrals name no contact."""

    customer_id: int
    customer_key: str
    customer: str
    contact_id: int | None
    contact: str
    referrals: int
    converted: int
    latest_on: dt.date | None
    promised: int
    given: int
    refused: int


@dataclass(frozen=True)
class Totals:
    """Over all advocates."""

    advocates: int = 0
    referrals: int = 0
    converted: int = 0
    promised: int = 0
    given: int = 0


def advocates(*, limit: int | None = None, offset: int = 0) -> tuple[list[Advocate], Totals]:
    """Who converted and referred most first, and the totals over all: zeros behind the last page.
    One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH {_PARTS}, total AS (
                SELECT count(*), coalesce(sum(referrals), 0)::bigint,
                       coalesce(sum(converted), 0)::bigint, coalesce(sum(promised), 0)::bigint,
                       coalesce(sum(given), 0)::bigint
                  FROM advocate
            ), shown AS (
                SELECT * FROM advocate a ORDER BY {_ORDER} LIMIT %s OFFSET %s
            )
            SELECT t.*, a.customer_id, c.external_id, c.name, a.contact_id,
                   coalesce(nullif(k.name, ''), k.email, ''), a.referrals, a.converted,
                   a.latest_on, a.promised, a.given, a.refused
              FROM shown a
              CROSS JOIN total t
              JOIN customers_customer c ON c.id = a.customer_id
              LEFT JOIN customers_contact k ON k.id = a.contact_id
             ORDER BY {_ORDER}
            """,  # noqa: S608 - texts of this module only
            [limit, offset],
        )
        rows = cursor.fetchall()
    width = len(fields(Totals))
    totals = Totals(*rows[0][:width]) if rows else Totals()
    return [Advocate(*row[width:]) for row in rows], totals


@dataclass(frozen=True)
class Brought:
    """A referral, and who left their address by a link, if it came so."""

    referral: Referral
    person: ReferredPerson | None

    @property
    def who(self) -> str:
        if self.referral.referred is not None:
            return self.referral.referred.name
        return self.referral.referred_name or _("Somebody")


def brought_by(customer: Customer, *, limit: int) -> list[Brought]:
    """The customer's referrals, newest first. Two queries."""
    referrals = list(
        Referral.objects.current()
        .filter(customer=customer)
        .select_related("referred", "source")
        .order_by("-referred_on", "-pk")[:limit]
    )
    people = {
        person.referral_id: person
        for person in ReferredPerson.objects.filter(
            referral_id__in=[one.external_id for one in referrals]
        ).select_related("contact")
    }
    return [Brought(one, people.get(one.external_id)) for one in referrals]


def rewards_of(customer: Customer) -> QuerySet[Reward]:
    return (
        Reward.objects.filter(customer=customer)
        .select_related("contact", "made_by", "settled_by")
        .order_by("-created_at", "-pk")
    )


HEADER = (
    "customer",
    "customer_name",
    "contact",
    "contact_email",
    "referral",
    "referred",
    "referred_on",
    "converted_on",
    "reward",
    "value",
    "currency",
    "state",
    "given_on",
)


def rows_of_export() -> Iterator[Sequence[Any]]:
    """HEADER, then a row per referral and reward of it; rewards of no referral last. Streams, in
    bounded memory."""
    yield HEADER
    # On the server: another cursor would hold all rows here before the first is read.
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            """
            SELECT c.external_id, c.name, coalesce(k.name, ''), coalesce(k.email, ''),
                   coalesce(r.external_id, w.referral_id, ''),
                   coalesce(x.name, r.referred_name, ''), r.referred_on, r.converted_on,
                   coalesce(w.what, ''), w.value, coalesce(w.currency, ''),
                   coalesce(w.state, ''), w.given_on
              FROM (SELECT * FROM customers_referral WHERE superseded_at IS NULL) r
              FULL JOIN surveys_reward w ON w.referral_id = r.external_id
              LEFT JOIN surveys_referredperson p ON p.referral_id = r.external_id
              LEFT JOIN customers_customer x ON x.id = r.referred_id
              JOIN customers_customer c ON c.id = coalesce(r.customer_id, w.customer_id)
              LEFT JOIN customers_contact k ON k.id = coalesce(p.contact_id, w.contact_id)
             ORDER BY r.referred_on NULLS LAST, r.id, w.id
            """
        )
        while rows := cursor.fetchmany(500):
            yield from rows
