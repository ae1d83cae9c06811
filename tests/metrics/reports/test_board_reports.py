"""Board reports: made by a job, kept, and read back out of the PDF."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context
from pypdf import PdfReader

from accounts.actions.refusals import Refused
from accounts.formatting import format_metric
from accounts.models import AuditEntry
from metrics.actions import board_reports
from metrics.models import BoardReport, Goal, HealthScore, StoredSeries
from metrics.periods import Period
from metrics.registry import metric
from metrics.reports.board import gather, render
from metrics.values import series
from tenants.models import Company
from tests.casting import Clients, Jobs, Users
from tests.clients import HostClient
from tests.metrics.health.scored import only_model, span
from tests.metrics.reports import facts


def made(company: Company, start: dt.date, grain: str = "month") -> BoardReport:
    report = board_reports.ask_board_report(grain=grain, start=start, by=None)
    board_reports.make(report.pk)
    report.refresh_from_db()
    return report


def reader_of(report: BoardReport) -> PdfReader:
    assert report.file is not None
    return PdfReader(io.BytesIO(bytes(report.file)))


def text_of(report: BoardReport) -> str:
    """All of its text, with single spaces."""
    return " ".join(" ".join(page.extract_text().split()) for page in reader_of(report).pages)


def test_it_says_the_metrics_values(company: Company) -> None:
    month = facts.plant(company)
    Goal.objects.create(
        metric="customers",
        grain="month",
        sense="at_least",
        target=9,
        begins_on=month - dt.timedelta(days=200),
        due_on=company.today() + dt.timedelta(days=200),
    )
    report = made(company, month)
    text = text_of(report)
    period = Period(report.start, report.end)
    for key in ("mrr", "customer_churn_rate", "net_revenue_retention", "nps", "arpa"):
        found = series(metric(key), [period], company=company, as_of=company.today())
        (value,) = found.totals
        assert value.value is not None
        shown = format_metric(value.value, found.unit, found.currency or "")
        shown = shown.replace("\u00a0", " ")  # as the PDF's text has it
        assert f"{found.metric.name} " in text
        assert shown in text, f"{key}: {shown}"
    assert "at least 9 by" in text
    assert "3.27 %" in text  # a benchmark that is shipped, of monthly churn
    assert "Too dear" in text
    assert "MRR lost" in text


def test_it_says_of_whom_little_is_known(company: Company) -> None:
    month = facts.plant(company)
    assert "Little is known" not in text_of(made(company, month))
    HealthScore.objects.all().delete()
    StoredSeries.objects.all().delete()
    span(facts.NAMES[0], only_model(), month, None, 90, 10)
    BoardReport.objects.all().delete()
    assert "Little is known of 100 % of the customers with a score" in text_of(made(company, month))


def test_what_people_wrote_is_text_and_never_code(company: Company) -> None:
    month = facts.plant(company)
    Company.objects.filter(pk=company.pk).update(name='#panic("no") [x] $y$ <a>')
    company.refresh_from_db()
    with tenant_context(company):
        text = text_of(made(company, month))
    assert '#panic("no") [x] $y$ <a>' in text
    assert "*Slow* $x$" in text
    assert "#strong" in text


def test_letters_that_no_font_has_do_not_keep_it_from_being_made(company: Company) -> None:
    month = facts.plant(company)
    odd = "Bell\x07 \U00012000 \ufffe nul\x00"
    facts.answer(company, facts.NAMES[0], 5, "Odd " + odd[:-1], month + dt.timedelta(days=7))
    assert "Odd Bell" in text_of(made(company, month))
    document = render({**gathered(company, month), "made_by": odd}, made_at=timezone.now())
    assert document.content.startswith(b"%PDF-")


def gathered(company: Company, month: dt.date) -> dict[str, Any]:
    report = board_reports.ask_board_report(grain="month", start=month, by=None)
    return gather(report, company, as_of=company.today(), made_at=timezone.now())


def test_two_clicks_ask_for_one(company: Company) -> None:
    month = facts.last_month(company)
    first, second = (
        board_reports.ask_board_report(grain="month", start=month, by=None) for _ in range(2)
    )
    assert first == second
    board_reports.make(first.pk)
    assert board_reports.ask_board_report(grain="month", start=month, by=None) != first


def test_names_in_other_scripts_can_be_read(company: Company) -> None:
    month = facts.plant(company)
    text = text_of(made(company, month))
    assert "Ελληνικά Δίκτυα" in text
    assert "東京株式会社" in text
    assert "とても良い" in text
    fonts = {
        str(font["/BaseFont"])
        for page in reader_of(made(company, month)).pages
        for font in (one.get_object() for one in page["/Resources"]["/Font"].values())
    }
    assert any("NotoSansArabic" in name for name in fonts)  # of who left


def test_it_is_tagged_and_names_itself(company: Company) -> None:
    month = facts.plant(company)
    reader = reader_of(made(company, month))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en"
    assert company.name in str(reader.metadata.title if reader.metadata else "")
    assert "pdfuaid" in root["/Metadata"].get_object().get_data().decode()


def test_a_company_without_facts_gets_one_that_says_so(company: Company) -> None:
    report = made(company, facts.last_month(company))
    text = text_of(report)
    assert report.state == "made"
    assert "Nobody left in this period." in text
    assert "No answers in this period." in text
    assert "No forecast" in text


def test_a_quarter_and_a_month_that_is_not_over(company: Company) -> None:
    facts.plant(company)
    today = company.today()
    quarter = dt.date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    report = made(company, quarter, "quarter")
    assert f"Q{(quarter.month + 2) // 3} {quarter.year}" in text_of(report)
    assert "This period is not over" in text_of(made(company, today.replace(day=1)))


@pytest.mark.parametrize(
    ("grain", "start", "code"),
    [
        ("week", dt.date(2025, 1, 1), "invalid_grain"),
        ("month", dt.date(2025, 1, 2), "invalid_start"),
        ("quarter", dt.date(2025, 2, 1), "invalid_start"),
        ("month", dt.date(2999, 1, 1), "not_begun"),
    ],
)
def test_periods_that_there_are_no_reports_of(
    company: Company, grain: str, start: dt.date, code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        board_reports.ask_board_report(grain=grain, start=start, by=None)
    assert refusal.value.code == code


def test_pages_ask_wait_and_download(
    company: Company, client_of: Clients, do_jobs: Jobs, user_of: Users
) -> None:
    month = facts.plant(company)
    manager = client_of(company, "manager")
    answer = manager.post("/reports/board/", {"period": f"month:{month}"})
    report = BoardReport.objects.defer("file").get()
    page = f"/reports/board/{report.pk}/"
    assert answer["Location"] == page
    assert "You can leave this page" in manager.get(page).content.decode()
    assert manager.get(f"{page}progress/").status_code == 200
    assert manager.get(f"{page}file/").status_code == 404
    do_jobs(company, key=report.job_key)
    assert manager.get(f"{page}progress/")["HX-Refresh"] == "true"
    viewer = client_of(company, "viewer")
    assert "Download the PDF" in viewer.get(page).content.decode()
    file = viewer.get(f"{page}file/")
    assert file["Content-Type"] == "application/pdf"
    assert file.content.startswith(b"%PDF-")
    assert "Manager of Acme" in viewer.get("/reports/").content.decode()
    assert viewer.post("/reports/board/", {"period": f"month:{month}"}).status_code == 403
    assert viewer.post(f"{page}removal/").status_code == 403
    assert manager.post(f"{page}removal/").status_code == 302
    assert not BoardReport.objects.exists()
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"board_report.asked", "board_report.removed"} <= actions


def test_a_bad_period_is_said(company: Company, client_of: Clients) -> None:
    client = client_of(company, "manager")
    for period in ("", "month:x", "month:2025-01-02", "decade:2020-01-01"):
        answer = client.post("/reports/board/", {"period": period}, follow=True)
        assert answer.status_code == 200
        assert "message" in answer.content.decode()
    assert not BoardReport.objects.exists()


def test_one_that_fails_says_so(company: Company, client_of: Clients) -> None:
    report = board_reports.ask_board_report(grain="month", start=facts.last_month(company), by=None)
    board_reports.give_up(report.pk)
    board_reports.make(report.pk)  # whoever is late
    page = client_of(company, "viewer").get(f"/reports/board/{report.pk}/").content.decode()
    assert "could not be made" in page


def test_the_api_asks_and_gives(
    company: Company, other_company: Company, do_jobs: Jobs, client_of: Clients
) -> None:
    from accounts.actions.keys import create_api_key

    month = facts.plant(company)
    _, key = create_api_key(name="k", scopes=["read", "write"], by=None)
    api = HostClient(f"{company.slug}.localhost", headers={"Authorization": f"Bearer {key}"})
    body = {"grain": "month", "start": str(month)}
    answer = api.post("/api/v1/reports/", body, content_type="application/json")
    assert answer.status_code == 202
    number = answer.json()["id"]
    assert answer.json()["state"] == "asked"
    assert api.get(f"/api/v1/reports/{number}/file/").status_code == 409
    do_jobs(company, key=f"metrics.board_report:{number}")
    (row,) = api.get("/api/v1/reports/").json()["results"]
    assert (row["state"], row["done"]) == ("made", row["steps"])
    assert api.get(f"/api/v1/reports/{number}/file/").content.startswith(b"%PDF-")
    bad = api.post(
        "/api/v1/reports/", {**body, "start": "2025-01-02"}, content_type="application/json"
    )
    assert (bad.status_code, bad.json()["code"]) == (400, "invalid_start")
    assert api.get("/api/v1/reports/?x=1").status_code == 400
    assert client_of(other_company, "owner").get(f"/reports/board/{number}/").status_code == 404
    assert api.delete(f"/api/v1/reports/{number}/").status_code == 204
    assert api.get(f"/api/v1/reports/{number}/").status_code == 404


def test_it_is_made_once(company: Company) -> None:
    report = made(company, facts.last_month(company))
    was = bytes(report.file or b"")
    board_reports.make(report.pk)
    report.refresh_from_db()
    assert bytes(report.file or b"") == was
    assert report.made_at is not None
    assert report.made_at <= timezone.now()
