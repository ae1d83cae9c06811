"""The checks: each finds rows that something is wrong with.

A check's SQL gives (id, customer_id, title, detail) of the rows found: `id` is the row's number in
its table, `detail` words beside the title. It reads `%(today)s` (the company's day), `%(now)s`,
`%(prefix)s` (surveys.suppressions.prefix) and `%(ids)s` (only these rows; null: all).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from accounts.formatting import format_day, format_number
from customers.attributes import values_on
from customers.imports.kinds import KINDS

CUSTOMERS = "SELECT count(*) FROM customers_customer"
CONTACTS = "SELECT count(*) FROM customers_contact WHERE removed_at IS NULL"
PAYING = """
    SELECT customer_id FROM metrics_movement
    WHERE day <= %(today)s AND (next_day IS NULL OR next_day > %(today)s) AND is_paying
"""
OWNERS = values_on(key="'owner'", day="%(today)s::date")
LEFT_OUT_DAYS = 90


@dataclass(frozen=True)
class Fix:
    """A way to mend what was found: a page (`route`, with `query` behind its address)."""

    label: str
    route: str
    query: str = ""


@dataclass(frozen=True)
class Check:
    """`of`: what its rows are, one and many; `why` it matters and what helps; `among`: SQL of how
    many there are to be right. `doing`: what can be done to the customers of rows that are ticked
    (metrics.views.customers_bulk); `is_removable`: the rows themselves can be removed."""

    key: str
    title: str
    of: tuple[str, str]
    why: str
    found: str
    among: str
    fixes: tuple[Fix, ...] = ()
    doing: str = ""
    is_removable: bool = False
    worded: Callable[[str, str], tuple[str, str]] | None = None
    """Title and detail in words, where the SQL gives what they are made of."""

    @property
    def why_words(self) -> str:
        return _(self.why).format(left_out_days=LEFT_OUT_DAYS)


def _these(column: str) -> str:
    return f"(%(ids)s::bigint[] IS NULL OR {column} = ANY(%(ids)s))"


END_USER = "end user "


def _events(title: str, detail: str) -> tuple[str, str]:
    count, last_on = detail.split("|")
    if title.startswith(END_USER):
        title = _("end user {id}").format(id=title.removeprefix(END_USER))
    words = ngettext(
        "{count} event, the last on {day}", "{count} events, the last on {day}", int(count)
    )
    day = format_day(dt.date.fromisoformat(last_on))
    return title, words.format(count=format_number(count), day=day)


def _left_out(title: str, detail: str) -> tuple[str, str]:
    rows, kind, problem = detail.split("|", 2)
    label = _(KINDS[kind].label) if kind in KINDS else kind
    words = ngettext("{count} row of “{kind}”", "{count} rows of “{kind}”", int(rows))
    said = words.format(count=format_number(rows), kind=label)
    return title, f"{said}: {problem}" if problem else said


ALL = (
    Check(
        "no_terms",
        gettext_noop("Subscriptions without terms"),
        (gettext_noop("subscription"), gettext_noop("subscriptions")),
        gettext_noop(
            "A subscription that says no price and no days counts for nothing in MRR."
            " Import its terms, with the id of the subscription."
        ),
        f"""
        SELECT subscription.id, subscription.customer_id, subscription.external_id AS title,
            customer.name AS detail
        FROM customers_subscription AS subscription
        JOIN customers_customer AS customer ON customer.id = subscription.customer_id
        WHERE {_these("subscription.id")} AND NOT EXISTS (
            SELECT FROM customers_term AS term
            WHERE term.subscription_id = subscription.id AND term.superseded_at IS NULL)
        """,  # noqa: S608 - built from constants
        "SELECT count(*) FROM customers_subscription",
        (Fix(gettext_noop("Import subscriptions"), "customers:import_new", "kind=subscriptions"),),
    ),
    Check(
        "no_owner",
        gettext_noop("Paying customers without an owner"),
        (gettext_noop("customer"), gettext_noop("customers")),
        gettext_noop(
            "They are on nobody's pages. Tick them and set the owner, or import the owners."
        ),
        f"""
        SELECT customer.id, customer.id AS customer_id, customer.name AS title,
            customer.external_id AS detail
        FROM customers_customer AS customer
        WHERE {_these("customer.id")} AND customer.id IN ({PAYING})
            AND customer.id NOT IN (
                SELECT held.customer_id FROM ({OWNERS}) AS held WHERE held.value <> '')
        """,  # noqa: S608
        f"SELECT count(*) FROM ({PAYING}) AS paying",  # noqa: S608
        (
            Fix(
                gettext_noop("Set the owner of all"),
                "metrics:customer_bulk",
                "do=owner&whom=all&owner=none&state=paying",
            ),
            Fix(gettext_noop("Import owners"), "customers:import_new", "kind=customer_attributes"),
        ),
        doing="owner",
    ),
    Check(
        "unknown_owner",
        gettext_noop("Owners who cannot sign in"),
        (gettext_noop("customer"), gettext_noop("customers")),
        gettext_noop(
            "The owner named is no user's address or name, so nobody finds these customers"
            " under “mine”. Invite that person, or set another owner."
        ),
        f"""
        SELECT customer.id, customer.id AS customer_id, customer.name AS title,
            held.value AS detail
        FROM ({OWNERS}) AS held
        JOIN customers_customer AS customer ON customer.id = held.customer_id
        WHERE {_these("customer.id")} AND held.value <> '' AND NOT EXISTS (
            SELECT FROM accounts_user AS person WHERE person.is_active
                AND lower(held.value) IN (person.email, lower(btrim(person.name))))
        """,  # noqa: S608
        f"SELECT count(*) FROM ({OWNERS}) AS held WHERE held.value <> ''",  # noqa: S608
        (Fix(gettext_noop("Invite people"), "accounts:people"),),
        doing="owner",
    ),
    Check(
        "no_contacts",
        gettext_noop("Customers without contacts"),
        (gettext_noop("customer"), gettext_noop("customers")),
        gettext_noop("Nobody there can be asked how they like it. Add or import contacts."),
        f"""
        SELECT customer.id, customer.id AS customer_id, customer.name AS title,
            customer.external_id AS detail
        FROM customers_customer AS customer
        WHERE {_these("customer.id")} AND NOT EXISTS (
            SELECT FROM customers_contact AS contact
            WHERE contact.customer_id = customer.id AND contact.removed_at IS NULL)
        """,  # noqa: S608
        CUSTOMERS,
        (Fix(gettext_noop("Import contacts"), "customers:import_new", "kind=contacts"),),
        doing="tasks",
    ),
    Check(
        "bounced",
        gettext_noop("Contacts that mail does not reach"),
        (gettext_noop("contact"), gettext_noop("contacts")),
        gettext_noop(
            "Mail to the address came back for good. Correct it, import the right one under the"
            " contact's id, or remove the contact."
        ),
        f"""
        SELECT contact.id, contact.customer_id,
            coalesce(nullif(contact.name, ''), contact.email) AS title,
            contact.email || ', ' || customer.name AS detail
        FROM customers_contact AS contact
        JOIN customers_customer AS customer ON customer.id = contact.customer_id
        WHERE {_these("contact.id")} AND contact.removed_at IS NULL
            AND contact.email NOT LIKE '%%@erased.invalid'
            AND encode(sha256(convert_to(%(prefix)s || lower(contact.email), 'UTF8')), 'hex') IN (
                SELECT email_hash FROM surveys_suppression WHERE reason = 'bounced')
        """,  # noqa: S608
        CONTACTS,
        (Fix(gettext_noop("Import contacts"), "customers:import_new", "kind=contacts"),),
        is_removable=True,
    ),
    Check(
        "no_usage",
        gettext_noop("Paying customers without any usage"),
        (gettext_noop("customer"), gettext_noop("customers")),
        gettext_noop(
            "They pay and no event of theirs ever came, while others' do: mostly events"
            " call them by another id. Compare with the events of unknown customers."
        ),
        f"""
        SELECT customer.id, customer.id AS customer_id, customer.name AS title,
            customer.external_id AS detail
        FROM customers_customer AS customer
        WHERE {_these("customer.id")} AND customer.id IN ({PAYING})
            AND EXISTS (SELECT FROM customers_usageday)
            AND NOT EXISTS (
                SELECT FROM customers_usageday AS day WHERE day.customer_id = customer.id)
        """,  # noqa: S608
        f"""
        SELECT count(*) FROM ({PAYING}) AS paying
        WHERE EXISTS (SELECT FROM customers_usageday)
        """,  # noqa: S608
        (Fix(gettext_noop("Import usage"), "customers:import_new", "kind=usage"),),
        doing="tasks",
    ),
    Check(
        "unknown_events",
        gettext_noop("Events of unknown customers"),
        (gettext_noop("customer id"), gettext_noop("customer ids")),
        gettext_noop(
            "They wait under the id they came with, and are counted as soon as a customer"
            " or a contact of that id is known. Import it, or remove what was sent by"
            " mistake."
        ),
        """
        SELECT min(waiting.id) AS id, NULL::bigint AS customer_id, waiting.title,
            count(*) || '|' || to_char(max(waiting.occurred_at), 'YYYY-MM-DD') AS detail
        FROM (
            SELECT event.id, event.occurred_at, CASE WHEN event.group_id <> '' THEN event.group_id
                ELSE 'end user ' || event.end_user END AS title
            FROM customers_usageevent AS event WHERE event.customer_id IS NULL
        ) AS waiting
        GROUP BY waiting.title
        HAVING %(ids)s::bigint[] IS NULL OR min(waiting.id) = ANY(%(ids)s)
        """,
        """
        SELECT count(*) FROM customers_customer
        WHERE EXISTS (SELECT FROM customers_usageevent)
        """,
        (
            Fix(gettext_noop("Import customers"), "customers:import_new", "kind=customers"),
            Fix(gettext_noop("Import contacts"), "customers:import_new", "kind=contacts"),
        ),
        is_removable=True,
        worded=_events,
    ),
    Check(
        "left_out",
        gettext_noop("Rows that imports left out"),
        (gettext_noop("import"), gettext_noop("imports")),
        gettext_noop(
            "Tickets, costs, renewals and other rows that name a customer nobody knows, or cannot"
            " be read, are left out. Of the last {left_out_days} days: mend the file and send it"
            " again."
        ),
        f"""
        SELECT import.id, NULL::bigint AS customer_id, import.file_name AS title,
            import.rows_in_error || '|' || import.kind || '|' || coalesce((
                SELECT problem.message FROM customers_importproblem AS problem
                WHERE problem.of_id = import.id ORDER BY problem.row_number, problem.id LIMIT 1
            ), '') AS detail
        FROM customers_import AS import
        WHERE {_these("import.id")} AND import.state = 'done' AND import.rows_in_error > 0
            AND import.finished_at > %(now)s::timestamptz - interval '{LEFT_OUT_DAYS} days'
        """,  # noqa: S608
        "SELECT count(*) FROM customers_import WHERE state = 'done'",
        (Fix(gettext_noop("Import again"), "customers:import_new"),),
        worded=_left_out,
    ),
    Check(
        "same_name",
        gettext_noop("Customers of the same name"),
        (gettext_noop("customer"), gettext_noop("customers")),
        gettext_noop(
            "Often one that came in twice under two ids. Merge them on the customer's"
            " page: facts, contacts and answers move together."
        ),
        f"""
        SELECT customer.id, customer.id AS customer_id, customer.name AS title,
            customer.external_id AS detail
        FROM customers_customer AS customer
        JOIN (SELECT lower(name) AS name FROM customers_customer
            GROUP BY lower(name) HAVING count(*) > 1) AS twice
            ON twice.name = lower(customer.name)
        WHERE {_these("customer.id")}
        """,  # noqa: S608
        CUSTOMERS,
    ),
)
BY_KEY: Mapping[str, Check] = {check.key: check for check in ALL}
