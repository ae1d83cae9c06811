"""Customers, and the columns that become their attributes."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.imports.facts import UPDATED_AT
from customers.imports.fields import Day, Field, Kind, Read, Text
from customers.imports.kinds import customer_steps as steps
from customers.imports.kinds.customer_attributes import WELL_KNOWN, value_today, values_today
from customers.models import Customer

CUSTOMERS = Kind(
    key="customers",
    label=gettext_noop("Customers"),
    noun=gettext_noop("customer"),
    description=gettext_noop(
        "Who pays, renews or churns. Any further column can become an attribute."
    ),
    sample="customers.csv",
    takes_attributes=True,
    fields=(
        Field(
            "external_id",
            gettext_noop("Customer id"),
            Text(200),
            gettext_noop(
                "Your own id for the customer, or its name. A second file with it updates the"
                " customer."
            ),
            aliases=(
                "customer id, account no, account number, account id, customer number, "
                "customer no, client id, id, customer, account, company id, external id, "
                "number, organization id, org id, tenant id, kundennummer, kundennr, kunden nr, "
                "kunden id, debitorennummer, debitor, klantnummer, klantnr, klant nr, klant id, "
                "debiteurnummer, debiteurnr, relatienummer"
            ),
            is_required=True,
            stand_in="name",
        ),
        Field(
            "name",
            gettext_noop("Name"),
            Text(300),
            gettext_noop("What people call the customer."),
            aliases=(
                "customer name, account name, company name, company, client name, name, "
                "organization, organisation, title, display name, kundenname, firmenname, firma, "
                "unternehmen, kunde, naam, klantnaam, bedrijfsnaam, bedrijf, organisatie, klant"
            ),
            is_required=True,
        ),
        Field(
            "signed_up_on",
            gettext_noop("Signed up on"),
            Day(),
            gettext_noop("The day the customer signed up."),
            aliases=(
                "joined, joined on, signup date, sign up date, signed up, signup, "
                "created, created at, created on, creation date, customer since, "
                "member since, registered, registered on, start date, onboarded, kunde seit, "
                "angelegt am, erstellt am, angemeldet am, aangemaakt, aangemaakt op, klant sinds, "
                "aanmelddatum, startdatum"
            ),
        ),
        Field(
            "parent",
            gettext_noop("Parent"),
            Text(200),
            gettext_noop(
                "The id of the customer that this one is part of; it may be in the same file."
            ),
            aliases=(
                "parent id, parent customer id, parent customer, parent account id, "
                "parent account, parent company id, parent company, parent, konzern, "
                "uebergeordneter kunde, muttergesellschaft"
            ),
        ),
        Field(
            "owner",
            gettext_noop("Owner"),
            Text(200),
            gettext_noop(
                "Who of you looks after the customer. An attribute: kept with the day it holds"
                " from."
            ),
            aliases=(
                "csm, csm email, csm e mail, csm name, owner, account owner, customer owner, "
                "company owner, owner name, owner email, owner e mail, "
                "customer success manager, account manager, betreuer, kundenbetreuer, "
                "ansprechpartner intern, zustaendig, accountmanager, klantbeheerder, eigenaar, "
                "relatiebeheerder, verantwoordelijke"
            ),
        ),
        Field(
            "stage",
            gettext_noop("Stage"),
            Text(200),
            gettext_noop(
                "Where the customer is on its way with you, in your own words. An attribute: kept"
                " with"
                " the day it holds from."
            ),
            aliases="lifecycle stage, life cycle stage, customer stage, stage",
        ),
        Field(
            "valid_from",
            gettext_noop("Values hold from"),
            Day(),
            gettext_noop(
                "The day from which the row's owner, stage and attributes hold. A customer may"
                " have a"
                " row for each such day. Without one: today."
            ),
            aliases="valid from, values hold from, as of, as of date, effective from, effective on,"
            " gueltig ab",
        ),
        UPDATED_AT,
    ),
    check=steps.check,
    compare=steps.compare,
    write=steps.write,
    remove=steps.remove,
    model=Customer,
    carries=True,
    takes_all_along=True,
    read=Read(
        tables="""FROM customers_customer f
            LEFT JOIN customers_customer p ON p.id = f.parent_id WHERE true""",
        columns={
            "external_id": "f.external_id",
            "name": "f.name",
            "signed_up_on": "f.signed_up_on",
            "parent": "p.external_id",
            **{key: value_today("f.id", f"'{key}'") for key in WELL_KNOWN},
            "updated_at": "f.source_updated_at",
            # Those that hold today; a file has a column for each, named as the attribute.
            "attributes": values_today("f.id"),
        },
    ),
)
