"""The customers' pages, files, mails and jobs in a language that is not English."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client
from django.utils.translation import gettext

from accounts.models import User
from customers.actions import import_work, imports, notes
from customers.emails import send_mention
from customers.imports.options import Options
from customers.looking import Look
from customers.models import Customer, Import, Mention
from customers.timeline import timeline
from customers.wording import in_sql, within, word_of
from tenants.context import current_company
from tenants.languages import speaking
from tenants.models import Company
from tests.customers.api.caller import Caller
from tests.customers.importing import checked, imported, uploaded

pytestmark = pytest.mark.usefixtures("catalogues")


@pytest.fixture
def client(company: Company, manager: User, client_of: Callable[..., Client]) -> Client:
    User.objects.filter(pk=manager.pk).update(language="de")
    manager.refresh_from_db()
    return client_of(company, "manager")


def asked_by(manager: User, content: str) -> Import:
    """Its check was asked for by the user, and done by the job."""
    import_ = imports.take_file(
        kind="customers", file_name="ours.csv", pieces=[content.encode()], by=manager
    )
    imports.start_check(
        import_=import_,
        mapping={"external_id": "id", "name": "name"},
        attributes=(),
        options=Options(),
        by=manager,
    )
    import_work.work_on(import_id=import_.pk)
    import_.refresh_from_db()
    return import_


def test_the_pages_of_an_import_speak_the_reader_s_language(
    client: Client, company: Company
) -> None:
    page = client.get("/imports/new/").content.decode()
    assert "Was steht in der Datei?" in page
    assert "Wer zahlt, verlängert oder abwandert." in page  # of a kind of file
    assert "Exporte von Abrechnungssystemen" in page
    import_ = uploaded("customers", "id,name\nc-1,Alpha\n")
    page = client.get(f"/imports/{import_.pk}/mapping/").content.decode()
    assert "Was steht in welcher Spalte?" in page
    assert "Ihre eigene ID des Kunden oder sein Name." in page  # the help of a field
    assert '<option value="id" selected>' in page  # columns are guessed by what files say
    assert "UTF-8, Trennzeichen: Komma" in page


def test_what_a_job_finds_wrong_is_told_in_the_language_of_who_asked(
    client: Client, manager: User
) -> None:
    bad = asked_by(manager, "id,name\nc-1,Alpha\nc-1,Beta\n,Gamma\n")
    said = sorted(bad.problems.values_list("row_number", "message"))
    assert said == [(3, "der Kunde steht schon in Zeile 2"), (4, "die Zelle ist leer")]
    page = client.get(f"/imports/{bad.pk}/").content.decode()
    assert "Der Kunde steht schon in Zeile 2" in page
    assert "2 von 3 Zeilen können nicht importiert werden" in page
    file = b"".join(client.get(f"/imports/{bad.pk}/errors.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "der Kunde steht schon in Zeile 2" in file


def test_of_an_import_that_nobody_asked_for_the_company_s_language_counts(
    company: Company,
) -> None:
    current_company().language = "de"
    import_ = uploaded("customers", "id,name\nc-1,Alpha\nc-1,Beta\n")
    imports.start_check(
        import_=import_,
        mapping={"external_id": "id", "name": "name"},
        attributes=(),
        options=Options(),
        by=None,
    )
    import_work.work_on(import_id=import_.pk)
    [problem] = import_.problems.all()
    assert problem.message == "der Kunde steht schon in Zeile 2"
    assert gettext("the customer is already in row {row}").startswith("the customer")


def test_how_far_an_import_is_is_said_to_who_looks(company: Company) -> None:
    import_ = uploaded("customers", "id,name\nc-1,Alpha\n")
    with speaking("de"):
        import_.tell_progress("Reading rows", 0.5)
    assert import_.progress() == {"stage": "Reading rows", "share": 0.5}
    with speaking("de"):
        assert import_.progress() == {"stage": "Zeilen werden gelesen", "share": 0.5}


def test_a_customer_s_page_speaks_the_reader_s_language(client: Client, company: Company) -> None:
    imported("customers", "id,name,signed_up_on\nc-1,Alpha,2024-02-03\n")
    imported(
        "subscriptions",
        "customer_id,subscription_id,amount,interval,currency,started_on\n"
        "c-1,s-1,1200,month,USD,2024-02-03\n",
    )
    imported("tickets", "id,customer_id,opened_at,subject\nt-1,c-1,2024-03-01,Broken\n")
    customer = Customer.objects.get()
    page = client.get(customer.get_absolute_url()).content.decode()
    for words in ("Alles, was geschah", "Offene Tickets", "Betreuung", "Ein Ticket ist seit"):
        assert words in page, words
    page = client.get(f"{customer.get_absolute_url()}timeline/").content.decode()
    assert "Ticket eröffnet: Broken" in page
    assert "1.200,00\u00a0$ pro Monat" in page
    page = client.get(f"{customer.get_absolute_url()}subscriptions/").content.decode()
    assert "pro Monat" in page


def test_facts_are_shown_in_words_and_kept_as_they_came(client: Client, company: Company) -> None:
    imported("customers", "id,name\nc-1,Alpha\n")
    imported("touchpoints", "customer,kind,happened_at\nc-1,review,2024-03-01\n")
    page = client.get("/facts/touchpoints/").content.decode()
    assert "Business Review" in page
    assert '<option value="review"' in page
    customer = Customer.objects.get()
    with speaking("de"):
        german = [entry.title for entry in timeline(customer, Look(limit=5)).entries]
    english = [entry.title for entry in timeline(customer, Look(limit=5)).entries]
    assert "Business Review" in german
    assert "Business review" in english
    assert word_of("review") == "review"


def test_who_is_named_in_a_note_is_told_in_their_language(
    company: Company, manager: User, user_of: Callable[..., User]
) -> None:
    imported("customers", "id,name\nc-1,Alpha\n")
    admin = user_of(company, "admin")
    User.objects.filter(pk=admin.pk).update(language="de")
    notes.write(customer=Customer.objects.get(), text=f"Look, @{admin.email}", by=manager)
    send_mention(Mention.objects.get().pk)
    [message] = mail.outbox
    with speaking("de"):
        said = gettext("%(by)s named you in a note about %(customer)s")
    assert message.subject == said % {"by": manager, "customer": "Alpha"}


def test_the_api_goes_on_in_english(company: Company) -> None:
    Company.objects.filter(pk=company.pk).update(language="de")
    answer = Caller(company).post(
        "customers/", {"external_id": "c-1", "name": "Alpha", "parent": "c-9"}
    )
    assert "there is no customer with this id" in answer.content.decode()


def test_texts_in_sql_are_in_the_language_in_force() -> None:
    with speaking("de"):
        said = in_sql(gettext("{address} is no contact's address"), address="p.address")
        assert said == "(p.address)::text || ' ist die Adresse keines Kontakts'"
        assert within("Tickets") == "Tickets"
    said = in_sql(gettext("{address} is no contact's address"), address="p.address")
    assert said == "(p.address)::text || ' is no contact''s address'"
    assert within("Tickets") == "tickets"


def test_a_checked_file_says_the_same_in_english_afterwards(company: Company) -> None:
    with speaking("de"):
        checked("customers", "id,name\nc-1,Alpha\nc-1,Beta\n")
    again = checked("customers", "id,name\nc-1,Alpha\nc-1,Beta\n")
    assert [problem.message for problem in again.problems.all()] == [
        "the customer is already in row 2"
    ]
