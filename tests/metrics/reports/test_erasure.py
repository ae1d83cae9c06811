"""What an erased person wrote is in no report that is kept, and in no task made of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from customers.actions import tasks
from customers.actions.erasure import erase_contact
from customers.actions.tasks import About
from customers.models import Contact, Customer, Task
from metrics.actions import board_reports
from metrics.actions.share_links import make_link
from metrics.models import Attention, BoardReport
from metrics.periods import Grain, advance
from metrics.reports.board.document import Document
from metrics.today import keeping
from surveys.models import FollowUp, Response
from tenants.jobs import run_pending
from tenants.models import Company
from tests.casting import Clients
from tests.metrics.reports import facts
from tests.metrics.reports.test_board_reports import made, text_of

SAID = "*Slow* $x$"


@pytest.fixture
def report(company: Company) -> BoardReport:
    """Of the month in which the person answered."""
    report = made(company, facts.plant(company))
    assert SAID in text_of(report)
    return report


@pytest.fixture
def person(report: BoardReport) -> Contact:
    return Contact.objects.get(email="p3@c.example")


def test_a_report_that_quotes_them_is_made_anew(
    report: BoardReport, person: Contact, company: Company, client_of: Clients
) -> None:
    other = made(company, advance(report.start, Grain.MONTH, -1))
    _, token = make_link(name="For Eve", what="report", days=30, report=report, by=None)
    anybody = client_of(company, None)
    erasure = erase_contact(contact=person, by=None)
    assert erasure.found["board reports with the person's answers, made anew"] == 1
    report.refresh_from_db()
    assert (report.state, report.file) == ("asked", None)
    page = anybody.get(f"/shared/{token}/")
    assert "being made anew" in page.content.decode()
    assert anybody.get(f"/shared/{token}/report.pdf").status_code == 404

    run_pending(key=erasure.job_key)
    run_pending(key=report.job_key)
    report.refresh_from_db()
    assert report.state == "made"
    text = text_of(report)
    assert SAID not in text
    assert "#strong" in text  # of somebody else
    assert anybody.get(f"/shared/{token}/report.pdf").content == bytes(report.file or b"")
    was = bytes(other.file or b"")
    other.refresh_from_db()
    assert bytes(other.file or b"") == was


def test_one_that_was_being_made_is_not_kept(
    report: BoardReport, person: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = board_reports.ask_board_report(grain="month", start=report.start, by=None)
    render = board_reports.render

    def erased_meanwhile(data: dict[str, Any], *, made_at: dt.datetime) -> Document:
        monkeypatch.setattr(board_reports, "render", render)
        erase_contact(contact=person, by=None)
        return render(data, made_at=made_at)

    monkeypatch.setattr(board_reports, "render", erased_meanwhile)
    board_reports.make(late.pk)
    late.refresh_from_db()
    assert (late.state, late.file) == ("asked", None)
    run_pending(key=late.job_key)
    late.refresh_from_db()
    assert late.state == "made"
    assert SAID not in text_of(late)


def test_today_and_tasks_do_not_quote_them(person: Contact, company: Company) -> None:
    answer = Response.objects.get(comment=SAID)
    follow_up = FollowUp.objects.create(invitation=answer.invitation, opened_at=timezone.now())
    keeping.make()
    held = Attention.objects.get(kind="detractor")
    assert held.data["comment"] == SAID
    about = About(kind="detractor", key=str(follow_up.pk))
    customer = Customer.objects.get(pk=person.customer_id)
    task = tasks.make(
        customer=customer, title=f"NPS 3: “{SAID}”", text=f"They say {SAID}", by=None, about=about
    )
    other = tasks.make(customer=customer, title="Call them", by=None)

    erase_contact(contact=person, by=None)
    held.refresh_from_db()
    assert (held.data["comment"], held.data["score"]) == ("", 3)
    assert not Task.objects.filter(title__contains="Slow").exists()
    assert not Task.objects.filter(text__contains="Slow").exists()
    assert not AuditEntry.objects.filter(subject_label__contains="Slow").exists()
    task.refresh_from_db()
    other.refresh_from_db()
    assert (task.state, other.title) == ("open", "Call them")
