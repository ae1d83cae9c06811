"""Customers: accounts as Salesforce exports them.

Reports give labels (Account ID, Account Name, Account Owner, Type, Industry, Account Number,
Parent Account, Parent Account ID, Created Date, Last Modified Date), Data Loader the fields' names
(Id, Name, OwnerId, Type, Industry, AccountNumber, ParentId, CreatedDate, LastModifiedDate).
Sources: developer.salesforce.com/docs (Object Reference, Account) and headers of the files.
Created Date is when the record was made, so no day of signing up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.translation import gettext_noop

from customers.imports.fields import ColumnReading, Field, Parser, Text
from customers.imports.kinds.crm import OWN_ID, companies, field
from customers.imports.kinds.customers import CUSTOMERS

_SHORT, _CHECK = 15, "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


@dataclass(frozen=True)
class SalesforceId:
    """Reports write ids with 15 characters, exports with 18: the same ones, told apart by case
    or by three letters that say what is in capitals. Held with 18."""

    sql_type: str = "text"

    def parser(self, reading: ColumnReading) -> Parser:
        text = Text(200).parser(reading)
        return lambda value: long_id(str(text(value)))


def long_id(value: str) -> str:
    """An id of 15 characters with its 18; anything else as it is.

    Source: developer.salesforce.com/docs, "What Are the ID Field Types".
    """
    if len(value) != _SHORT or not (value.isascii() and value.isalnum()):
        return value
    return value + "".join(
        _CHECK[sum(1 << place for place in range(5) if value[start + place].isupper())]
        for start in (0, 5, 10)
    )


SALESFORCE_ACCOUNTS = companies(
    key="salesforce_accounts",
    label=gettext_noop("Salesforce: accounts"),
    description=(
        gettext_noop(
            "Accounts of Salesforce, from a report or Data Loader. An account with the id or the"
            " name"
            " of a customer is that customer; further columns can become attributes."
        )
    ),
    fields=(
        Field(
            "record_id",
            gettext_noop("Account ID"),
            SalesforceId(),
            gettext_noop("Salesforce's id of the account, of 15 or 18 characters."),
            aliases="account id, id, account id 18, casesafe id, case safe id",
            is_required=True,
        ),
        replace(
            OWN_ID,
            aliases="account number, customer id, customer number, external id, billing id",
        ),
        field(CUSTOMERS, "name", "account name, name"),
        field(
            CUSTOMERS,
            "owner",
            "account owner, owner name, owner full name, owner",
            unlike="alias, owner id, role, email",
        ),
        field(
            CUSTOMERS,
            "stage",
            "lifecycle stage, customer stage, account stage, account status",
        ),
        Field(
            "parent",
            gettext_noop("Parent Account ID"),
            SalesforceId(),
            gettext_noop("The id of the account that this one is part of."),
            aliases="parent account id, parent id",
        ),
        field(CUSTOMERS, "signed_up_on", "customer since, became a customer, customer start date"),
        field(
            CUSTOMERS,
            "updated_at",
            "last modified date, system modstamp, last modified, last update",
            unlike="by",
        ),
    ),
)
