"""Erasing a contact: nothing of the person is left anywhere, and every count stays."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.actions import audit
from customers import erased
from customers.actions import erasure as erasing
from customers.actions.erasure import erase_contact, work_on
from customers.actions.facts import store_rows
from customers.erasing import usage
from customers.erasing.sought import Sought
from customers.erasing.stream import without_erased
from customers.imports.kinds import KINDS
from customers.models import (
    Contact,
    ContactAlias,
    Customer,
    Erasure,
    FormerValue,
    Import,
    Note,
    Source,
    StreamCall,
    StreamProblem,
    StreamSubject,
    StripeEvent,
    Ticket,
    UsageDay,
    UsageSession,
)
from customers.stream.reading import Batch, Call
from surveys.models import Invitation, Response, Suppression
from tenants.jobs import run_pending
from tenants.models import Company
from tests.customers.importing import checked, imported, problems
from tests.customers.usage.events import NOW, event, store

NAME, ADDRESS, ID = "Wilhelmina Quisling", "Wilhelmina.Q@alpha.example", "person-4711"
OTHER_ID = "old-person-0815"
NEEDLES = (NAME, "Wilhelmina", "Quisling", ADDRESS, ID, OTHER_ID)
TEXT = f"{NAME} <{ADDRESS.lower()}> ({ID}) called.\nAsk {ADDRESS}. Quisling, Wilhelmina"
CONTACTS = (
    "customer id,contact id,name,email\n"
    f"c-1,{ID},{NAME},{ADDRESS}\n"
    "c-1,p-2,Bob Builder,bob@alpha.example\n"
)
NOTES = (
    "id,customer,text,written_at\n"
    f'n-1,c-1,"Met {NAME},\nshe is happy",2025-01-05T10:00:00Z\n'
    "n-2,c-2,Nothing personal here,2025-01-05T10:00:00Z\n"
)


@pytest.fixture
def source(company: Company) -> Source:
    made = Source.objects.create(kind=Source.Kind.API_KEY, label="a test")
    for key in ("c-1", "c-2"):
        Customer.objects.create(
            external_id=key, name=f"Customer {key}", source=made, recorded_at=NOW
        )
    return made


@pytest.fixture
def person(source: Source) -> Contact:
    """Somebody who is everywhere."""
    imported("contacts", CONTACTS)
    imported("notes", NOTES)
    person = Contact.objects.get(external_id=ID)
    person.job_title = "Chief of all at Quisling"
    person.save()
    ContactAlias.objects.create(contact=person, external_id=OTHER_ID, recorded_at=NOW)
    rows = {
        "tickets": {"opened_at": "2025-02-01T08:00:00Z", "subject": f"Help {NAME} please"},
        "touchpoints": {"kind": "call", "happened_at": "2025-02-02T08:00:00Z", "text": TEXT},
        "reviews": {"site": "G", "published_on": "2025-02-03", "text": TEXT, "rating": "4"},
        "feature_requests": {"title": f"{NAME} wants", "requested_on": "2025-02-03"},
    }
    for key, row in rows.items():
        told = {"external_id": f"{key}-1", "customer": "c-1", "contact": ID, **row}
        for version in (told, told | {"updated_at": "2026-01-01T00:00:00Z"}):
            [result] = store_rows(kind=KINDS[key], rows=[version], source=source)
            assert result.outcome != "error", result.problems
    store_rows(
        kind=KINDS["responses"],
        rows=[
            {
                "external_id": f"r-{number}",
                "contact": who,
                "survey": "Spring",
                "kind": "nps",
                "score": score,
                "comment": TEXT,
                "answered_at": "2025-03-01T10:00:00Z",
            }
            for number, (who, score) in enumerate([(ID, 9), ("p-2", 3)])
        ],
        source=source,
    )
    Response.objects.filter(external_id="r-1").update(comment="Nothing personal")
    Invitation.objects.update(error=f"550 <{ADDRESS}> is full")
    _use(source)
    _stream(source)
    FormerValue.objects.create(
        source=source, table="customers_contact", row_id=person.pk, values={"name": [NAME, "W"]}
    )
    FormerValue.objects.create(
        source=source, table="customers_customer", row_id=1, values={"name": [ADDRESS, "W"]}
    )
    audit.record(by=None, action="contact.changed", subject=person, detail={"email": [ADDRESS, 1]})
    return person


def _use(source: Source) -> None:
    events = [
        event(end_user=ID, message_id="m-1", properties=json.dumps({"by": NAME, "mail": ADDRESS})),
        event(end_user=ADDRESS.upper(), message_id=f"m-{ID}", action="shown", item=f"to {ADDRESS}"),
        event(
            end_user="u-2", message_id="m-3", properties=json.dumps({"invited": [{"who": ADDRESS}]})
        ),
        event(end_user="u-2", message_id="m-4", name=f"Mailed {ADDRESS}", group_id="nobody"),
    ]
    store(source, *events)
    customer = Customer.objects.get(external_id="c-1")
    for user in (ID, ADDRESS, ADDRESS.upper(), "u-2"):
        common: dict[str, Any] = {"customer": customer, "end_user": user, "day": NOW.date()}
        UsageDay.objects.create(
            **common,
            events=3,
            kinds=["track"],
            names=[f"Mailed {ADDRESS}"],
            counts=[3],
            items=[f"to {ADDRESS}"],
            shown_at=[NOW],
            clicked_at=[None],
        )
        UsageSession.objects.create(
            **common,
            session=f"s of {ADDRESS}",
            started_at=NOW,
            ended_at=NOW,
            events=3,
            page_views=0,
            page_seconds=0,
        )


def _stream(source: Source) -> None:
    body = {"type": "identify", "userId": ID, "traits": {"name": NAME, "phone": "12345"}}
    StreamCall.objects.create(
        message_id="c-1", received_at=NOW, happened_at=NOW, body=body, source=source
    )
    StreamSubject.objects.create(
        kind="user", external_id=ID, said={"name": [NAME, "", ""]}, changed_at=NOW, source=source
    )
    for number, applied_at in enumerate((None, NOW)):
        StripeEvent.objects.create(
            event_id=f"evt_{number}",
            type="customer.created",
            kind="customer",
            occurred_at=NOW,
            received_at=NOW,
            body=json.dumps({"data": {"object": {"id": "cus_1", "email": ADDRESS, "x": TEXT}}}),
            applied_at=applied_at,
        )
    StreamProblem.objects.create(
        received_at=NOW, reason="bad", body=json.dumps(body | {"x": TEXT}), source=source
    )


def held_anywhere(*needles: str) -> list[str]:
    """Every column of the company's tables that has one of the needles, in any case."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c
              JOIN information_schema.tables t USING (table_schema, table_name)
             WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
                   AND c.data_type IN
                       ('text', 'character varying', 'json', 'jsonb', 'bytea', 'ARRAY')
            """
        )
        columns = cursor.fetchall()
        assert len(columns) > 100
        found = []
        for table, column, kind in columns:
            text = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
            for needle in needles:
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" WHERE {text} ILIKE %s', [f"%{needle}%"]
                )
                if cursor.fetchone()[0]:
                    found.append(f"{table}.{column}: {needle}")
    return found


def counts() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT end_user) FROM customers_usageevent")
        events = cursor.fetchone()
    return {
        "events and users": events,
        "tickets": Ticket.objects.current().count(),
        "tickets with a contact": Ticket.objects.exclude(contact=None).count(),
        "notes": Note.objects.current().count(),
        "sessions": UsageSession.objects.count(),
        "active users": UsageDay.objects.values("end_user").distinct().count(),
        "events by day": sum(UsageDay.objects.values_list("events", flat=True)),
        "items": sum(len(items) for items in UsageDay.objects.values_list("items", flat=True)),
        "answers": list(
            Response.objects.counted()
            .order_by("external_id")
            .values_list("score", "answered_at", "invitation__contact__customer__external_id")
        ),
    }


def test_nothing_of_the_person_is_left_and_every_count_stays(
    person: Contact, company: Company
) -> None:
    assert len(held_anywhere(*NEEDLES)) > 30
    before = counts()
    erasure = erase_contact(contact=person, by=None, reason=f"{NAME} wrote to us")
    assert not Contact.objects.filter(email__iexact=ADDRESS).exists()
    run_pending(key=erasure.job_key)

    erasure.refresh_from_db()
    assert (erasure.state, erasure.sought, erasure.reason) == ("done", {}, "[erased] wrote to us")
    assert held_anywhere(*NEEDLES) == []
    after = counts()
    assert after == before
    assert Contact.objects.get(external_id="p-2").name == "Bob Builder"
    assert Contact.objects.get(external_id="p-2").email == "bob@alpha.example"
    assert Response.objects.get(external_id="r-1").comment == "Nothing personal"


def test_files_keep_their_other_rows_where_they_were(person: Contact) -> None:
    erasure = erase_contact(contact=person, by=None)
    run_pending(key=erasure.job_key)
    contents = {
        import_.kind: bytes(b"".join(bytes(part.content) for part in import_.parts.all())).decode()
        for import_ in Import.objects.all()
    }
    assert contents["contacts"].splitlines() == [
        "customer id,contact id,name,email",
        "",
        "c-1,p-2,Bob Builder,bob@alpha.example",
    ]
    assert "Met [erased],\nshe is happy" in contents["notes"]
    assert "Nothing personal here" in contents["notes"]


def test_a_file_that_waits_is_given_up(person: Contact) -> None:
    waiting = checked("contacts", CONTACTS)
    assert waiting.state == Import.State.CHECKED
    run_pending(key=erase_contact(contact=person, by=None).job_key)
    waiting.refresh_from_db()
    assert waiting.state == Import.State.FAILED
    assert "erased on request" in waiting.message
    assert not waiting.parts.exists()


def test_the_person_does_not_come_back_unnoticed(person: Contact, company: Company) -> None:
    run_pending(key=erase_contact(contact=person, by=None).job_key)
    import_ = checked("contacts", CONTACTS)
    found = problems(import_)
    assert {(row, column) for row, column, _ in found} == {(2, "email"), (2, "contact id")}
    for _, _, message in found:
        assert f"erased on request on {company.today()}" in message
    assert held_anywhere(ADDRESS.split("@")[0] + "@") != []  # in the file that was just sent
    assert not import_.problems.exclude(value="").exists()
    source = Source.objects.create(kind=Source.Kind.API_KEY, label="again")
    rows = [
        {"customer": "c-2", "email": ADDRESS.lower()},
        {"customer": "c-2", "email": "new@alpha.example", "external_id": ID},
        {"customer": "c-2", "email": "new@alpha.example", "external_id": OTHER_ID},
        {"customer": "c-2", "email": "other@alpha.example"},
    ]
    results = store_rows(kind=KINDS["contacts"], rows=rows, source=source)
    assert [result.outcome for result in results] == ["error", "error", "error", "created"]
    assert set(erased.erased_among([ADDRESS, ID, "x"])) == {ADDRESS, ID}
    assert Suppression.objects.get().reason == "erased"


def test_what_the_stream_and_usage_files_say_of_the_person_later_is_not_kept(
    person: Contact, source: Source
) -> None:
    run_pending(key=erase_contact(contact=person, by=None).job_key)
    batch = Batch(
        events=[
            event(end_user=ID, message_id="late-1"),
            event(end_user="u-2", message_id="late-2"),
        ],
        calls=[
            Call("late-3", NOW, {"type": "identify", "userId": "n", "traits": {"email": ADDRESS}}),
            Call("late-4", NOW, {"type": "identify", "userId": "u-3", "traits": {}}),
        ],
    )
    kept = without_erased(batch)
    assert [one[1] for one in kept.events] == ["u-2"]
    assert [one.message_id for one in kept.calls] == ["late-4"]
    assert [problem.body for problem in kept.problems] == ["", ""]
    assert "erased on request" in kept.problems[0].reason
    rows = [{"end_user": ID, "occurred_at": NOW.isoformat(), "name": "x", "customer": "c-1"}]
    [result] = store_rows(kind=KINDS["usage"], rows=rows, source=source, now=NOW)
    assert result.outcome == "error"
    assert "erased on request" in result.problems[0].message


def test_one_person_at_two_customers_goes_from_both(person: Contact, source: Source) -> None:
    Contact.objects.create(
        customer=Customer.objects.get(external_id="c-2"),
        name="Mina Q.",
        email=ADDRESS.lower(),
        source=source,
        recorded_at=NOW,
    )
    erasure = erase_contact(contact=person, by=None)
    run_pending(key=erasure.job_key)
    assert Contact.objects.filter(name="Erased contact").count() == 2
    assert erasing.erase_contact(contact=person, by=None) == erasure


def test_a_namesake_keeps_everything(person: Contact, source: Source) -> None:
    other = Contact.objects.create(
        customer=Customer.objects.get(external_id="c-2"),
        name=NAME,
        email="namesake@beta.example",
        source=source,
        recorded_at=NOW,
    )
    note = {"external_id": "n-9", "customer": "c-2", "text": TEXT, "written_at": "2025-01-01"}
    store_rows(kind=KINDS["notes"], rows=[note], source=source)
    run_pending(key=erase_contact(contact=person, by=None).job_key)
    other.refresh_from_db()
    assert other.name == NAME
    text = Note.objects.get(external_id="n-9").text
    assert NAME in text
    assert ADDRESS.lower() not in text.lower()
    assert NAME not in Note.objects.get(external_id="n-1").text


def test_work_that_stopped_goes_on(person: Contact, monkeypatch: pytest.MonkeyPatch) -> None:
    erasure = erase_contact(contact=person, by=None)
    calls = []

    def stop(*_: Any) -> int:
        calls.append(1)
        raise OSError("the machine went away")

    with monkeypatch.context() as broken:
        broken.setattr(usage, "forget_stream", stop)
        with pytest.raises(OSError, match="went away"):
            work_on(erasure_id=erasure.pk)
    erasure.refresh_from_db()
    assert erasure.state == "running"
    assert "roll-ups" in erasure.steps_done
    assert "stream" not in erasure.steps_done
    work_on(erasure_id=erasure.pk)
    work_on(erasure_id=erasure.pk)
    erasure.refresh_from_db()
    assert erasure.state == "done"
    assert StreamProblem.objects.get().body == ""


def test_short_ids_and_names_do_not_eat_other_words() -> None:
    sought = Sought(addresses=["an@x.example"], names=["An Lee"], ids=["17"])
    for scrubber in (sought.certain, sought.at_customer, sought.in_own):
        assert scrubber.text("17 seats, joan@x.example, an@x.example.org, anne leeds") == (
            "17 seats, joan@x.example, an@x.example.org, anne leeds"
        )
    assert sought.certain.text("To AN@X.example. From an  lee (Lee, An)") == (
        "To [erased]. From [erased] ([erased])"
    )
    assert sought.certain.text_or_json('{"a":"x\\nan@x.example"}') == '{"a": "x\\n[erased]"}'


def test_the_page_asks_for_the_address(person: Contact, company: Company, client_of: Any) -> None:
    url = f"/customers/{person.customer_id}/contacts/{person.pk}/erasure/"
    assert client_of(company, "manager").get(url).status_code == 403
    client: Client = client_of(company, "admin")
    assert url in client.get(f"/customers/{person.customer_id}/").content.decode()
    page = client.get(url).content.decode()
    assert "What stays and counts on" in page
    assert client.post(url, {"address": "bob@alpha.example"}).status_code == 422
    assert not Erasure.objects.exists()
    answer = client.post(url, {"address": ADDRESS.lower(), "reason": "Wrote to us"})
    erasure = Erasure.objects.get()
    assert answer["Location"] == f"/erasures/{erasure.pk}/"
    assert "Looking through everything" in client.get(answer["Location"]).content.decode()
    run_pending(key=erasure.job_key)
    assert "Nothing here tells who this was" in client.get(answer["Location"]).content.decode()
    assert client.get(url).status_code == 404
    assert timezone.now() - erasure.requested_at < dt.timedelta(minutes=5)
