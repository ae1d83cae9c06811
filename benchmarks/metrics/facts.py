"""A company with the facts that metrics are measured on, made in SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from benchmarks import bench_company
from customers.models import Source
from tenants.models import Company

MONTHS = 36
TICKETS, RESPONSES = 300_000, 200_000
SEGMENTS = ("north", "south", "east", "west", "centre")

# About four terms a customer from half a year before the months on; some with a gap, a third of
# the last ones ended.
CONTRACTS = [
    "SELECT setseed(0.42)",
    "INSERT INTO customers_product (name) VALUES ('Suite'), ('Extra')",
    """
    INSERT INTO customers_plan (product_id, name)
    SELECT id, tier FROM customers_product, unnest(ARRAY['Basic', 'Pro']) AS tier
    """,
    """
    INSERT INTO customers_customer (external_id, name, signed_up_on, source_id, recorded_at,
        changed_at)
    SELECT 'c' || number, 'Customer ' || number, %(start)s::date - 220 + number %% 1200,
        %(source)s, now(), now()
    FROM generate_series(1, %(customers)s) AS number
    """,
    """
    INSERT INTO customers_customerattribute
        (customer_id, key, value, valid_from, source_id, recorded_at)
    SELECT id, 'region', (%(segments)s::text[])[1 + id %% 5], NULL::date, %(source)s, now()
    FROM customers_customer
    UNION ALL
    SELECT id, 'region', 'north', %(start)s::date + 500 + (id %% 300)::int, %(source)s, now()
    FROM customers_customer WHERE id %% 20 = 3
    """,
    """
    INSERT INTO customers_subscription
        (customer_id, external_id, source_id, recorded_at, changed_at)
    SELECT id, external_id || '-s', %(source)s, now(), now() FROM customers_customer
    """,
    """
    INSERT INTO customers_term (subscription_id, plan_id, starts_on, ends_on, quantity, amount,
        interval, currency, mrr, source_id, recorded_at)
    SELECT id, (SELECT min(id) FROM customers_plan) + floor(4 * random())::int,
        begun + number * length + (number = 2)::int * 20,
        CASE WHEN number < 3 OR id %% 3 = 0 THEN begun + (number + 1) * length END,
        1, price, 'month', 'USD', price, %(source)s, now()
    FROM (
        SELECT id, %(start)s::date - 214 + floor(900 * random())::int AS begun,
            30 + floor(150 * random())::int AS length
        FROM customers_subscription
    ) AS subscription
    CROSS JOIN generate_series(0, 3) AS number
    CROSS JOIN LATERAL (
        SELECT (10 + floor((90 + number * 0 + id * 0) * random()))::numeric AS price
    ) AS priced
    """,
]

# Each month's costs, and a referral of every tenth customer.
COSTS = [
    """
    INSERT INTO customers_cost (external_id, kind, category, amount, currency, starts_on, ends_on,
        segment_key, segment_value, source_id, recorded_at)
    SELECT kind || ' ' || month, kind, '', 1000 * (1 + number %% 7), 'USD', month::date,
        (month + interval '1 month')::date, '', '', %(source)s, now()
    FROM generate_series(%(start)s::date, %(end)s::date - 1, interval '1 month')
        WITH ORDINALITY AS months (month, number)
    CROSS JOIN unnest(ARRAY['acquisition', 'retention']) AS kind
    """,
    """
    INSERT INTO customers_referral (external_id, customer_id, referred_id, referred_name,
        referred_on, converted_on, source_id, recorded_at)
    SELECT 'r' || id, id, id - 1, '', %(start)s::date + (id * 7 %% 1000)::int,
        CASE WHEN id %% 3 = 0 THEN %(start)s::date + (id * 7 %% 1000)::int + 20 END,
        %(source)s, now()
    FROM customers_customer WHERE id %% 10 = 0
    """,
]

# Tickets get through two stages; who answers has a contact.
FEEDBACK = [
    """
    INSERT INTO customers_ticket (external_id, customer_id, subject, opened_at,
        first_responded_at, first_resolved_at, resolved_at, reopens, priority, channel, source_id,
        recorded_at)
    SELECT 't' || number, first + number %% %(customers)s, '', opened,
        opened + hours * interval '10 minutes', opened + hours * interval '1 hour',
        CASE WHEN number %% 50 > 0 THEN opened + hours * interval '1 hour' END, 0,
        (ARRAY['low', 'normal', 'high'])[1 + number %% 3], (ARRAY['mail', 'chat'])[1 + number %% 2],
        %(source)s, now()
    FROM generate_series(1, %(tickets)s) AS number
    CROSS JOIN (SELECT min(id) AS first FROM customers_customer) AS ids
    CROSS JOIN LATERAL (
        SELECT %(start)s::timestamptz + number * (interval '1095 days' / %(tickets)s) AS opened,
            1 + number * 7919::bigint %% 200 AS hours
    ) AS made
    """,
    """
    INSERT INTO customers_ticketstage (external_id, customer_id, ticket, stage, entered_at,
        source_id, recorded_at)
    SELECT external_id || stage, customer_id, external_id, stage,
        opened_at + late * interval '30 minutes', %(source)s, now()
    FROM customers_ticket
    CROSS JOIN (VALUES ('new', 0), ('in work', 1)) AS stages (stage, late)
    """,
    """
    INSERT INTO customers_contact (customer_id, name, email, role, source_id, recorded_at,
        changed_at)
    SELECT id, '', 'contact' || id || '@customer.example', '', %(source)s, now(), now()
    FROM customers_customer
    """,
    """
    INSERT INTO surveys_campaign (name, kind, is_relational, lowest_score, highest_score,
        question, follow_up, thank_you, language, audience, state, created_at, started_at,
        sending_error)
    SELECT kind, kind, true, low, high, 'How was it?', '', '', 'en', '{}', 'done', now(), now(), ''
    FROM (VALUES ('nps', 0, 10), ('csat', 1, 5), ('ces', 1, 7)) AS kinds (kind, low, high)
    """,
    """
    INSERT INTO surveys_invitation (campaign_id, contact_id, round, state, token_seed, token_hash,
        message_id, created_at, send_after, claimed_at, sent_at, expires_at, error)
    SELECT campaign.id, first + number %% %(customers)s, 1 + number / %(customers)s, 'sent', '',
        md5(number::text), '', sent, sent, sent, sent, sent + interval '30 days', ''
    FROM generate_series(1, %(invitations)s) AS number
    CROSS JOIN (SELECT min(id) AS first FROM customers_contact) AS ids
    CROSS JOIN LATERAL (
        SELECT %(start)s::timestamptz + number * (interval '1090 days' / %(invitations)s) AS sent
    ) AS made
    JOIN surveys_campaign AS campaign
        ON campaign.kind = (ARRAY['nps', 'nps', 'csat', 'ces'])[1 + number %% 4]
    """,
    """
    INSERT INTO surveys_response (invitation_id, score, comment, origin, answered_at, recorded_at)
    SELECT invitation.id,
        lowest_score + invitation.id * 7919 %% (highest_score - lowest_score + 1), '', 'page',
        sent_at + interval '1 day', now()
    FROM surveys_invitation AS invitation
    JOIN surveys_campaign AS campaign ON campaign.id = invitation.campaign_id
    WHERE invitation.id %% 2 = 0
    """,
]


@contextmanager
def company_with_facts(customers: int) -> Iterator[Company]:
    """A company of its own whose customers have about four terms each; removed afterwards."""
    with bench_company() as (company, source):
        _run(CONTRACTS, company, source, customers)
        yield company


@contextmanager
def company_with_everything(customers: int) -> Iterator[Company]:
    """The same with costs, referrals, tickets and answers; without usage (benchmarks.usage)."""
    with bench_company() as (company, source):
        fill_with_everything(company, source, customers)
        yield company


def fill_with_everything(
    company: Company,
    source: Source,
    customers: int,
    *,
    tickets: int = TICKETS,
    answers: int = RESPONSES,
) -> None:
    """Give an empty company, in which the connection stands, the same facts."""
    statements = [*CONTRACTS, *COSTS, *FEEDBACK]
    _run(statements, company, source, customers, tickets=tickets, answers=answers)


def span(company: Company) -> tuple[dt.date, dt.date]:
    """The first day of the first of the last full months, and the first one after them."""
    end = company.today().replace(day=1)
    return end.replace(year=end.year - MONTHS // 12), end


def _run(
    statements: list[str],
    company: Company,
    source: Source,
    customers: int,
    *,
    tickets: int = TICKETS,
    answers: int = RESPONSES,
) -> None:
    start, end = span(company)
    params: dict[str, Any] = {
        "source": source.pk,
        "customers": customers,
        "start": start,
        "end": end,
        "segments": list(SEGMENTS),
        "tickets": tickets,
        "invitations": 2 * answers,
    }
    with connection.cursor() as cursor:
        for statement in [*statements, "ANALYZE"]:
            cursor.execute(statement, params)
