"""Sending through a provider's API: a real HTTP server that answers as Postmark does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from surveys.models import Campaign, Invitation, Suppression
from tenants.models import Company
from tests.surveys import facts
from tests.surveys.mail_server import free_port

State = Invitation.State


class Provider(ThreadingHTTPServer):
    """Keeps what was posted; answers by the recipient's local part."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.mails: list[dict[str, Any]] = []


class Answering(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Provider)
        mail = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.mails.append(mail)
        name = mail["To"].split("@")[0]
        status = {"teapot": 422, "busy": 429, "broken": 500}.get(name, 200)
        said: dict[str, Any] = {
            "To": mail["To"],
            "MessageID": f"provider-{name}",
            "ErrorCode": 0,
            "Message": "OK",
        }
        if name == "nobody":
            said = {"ErrorCode": 300, "Message": "Error parsing 'To': Illegal email domain"}
            status = 422
        if status in (422, 429) and name != "nobody":
            said = {"ErrorCode": 402, "Message": "Invalid JSON"}
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        return


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {
        "POSTMARK_SERVER_TOKEN": "token",
        "POSTMARK_API_URL": f"http://127.0.0.1:{server.server_port}/",
    }
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def test_the_providers_id_is_kept_and_ours_goes_along(company: Company, provider: Provider) -> None:
    for name in ("ann", "zoe"):
        facts.make_contact(facts.at(name))
    campaign = facts.sent()
    assert campaign.state == Campaign.State.DONE
    assert set(Invitation.objects.values_list("state", "provider_id")) == {
        ("sent", "provider-ann"),
        ("sent", "provider-zoe"),
    }
    told = {mail["Metadata"]["survey_mail"] for mail in provider.mails}
    assert {f"<{one}>" for one in told} == set(
        Invitation.objects.values_list("message_id", flat=True)
    )
    headers = {one["Name"]: one["Value"] for one in provider.mails[0]["Headers"]}
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_mail_it_cannot_take_fails_and_the_others_go(
    company: Company, provider: Provider
) -> None:
    for name in ("teapot", "ann"):
        facts.make_contact(facts.at(name))
    facts.sent()
    states = dict(Invitation.objects.values_list("contact__email", "state"))
    assert states == {facts.at("teapot"): State.FAILED, facts.at("ann"): State.SENT}
    assert not Suppression.objects.exists()


def test_too_fast_holds_the_campaign_up(company: Company, provider: Provider) -> None:
    facts.make_contact(facts.at("busy"))
    campaign = facts.sent()
    assert (campaign.state, "429" in campaign.sending_error) == (Campaign.State.RUNNING, True)
    assert list(Invitation.objects.values_list("state", "attempts")) == [(State.QUEUED, 0)]


def test_an_error_of_its_own_leaves_us_in_the_dark(company: Company, provider: Provider) -> None:
    facts.make_contact(facts.at("broken"))
    facts.sent()
    assert Invitation.objects.get().state == State.UNKNOWN
    assert len(provider.mails) == 1


def test_one_that_is_away_holds_the_campaign_up(
    company: Company, provider: Provider, settings: Any
) -> None:
    settings.ANYMAIL = {
        "POSTMARK_SERVER_TOKEN": "token",
        "POSTMARK_API_URL": f"http://127.0.0.1:{free_port()}/",
    }
    facts.make_contact(facts.at("ann"))
    campaign = facts.sent()
    assert campaign.state == Campaign.State.RUNNING
    assert campaign.sending_error
    assert Invitation.objects.get().state == State.QUEUED
