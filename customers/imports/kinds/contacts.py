"""Contacts: the people at customers, who get surveys."""

from __future__ import annotations

import re
import zoneinfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.imports.facts import CUSTOMER_PLAINLY, UPDATED_AT
from customers.imports.fields import Code, Email, Field, Kind, Read, Text, choice
from customers.imports.kinds import contact_steps as steps
from customers.imports.parsing import BadValue, shown
from customers.models import Contact

_ROLES = {
    "champion": "champions, advocate, internal champion",
    "decision_maker": (
        "decision maker, decision makers, decider, economic buyer, budget holder, executive sponsor"
    ),
    "user": "users, end user, end users",
}
_LANGUAGE = re.compile(r"\A[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}\Z")
_ZONES = {name.lower(): name for name in zoneinfo.available_timezones()}


def read_language(value: str) -> str:
    """A language tag in lower case (`de_AT` is `de-at`); raises BadValue."""
    tag = value.strip().lower().replace("_", "-")
    if not _LANGUAGE.match(tag) or len(tag) > 16:
        raise BadValue(_("{value} is not a language, like en or pt-BR").format(value=shown(value)))
    return tag


def read_timezone(value: str) -> str:
    """An IANA name as it is written; raises BadValue."""
    name = _ZONES.get(value.strip().lower().replace(" ", "_"))
    if name is None:
        raise BadValue(
            _("{value} is not a time zone, like Europe/Berlin").format(value=shown(value))
        )
    return name


CONTACTS = Kind(
    key="contacts",
    label=gettext_noop("Contacts"),
    noun=gettext_noop("contact"),
    description=gettext_noop("The people at your customers. Surveys go to them."),
    sample="contacts.csv",
    fields=(
        CUSTOMER_PLAINLY,
        Field(
            "email",
            gettext_noop("E-mail"),
            Email(),
            gettext_noop("The address surveys go to. One contact per address and customer."),
            aliases="email, e mail, email address, e mail address, mail, contact email,"
            " e mail adresse, mailadresse, email adresse, e mailadres, emailadres, mailadres",
            is_required=True,
        ),
        Field(
            "name",
            gettext_noop("Name"),
            Text(200),
            gettext_noop("How to address the person."),
            aliases="name, full name, contact name, contact, person, ansprechpartner,"
            " last name, lastname, surname, family name, nachname, naam, achternaam,"
            " contactpersoon",
        ),
        Field(
            "first_name",
            gettext_noop("First name"),
            Text(100),
            gettext_noop(
                "Where a name stands in two columns: put before the name, unless that begins with"
                " it."
            ),
            aliases="first name, firstname, given name, forename, vorname, voornaam",
        ),
        Field(
            "external_id",
            gettext_noop("Contact id"),
            Text(200),
            gettext_noop("Your own id for the person. With it the address can change later."),
            aliases="contact id, person id, user id, id, external id, kontakt id, kontaktnummer",
        ),
        Field(
            "role",
            gettext_noop("Role"),
            choice(_ROLES, gettext_noop("a role of a contact")),
            gettext_noop(
                "What the person is to you: champion, decision_maker or user. What it is at the"
                " customer is its job title."
            ),
            aliases="contact role, role, buying role, champion status, rolle",
            is_known_by_values=True,
        ),
        Field(
            "job_title",
            gettext_noop("Job title"),
            Text(200),
            gettext_noop("What the person is at the customer, in its own words."),
            aliases="job title, title, position, job position, function, job function, job,"
            " contact title, funktion, jobtitel, stellenbezeichnung, berufsbezeichnung, stelle,"
            " functie, functietitel, role, rolle, rol",
        ),
        Field(
            "language",
            gettext_noop("Language"),
            Code(16, read=read_language),
            gettext_noop(
                "The person's language, like en or pt-BR: surveys are asked in it where you wrote"
                " it."
            ),
            aliases="language, preferred language, locale, lang, sprache, taal",
        ),
        Field(
            "timezone",
            gettext_noop("Time zone"),
            Code(64, read=read_timezone),
            gettext_noop(
                "The person's time zone, like Europe/Berlin: surveys come in its working hours."
            ),
            aliases="time zone, timezone, tz, zeitzone, tijdzone",
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
            "job_title": "f.job_title",
            "language": "f.language",
            "timezone": "f.timezone",
            "updated_at": "f.source_updated_at",
        },
    ),
)
