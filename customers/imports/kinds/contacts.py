"""Contacts: the people at customers, who get surveys."""

from __future__ import annotations

from customers.imports.facts import UPDATED_AT
from customers.imports.fields import Email, Field, Kind, Read, Text, choice
from customers.imports.kinds import contact_steps as steps
from customers.models import Contact

_ROLES = {
    "champion": "champions, advocate, internal champion",
    "decision_maker": (
        "decision maker, decision makers, decider, economic buyer, budget holder, executive sponsor"
    ),
    "user": "users, end user, end users",
}

CONTACTS = Kind(
    key="contacts",
    label="Contacts",
    noun="contact",
    description="The people at your customers. Surveys go to them.",
    sample="contacts.csv",
    fields=(
        Field(
            "customer",
            "Customer id",
            Text(200),
            "The id of the customer, as in the customers file.",
            aliases=(
                "customer id, account no, account number, account id, customer number, "
                "customer no, client id, customer, account, company id, company"
            ),
            is_required=True,
        ),
        Field(
            "email",
            "E-mail",
            Email(),
            "The address surveys go to. One contact per address and customer.",
            aliases="email, e mail, email address, e mail address, mail, contact email",
            is_required=True,
        ),
        Field(
            "name",
            "Name",
            Text(200),
            "How to address the person.",
            aliases="name, full name, contact name, contact, person",
        ),
        Field(
            "external_id",
            "Contact id",
            Text(200),
            "Your own id for the person. With it the address can change later.",
            aliases="contact id, person id, user id, id, external id",
        ),
        Field(
            "role",
            "Role",
            choice(_ROLES, "a role of a contact"),
            "What the person is to you: champion, decision_maker or user.",
            aliases="contact role, role, buying role, champion status",
        ),
        UPDATED_AT,
    ),
    check=steps.check,
    compare=steps.compare,
    write=steps.write,
    remove=steps.remove,
    model=Contact,
    carries=True,
    read=Read(
        tables="""FROM customers_contact f JOIN customers_customer c ON c.id = f.customer_id
            WHERE f.removed_at IS NULL""",
        columns={
            "customer": "c.external_id",
            "email": "f.email",
            "name": "f.name",
            "external_id": "f.external_id",
            "role": "f.role",
            "updated_at": "f.source_updated_at",
        },
    ),
)
