"""The links of the mail: GET and HEAD change nothing, a POST records, parts never wipe."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.actions.refusals import Refused
from surveys import tokens
from surveys.actions import responses
from surveys.actions.responses import record_response
from surveys.models import Invitation, Origin, Response, Suppression
from surveys.views import answers as answer_views
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts

ClientOf = Callable[..., Client]


@pytest.fixture
def invitation(company: Company, mailbox: Mailbox) -> Invitation:
    return facts.asked(facts.at("ann"), "Ann", thank_you="Thanks {contact}!")


@pytest.fixture
def visitor(company: Company, client_of: ClientOf) -> Client:
    """Nobody signed in, on the company's host."""
    return client_of(company, None)


def current() -> Response:
    return Response.objects.current().get()


def test_fetching_every_score_link_changes_nothing(
    invitation: Invitation, visitor: Client, mailbox: Mailbox
) -> None:
    mail = mailbox.mails(facts.at("ann"))[0]
    links = facts.score_links(facts.html_of(mail)) + facts.score_links(mailbox.text(mail))
    assert len(links) == 22
    before = Invitation.objects.values().get()
    for link in links:
        parts = urlsplit(link)
        assert parts.netloc == "acme.localhost:8000"
        for method in (visitor.get, visitor.head):
            response = method(f"{parts.path}?{parts.query}")
            assert response.status_code == 200
            assert not response.cookies
    assert not Response.objects.exists()
    assert Invitation.objects.values().get() == before


def test_the_links_score_is_preselected(invitation: Invitation, visitor: Client) -> None:
    page = visitor.get(facts.link_of(invitation) + "?score=9").content.decode()
    assert page.count(" checked") == 1
    assert 'value="9" required checked' in page
    for nonsense in ("", "?score=11", "?score=-1", "?score=x", "?score=9999999999999", "?score=²"):
        page = visitor.get(facts.link_of(invitation) + nonsense).content.decode()
        assert " checked" not in page


def test_zero_is_a_score(invitation: Invitation, visitor: Client) -> None:
    page = visitor.get(facts.link_of(invitation) + "?score=0").content.decode()
    assert 'value="0" required checked' in page
    visitor.post(facts.link_of(invitation), {"score": "0"})
    assert current().score == 0


def test_a_post_records_and_thanks(invitation: Invitation, visitor: Client) -> None:
    link = facts.link_of(invitation)
    response = visitor.post(f"{link}?score=9", {"score": "9", "comment": "Quick <b>help</b>"})
    assert (response.status_code, response["Location"]) == (303, f"{link}thanks/")
    answer = current()
    assert (answer.score, answer.comment) == (9, "Quick <b>help</b>")
    assert (answer.origin, answer.is_by_user) == (Origin.MAIL_LINK, False)

    page = visitor.get(f"{link}thanks/").content.decode()
    assert "Thanks Ann!" in page
    assert "9 out of 10" in page
    assert "Quick &lt;b&gt;help&lt;/b&gt;" in page


def test_a_change_of_mind_keeps_both_versions(invitation: Invitation, visitor: Client) -> None:
    link = facts.link_of(invitation)
    visitor.post(link, {"score": "3"})
    visitor.post(link, {"score": "8"})
    assert current().score == 8
    assert current().origin == Origin.PAGE
    first = Response.objects.get(score=3)
    assert first.superseded_at == current().answered_at


def test_the_same_again_makes_no_version(invitation: Invitation, visitor: Client) -> None:
    for _ in range(3):
        visitor.post(facts.link_of(invitation), {"score": "3", "comment": "slow"})
    assert Response.objects.count() == 1


def test_a_later_part_never_wipes_an_earlier_one(invitation: Invitation, visitor: Client) -> None:
    link = facts.link_of(invitation)
    visitor.post(link, {"score": "6"})
    visitor.post(link, {"comment": "Too slow"})
    assert (current().score, current().comment) == (6, "Too slow")
    visitor.post(link, {"score": "7"})
    assert (current().score, current().comment) == (7, "Too slow")
    visitor.post(link, {"score": "7", "comment": "   "})
    assert (current().score, current().comment) == (7, "Too slow")
    assert Response.objects.count() == 3


def test_a_comment_goes_only_when_it_was_seen_and_emptied(
    invitation: Invitation, visitor: Client
) -> None:
    link = facts.link_of(invitation)
    visitor.post(link, {"score": "6", "comment": "first"})
    seen = current().pk
    visitor.post(link, {"comment": "second"})
    visitor.post(link, {"score": "6", "comment": "", "seen": str(seen)})  # an old page
    assert current().comment == "second"
    visitor.post(link, {"score": "6", "comment": "", "seen": str(current().pk)})
    assert (current().score, current().comment) == (6, "")


def test_a_comment_without_any_score_is_asked_for_one_and_kept_on_the_page(
    invitation: Invitation, visitor: Client
) -> None:
    response = visitor.post(facts.link_of(invitation), {"comment": "Just words"})
    assert response.status_code == 422
    assert "Just words" in response.content.decode()
    assert "Please choose a score" in response.content.decode()
    assert not Response.objects.exists()


@pytest.mark.parametrize("score", ["11", "-1", "9.5", "many"])
def test_a_score_off_the_scale_is_refused(
    invitation: Invitation, visitor: Client, score: str
) -> None:
    assert visitor.post(facts.link_of(invitation), {"score": score}).status_code == 422
    assert not Response.objects.exists()


@pytest.mark.parametrize("score", ["010" + "9" * 4500, "9" * 4500, "010", "٣", "9\n"])
def test_a_score_that_no_number_is_read_from_stops_nothing(
    invitation: Invitation, visitor: Client, score: str
) -> None:
    link = facts.link_of(invitation)
    assert " checked" not in visitor.get(link, {"score": score}).content.decode()
    sent = visitor.post(link, {"score": score, "comment": "x" * 5001})
    assert sent.status_code == 422
    assert not Response.objects.exists()


def test_the_action_refuses_a_score_off_the_scale_itself(invitation: Invitation) -> None:
    with pytest.raises(Refused):
        record_response(token=tokens.token_of(invitation), score=11)


def test_a_comment_that_is_too_long_is_refused(invitation: Invitation, visitor: Client) -> None:
    response = visitor.post(facts.link_of(invitation), {"score": "1", "comment": "x" * 5001})
    assert response.status_code == 422
    assert not Response.objects.exists()


def test_by_script_the_answer_is_its_version(invitation: Invitation, visitor: Client) -> None:
    response = visitor.post(
        facts.link_of(invitation), {"score": "9"}, headers={"X-Requested-With": "fetch"}
    )
    assert response.json() == {"version": current().pk}


def test_no_cookie_is_needed_or_set(
    invitation: Invitation, company: Company, client_of: ClientOf
) -> None:
    strict = client_of(company, None)
    strict.handler.enforce_csrf_checks = True
    link = facts.link_of(invitation)
    for response in (
        strict.get(link),
        strict.post(link, {"score": "9"}),
        strict.get(f"{link}thanks/"),
        strict.get(f"{link}unsubscribe/"),
        strict.post(f"{link}unsubscribe/"),
    ):
        assert response.status_code in (200, 303)
        assert not response.cookies


def test_a_signed_in_user_is_flagged_and_not_counted(
    invitation: Invitation, company: Company, client_of: ClientOf
) -> None:
    user = client_of(company, "viewer")
    page = user.get(facts.link_of(invitation)).content.decode()
    assert "left out of the figures" in page
    assert "open the link in a private window" in page
    response = user.post(facts.link_of(invitation), {"score": "10"})
    assert not response.cookies
    assert (current().is_by_user, current().origin) == (True, Origin.USER)
    assert not Response.objects.counted().exists()


def test_an_expired_link_says_so_and_records_nothing(
    invitation: Invitation, visitor: Client
) -> None:
    assert invitation.expires_at is not None
    assert dt.timedelta(days=29) < invitation.expires_at - timezone.now() < dt.timedelta(days=31)
    Invitation.objects.update(expires_at=timezone.now())
    link = facts.link_of(invitation)
    for response in (visitor.get(link), visitor.post(link, {"score": "9"})):
        assert response.status_code == 410
        assert "This survey has ended" in response.content.decode()
    assert visitor.get(f"{link}thanks/").status_code == 410
    assert not Response.objects.exists()
    assert visitor.post(f"{link}unsubscribe/").status_code == 200  # that still works


@pytest.mark.parametrize("token", ["0" * 32, "x", "%00", "..", "a" * 500])
def test_an_unknown_link_is_a_clear_404(visitor: Client, token: str) -> None:
    for rest in ("", "thanks/", "unsubscribe/"):
        response = visitor.get(f"/s/{token}/{rest}")
        assert response.status_code == 404
    assert visitor.post(f"/s/{token}/", {"score": "9"}).status_code == 404


def test_another_companys_token_does_nothing_here(
    invitation: Invitation, company: Company, other_company: Company, client_of: ClientOf
) -> None:
    """Even where the very row was copied there, with the same ids."""
    row = Invitation.objects.get()
    with tenant_context(other_company):
        contact = facts.make_contact("bob@globex.example")
        campaign = facts.started()
        copy = Invitation.objects.get()
        Invitation.objects.filter(pk=copy.pk).update(
            token_seed=row.token_seed,
            token_hash=row.token_hash,
            state=row.state,
            claimed_at=row.claimed_at,
            sent_at=row.sent_at,
            expires_at=row.expires_at,
        )
        assert (contact.pk, campaign.pk) is not None
    outsider = client_of(other_company, None)
    link = facts.link_of(invitation)
    assert outsider.get(link).status_code == 404
    assert outsider.post(link, {"score": "9"}).status_code == 404
    assert outsider.post(f"{link}unsubscribe/").status_code == 404
    with tenant_context(other_company):
        assert not Response.objects.exists()
        assert not Suppression.objects.exists()
    assert not Response.objects.exists()


def test_a_link_outlives_a_change_of_the_secret_key(
    invitation: Invitation, visitor: Client, settings: object
) -> None:
    link = facts.link_of(invitation)
    settings.SECRET_KEY = "another-secret-key-of-fifty-characters-or-so-1234567890"  # type: ignore[attr-defined]
    assert visitor.post(link, {"score": "9"}).status_code == 303
    assert current().score == 9


def test_the_rows_alone_give_no_token(invitation: Invitation, settings: object) -> None:
    token = tokens.token_of(invitation)
    assert token not in (invitation.token_seed, invitation.token_hash)
    settings.SECRET_KEY = "another-secret-key-of-fifty-characters-or-so-1234567890"  # type: ignore[attr-defined]
    assert tokens.derive(invitation.token_seed) != token


def test_unsubscribing_asks_first_and_then_keeps_the_address_out(
    invitation: Invitation, visitor: Client, mailbox: Mailbox
) -> None:
    link = facts.link_of(invitation, "unsubscribe/")
    for method in (visitor.get, visitor.head):
        assert method(link).status_code == 200
    assert not Suppression.objects.exists()
    # As mail programs do it for their user (RFC 8058).
    one_click = visitor.post(link, {"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 200
    assert visitor.post(link).status_code == 200
    assert Suppression.objects.get().reason == Suppression.Reason.UNSUBSCRIBED


def test_fifty_at_once_make_one_answer_with_versions(
    real_company: Company, mailbox: Mailbox, client_of: ClientOf
) -> None:
    link = facts.link_of(facts.asked())
    together = threading.Barrier(50)
    statuses: list[int] = []

    def post(number: int) -> None:
        client = client_of(real_company, None)
        together.wait(30)
        try:
            data = {"score": str(number % 11)} if number % 2 else {"comment": f"words {number}"}
            statuses.append(client.post(link, data).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=post, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(statuses) == 50
    # A comment that comes before any score is asked for one; everything else is recorded.
    assert set(statuses) <= {303, 422}
    assert statuses.count(303) >= 25
    versions = list(Response.objects.order_by("pk"))
    assert [version.superseded_at is None for version in versions].count(True) == 1
    assert versions[-1].superseded_at is None
    for before, after in pairwise(versions):
        # One after the other, each carrying over what the other part had said.
        assert before.superseded_at == after.answered_at
        assert (before.score == after.score) or (before.comment == after.comment)
        assert not (before.comment and not after.comment)


def test_who_holds_a_link_cannot_write_without_end(
    invitation: Invitation,
    visitor: Client,
    company: Company,
    user_of: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(responses, "MOST_VERSIONS", 3)
    link = facts.link_of(invitation)
    for score in (1, 2, 3):
        assert visitor.post(link, {"score": score}).status_code == 303
    assert visitor.post(link, {"score": 3}).status_code == 303  # nothing changes
    page = visitor.post(link, {"score": 4, "comment": "What I wrote"})
    assert page.status_code == 429
    assert "This answer was changed very often" in page.content.decode()
    assert "What I wrote" in page.content.decode()
    assert (Response.objects.count(), current().score, current().comment) == (3, 3, "")
    # What users put down is counted by itself.
    token = tokens.token_of(invitation)
    record_response(token=token, score=5, by=user_of(company, "manager"))
    with pytest.raises(responses.TooManyVersionsError):
        record_response(token=token, comment="More", origin=Origin.API)
    assert current().score == 3


def test_posts_to_one_link_are_limited_and_the_last_answer_stays(
    invitation: Invitation, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_views, "PER_LINK", answer_views.Limit("test-answer-link", 2, 3600))
    link = facts.link_of(invitation)
    codes = [visitor.post(link, {"score": score}).status_code for score in (7, 8, 9)]
    assert codes == [303, 303, 429]
    by_script = visitor.post(link, {"score": 9}, headers={"X-Requested-With": "fetch"})
    assert by_script.status_code == 429
    assert current().score == 8
    assert visitor.get(link).status_code == 200
