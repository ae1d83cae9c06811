"""What a file is taken for: its kind found out, its columns as last time, its encoding or sheet."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.actions.refusals import Refused
from customers.actions import imports
from customers.imports.files import Sample, form_of, opened, sample_of
from customers.imports.guessing import guess_kind
from customers.imports.kinds import KINDS
from customers.imports.options import Options
from customers.imports.parsing import DateOrder
from customers.imports.remembering import key_of, propose
from customers.imports.samples import SAMPLES
from customers.models import Customer, Import, RememberedMapping
from customers.views.imports import LIST_SIZE
from tenants.models import Company
from tests.customers.importing import checked, imported, uploaded

MAPPING = {"external_id": "Ref", "name": "Who", "signed_up_on": "Since"}
FILE = "Ref,Who,Since,Band,Other\nc-1,Alpha,03/04/2025,A,x\nc-2,Beta,04/04/2025,B,x\n"


def remembered(content: str = FILE) -> Import:
    return imported(
        "customers",
        content,
        mapping=MAPPING,
        attributes=["Band"],
        options=Options(date_order=DateOrder.MONTH_FIRST),
    )


def sample(content: str, kind: str = "customers") -> Sample:
    import_ = uploaded(kind, content)
    return sample_of(opened(import_), form_of(import_))


def own_samples() -> list[str]:
    return [key for key, kind in KINDS.items() if (SAMPLES / kind.sample).exists()]


@pytest.mark.parametrize("key", own_samples())
def test_a_sample_is_found_to_be_of_its_kind(company: Company, key: str) -> None:
    """By its columns alone, without its name."""
    import_ = uploaded(key, (SAMPLES / KINDS[key].sample).read_bytes())
    found = guess_kind(sample_of(opened(import_), form_of(import_)))
    assert found is not None
    assert found.key == key


def test_what_tells_nothing_is_asked_for(company: Company) -> None:
    with pytest.raises(imports.KindOpenError, match="don't tell what is in the file"):
        imports.take_file(kind="", file_name="f.csv", pieces=[b"foo,bar\n1,2\n"], by=None)
    assert not Import.objects.exists()


def test_the_files_name_helps(company: Company) -> None:
    content = b"id,name,email,customer\n1,Ann,a@x.example,c-1\n"
    taken = imports.take_file(kind="", file_name="My contacts.csv", pieces=[content], by=None)
    assert taken.kind == "contacts"


def test_a_file_with_the_same_columns_is_read_as_last_time(company: Company) -> None:
    remembered()
    again = propose(KINDS["customers"], sample("who,REF,since,Other,band\nx,c-9,05/06/2025,y,A\n"))
    assert again.mapping == {"external_id": "REF", "name": "who", "signed_up_on": "since"}
    assert again.attributes == ["band"]
    assert again.options["date_order"] == "mdy"
    assert again.remembered is not None
    assert again.remembered.file_name == "file.csv"


def test_with_most_of_the_columns_the_rest_is_guessed(company: Company) -> None:
    remembered()
    content = "Ref,Who,Since,Band,Lifecycle stage\nc-9,x,05/06/2025,A,trial\n"
    again = propose(KINDS["customers"], sample(content))
    assert again.remembered is not None
    assert again.mapping["external_id"] == "Ref"
    assert again.mapping.get("stage") == "Lifecycle stage"
    other = propose(KINDS["customers"], sample("id,name,tier\nc-1,x,y\n"))
    assert other.remembered is None
    assert propose(KINDS["contacts"], sample(FILE)).remembered is None


def test_a_field_that_was_left_out_stays_out(company: Company) -> None:
    imported(
        "customers",
        "id,name,joined\nc-1,A,2025-01-01\n",
        mapping={"external_id": "id", "name": "name"},
    )
    again = propose(KINDS["customers"], sample("id,name,joined\nc-1,A,2025-01-01\n"))
    assert again.mapping == {"external_id": "id", "name": "name"}


def test_it_can_be_forgotten(company: Company, client_of: Callable[..., Client]) -> None:
    remembered()
    client = client_of(company, "manager")
    import_ = uploaded("customers", FILE)
    page = client.get(f"/imports/{import_.pk}/mapping/").content.decode()
    assert "As last time" in page
    assert "file.csv" in page
    assert '<option value="Who" selected>' in page
    anew = client.get(f"/imports/{import_.pk}/mapping/?guess=anew").content.decode()
    assert '<option value="Who" selected>' not in anew
    client.post(f"/imports/{import_.pk}/forgetting/")
    assert not RememberedMapping.objects.exists()
    page = client.get(f"/imports/{import_.pk}/mapping/").content.decode()
    assert "As last time" not in page


def test_a_mapping_counts_once_it_was_imported(company: Company) -> None:
    checked("customers", FILE, mapping=MAPPING)
    assert not RememberedMapping.objects.exists()


def test_the_order_and_case_of_columns_is_no_difference() -> None:
    assert key_of(["B", "a"]) == key_of(["A", "b"]) != key_of(["a", "b", "c"])


def test_another_encoding_can_be_chosen(company: Company, client_of: Callable[..., Client]) -> None:
    client = client_of(company, "manager")
    import_ = uploaded("customers", "id,Näme\nc-1,Žofie\n".encode())
    path = f"/imports/{import_.pk}/reading/"
    client.post(path, {"kind": "customers", "encoding": "cp1252"})
    import_.refresh_from_db()
    assert import_.form["encoding"] == "cp1252"
    assert import_.columns == ["id", "NÃ¤me"]
    client.post(path, {"kind": "customers", "encoding": "utf-8"})
    import_.refresh_from_db()
    assert import_.columns == ["id", "Näme"]
    client.post(path, {"kind": "customers", "encoding": "rot13"})
    import_.refresh_from_db()
    assert import_.form["encoding"] == "utf-8"


def test_another_kind_can_be_chosen(company: Company) -> None:
    import_ = checked("customers", FILE, mapping=MAPPING)
    again = imports.read_as(import_=import_, kind="contacts", by=None)
    assert (again.kind, again.state, again.mapping) == ("contacts", "uploaded", {})
    with pytest.raises(Refused, match="no kind"):
        imports.read_as(import_=import_, kind="none", by=None)


def test_the_kind_is_found_out_on_the_page(
    company: Company, client_of: Callable[..., Client]
) -> None:
    client = client_of(company, "manager")
    content = (SAMPLES / "tickets.csv").read_bytes()
    response = client.post("/imports/new/", {"file": SimpleUploadedFile("export.csv", content)})
    import_ = Import.objects.get()
    assert response["Location"] == f"/imports/{import_.pk}/mapping/"
    assert import_.kind == "tickets"
    odd = SimpleUploadedFile("export.csv", b"foo,bar\n1,2\n")
    response = client.post("/imports/new/", {"file": odd})
    assert response.status_code == 422
    assert "Choose it." in response.content.decode()


def test_the_list_goes_on_and_shows_one_kind(
    company: Company, client_of: Callable[..., Client]
) -> None:
    client = client_of(company, "manager")
    first = imported("customers", "id,name\nc-1,Alpha\n")
    uploaded("contacts", "customer,email\nc-1,a@x.example\n", "people.csv")
    Import.objects.bulk_create(
        Import(kind="customers", file_name=f"n{n}.csv", file_size=1, form={}, columns=[])
        for n in range(LIST_SIZE)
    )
    page = client.get("/imports/").content.decode()
    assert "people.csv" not in page
    assert 'rel="next"' in page
    oldest = Import.objects.order_by("-pk")[LIST_SIZE - 1].pk
    page = client.get(f"/imports/?before={oldest}").content.decode()
    assert "people.csv" in page
    assert f"/imports/{first.pk}/undo/" in page
    page = client.get("/imports/?kind=contacts").content.decode()
    assert "people.csv" in page
    assert "n1.csv" not in page
    assert client.get("/imports/?before=99999999999999999999&kind=x").status_code == 200


def test_a_run_reads_columns_as_its_check_did(company: Company) -> None:
    import_ = checked("customers", "id,name,joined\nc-1,A,31/01/2025\nc-2,B,03/02/2025\n")
    assert import_.readings["joined"] == ["dmy", "."]
    from tests.customers.importing import run

    run(import_)
    assert str(Customer.objects.get(external_id="c-2").signed_up_on) == "2025-02-03"
