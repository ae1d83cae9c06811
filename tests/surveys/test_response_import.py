"""Past answers of other tools come in by file and by row, and count in history at once."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from customers.actions.facts import remove_facts, store_rows
from customers.actions.undo import start_undo, undo_import
from customers.imports.kinds import KINDS
from customers.imports.samples import SAMPLES
from customers.models import Change, Contact, Customer, Source
from metrics.periods import Grain, periods
from metrics.registry import metric
from metrics.values import series
from surveys.models import Campaign, Invitation, Response
from surveys.results import progress_of
from tenants.models import Company
from tests.customers.importing import checked, imported, outcome, problems


@pytest.fixture
def people(company: Company) -> Source:
    source = Source.objects.create(kind=Source.Kind.API_KEY, label="a test")
    now = timezone.now()
    for key in ("c-1", "c-2"):
        Customer.objects.create(external_id=key, name=key, source=source, recorded_at=now)
    for customer, key, email in (
        ("c-1", "p-1", "ann@alpha.example"),
        ("c-2", "p-2", "bob@beta.example"),
        ("c-1", "p-3", "both@agency.example"),
        ("c-2", "p-4", "both@agency.example"),
    ):
        Contact.objects.create(
            customer=Customer.objects.get(external_id=customer),
            external_id=key,
            email=email,
            source=source,
            recorded_at=now,
        )
    return source


ROW: dict[str, Any] = {
    "external_id": "r-1",
    "contact": "p-1",
    "survey": "Spring",
    "kind": "nps",
    "score": 9,
    "asked_at": "2024-03-01T09:00:00Z",
    "answered_at": "2024-03-02T10:00:00Z",
}


def stored(source: Source, *rows: dict[str, Any]) -> list[str]:
    return [r.outcome for r in store_rows(kind=KINDS["responses"], rows=rows, source=source)]


def nps_of(company: Company) -> tuple[object, int]:
    """The NPS of 2024, and how many answers it rests on."""
    found = series(
        metric("nps"),
        periods(dt.date(2024, 1, 1), dt.date(2025, 1, 1), Grain.YEAR, as_of=dt.date(2026, 1, 1)),
        company=company,
        as_of=dt.date(2026, 1, 1),
        options={},
    )
    [value] = [value for value in found.values if value.segment is None]
    return value.value, value.n


def test_answers_come_in_with_their_kind_scale_and_dates(people: Source) -> None:
    rows = [
        ROW,
        ROW | {"external_id": "r-2", "contact": "BOB@beta.example", "score": 3, "comment": "No"},
        ROW | {"external_id": "r-3", "survey": "Help", "kind": "csat", "scale": "1-5", "score": 4},
    ]
    assert stored(people, *rows) == ["created"] * 3
    assert set(
        Campaign.objects.values_list("name", "kind", "lowest_score", "highest_score", "state")
    ) == {("Spring", "nps", 0, 10, "done"), ("Help", "csat", 1, 5, "done")}
    assert set(Campaign.objects.values_list("is_backfilled", "source")) == {(True, people.pk)}
    answer = Response.objects.get(external_id="r-2")
    assert (answer.score, answer.comment, answer.origin) == (3, "No", "api")
    assert answer.invitation.contact.external_id == "p-2"
    assert answer.invitation.sent_at == dt.datetime(2024, 3, 1, 9, tzinfo=dt.UTC)
    assert set(Change.objects.values_list("kind", "customer__external_id", "from_day")) == {
        ("responses", "c-1", dt.date(2024, 3, 1)),
        ("responses", "c-2", dt.date(2024, 3, 1)),
    }


def test_they_count_in_nps_history_and_csat_does_not(people: Source, company: Company) -> None:
    stored(
        people,
        ROW,
        ROW | {"external_id": "r-2", "contact": "p-2", "score": 3},
        ROW | {"external_id": "r-3", "contact": "p-3", "score": 10},
        ROW | {"external_id": "r-4", "contact": "p-4", "kind": "csat", "scale": "1-5", "score": 5},
    )
    value, n = nps_of(company)
    assert (round(float(str(value)), 4), n) == (33.3333, 3)


def test_a_correction_makes_a_version_and_the_same_again_none(
    people: Source, company: Company
) -> None:
    stored(people, ROW)
    assert stored(people, ROW) == ["unchanged"]
    assert stored(people, ROW | {"score": 2}) == ["updated"]
    versions = Response.objects.order_by("pk").values_list("score", "closed_by", "superseded_at")
    assert [(score, by) for score, by, _ in versions] == [(9, people.pk), (2, None)]
    assert Invitation.objects.count() == 1
    assert nps_of(company) == (-100.0, 1)
    assert stored(people, {"external_id": "r-1", "comment": "Oh"}) == ["updated"]
    assert Response.objects.current().get().score == 2


def test_an_answer_moved_to_another_contact_leaves_no_question_behind(people: Source) -> None:
    stored(people, ROW)
    assert stored(people, ROW | {"contact": "p-2"}) == ["updated"]
    campaign = Campaign.objects.get()
    progress = progress_of(campaign)
    assert (progress.sent, progress.withdrawn, progress.answered) == (1, 1, 1)


def test_one_contact_answers_the_same_survey_twice(people: Source) -> None:
    later = {"external_id": "r-2", "answered_at": "2024-06-01T00:00:00Z", "asked_at": None}
    assert stored(people, ROW, ROW | later) == ["created", "created"]
    assert sorted(Invitation.objects.values_list("round", flat=True)) == [1, 2]
    assert Campaign.objects.count() == 1


def test_a_removed_answer_counts_no_more_and_can_come_back(
    people: Source, company: Company
) -> None:
    stored(people, ROW)
    remove_facts(kind=KINDS["responses"], external_ids=["r-1"], source=people)
    assert not Response.objects.current().exists()
    assert Invitation.objects.get().state == "withdrawn"
    assert nps_of(company) == (None, 0)
    assert stored(people, ROW) == ["created"]
    assert (Invitation.objects.get().state, nps_of(company)) == ("sent", (100.0, 1))


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"contact": "nobody@x.example"}, "contact", "no contact with this id or address"),
        ({"contact": "both@agency.example"}, "contact", "2 contacts have this address"),
        ({"customer": "c-9"}, "customer", "no customer with this id"),
        ({"customer": "c-2"}, "contact", "the customer has no contact"),
        ({"score": 11}, "score", "not on the scale 0-10"),
        ({"kind": "csat"}, "scale", "CSAT is asked on several scales"),
        ({"kind": "csat", "scale": "1-5", "score": 0}, "score", "not on the scale 1-5"),
        ({"scale": "1-5"}, "scale", "NPS is on the scale 0-10"),
        ({"scale": "2-9"}, "scale", "is not a scale"),
        ({"asked_at": "2024-04-01"}, "answered_at", "before it was asked"),
        ({"answered_at": "2150-01-01"}, "answered_at", "in the future"),
        ({"score": None}, "score", "required"),
    ],
)
def test_what_does_not_fit_is_told(
    people: Source, change: dict[str, Any], field: str, message: str
) -> None:
    [result] = store_rows(kind=KINDS["responses"], rows=[ROW | change], source=people)
    assert result.outcome == "error"
    assert any(p.field == field and message in p.message for p in result.problems), result.problems
    assert not Response.objects.exists()


def test_the_customer_tells_which_of_two_contacts(people: Source) -> None:
    row = ROW | {"contact": "both@agency.example", "customer": "c-2"}
    assert stored(people, row) == ["created"]
    assert Response.objects.get().invitation.contact.external_id == "p-4"


def test_the_sample_imports_and_comes_out_as_it_went_in(company: Company) -> None:
    for kind in ("customers", "contacts"):
        imported(kind, (SAMPLES / f"{kind}.csv").read_text())
    text = (SAMPLES / "responses.csv").read_text()
    assert outcome(imported("responses", text)) == (4, 0, 0, 0)
    assert outcome(imported("responses", text)) == (0, 0, 4, 0)
    out = exported("responses")
    assert [line.split(",")[0] for line in out.splitlines()[1:]] == ["R-1", "R-2", "R-3", "R-4"]
    assert outcome(imported("responses", out)) == (0, 0, 4, 0)


def exported(key: str) -> str:
    """What is held of a kind, as Kind.read gives it, as CSV."""
    read = KINDS[key].read
    assert read is not None
    names = list(read.columns)
    columns = ", ".join(f"({sql})::text" for sql in read.columns.values())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} {read.tables} ORDER BY {read.id}")
        rows = cursor.fetchall()
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(names)
    writer.writerows([["" if cell is None else cell for cell in row] for row in rows])
    return file.getvalue()


def test_a_file_without_ids_brings_nothing_twice(people: Source) -> None:
    text = (
        "email,survey name,survey type,scale,score,response date\n"
        "ann@alpha.example,Ease,CES,1-7,6,2024-05-03T10:00:00Z\n"
    )
    assert outcome(imported("responses", text)) == (1, 0, 0, 0)
    assert outcome(imported("responses", text)) == (0, 0, 1, 0)
    import_ = checked("responses", text.replace("ann@", "who@"))
    assert "no contact" in problems(import_)[0][2]


def test_an_import_can_be_undone_and_brought_in_again(people: Source, company: Company) -> None:
    stored(people, ROW)
    head = "external_id,contact,survey,kind,score,answered_at\n"
    text = head + "r-1,p-1,Spring,nps,2,2024-03-02T10:00:00Z\nr-9,p-2,Fall,nps,2,2024-10-02\n"
    import_ = imported("responses", text)
    assert outcome(import_) == (1, 1, 0, 0)
    start_undo(import_=import_, by=None)
    undo_import(import_id=import_.pk)
    assert nps_of(company) == (100.0, 1)
    assert Campaign.objects.get().name == "Spring"
    assert Invitation.objects.get().contact.external_id == "p-1"
    assert outcome(imported("responses", text)) == (1, 1, 0, 0)
    assert nps_of(company) == (-100.0, 2)


def test_campaigns_of_other_kinds_show_no_nps(
    people: Source, company: Company, client_of: Any
) -> None:
    row = ROW | {"kind": "csat", "scale": "1-5", "score": 4, "comment": "Fine"}
    stored(people, row)
    client = client_of(company)
    page = client.get(Campaign.objects.get().get_absolute_url()).content.decode()
    assert "CSAT (1 to 5)" in page
    assert "Mean score" in page
    assert "NPS of this campaign" not in page
    assert client.get("/campaigns/").status_code == 200
    customer = client.get(f"/customers/{people_customer()}/").content.decode()
    assert "of 5" in customer


def people_customer() -> int:
    return Response.objects.get().invitation.contact.customer_id
