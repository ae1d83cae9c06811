"""A world as the CSV files that a company exports from its own systems. Pure: bytes out.

The columns have the company's names, not the portal's, so that they have to be mapped.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from csm_portal.demo.contracts import Contract
from csm_portal.demo.world import World


@dataclass(frozen=True)
class File:
    """One file to import. `mapping` is {our field: their column}."""

    kind: str
    name: str
    content: bytes
    mapping: dict[str, str]
    attributes: tuple[str, ...] = field(default=())

    @property
    def rows(self) -> int:
        """Without the header. No cell of ours has a line break in it."""
        return self.content.count(b"\n") - 1


def files(world: World) -> list[File]:
    """In the order they have to be imported."""
    return [_customers(world), _subscriptions(world), _contacts(world)]


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
        [customer.external_id, contact.external_id, contact.name, contact.email]
        for customer in world.customers
        for contact in customer.contacts
    )
    return File(
        kind="contacts",
        name="people.csv",
        content=_csv(["Account no", "Person no", "Full name", "E-mail"], rows),
        mapping={
            "customer": "Account no",
            "external_id": "Person no",
            "name": "Full name",
            "email": "E-mail",
        },
    )


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
