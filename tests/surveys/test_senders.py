"""The company's own From: only while DNS says that the domain is its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from email.utils import parseaddr
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django_tenants.utils import tenant_context

from accounts.models import AuditEntry
from surveys import dns, senders
from surveys.actions.senders import check_domain, check_due
from surveys.actions.settings import change_survey_settings
from surveys.models import SenderDomain, survey_settings
from tenants.models import Company
from tests.cast import Mailbox
from tests.casting import Clients
from tests.surveys import facts
from tests.surveys.name_server import NameServer, running

NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def name_server(settings: Any) -> Iterator[NameServer]:
    with running() as server:
        settings.DNS_SERVERS = [f"127.0.0.1:{server.port}"]
        yield server


def change(**values: Any) -> bool:
    return change_survey_settings(values=values, by=None)


def sender(address: str = "surveys@Mail.Acme.example", name: str = "Acme Customer Care") -> Any:
    change(from_address=address, from_name=name)
    return SenderDomain.objects.get(domain=senders.domain_of(address))


def publish(server: NameServer, domain: SenderDomain) -> None:
    record = senders.record_of(domain)
    server.records[record.name] = ["v=spf1 -all", record.value]


def check(domain: SenderDomain, now: dt.datetime = NOW) -> SenderDomain:
    return check_domain(domain=domain, by=None, now=now)


def test_a_proved_address_is_where_mails_come_from(
    company: Company, mailbox: Mailbox, name_server: NameServer
) -> None:
    domain = sender()
    assert domain.domain == "mail.acme.example"
    publish(name_server, domain)
    check_domain(domain=domain, by=None)
    facts.asked(facts.at("ann"))
    mail = mailbox.mails(facts.at("ann"))[0]
    assert parseaddr(str(mail["From"])) == ("Acme Customer Care", "surveys@mail.acme.example")
    assert str(mail["X-Envelope-From"]) == "surveys@mail.acme.example"
    assert name_server.asked == ["_csm-portal.mail.acme.example"]


def test_without_proof_the_portals_address_goes_out_under_the_companys_name(
    company: Company, mailbox: Mailbox, name_server: NameServer
) -> None:
    domain = check_domain(domain=sender(), by=None)
    assert domain.verified_at is None
    assert "no TXT record at _csm-portal.mail.acme.example" in domain.problem
    facts.asked(facts.at("ann"))
    name, address = parseaddr(str(mailbox.mails(facts.at("ann"))[0]["From"]))
    assert (name, address) == ("Acme Customer Care", "portal@localhost")


def test_the_preview_shows_the_name_as_people_write_it(
    company: Company, client_of: Clients, mailbox: Mailbox
) -> None:
    change(from_name="Küstenwerk GmbH")
    campaign = facts.make_campaign()
    page = client_of(company, "manager").get(f"/campaigns/{campaign.pk}/send/").content.decode()
    assert "Küstenwerk GmbH &lt;" in page
    assert "=?utf-8?" not in page


def test_another_companys_record_proves_nothing_here(
    company: Company, other_company: Company, name_server: NameServer
) -> None:
    with tenant_context(other_company):
        publish(name_server, sender())
    domain = check(sender())
    assert domain.verified_at is None
    assert "none with the value" in domain.problem
    assert "@mail.acme.example" not in senders.look_up(company)


def test_a_record_that_goes_away_counts_for_three_days_more(
    company: Company, name_server: NameServer
) -> None:
    domain = sender()
    publish(name_server, domain)
    assert check(domain).is_usable(now=NOW)
    name_server.records.clear()
    gone = check(domain, NOW + DAY)
    assert gone.failing_since == NOW + DAY
    assert check(domain, NOW + 2 * DAY).failing_since == NOW + DAY
    assert gone.is_usable(now=NOW + 4 * DAY - dt.timedelta(seconds=1))
    assert not gone.is_usable(now=NOW + 4 * DAY)
    publish(name_server, domain)
    back = check(domain, NOW + 5 * DAY)
    assert (back.verified_at, back.failing_since, back.problem) == (NOW + 5 * DAY, None, "")
    assert list(
        AuditEntry.objects.filter(action__startswith="sender_domain")
        .order_by("pk")
        .values_list("action", flat=True)
    ) == ["sender_domain.verified", "sender_domain.record_missing", "sender_domain.verified"]


@pytest.mark.parametrize("trouble", ["is_silent", "is_broken"])
def test_a_name_server_in_trouble_is_told_from_a_missing_record(
    company: Company, name_server: NameServer, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(dns, "PATIENCE", 0.3)
    domain = sender()
    publish(name_server, domain)
    check(domain)
    setattr(name_server, trouble, True)
    troubled = check(domain, NOW + DAY)
    assert "answer" in troubled.problem
    assert "TXT record" not in troubled.problem
    assert troubled.is_usable(now=NOW + DAY)


def test_a_domain_not_looked_at_for_a_week_has_to_be_proved_again(
    company: Company, name_server: NameServer
) -> None:
    domain = sender()
    publish(name_server, domain)
    domain = check(domain)
    assert domain.is_usable(now=NOW + 7 * DAY)
    assert not domain.is_usable(now=NOW + 8 * DAY)


def test_the_job_checks_the_domain_in_use_once_a_day(
    company: Company, name_server: NameServer
) -> None:
    assert check_due(now=NOW) == 0
    publish(name_server, sender())
    assert [check_due(now=NOW + hours * dt.timedelta(hours=1)) for hours in range(48)].count(1) == 3
    sender("surveys@other.example")
    check_due(now=NOW + 3 * DAY)
    assert name_server.asked[-1] == "_csm-portal.other.example"
    assert SenderDomain.objects.get(domain="mail.acme.example").checked_at < NOW + 2 * DAY


def test_a_long_record_comes_in_pieces(name_server: NameServer) -> None:
    name_server.records["long.example"] = ["x" * 600]
    assert dns.txt_records("long.example") == ["x" * 600]
    name_server.records["none.example"] = []
    assert dns.txt_records("none.example") == []
    assert dns.txt_records("unknown.example") == []


def test_a_domain_in_other_letters_is_asked_for_and_sent_from_in_ascii(
    company: Company, name_server: NameServer
) -> None:
    domain = sender("umfragen@bücher.example", "")
    publish(name_server, domain)
    check_domain(domain=domain, by=None)
    assert name_server.asked == ["_csm-portal.xn--bcher-kva.example"]
    assert senders.look_up(company) == "Acme <umfragen@xn--bcher-kva.example>"


@pytest.mark.parametrize(
    "values",
    [
        {"from_name": "Acme\r\nBcc: eve@example.com"},
        {"from_name": "boss@bank.example"},
        {"from_name": "Boss <boss@bank.example>"},
        {"from_address": "a@b.example\nBcc: eve@example.com"},
        {"from_address": "a@b.example, eve@example.com"},
        {"from_address": "surveys@localhost"},
        {"from_address": "surveys@[192.0.2.1]"},
        {"from_address": "nobody"},
        {"from_address": "bücher@example.com"},
    ],
)
def test_what_would_not_be_one_sender_is_refused(company: Company, values: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        change(**values)
    assert set(refused.value.message_dict) == set(values)
    assert survey_settings().from_address == survey_settings().from_name == ""


def test_a_change_is_audited_and_one_that_changes_nothing_is_not(company: Company) -> None:
    assert change(contact_days=14, mails_per_hour=500)
    assert not change(contact_days=14)
    entry = AuditEntry.objects.get(action="surveys.settings_changed")
    assert entry.detail == {"contact_days": [30, 14], "mails_per_hour": [None, 500]}
