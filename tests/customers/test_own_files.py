"""Files as companies have them: German and Dutch headers, customers by name, names in two columns,
job titles, wrong columns, other tools' exports."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable

import pytest
from django.test import Client

from customers.imports.files import form_of, opened, sample_of
from customers.imports.guessing import guess_mapping
from customers.imports.kinds import KINDS
from customers.imports.options import Options
from customers.imports.remembering import propose
from customers.models import Contact, Customer, Term
from tenants.models import Company
from tests.customers.importing import CUSTOMERS, checked, imported, run, uploaded
from tests.customers.test_exports import exported
from tests.customers.test_xlsx import workbook

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


@pytest.mark.parametrize(
    ("amount", "value", "mrr"),
    [
        ("MRR", "100", 100),
        ("ARR", "1200", 100),
        ("Annual value", "1200", 100),
        ("Jahresbetrag (EUR)", "1200", 100),
        ("Jaarbedrag", "1200", 100),
        ("Monatsbetrag", "100", 100),
        ("Unit price", "1200", 500),
        ("Jahrespreis", "1200", 500),
    ],
)
def test_an_amount_for_all_seats_is_not_multiplied_by_them_nor_spread_again(
    company: Company, amount: str, value: str, mrr: int
) -> None:
    imported("customers", CUSTOMERS)
    content = f"Contract,Account ID,Seats,Billing Period,{amount},Start date\n"
    content += f"s-1,c-1,5,year,{value},2025-01-01\n"
    import_ = uploaded("subscriptions", content)
    proposal = propose(KINDS["subscriptions"], sample_of(opened(import_), form_of(import_)))
    imported(
        "subscriptions",
        content,
        mapping=proposal.mapping,
        options=Options.from_json(proposal.options),
    )
    assert Term.objects.get().mrr == mrr


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
    assert "There is no customer with this id or name" in page
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


DUTCH = {
    "customers": (
        (
            "Klantnummer;Naam;Segment;Land;Accountmanager;Aangemaakt\n"
            "20140;Kade;MKB;Nederland;Sanne;31-12-2025\n"
        ),
        {
            "external_id": "Klantnummer",
            "name": "Naam",
            "owner": "Accountmanager",
            "signed_up_on": "Aangemaakt",
        },
    ),
    "subscriptions": (
        (
            "Abonnement;Klantnummer;Pakket;Maandbedrag;Valuta;Termijn;Ingangsdatum;Einddatum\n"
            "A-1;20140;Basis;1.234,56;EUR;maand;01-01-2025;\n"
        ),
        {
            "external_id": "Abonnement",
            "customer": "Klantnummer",
            "plan": "Pakket",
            "amount": "Maandbedrag",
            "currency": "Valuta",
            "started_on": "Ingangsdatum",
            "ended_on": "Einddatum",
        },
    ),
    "contacts": (
        (
            "Bedrijf;Voornaam;Achternaam;E-mailadres;Functie\n"
            "Kade;Eva;Smit;eva@kade.example;Directeur\n"
        ),
        {
            "customer": "Bedrijf",
            "first_name": "Voornaam",
            "name": "Achternaam",
            "email": "E-mailadres",
            "job_title": "Functie",
        },
    ),
}


@pytest.mark.parametrize("kind", DUTCH)
def test_dutch_headers_are_known_and_import(company: Company, kind: str) -> None:
    content, mapping = DUTCH[kind]
    assert guessed(kind, content) == mapping
    if kind != "customers":
        imported("customers", DUTCH["customers"][0])
    assert imported(kind, content).created_rows == 1


NAMED = "id,name\nc-1,Alpha B.V.\nc-2,Beta\nc-3,Twin\nc-4,TWIN\nBeta,Gamma\n"


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("contacts", "Company,email\n{customer},a@one.example\n"),
        ("subscriptions", "Company,subscription id,amount,start\n{customer},s-1,5,2025-01-01\n"),
        ("tickets", "Company,ticket id,opened at\n{customer},t-1,2025-01-01 10:00\n"),
        ("customer_attributes", "customer,name,value\n{customer},size,large\n"),
    ],
)
@pytest.mark.parametrize(
    ("said", "customer"),
    [("alpha b.v.", "c-1"), ("c-2", "c-2"), ("Beta", "Beta"), ("Twin", ""), ("Delta", "")],
)
def test_a_customer_may_be_named_where_one_alone_has_the_name(
    company: Company, kind: str, content: str, said: str, customer: str
) -> None:
    imported("customers", NAMED)
    import_ = checked(kind, content.format(customer=said))
    if not customer:
        [problem] = import_.problems.all()
        wrong = "2 customers have this name" if said == "Twin" else "with this id or name"
        assert wrong in problem.message
        return
    run(import_)
    [row] = csv.DictReader(exported(kind).splitlines())
    assert row["customer"] == customer
    assert bool(import_.notices) == (said == "alpha b.v.")
    again = checked(kind, content.format(customer=said))
    assert (again.unchanged_rows, again.rows_in_error) == (1, 0)


STRIPE = (
    "id,Customer ID,Customer Name,Plan,Amount,Currency,Interval,Status,Start Date (UTC),"
    "Canceled At (UTC),Ended At (UTC)\n"
    "sub_1,cus_1,Alpha,Basic,49.00,eur,month,active,2025-08-01 09:47,,\n"
)


def test_another_tools_export_is_known_and_read_as_such_in_a_click(
    company: Company, client_of: ClientOf
) -> None:
    import_ = uploaded("subscriptions", STRIPE)
    client = client_of(company, "manager")
    page = client.get(f"/imports/{import_.pk}/mapping/").content.decode()
    assert "Read it as Stripe: subscriptions" in page
    form = page[page.index("Read it as") - 1500 : page.index("Read it as")]
    said = dict(re.findall(r'name="(kind|encoding)" value="([^"]*)"', form))
    client.post(f"/imports/{import_.pk}/reading/", said)
    import_.refresh_from_db()
    assert import_.kind == "stripe_subscriptions"
    page = client.get(f"/imports/{import_.pk}/mapping/").content.decode()
    assert "Read it as" not in page


@pytest.mark.parametrize("kind", GERMAN)
def test_a_file_of_the_kind_is_not_taken_for_another_tools(
    company: Company, client_of: ClientOf, kind: str
) -> None:
    import_ = uploaded(kind, GERMAN[kind][0])
    page = client_of(company, "manager").get(f"/imports/{import_.pk}/mapping/").content.decode()
    assert "Read it as" not in page


ACCOUNTS = [["Company", "CSM e-mail", "Signed up"], ["Alpha", "eva@us.example", "2025-01-02"]]
CONTRACTS = [["Company", "Plan", "Annual value", "Start"], ["Alpha", "Pro", 1200, "2025-01-02"]]
PEOPLE = [["Company", "First name", "Surname", "E-mail"], ["Alpha", "Ann", "Lee", "a@one.example"]]


@pytest.mark.parametrize(
    ("kind", "sheet"),
    [("customers", "Accounts"), ("subscriptions", "Contracts"), ("contacts", "People")],
)
def test_of_a_workbook_the_sheet_that_fits_the_kind_is_read(
    company: Company, kind: str, sheet: str
) -> None:
    sheets = [("Accounts", ACCOUNTS), ("Contracts", CONTRACTS), ("People", PEOPLE)]
    titled = ("Notes", [["Our customers"], [], *ACCOUNTS])
    for book in ([titled, *sheets], [*reversed(sheets), titled]):
        assert uploaded(kind, workbook(*book)).original["sheet"] == sheet


def test_a_customer_without_an_id_has_its_name_for_one(company: Company) -> None:
    import_ = imported("customers", "Company,CSM e-mail\nAlpha,eva@us.example\nBeta,\n")
    assert import_.mapping["owner"] == "CSM e-mail"
    found = Customer.objects.order_by("name").values_list("external_id", "name")
    assert list(found) == [("Alpha", "Alpha"), ("Beta", "Beta")]
    assert "external_id" not in guessed("customers", "Company,Site\nAlpha,A\nAlpha,B\n")


@pytest.mark.parametrize(
    ("column", "interval"),
    [
        ("Annual value", "year"),
        ("ARR", "year"),
        ("Jahresbetrag", "year"),
        ("Quarterly price", "quarter"),
        ("Monthly price", "month"),
        ("Amount", "month"),
    ],
)
def test_the_name_of_the_amounts_tells_what_they_are_for(
    company: Company, column: str, interval: str
) -> None:
    imported("customers", CUSTOMERS)
    content = f"customer id,contract,{column},start\nc-1,s-1,1200,2025-01-02\n"
    import_ = uploaded("subscriptions", content)
    proposal = propose(KINDS["subscriptions"], sample_of(opened(import_), form_of(import_)))
    assert proposal.mapping["amount"] == column
    imported("subscriptions", content, options=Options.from_json(proposal.options))
    assert Term.objects.get().interval == interval


def test_a_row_that_says_its_interval_has_it(company: Company) -> None:
    imported("customers", CUSTOMERS)
    content = "customer id,contract,amount,interval,start\nc-1,s-1,9,quarter,2025-01-02\n"
    imported("subscriptions", content, options=Options(interval="year"))
    assert Term.objects.get().interval == "quarter"


def test_amounts_taken_for_another_interval_are_put_right_by_reading_them_again(
    company: Company,
) -> None:
    imported("customers", CUSTOMERS)
    content = "customer id,contract,Value,start\nc-1,s-1,1200,2025-01-02\n"
    for interval in ("month", "year", "month"):
        imported("subscriptions", content, options=Options(interval=interval))
        assert Term.objects.get(superseded_at=None).interval == interval


def test_the_page_proposes_the_year_and_says_it_when_checked(
    company: Company, client_of: ClientOf
) -> None:
    imported("customers", CUSTOMERS)
    content = "customer id,contract,Annual value,start\nc-1,s-1,1200,2025-01-02\n"
    import_ = uploaded("subscriptions", content)
    client = client_of(company, "owner")
    page = client.get(f"/imports/{import_.pk}/mapping/").content.decode()
    assert re.search(r'<option value="year" selected>', page)
    import_ = checked("subscriptions", content, options=Options(interval="year"))
    page = client.get(f"/imports/{import_.pk}/").content.decode()
    assert re.search(r"Interval</dt>\s*<dd[^>]*>\s*year", page)
