"""Contacts as HubSpot exports them.

The columns are the labels of the properties shown or chosen: Record ID, First Name, Last Name,
Email, Contact owner, Lifecycle Stage, Create Date, Last Modified Date, Buying Role, Job Title,
Company Name, and of its associations Associated Company, Associated Company IDs, Associated
Company IDs (Primary). Several ids stand between semicolons. Source:
knowledge.hubspot.com/import-and-export/export-records and headers of the files it gives.
"""

from __future__ import annotations

from customers.imports.fields import Field, Text
from customers.imports.kinds.contacts import CONTACTS
from customers.imports.kinds.crm import field, people

HUBSPOT_CONTACTS = people(
    key="hubspot_contacts",
    label="HubSpot: contacts",
    description="The contact export of HubSpot. Companies are found among your customers.",
    named=("primary_company_id", "company_ids", "company"),
    fields=(
        Field(
            "record_id",
            "Record ID",
            Text(200),
            "HubSpot's id of the person.",
            aliases="record id, hs object id, contact id",
            is_required=True,
        ),
        field(CONTACTS, "email", "email, email address, work email"),
        Field("first_name", "First name", Text(100), "", aliases="first name, firstname"),
        Field("last_name", "Last name", Text(99), "", aliases="last name, lastname, surname"),
        Field(
            "primary_company_id",
            "Primary company",
            Text(300),
            "The Record ID of the company the person is at.",
            aliases="associated company ids primary, primary associated company id",
        ),
        Field(
            "company_ids",
            "Companies",
            Text(2000),
            "The Record IDs of the companies; only one of them may be a customer.",
            aliases="associated company ids, associated company id, company id",
        ),
        Field(
            "company",
            "Company name",
            Text(2000),
            "The name of one of your customers.",
            aliases="associated company primary, associated company, company name, company",
            unlike="ids",
        ),
        Field(
            "role",
            "Buying role",
            Text(200),
            "Champion, decision maker or end user; others are no role here.",
            aliases="buying role, role",
        ),
        field(CONTACTS, "updated_at", "last modified date, last modified, updated at"),
    ),
)
