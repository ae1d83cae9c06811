"""Options of one import: gap days of invoices, contacts made of past answers; and what is told of
rows that are not in error."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django_tenants.utils import tenant_context

from accounts.actions.refusals import Refused
from customers.imports.files import form_of, opened, sample_of
from customers.imports.kinds import KINDS
from customers.imports.options import Options
from customers.imports.remembering import propose
from customers.models import BillingSettings, Change, Contact, Customer, Import, Term
from surveys.models import Response
from tenants.models import Company
from tests.customers.importing import CUSTOMERS, checked, imported, outcome, problems, run, uploaded
from tests.customers.test_undo import numbers, undone

LINES = (
    "line id,customer,subscription,plan,amount,currency,issued on,period start,period end\n"
    "l-1,c-1,s-1,Pro,100,USD,2025-01-01,2025-01-01,2025-02-01\n"
    "l-2,c-1,s-1,Pro,100,USD,2025-02-11,2025-02-11,2025-03-11\n"
)
ANSWERS = (
    "external id,customer,email,survey,kind,score,answered at\n"
    "r-1,c-1,ann@alpha.example,Spring,nps,9,2024-03-02T10:00:00Z\n"
    "r-2,c-1,Ann@alpha.example,Autumn,nps,10,2024-09-02T10:00:00Z\n"
    "r-3,c-2,ann@alpha.example,Spring,nps,3,2024-03-03T10:00:00Z\n"
    "r-4,c-9,zoe@nobody.example,Spring,nps,3,2024-03-03T10:00:00Z\n"
    "r-5,c-1,u-77,Spring,nps,3,2024-03-03T10:00:00Z\n"
    "r-6,c-1,out@alpha.example,Spring,nps,11,2024-03-03T10:00:00Z\n"
)
MAKING = Options(is_making_contacts=True)


def terms() -> list[tuple[str, str]]:
    found = Term.objects.current().order_by("starts_on")
    return [(str(term.starts_on), str(term.ends_on)) for term in found]


@pytest.mark.usefixtures("company")
def test_gap_days_are_the_imports_and_remembered() -> None:
    imported("customers", CUSTOMERS)
    apart = [("2025-01-01", "2025-02-01"), ("2025-02-11", "2025-03-11")]
    imported("invoice_lines", LINES)
    assert terms() == apart
    undone(Import.objects.get(kind="invoice_lines"))
    imported("invoice_lines", LINES, options=Options(gap_days=10))
    assert terms() == [("2025-01-01", "2025-03-11")]
    again = uploaded("invoice_lines", LINES)
    proposal = propose(KINDS["invoice_lines"], sample_of(opened(again), form_of(again)))
    assert Options.from_json(proposal.options).gap_days == 10
    BillingSettings.objects.update_or_create(pk=BillingSettings.ONLY, defaults={"gap_days": 30})
    imported("invoice_lines", LINES, options=Options(gap_days=0))
    assert terms() == apart
    imported("invoice_lines", LINES.replace("100,USD", "101,USD"))
    assert terms() == [("2025-01-01", "2025-03-11")]


def test_gap_days_have_bounds() -> None:
    for days in (-1, 61):
        with pytest.raises(ValueError, match="from 0 to 60"):
            Options.from_json({"gap_days": days})


@pytest.mark.usefixtures("company")
def test_a_credit_that_is_too_large_is_told() -> None:
    imported("customers", CUSTOMERS)
    credit = "l-3,c-1,s-1,Pro,-150,USD,2025-02-12,2025-02-11,2025-03-11\n"
    import_ = checked("invoice_lines", LINES + credit)
    [notice] = import_.notices
    assert (notice["count"], notice["rows"]) == (1, [4])
    assert "MRR stops at 0" in notice["text"]
    assert run(import_).notices == [notice]
    assert terms() == [("2025-01-01", "2025-02-01")]
    assert checked("invoice_lines", LINES + credit.replace("-150", "-100")).notices == []


def test_the_page_asks_and_tells(
    company: Company, client_of: Callable[..., Client], do_jobs: Callable[..., int]
) -> None:
    imported("customers", CUSTOMERS)
    credit = "l-3,c-1,s-1,Pro,-150,USD,2025-02-12,2025-02-11,2025-03-11\n"
    import_ = uploaded("invoice_lines", LINES + credit)
    client = client_of(company)
    page = client.get(f"/imports/{import_.pk}/mapping/").content.decode()
    assert 'name="gap_days"' in page
    assert "is_making_contacts" not in page
    proposal = propose(KINDS["invoice_lines"], sample_of(opened(import_), form_of(import_)))
    data: dict[str, Any] = {f"field-{name}": column for name, column in proposal.mapping.items()}
    data["end_day"] = "first_without"
    path = f"/imports/{import_.pk}/mapping/"
    assert client.post(path, data | {"gap_days": "61"}).status_code == 422
    assert client.post(path, data | {"gap_days": "12"}).status_code == 302
    do_jobs(company)
    with tenant_context(company):
        import_.refresh_from_db()
    assert import_.options["gap_days"] == 12
    page = client.get(f"/imports/{import_.pk}/").content.decode()
    assert "MRR stops at 0" in page
    assert "1 row: 4" in page


def test_the_command_asks_and_tells(company: Company, tmp_path: Any) -> None:
    imported("customers", CUSTOMERS)
    file = tmp_path / "lines.csv"
    file.write_text(LINES + "l-3,c-1,s-1,Pro,-150,USD,2025-02-12,2025-02-11,2025-03-11\n")
    out = io.StringIO()
    call_command(
        *("import_csv", "invoice_lines", str(file), "--company", company.slug),
        *("--gap-days", "0"),
        stdout=out,
    )
    assert "MRR stops at 0" in out.getvalue()
    assert "1 row: 4." in out.getvalue()
    assert Import.objects.get(kind="invoice_lines").options["gap_days"] == 0
    with pytest.raises(CommandError, match="no option is_making_contacts"):
        call_command(
            *("import_csv", "invoice_lines", str(file), "--company", company.slug),
            "--make-contacts",
        )


@pytest.mark.usefixtures("company")
def test_unknown_contacts_are_errors_unless_they_are_to_be_made() -> None:
    imported("customers", CUSTOMERS)
    plain = checked("responses", ANSWERS)
    assert (outcome(plain), plain.notices) == ((0, 0, 0, 6), [])
    import_ = checked("responses", ANSWERS, options=MAKING)
    assert outcome(import_) == (3, 0, 0, 3)
    told = {row: message for row, _, message in problems(import_)}
    assert (5, "customer", "there is no customer with this id") in problems(import_)
    assert "an address is needed" in told[6]
    assert set(told) == {5, 6, 7}
    [notice] = import_.notices
    assert notice["text"].startswith("2 contacts not known are made")
    assert (notice["count"], notice["rows"]) == (3, [2, 3, 4])
    assert not Contact.objects.exists()
    run(import_, is_skipping_errors=True)
    held = Contact.objects.order_by("pk").values_list("customer__external_id", "email")
    assert list(held) == [("c-1", "ann@alpha.example"), ("c-2", "ann@alpha.example")]
    assert Change.objects.filter(kind="contacts").count() == 2
    asked = Response.objects.order_by("external_id").values_list(
        "external_id", "invitation__contact__customer__external_id"
    )
    assert list(asked) == [("r-1", "c-1"), ("r-2", "c-1"), ("r-3", "c-2")]
    again = checked("responses", ANSWERS)  # now they are known
    assert (outcome(again)[2], again.notices) == (3, [])


@pytest.mark.usefixtures("company")
def test_contacts_that_were_made_go_with_the_undo() -> None:
    imported("customers", CUSTOMERS)
    content = "\n".join(ANSWERS.splitlines()[:4])
    import_ = imported("responses", content, options=MAKING)
    assert Contact.objects.count() == 2
    done = numbers(undone(import_))
    assert done["Contacts"] == (2, 0, 0)
    assert not Contact.objects.exists()
    assert not Response.objects.filter(superseded_at=None).exists()
    assert Customer.objects.count() == 2


@pytest.mark.usefixtures("company")
def test_contacts_are_made_only_with_their_customer() -> None:
    imported("customers", CUSTOMERS)
    content = ANSWERS.replace(",customer,", ",elsewhere,")
    with pytest.raises(Refused, match="customer's id"):
        checked("responses", content, options=MAKING)
