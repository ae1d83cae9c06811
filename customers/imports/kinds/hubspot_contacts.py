"""Contacts as HubSpot exports them.

The columns are the labels of the properties shown or chosen: Record ID, First Name, Last Name,
Email, Contact owner, Lifecycle Stage, Create Date, Last Modified Date, Buying Role, Job Title,
Company Name, and of its associations Associated Company, Associated Company IDs, Associated
Company IDs (Primary). Several ids stand between semicolons. Source:
knowledge.hubspot.com/import-and-export/export-records and headers of the files it gives.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.imports.fields import Field, Text
from customers.imports.kinds.contacts import CONTACTS
from customers.imports.kinds.crm import field, people

HUBSPOT_CONTACTS = people(
    key="hubspot_contacts",
    label=gettext_noop("HubSpot: contacts"),
    description=gettext_noop(
        "The contact export of HubSpot. Companies are found among your customers."
    ),
    named=("primary_company_id", "company_ids", "company"),
    fields=(
        Field(
            "record_id",
            gettext_noop("Record ID"),
            Text(200),
            gettext_noop("HubSpot's id of the person."),
            aliases="record id, hs object id, contact id",
            is_required=True,
        ),
        field(CONTACTS, "email", "email, email address, work email"),
        Field(
            "first_name", gettext_noop("First name"), Text(100), "", aliases="first name, firstname"
        ),
        Field(
            "last_name",
            gettext_noop("Last name"),
            Text(99),
            "",
            aliases="last name, lastname, surname",
        ),
        Field(
            "primary_company_id",
            gettext_noop("Primary company"),
            Text(300),
            gettext_noop("The Record ID of the company the person is at."),
            aliases="associated company ids primary, primary associated company id",
        ),
        Field(
            "company_ids",
            gettext_noop("Companies"),
            Text(2000),
            gettext_noop("The Record IDs of the companies; only one of them may be a customer."),
            aliases="associated company ids, associated company id, company id",
        ),
        Field(
            "company",
            gettext_noop("Company name"),
            Text(2000),
            gettext_noop("The name of one of your customers."),
            aliases="associated company primary, associated company, company name, company",
            unlike="ids",
        ),
        Field(
            "role",
            gettext_noop("Buying role"),
            Text(200),
            gettext_noop("Champion, decision maker or end user; others are no role here."),
            aliases="buying role, role",
        ),
        field(CONTACTS, "job_title", "job title, jobtitle"),
        field(CONTACTS, "updated_at", "last modified date, last modified, updated at"),
    ),
)
