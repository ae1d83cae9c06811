"""Contacts as Salesforce exports them.

Reports give labels (Contact ID, Account ID, Account Name, First Name, Last Name, Email, Title,
Last Modified Date), Data Loader the fields' names (Id, AccountId, FirstName, LastName, Email,
Title, LastModifiedDate). Sources: developer.salesforce.com/docs (Object Reference, Contact) and
headers of the files.
"""

from __future__ import annotations

from customers.imports.fields import Field, Text
from customers.imports.kinds.contacts import CONTACTS
from customers.imports.kinds.crm import field, people
from customers.imports.kinds.salesforce_accounts import SalesforceId

SALESFORCE_CONTACTS = people(
    key="salesforce_contacts",
    label="Salesforce: contacts",
    description="Contacts of Salesforce. Accounts are found among your customers.",
    named=("account_id", "account"),
    fields=(
        Field(
            "record_id",
            "Contact ID",
            SalesforceId(),
            "Salesforce's id of the person, of 15 or 18 characters.",
            aliases="contact id, id, contact id 18, casesafe id",
            is_required=True,
        ),
        field(CONTACTS, "email", "email, email address"),
        Field("first_name", "First name", Text(100), "", aliases="first name"),
        Field("last_name", "Last name", Text(99), "", aliases="last name"),
        Field(
            "account_id",
            "Account ID",
            SalesforceId(),
            "The account the person is at.",
            aliases="account id",
        ),
        Field(
            "account",
            "Account name",
            Text(300),
            "The id or the name of one of your customers.",
            aliases="account name, account, company",
        ),
        Field(
            "role",
            "Role",
            Text(200),
            "Champion, decision maker or end user; others are no role here.",
            aliases="contact role, buying role, role",
        ),
        field(CONTACTS, "updated_at", "last modified date, system modstamp", unlike="by"),
    ),
)
