"""Files as companies have them: German headers, names in two columns, job titles, wrong columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable

import pytest
from django.test import Client

from customers.imports.files import form_of, opened, sample_of
from customers.imports.guessing import guess_mapping
from customers.imports.kinds import KINDS
from customers.models import Contact
from tenants.models import Company
from tests.customers.importing import CUSTOMERS, checked, imported, uploaded
from tests.customers.test_exports import exported

ClientOf = Callable[..., Client]
GERMAN = {
    "customers": (
        "Kundennummer;Firma;Ort;Kunde seit;Betreuer\nK-1;Küstenwerk;Köln;31.12.2025;Eva\n",
        {
            "external_id": "Kundennummer",
            "name": "Firma",
            "signed_up_on": "Kunde seit",
            "owner": "Betreuer",
        },
    ),
    "subscriptions": (
        (
            "Vertragsnummer;Kunden-Nr.;Tarif;Monatspreis;Währung;Beginn;Ende\n"
            "V-1;K-1;Basis;1.234,56;EUR;01.01.2025;\n"
        ),
        {
            "external_id": "Vertragsnummer",
            "customer": "Kunden-Nr.",
            "plan": "Tarif",
            "amount": "Monatspreis",
            "currency": "Währung",
            "started_on": "Beginn",
            "ended_on": "Ende",
        },
    ),
    "contacts": (
        (
            "Kundennummer;Vorname;Nachname;E-Mail-Adresse;Funktion\n"
            "K-1;Eva;Groß;eva@kueste.example;Geschäftsführerin\n"
        ),
        {
            "customer": "Kundennummer",
            "first_name": "Vorname",
            "name": "Nachname",
            "email": "E-Mail-Adresse",
            "job_title": "Funktion",
        },
    ),
    "tickets": (
        (
            "Kundennummer;Betreff;Eröffnet am;Erste Antwort;Gelöst am;Priorität\n"
            "K-1;Export;01.02.2025 10:00;01.02.2025 11:00;02.02.2025 09:00;hoch\n"
        ),
        {
            "customer": "Kundennummer",
            "subject": "Betreff",
            "opened_at": "Eröffnet am",
            "first_responded_at": "Erste Antwort",
            "resolved_at": "Gelöst am",
            "priority": "Priorität",
        },
    ),
}


def guessed(kind: str, content: str | bytes) -> dict[str, str]:
    import_ = uploaded(kind, content)
    return guess_mapping(KINDS[kind], sample_of(opened(import_), form_of(import_)))


@pytest.mark.parametrize("kind", GERMAN)
def test_german_columns_are_found(company: Company, kind: str) -> None:
    content, mapping = GERMAN[kind]
    assert guessed(kind, content.encode("cp1252")) == mapping
    assert uploaded("", content).kind == kind


def test_a_file_read_before_is_known_again_by_its_columns(company: Company) -> None:
    content = "Ref,Who\nc-1,Alpha\n"
    imported("customers", content, mapping={"external_id": "Ref", "name": "Who"})
    assert uploaded("", content + "c-2,Beta\n").kind == "customers"


@pytest.mark.parametrize(
    ("columns", "cells", "name"),
    [
        ("First name,Last name", "Ana,Trujillo", "Ana Trujillo"),
        ("Vorname,Name", "Ana,Trujillo", "Ana Trujillo"),
        ("First name,Name", "Ana,Ana Trujillo", "Ana Trujillo"),
        ("First name,Name", "Ana,Anabel Trujillo", "Ana Anabel Trujillo"),
        ("First name,Last name", ",Trujillo", "Trujillo"),
        ("First name", "Ana", "Ana"),
    ],
)
def test_a_name_in_two_columns_is_made_whole(
    company: Company, columns: str, cells: str, name: str
) -> None:
    imported("customers", CUSTOMERS)
    imported("contacts", f"customer id,email,{columns}\nc-1,ana@one.example,{cells}\n")
    assert Contact.objects.get().name == name


def test_a_column_of_job_titles_is_no_role(company: Company) -> None:
    titles = "customer id,email,role\nc-1,a@one.example,CTO\nc-1,b@one.example,Purchasing\n"
    found = guessed("contacts", titles)
    assert (found.get("role"), found["job_title"]) == (None, "role")
    found = guessed("contacts", titles + "c-1,c@one.example,Champion\n")
    assert (found["role"], found.get("job_title")) == ("role", None)


@pytest.mark.parametrize("column", ["title", "Job Title", "Position", "jobTitle", "Stelle"])
def test_a_job_title_is_kept_shown_and_comes_out_again(
    company: Company, client_of: ClientOf, column: str
) -> None:
    imported("customers", CUSTOMERS)
    content = f"customer id,contact id,email,Role,{column}\nc-1,p-1,a@one.example,user,CTO\n"
    imported("contacts", content)
    assert (Contact.objects.get().role, Contact.objects.get().job_title) == ("user", "CTO")
    [row] = csv.DictReader(exported("contacts").splitlines())
    assert (row["role"], row["job_title"]) == ("user", "CTO")
    imported("contacts", content.replace("CTO", "CEO"))
    assert Contact.objects.get().job_title == "CEO"
    customer = Contact.objects.get().customer
    client = client_of(company, "viewer")
    for page in ("", "contacts/"):
        assert ">CEO<" in client.get(customer.get_absolute_url() + page).content.decode()
    imported("contacts", "customer id,email,name\nc-1,a@one.example,Ann\n")
    assert Contact.objects.get().job_title == "CEO", "a file without the column keeps it"


def test_the_unknown_id_is_said(company: Company, client_of: ClientOf) -> None:
    imported("customers", CUSTOMERS)
    import_ = checked("contacts", "customer id,email\nK-99999,a@one.example\n")
    page = client_of(company, "manager").get(f"/imports/{import_.pk}/").content.decode()
    assert "There is no customer with this id" in page
    assert "K-99999" in page


def test_a_wrong_column_is_pointed_at_and_its_change_comes_first(
    company: Company, client_of: ClientOf
) -> None:
    rows = "".join(f"c-{number},Alpha {number},Kiel\n" for number in range(12))
    import_ = checked(
        "customers",
        f"id,name,city\n{rows}",
        mapping={"external_id": "city", "name": "name"},
    )
    client = client_of(company, "manager")
    page = client.get(f"/imports/{import_.pk}/").content.decode()
    assert "refused for the column “city”, taken as Customer id" in page
    assert page.count("button-primary") == 1
    assert page.index("button-primary") < page.index("Change the columns")
    assert page.index("Change the columns") < page.index("Import the 1 good row")

    mapping = client.get(f"/imports/{import_.pk}/mapping/").content.decode()
    assert re.search(r'<input type="checkbox"[^>]* value="city"[^>]* checked', mapping)


def test_some_rows_in_error_are_no_wrong_column(company: Company, client_of: ClientOf) -> None:
    import_ = checked("customers", "id,name\nc-1,Alpha\nc-2,Beta\nc-1,Again\n")
    page = client_of(company, "manager").get(f"/imports/{import_.pk}/").content.decode()
    assert "Is it the right one?" not in page
    assert "button-primary" in page[: page.index("Import the 2 good rows")]
