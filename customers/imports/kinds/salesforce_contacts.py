"""Contacts as Salesforce exports them.

Reports give labels (Contact ID, Account ID, Account Name, First Name, Last Name, Email, Title,
Last Modified Date), Data Loader the fields' names (Id, AccountId, FirstName, LastName, Email,
Title, LastModifiedDate). Sources: developer.salesforce.com/docs (Object Reference, Contact) and
headers of the files.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.imports.fields import Field, Text
from customers.imports.kinds.contacts import CONTACTS
from customers.imports.kinds.crm import field, people
from customers.imports.kinds.salesforce_accounts import SalesforceId

SALESFORCE_CONTACTS = people(
    key="salesforce_contacts",
    label=gettext_noop("Salesforce: contacts"),
    description=gettext_noop("Contacts of Salesforce. Accounts are found among your customers."),
    named=("account_id", "account"),
    fields=(
        Field(
            "record_id",
            gettext_noop("Contact ID"),
            SalesforceId(),
            gettext_noop("Salesforce's id of the person, of 15 or 18 characters."),
            aliases="contact id, id, contact id 18, casesafe id",
            is_required=True,
        ),
        field(CONTACTS, "email", "email, email address"),
        Field("first_name", gettext_noop("First name"), Text(100), "", aliases="first name"),
        Field("last_name", gettext_noop("Last name"), Text(99), "", aliases="last name"),
        Field(
            "account_id",
            gettext_noop("Account ID"),
            SalesforceId(),
            gettext_noop("The account the person is at."),
            aliases="account id",
        ),
        Field(
            "account",
            gettext_noop("Account name"),
            Text(300),
            gettext_noop("The id or the name of one of your customers."),
            aliases="account name, account, company",
        ),
        Field(
            "role",
            gettext_noop("Role"),
            Text(200),
            gettext_noop("Champion, decision maker or end user; others are no role here."),
            aliases="contact role, buying role, role",
        ),
        field(CONTACTS, "job_title", "title, job title"),
        field(CONTACTS, "updated_at", "last modified date, system modstamp", unlike="by"),
    ),
)
