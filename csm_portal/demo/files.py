"""A world as the CSV files that a company exports from its own systems. Pure: bytes out.

The columns have the company's names, not the portal's, so that they have to be mapped.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence

from csm_portal.demo import relations
from csm_portal.demo.activity import events
from csm_portal.demo.contracts import Contract
from csm_portal.demo.satisfaction import ANSWERS, past_answers
from csm_portal.demo.support import tickets
from csm_portal.demo.world import World
from customers.sample_data import ImportFile as File


def files(world: World) -> list[File]:
    """In the order they have to be imported; a small company has nothing of some kinds."""
    found = [
        _customers(world),
        _subscriptions(world),
        _contacts(world),
        _tickets(world),
        _stages(world),
        *(_table(kind, name, columns, rows(world)) for kind, name, columns, rows in _TABLES),
        _events(world),
    ]
    return [file for file in found if file.rows]


# Tables that have the portal's own column names: kind, file, columns, rows.
_TABLES: tuple[tuple[str, str, str, Callable[[World], Iterable[Sequence[str]]]], ...] = (
    (
        "costs",
        "costs.csv",
        "external_id kind category amount currency starts_on ends_on",
        relations.costs,
    ),
    (
        "referrals",
        "referrals.csv",
        "external_id customer referred referred_name referred_on converted_on",
        relations.referrals,
    ),
    (
        "milestones",
        "onboarding.csv",
        "external_id customer name due_on reached_on",
        relations.milestones,
    ),
    (
        "objectives",
        "objectives.csv",
        "external_id customer objective agreed_on due_on reached_on",
        relations.objectives,
    ),
    (
        "renewals",
        "renewals.csv",
        (
            "external_id customer subscription renews_on is_auto_renewed notice_by cancelled_on"
            " churn_reason churn_kind"
        ),
        relations.renewals,
    ),
    (
        "invoices",
        "invoices.csv",
        (
            "external_id customer subscription description issued_on amount currency"
            " period_starts_on period_ends_on paid_on"
        ),
        relations.invoices,
    ),
    (
        "touchpoints",
        "meetings.csv",
        "external_id customer contact kind happened_at subject held_by",
        relations.touchpoints,
    ),
    ("notes", "notes.csv", "external_id customer text author written_at", relations.notes),
    (
        "feature_requests",
        "wishes.csv",
        "external_id customer contact title status requested_on",
        relations.feature_requests,
    ),
    (
        "reviews",
        "reviews.csv",
        "external_id customer contact site published_on rating",
        relations.reviews,
    ),
    ("responses", "ratings.csv", ANSWERS, past_answers),
)


def _table(kind: str, name: str, columns: str, rows: Iterable[Sequence[str]]) -> File:
    header = columns.split()
    mapping = {column: column for column in header}
    return File(kind=kind, name=name, content=_csv(header, rows), mapping=mapping)


def _tickets(world: World) -> File:
    columns = (
        "external_id customer contact subject opened_at first_responded_at first_resolved_at"
        " resolved_at reopens priority channel"
    )
    rows = (
        [
            *(one.external_id, one.customer, one.contact, one.subject),
            *(
                at.isoformat() if at else ""
                for at in (
                    one.opened_at,
                    one.responded_at,
                    one.first_resolved_at,
                    one.resolved_at,
                )
            ),
            *(str(one.reopens), one.priority, one.channel),
        ]
        for one in tickets(world)
    )
    return _table("tickets", "tickets.csv", columns, rows)


def _stages(world: World) -> File:
    rows = (
        [f"{one.external_id}-{number}", one.external_id, stage, at.isoformat()]
        for one in tickets(world)
        for number, (stage, at) in enumerate(one.stages, start=1)
    )
    return _table("ticket_stages", "stages.csv", "external_id ticket stage entered_at", rows)


def _events(world: World) -> File:
    rows = (
        [
            *(one.external_id, one.customer, one.end_user, one.occurred_at.isoformat()),
            *(one.kind, one.name, one.action, one.item),
        ]
        for one in events(world)
    )
    columns = "external_id customer end_user occurred_at kind name action item"
    return _table("usage", "activity.csv", columns, rows)


def _customers(world: World) -> File:
    attributes = ("Segment", "Industry", "Region", "Channel", "Owner")
    rows = (
        [
            customer.external_id,
            customer.name,
            customer.signed_up_on.isoformat(),
            *(customer.attributes[name] for name in attributes),
        ]
        for customer in world.customers
    )
    return File(
        kind="customers",
        name="accounts.csv",
        content=_csv(["Account no", "Account name", "Signed up", *attributes], rows),
        mapping={"external_id": "Account no", "name": "Account name", "signed_up_on": "Signed up"},
        attributes=attributes,
    )


def _subscriptions(world: World) -> File:
    header = [
        *("Account no", "Contract no", "Product", "Plan", "Seats", "Unit price", "Billed every"),
        *("Currency", "From", "Until"),
    ]
    rows = (
        row
        for customer in world.customers
        for contract in customer.contracts
        for row in _terms(customer.external_id, contract, world.scenario.currency)
    )
    return File(
        kind="subscriptions",
        name="contracts.csv",
        content=_csv(header, rows),
        mapping={
            "customer": "Account no",
            "external_id": "Contract no",
            "product": "Product",
            "plan": "Plan",
            "quantity": "Seats",
            "amount": "Unit price",
            "interval": "Billed every",
            "currency": "Currency",
            "started_on": "From",
            "ended_on": "Until",
        },
    )


def _terms(customer: str, contract: Contract, currency: str) -> Iterable[list[str]]:
    """A term lasts until the contract's next one; the last one until its end, if it has one."""
    for term in contract.terms:
        is_last = term is contract.current
        until = contract.ended_on.isoformat() if is_last and contract.ended_on else ""
        yield [
            *(customer, contract.external_id, term.plan.product, term.plan.name),
            *(str(term.quantity), str(term.amount), contract.interval, currency),
            *(term.starts_on.isoformat(), until),
        ]


def _contacts(world: World) -> File:
    rows = (
        [customer.external_id, contact.external_id, contact.name, contact.email, contact.job_title]
        for customer in world.customers
        for contact in customer.contacts
    )
    return File(
        kind="contacts",
        name="people.csv",
        content=_csv(["Account no", "Person no", "Full name", "E-mail", "Job title"], rows),
        mapping={
            "customer": "Account no",
            "external_id": "Person no",
            "name": "Full name",
            "email": "E-mail",
            "job_title": "Job title",
        },
    )


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
