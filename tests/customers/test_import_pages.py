"""The pages of an import: upload, map, check, confirm, result; who may, and what a mistake says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from customers.models import Customer, Import
from tenants.jobs import Job
from tenants.models import Company
from tests.customers.importing import CUSTOMERS, checked, run, uploaded

ClientOf = Callable[..., Client]


def send(client: Client, content: bytes | str, kind: str = "customers") -> Any:
    data = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile("ours.csv", data)
    return client.post("/imports/new/", {"kind": kind, "file": file})


@pytest.fixture
def client(company: Company, client_of: ClientOf) -> Client:
    return client_of(company, "manager")


def test_from_the_file_to_the_result(
    client: Client, company: Company, do_jobs: Callable[..., int]
) -> None:
    response = send(client, "id,name,Tier,joined\nc-1,Alpha,gold,2024-02-03\nc-2,Beta,gold,\n")
    import_ = Import.objects.get()
    assert response["Location"] == f"/imports/{import_.pk}/mapping/"
    page = client.get(response["Location"]).content.decode()
    assert '<option value="joined" selected>' in page
    assert 'value="Tier" aria-describedby' in page or 'value="Tier"' in page
    response = client.post(
        f"/imports/{import_.pk}/mapping/",
        {
            "field-external_id": "id",
            "field-name": "name",
            "field-signed_up_on": "joined",
            "attributes": ["Tier", "name"],
        },
    )
    assert response["Location"] == f"/imports/{import_.pk}/"
    assert "Waiting for its turn" in client.get(f"/imports/{import_.pk}/").content.decode()
    assert client.get(f"/imports/{import_.pk}/progress/").status_code == 200

    do_jobs(company, queue="ingest")
    finished = client.get(f"/imports/{import_.pk}/progress/")
    assert finished["HX-Refresh"] == "true"
    page = client.get(f"/imports/{import_.pk}/").content.decode()
    assert "Import 2 rows" in page
    assert not Customer.objects.exists()
    import_.refresh_from_db()
    client.post(f"/imports/{import_.pk}/confirmation/", {"digest": import_.checked_digest})
    do_jobs(company, queue="ingest")
    page = client.get(f"/imports/{import_.pk}/").content.decode()
    assert "2 rows are in" in page
    assert reverse("customers:list") in page
    alpha = Customer.objects.get(external_id="c-1")
    assert [(a.key, a.value) for a in alpha.attributes.all()] == [("tier", "gold")]
    audited = AuditEntry.objects.filter(actor__email="manager@acme.example").order_by("id")
    assert list(audited.values_list("action", flat=True)) == [
        "import.uploaded",
        "import.mapped",
        "import.confirmed",
        "import.finished",
    ]
    assert "ours.csv" in client.get("/imports/").content.decode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"id,name\n", "has a header but no rows"),
        (b'id,name\n1,"cut', "Row 2, column name: a quote is opened and never closed"),
        (b"PK\x03\x04zzzz", "The workbook is cut off"),
    ],
)
def test_a_bad_file_is_refused_on_the_same_page(client: Client, content: bytes, words: str) -> None:
    response = send(client, content, "subscriptions")
    assert response.status_code == 422
    page = response.content.decode()
    assert words in page
    assert 'value="subscriptions" selected' in page
    assert not Import.objects.exists()


def test_no_file_at_all(client: Client) -> None:
    response = client.post("/imports/new/", {"kind": "customers"})
    assert response.status_code == 422
    assert "This field is required" in response.content.decode()


def test_a_mapping_without_a_required_field_keeps_what_was_chosen(client: Client) -> None:
    import_ = uploaded("customers", CUSTOMERS)
    response = client.post(f"/imports/{import_.pk}/mapping/", {"field-name": "id"})
    assert response.status_code == 422
    page = response.content.decode()
    assert "Choose the column that holds it." in page
    assert '<option value="id" selected>' in page
    assert not Job.objects.filter(kind="customers.check_import").exists()


def test_an_open_question_is_asked_on_the_mapping_page(client: Client) -> None:
    import_ = checked("customers", "id,name,joined\nc-1,Alpha,01/02/2025\n")
    response = client.get(f"/imports/{import_.pk}/")
    assert response["Location"] == f"/imports/{import_.pk}/mapping/"
    page = client.get(response["Location"]).content.decode()
    assert "1 February 2025 or as 2 January 2025" in page
    assert "month first (12/31/2025)" in page


def test_only_what_was_shown_can_be_confirmed(client: Client) -> None:
    import_ = checked("customers", CUSTOMERS)
    shown = import_.checked_digest
    client.post(
        f"/imports/{import_.pk}/mapping/", {"field-external_id": "name", "field-name": "name"}
    )
    Import.objects.update(state=Import.State.CHECKED, checked_digest="another")
    response = client.post(f"/imports/{import_.pk}/confirmation/", {"digest": shown}, follow=True)
    assert "This is no longer what was shown" in response.content.decode()
    import_.refresh_from_db()
    assert import_.state == Import.State.CHECKED


def test_errors_must_be_skipped_explicitly(client: Client) -> None:
    import_ = checked("customers", "id,name\nc-1,Alpha\nc-2,\n")
    page = client.get(f"/imports/{import_.pk}/").content.decode()
    assert "Import the 1 good row" in page
    response = client.post(
        f"/imports/{import_.pk}/confirmation/", {"digest": import_.checked_digest}, follow=True
    )
    assert "1 row is in error" in response.content.decode()
    client.post(
        f"/imports/{import_.pk}/confirmation/",
        {"digest": import_.checked_digest, "skip_errors": "yes"},
    )
    import_.refresh_from_db()
    assert (import_.state, import_.is_skipping_errors) == (Import.State.CONFIRMED, True)


def test_rows_in_error_come_back_as_a_file_that_runs_no_formula(client: Client) -> None:
    import_ = checked(
        "customers",
        'id,name,note\nc-1,,=1+1\n@c-2,,-5\nc-3,fine,+cmd\nc-4,,"\uff1dA1"\nc-5,,\n',
    )
    response = client.get(f"/imports/{import_.pk}/errors.csv")
    assert response["Content-Disposition"] == f'attachment; filename="errors-{import_.pk}.csv"'
    lines = b"".join(response.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines == [
        "\ufeffid,name,note,What is wrong",
        "c-1,,'=1+1,name: the cell is empty",
        "'@c-2,,-5,name: the cell is empty",
        "c-4,,'\uff1dA1,name: the cell is empty",
        "c-5,,,name: the cell is empty",
    ]


def test_a_file_can_be_thrown_away_until_it_is_in(client: Client) -> None:
    import_ = checked("customers", CUSTOMERS)
    client.post(f"/imports/{import_.pk}/discard/")
    assert not Import.objects.exists()
    import_ = run(checked("customers", CUSTOMERS))
    response = client.post(f"/imports/{import_.pk}/discard/", follow=True)
    assert "This import is done." in response.content.decode()
    assert Import.objects.exists()


def test_samples_are_offered(client: Client) -> None:
    for kind in ("customers", "subscriptions", "contacts"):
        response = client.get(f"/imports/samples/{kind}.csv")
        assert response.content.startswith(b"customer id,")
    assert client.get("/imports/samples/secrets.csv").status_code == 404


def urls_of(import_: Import) -> list[tuple[str, str]]:
    at = f"/imports/{import_.pk}/"
    return [
        ("get", "/imports/"),
        ("get", "/imports/new/"),
        ("post", "/imports/new/"),
        ("get", "/imports/samples/customers.csv"),
        ("get", at),
        ("get", f"{at}mapping/"),
        ("post", f"{at}mapping/"),
        ("get", f"{at}progress/"),
        ("get", f"{at}errors.csv"),
        ("post", f"{at}confirmation/"),
        ("post", f"{at}resumption/"),
        ("post", f"{at}discard/"),
    ]


def test_a_viewer_may_not_import(company: Company, client_of: ClientOf) -> None:
    viewer = client_of(company, "viewer")
    import_ = checked("customers", CUSTOMERS)
    for verb, url in urls_of(import_):
        assert getattr(viewer, verb)(url).status_code == 403, url
    assert Import.objects.get().state == Import.State.CHECKED


def test_nobody_signed_in_is_sent_to_sign_in(company: Company, client_of: ClientOf) -> None:
    stranger = client_of(company, None)
    for verb, url in urls_of(checked("customers", CUSTOMERS)):
        response = getattr(stranger, verb)(url)
        assert response.status_code == 302, url
        assert response["Location"].startswith("/accounts/login/")


def test_an_import_of_another_company_is_not_there(
    company: Company, other_company: Company, client_of: ClientOf
) -> None:
    outsider = client_of(other_company, "owner")
    import_ = checked("customers", CUSTOMERS)
    for verb, url in urls_of(import_):
        if str(import_.pk) in url:
            assert getattr(outsider, verb)(url).status_code == 404, url
    assert "file.csv" not in outsider.get("/imports/").content.decode()


def test_the_verb_must_fit(client: Client) -> None:
    import_ = checked("customers", CUSTOMERS)
    for url in ("confirmation", "resumption", "discard"):
        assert client.get(f"/imports/{import_.pk}/{url}/").status_code == 405
    for url in ("", "progress/", "errors.csv"):
        assert client.post(f"/imports/{import_.pk}/{url}").status_code == 405
