"""Reports, and what is kept of them, in the language of who reads them."""

from __future__ import annotations

import io

import pytest
from django.core.cache import caches
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import User
from metrics.actions import board_reports, digests
from metrics.models import StoredOverview
from metrics.reports.digest import content_of
from metrics.stored import overview
from metrics.warning_rules import Notice
from tenants.languages import speaking
from tenants.models import Company
from tests.cast import Mailbox
from tests.casting import Clients, Users
from tests.metrics.reports import facts

pytestmark = pytest.mark.usefixtures("catalogues")


@pytest.fixture(autouse=True)
def _nothing_kept(company: Company) -> None:
    caches["default"].clear()


def german(user: User) -> User:
    User.objects.filter(pk=user.pk).update(language="de")
    user.language = "de"
    return user


def test_a_digest_is_written_in_its_readers_language(
    company: Company, user_of: Users, mailbox: Mailbox
) -> None:
    facts.plant(company)
    digests.send_now(user=user_of(company, "admin"), kind="monthly")
    reader = german(user_of(company, "owner"))
    digests.send_now(user=reader, kind="monthly")
    (mail,) = mailbox.mails(reader.email)
    assert mail["Subject"].endswith("in Zahlen")
    text = mailbox.text(mail)
    assert "WICHTIGE KENNZAHLEN" in text
    assert "IHRE OFFENEN AUFGABEN" in text
    assert "monatliche Zusammenfassung" in text
    assert "KEY FIGURES" not in text
    (other,) = mailbox.mails(user_of(company, "admin").email)
    assert "KEY FIGURES" in mailbox.text(other)


def test_what_digests_have_in_common_is_kept_by_language_and_notation(
    company: Company, user_of: Users
) -> None:
    facts.plant(company)
    user, today = user_of(company, "owner"), company.today()

    def lines(language: str, notation: str) -> list[str]:
        with speaking(language, notation):
            content = content_of(user, "monthly", company=company, as_of=today)
            return [content.common.lines[0].value, content.common.charts[0].title]

    first = [lines("en", ""), lines("de", ""), lines("en", "de-CH")]
    assert len({tuple(one) for one in first}) == 3
    assert first == [lines("en", ""), lines("de", ""), lines("en", "de-CH")]
    assert first[1][1] == "MRR nach Monat"


def test_a_board_report_is_in_the_language_of_who_asked(company: Company, user_of: Users) -> None:
    month = facts.plant(company)
    report = board_reports.ask_board_report(
        grain="month", start=month, by=german(user_of(company, "owner"))
    )
    board_reports.make(report.pk)
    report.refresh_from_db()
    assert report.file is not None
    reader = PdfReader(io.BytesIO(bytes(report.file)))
    text = " ".join(" ".join(page.extract_text().split()) for page in reader.pages)
    assert "Vorstandsbericht" in text
    assert "Churn: wer gegangen ist" in text
    assert "MRR-Bewegungen" in text
    assert "Definitionen" in text
    assert "Key figures" not in text


def test_warnings_that_are_kept_are_worded_for_who_reads(
    company: Company, client_of: Clients, user_of: Users
) -> None:
    facts.plant(company)
    overview.make(company)
    held = StoredOverview.objects.get()
    notice = Notice("ltv_to_cac_low", "ltv_to_cac", "/metrics/ltv_to_cac/", {"ratio": 1.5})
    held.content["warnings"] = [
        {"key": notice.key, "metric": notice.metric, "href": notice.href, "data": notice.data}
    ]
    held.computed_at = timezone.now()
    held.save()
    german(user_of(company, "owner"))
    english, deutsch = client_of(company, "admin"), client_of(company, "owner")
    for _again in range(2):
        page = english.get("/").content.decode()
        assert "A customer brings less than 3 times" in page
        seite = deutsch.get("/").content.decode()
        assert "Ein Kunde bringt weniger als das 3-Fache" in seite
        assert "LTV:CAC war 1,50 in den letzten 365 Tagen" in seite
        assert "A customer brings" not in seite


def test_a_share_link_speaks_the_companys_language(company: Company, client_of: Clients) -> None:
    Company.objects.filter(pk=company.pk).update(language="de")
    page = client_of(company, None).get("/shared/none/")
    assert page.status_code == 404
    assert "Dieser Link funktioniert nicht" in page.content.decode()
