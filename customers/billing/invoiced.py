"""An import of invoice lines: invoices as facts, and the terms that all lines of a subscription,
those held and those of the file, come to."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext as _

from customers.billing.lines import PRORATION, Line, terms_of_lines
from customers.billing.staging import (
    Change,
    Held,
    billing_settings,
    change,
    check_customers,
    check_subscriptions,
    chunks,
    completed,
    fetch,
    held_terms,
    stage_changes,
    stage_families,
)
from customers.billing.terms import BilledTerm, kept_beside
from customers.billing.writing import write_customers, write_subscriptions, write_terms
from customers.imports.backfilling import backfilled
from customers.imports.end_days import shown, whole_months
from customers.imports.options import EndDay
from customers.imports.staging import Stage
from customers.wording import in_sql

# Types of lines that MRR is made of; without a type a line is recurring.
MAKES_MRR = "coalesce(r.type, 'recurring') IN ('recurring', 'proration', 'discount', 'credit')"
_WHOLE = f"FROM import_row WHERE {whole_months('period_starts_on', '(period_ends_on + {days})')}"
IS_PRORATION = (
    "(coalesce(r.is_proration, r.type = 'proration', false)"
    f" OR coalesce(r.description ~* '{PRORATION.pattern}', false))"
)
FACTS = (
    "customer_id, subscription_id, description, issued_on, amount, currency, period_starts_on,"
    " period_ends_on, paid_on, product, plan, quantity, is_recurring, is_proration"
)


def check(stage: Stage) -> None:
    stage.execute("ALTER TABLE import_row ADD COLUMN is_recurring boolean")
    _read_rows(stage)
    check_customers(stage)
    stage.note_duplicates(
        "external_id", field="external_id", message=_("this line is already in row {row}")
    )
    _check_periods(stage)
    check_subscriptions(stage)
    stage.drop_bad_rows()
    _find_families(stage)
    _make_terms(stage)


def _read_rows(stage: Stage) -> None:
    stage.execute(
        f"""
        UPDATE import_row r
           SET currency = coalesce(r.currency, %s), is_recurring = {MAKES_MRR},
               is_proration = {IS_PRORATION}, is_void = coalesce(r.is_void, false),
               description = coalesce(r.description, ''), product = coalesce(r.product, ''),
               plan = coalesce(r.plan, ''),
               external_id = coalesce(r.external_id, 'auto-' || md5(concat_ws('|', r.invoice,
                   r.customer, r.subscription, r.product, r.plan, r.description, r.type,
                   trim_scale(r.amount), trim_scale(r.quantity), coalesce(r.currency, %s),
                   r.issued_on, r.period_starts_on, r.period_ends_on)))
        """,
        [stage.currency, stage.currency],
    )
    # The same row twice is one line; its first one counts. With an id of its own it is an error.
    stage.execute(
        """
        DELETE FROM import_row r USING import_row o
         WHERE r.external_id = o.external_id AND r.row_number > o.row_number
               AND to_jsonb(r) - 'row_number' = to_jsonb(o) - 'row_number'
        """
    )
    # An interval gives a period where there is none, or its end.
    stage.execute(
        """
        UPDATE import_row SET period_starts_on = coalesce(period_starts_on, issued_on),
               period_ends_on = (coalesce(period_starts_on, issued_on) + CASE "interval"
                   WHEN 'quarter' THEN interval '3 months'
                   ELSE ('1 ' || "interval")::interval END)::date
         WHERE "interval" IS NOT NULL AND period_ends_on IS NULL
        """
    )
    if stage.options.end_day is EndDay.LAST or shown(_WHOLE) is EndDay.LAST:
        stage.execute("UPDATE import_row SET period_ends_on = period_ends_on + 1")


def _check_periods(stage: Stage) -> None:
    stage.note(
        "period_ends_on",
        value="r.period_ends_on",
        message=f"""
            CASE WHEN r.period_ends_on IS NULL OR r.period_starts_on IS NULL
            THEN {in_sql(_("a period needs a start and an end"))}
            ELSE {
            in_sql(
                _("it ends on {ends_on}, not after its start on {starts_on}"),
                ends_on="r.period_ends_on",
                starts_on="r.period_starts_on",
            )
        } END""",
        found="FROM import_row r WHERE (r.period_ends_on IS NULL) <> (r.period_starts_on IS NULL)"
        " OR r.period_ends_on <= r.period_starts_on",
    )
    stage.note(
        "period_ends_on",
        value="r.period_ends_on",
        message=in_sql(_("the period is longer than ten years")),
        found="FROM import_row r WHERE r.period_ends_on > r.period_starts_on + 3660",
    )


def _find_families(stage: Stage) -> None:
    """The subscriptions of the file, and those that lines of it were held for before."""
    stage.execute(
        """
        UPDATE import_row r SET held_id = i.id FROM customers_invoice i
         WHERE i.external_id = r.external_id AND i.superseded_at IS NULL
        """
    )
    stage_families(
        stage,
        """
        SELECT subscription, customer FROM import_row
        UNION ALL
        SELECT s.external_id, c.external_id
          FROM import_row r JOIN customers_invoice i ON i.id = r.held_id
          JOIN customers_subscription s ON s.id = i.subscription_id
          JOIN customers_customer c ON c.id = s.customer_id
        """,
    )


def _make_terms(stage: Stage) -> None:
    gap_days = stage.options.gap_days
    if gap_days is None:
        gap_days = billing_settings().gap_days
    stray: list[str] = []
    too_large: list[str] = []
    for first, last in chunks(stage):
        now, before = _lines(first, last)
        held = held_terms(first, last)
        changes: dict[tuple[str, str], Change] = {}
        for family, customer in fetch(
            "SELECT subscription, customer FROM import_family WHERE number BETWEEN %s AND %s",
            [first, last],
        ):
            billed = terms_of_lines(family, now[family], gap_days=gap_days)
            was = terms_of_lines(family, before[family], gap_days=gap_days).terms
            stray += billed.without_match
            too_large += billed.too_large
            found = change(held[family], _beside(held[family], billed.terms, was))
            if any(found):
                changes[family, customer] = found
        stage_changes(changes)
    _note_stray(stage, stray)
    stage.tell(
        _(
            "Credits that are larger than what they credit: MRR stops at 0 there, and the rest of"
            " them lowers nothing."
        ),
        found="FROM import_row r WHERE r.external_id = ANY(%s)",
        params=[too_large],
    )


Lines = dict[str, list[Line]]


def _lines(first: int, last: int) -> tuple[Lines, Lines]:
    """The recurring lines of families as they will be and as they are held, by family."""
    now: Lines = defaultdict(list)
    before: Lines = defaultdict(list)
    for family, *line in fetch(
        """
        SELECT r.subscription, r.external_id, r.issued_on, r.amount, r.currency, r.product, r.plan,
               r.quantity, r.period_starts_on, r.period_ends_on, r.is_proration
          FROM import_row r JOIN import_family f ON f.subscription = r.subscription
         WHERE f.number BETWEEN %s AND %s AND r.is_recurring AND NOT r.is_void
        """,
        [first, last],
    ):
        now[family].append(Line(*line))
    for family, is_told_anew, *line in fetch(
        """
        SELECT f.subscription,
               EXISTS (SELECT FROM import_row r WHERE r.held_id = i.id),
               i.external_id, i.issued_on, i.amount, i.currency, i.product, i.plan, i.quantity,
               i.period_starts_on, i.period_ends_on, i.is_proration
          FROM import_family f
          JOIN customers_subscription s ON s.external_id = f.subscription
          JOIN customers_invoice i ON i.subscription_id = s.id
         WHERE f.number BETWEEN %s AND %s AND i.superseded_at IS NULL AND i.is_recurring
        """,
        [first, last],
    ):
        before[family].append(Line(*line))
        if not is_told_anew:
            now[family].append(Line(*line))
    return now, before


def _beside(
    held: Sequence[Held], billed: Sequence[BilledTerm], was: Sequence[BilledTerm]
) -> list[BilledTerm]:
    """The terms of the lines, and what is held from elsewhere for other days than they cover."""
    covered = [*billed, *was]
    if not covered:
        return [one.term for one in held]
    starts_on = min(term.starts_on for term in covered)
    ends_on = max(term.ends_on or dt.date.max for term in covered)
    kept = kept_beside([one.term for one in held], starts_on, ends_on)
    return [*kept, *(completed(term) for term in billed)]


def _note_stray(stage: Stage, stray: Sequence[str]) -> None:
    """Credits that lower nothing are errors where the file brings them."""
    stage.note(
        "amount",
        value="r.amount",
        message=in_sql(
            _(
                "the credit matches no charge of the subscription, in the file or held: it "
                "would lower nothing"
            )
        ),
        found="FROM import_row r WHERE r.external_id = ANY(%s)",
        params=[list(stray)],
    )


def compare(stage: Stage) -> None:
    """Void lines go; lines that bill no service (tax, refunds, free) are not held."""
    stage.execute(
        """
        CREATE TEMPORARY TABLE import_new ON COMMIT DROP AS
        SELECT r.row_number, r.external_id, r.customer,
               r.is_void OR coalesce(r.type, '') IN ('tax', 'refund') OR r.amount = 0 AS is_out,
               CASE WHEN r.is_recurring THEN r.subscription END AS subscription,
               left(concat_ws(' ', nullif(r.description, ''), '(' || r.invoice || ')'), 300)
                   AS description,
               r.issued_on, r.amount, r.currency, r.period_starts_on, r.period_ends_on, r.paid_on,
               r.product, r.plan, r.quantity, r.is_recurring, r.is_proration
          FROM import_row r
        """
    )
    stage.analyze("import_new")
    stage.execute(
        """
        UPDATE import_row t SET outcome = CASE
            WHEN n.is_out THEN CASE WHEN i.id IS NULL THEN 'unchanged' ELSE 'updated' END
            WHEN i.id IS NULL THEN 'created'
            WHEN (c.external_id, s.external_id, i.description, i.issued_on, i.amount, i.currency,
                  i.period_starts_on, i.period_ends_on, i.paid_on, i.product, i.plan, i.quantity,
                  i.is_recurring, i.is_proration)
                 IS DISTINCT FROM
                 (n.customer, n.subscription, n.description, n.issued_on, n.amount, n.currency,
                  n.period_starts_on, n.period_ends_on, n.paid_on, n.product, n.plan, n.quantity,
                  n.is_recurring, n.is_proration)
            THEN 'updated' ELSE 'unchanged' END
          FROM import_row r JOIN import_new n ON n.row_number = r.row_number
          LEFT JOIN customers_invoice i ON i.id = r.held_id
          LEFT JOIN customers_customer c ON c.id = i.customer_id
          LEFT JOIN customers_subscription s ON s.id = i.subscription_id
         WHERE t.row_number = r.row_number
        """
    )


def write(stage: Stage) -> None:
    write_customers(stage)
    write_subscriptions(stage)
    _write_invoices(stage)
    write_terms(stage)


def _write_invoices(stage: Stage) -> None:
    is_history = backfilled(
        stage,
        "customers_invoice",
        day="least(n.issued_on, n.period_starts_on)",
        same="x.external_id = n.external_id",
    )
    stage.execute(
        """
        INSERT INTO customers_change (customer_id, kind, from_day, recorded_at)
        SELECT customer_id, 'invoices', min(day), %s FROM (
            SELECT i.customer_id, least(i.issued_on, i.period_starts_on) AS day
              FROM import_row r JOIN customers_invoice i ON i.id = r.held_id
             WHERE r.outcome = 'updated'
            UNION ALL
            SELECT c.id, least(n.issued_on, n.period_starts_on)
              FROM import_row r JOIN import_new n USING (row_number)
              JOIN customers_customer c ON c.external_id = n.customer
             WHERE r.outcome IN ('created', 'updated') AND NOT n.is_out
        ) changed GROUP BY customer_id
        """,
        [stage.now],
    )
    stage.execute(
        """
        UPDATE customers_invoice i SET superseded_at = %s, closed_by_id = %s
          FROM import_row r WHERE r.held_id = i.id AND r.outcome = 'updated'
        """,
        [stage.now, stage.source_id],
    )
    stage.execute(
        f"""
        INSERT INTO customers_invoice ({FACTS}, external_id, source_id, recorded_at, is_backfilled)
        SELECT c.id, s.id, n.description, n.issued_on, n.amount, n.currency, n.period_starts_on,
               n.period_ends_on, n.paid_on, n.product, n.plan, n.quantity, n.is_recurring,
               n.is_proration, n.external_id, %s, %s,
               {is_history}
          FROM import_row r JOIN import_new n USING (row_number)
          JOIN customers_customer c ON c.external_id = n.customer
          LEFT JOIN customers_subscription s ON s.external_id = n.subscription
         WHERE r.outcome IN ('created', 'updated') AND NOT n.is_out ORDER BY n.row_number
        """,
        [stage.source_id, stage.now],
    )
