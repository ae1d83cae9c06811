"""Customers: companies as HubSpot exports them.

The columns are the labels of the properties shown or chosen: Record ID, Company name, Company
Domain Name, Company owner, Lifecycle Stage, Create Date, Last Modified Date, Industry, City,
Country/Region, Became a Customer Date, Associated Company IDs (Parent), Parent Company ID and any
of the company's own. Source: knowledge.hubspot.com/import-and-export/export-records and headers of
the files it gives. Create Date is when the record was made, so no day of signing up.
"""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_noop

from customers.imports.fields import Field, Text
from customers.imports.kinds.crm import OWN_ID, companies, field
from customers.imports.kinds.customers import CUSTOMERS

HUBSPOT_COMPANIES = companies(
    key="hubspot_companies",
    label=gettext_noop("HubSpot: companies"),
    description=(
        gettext_noop(
            "The company export of HubSpot. A company with the id or the name of a customer is that"
            " customer; further columns can become attributes."
        )
    ),
    fields=(
        Field(
            "record_id",
            gettext_noop("Record ID"),
            Text(200),
            gettext_noop("HubSpot's id of the company."),
            aliases="record id, hs object id, company record id, company id",
            is_required=True,
        ),
        replace(
            OWN_ID,
            aliases="customer id, customer number, account number, external id, billing id",
        ),
        field(CUSTOMERS, "name", "company name, name"),
        field(
            CUSTOMERS, "owner", "company owner, hubspot owner, owner", unlike="assigned date, id"
        ),
        field(CUSTOMERS, "stage", "lifecycle stage", unlike="date, time in, latest"),
        field(
            CUSTOMERS,
            "parent",
            "associated company ids parent, parent company id, parent company ids, parent company",
            text=gettext_noop("The Record ID of the company that this one is part of."),
        ),
        field(
            CUSTOMERS,
            "signed_up_on",
            "became a customer date, became a customer, customer since",
        ),
        field(CUSTOMERS, "updated_at", "last modified date, last modified, updated at"),
    ),
)
