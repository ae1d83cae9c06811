"""Closing the loop: what opens a follow-up and closes it, who owns it, and what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.actions.refusals import Refused
from accounts.models import AuditEntry, User
from customers.actions.erasure import erase_contact
from customers.models import Change
from surveys import tokens
from surveys.actions import follow_ups
from surveys.actions.history import PastAnswer, record_past_campaign
from surveys.actions.responses import record_response
from surveys.models import Campaign, FollowUp, Invitation, Reply, Response, ResponseReading
from surveys.results import worklist
from surveys.results.worklist import Narrowed
from tenants.models import Company
from tests.surveys import facts

ClientOf = Callable[..., Client]


def invitation_of(person: str = "ann", kind: str = "nps", **attributes: str) -> Invitation:
    """Asked, without a mail."""
    lowest, highest = (0, 10) if kind == "nps" else (1, 5)
    now = timezone.now()
    campaign, _made = Campaign.objects.get_or_create(
        name=kind,
        defaults={
            "kind": kind,
            "lowest_score": lowest,
            "highest_score": highest,
            "question": "How was {company}?",
            "state": "done",
            "started_at": now,
        },
    )
    customer = facts.make_customer(f"c-{person}", **attributes)
    contact = facts.make_contact(facts.at(person), person.title(), customer)
    seed = tokens.new_seed()
    return Invitation.objects.create(
        campaign=campaign,
        contact=contact,
        state="sent",
        token_seed=seed,
        token_hash=tokens.hash_of(tokens.derive(seed)),
        message_id=f"<{seed}@acme.example>",
        claimed_at=now,
        sent_at=now,
        expires_at=now + dt.timedelta(days=30),
    )


def say(invitation: Invitation, score: int, comment: str = "", by: User | None = None) -> Response:
    token = tokens.token_of(invitation)
    return record_response(token=token, score=score, comment=comment, by=by)


def user(role: str = "manager") -> User:
    return User.objects.get(role=role)


def opened(person: str = "ann", comment: str = "Too slow", **attributes: str) -> FollowUp:
    invitation = invitation_of(person, **attributes)
    say(invitation, 3, comment)
    return FollowUp.objects.get(invitation=invitation)


@pytest.mark.parametrize(("kind", "low", "middle"), [("nps", 6, 7), ("csat", 2, 3), ("ces", 2, 3)])
def test_a_low_answer_opens_one_and_only_a_low_one(
    company: Company, kind: str, low: int, middle: int
) -> None:
    say(invitation_of("mid", kind), middle)
    assert not FollowUp.objects.exists()
    invitation = invitation_of("ann", kind)
    say(invitation, low)
    say(invitation, low, "And a comment")
    found = FollowUp.objects.get()
    assert (found.invitation, found.state, found.owner) == (invitation, "open", None)


def test_an_answer_by_a_user_or_brought_in_opens_none(company: Company) -> None:
    invitation = invitation_of()
    say(invitation, 0, by=user())
    contact = facts.make_contact(facts.at("past"))
    day = timezone.now() - dt.timedelta(days=2)
    record_past_campaign(
        name="Past",
        question="?",
        asked_at=day,
        asked=[contact.pk],
        answers=[PastAnswer(contact.pk, 0, day)],
        by=None,
    )
    assert not FollowUp.objects.exists()


def test_a_change_of_mind_closes_it_and_another_opens_it_again(company: Company) -> None:
    found = opened()
    say(found.invitation, 8)  # neither high nor low
    found.refresh_from_db()
    assert found.state == "open"
    say(found.invitation, 9)
    found.refresh_from_db()
    assert (found.state, found.outcome) == ("closed", "answer_changed")
    assert found.closed_at is not None
    say(found.invitation, 1)
    found.refresh_from_db()
    assert (found.state, found.outcome, found.closed_at) == ("open", "", None)
    follow_ups.close(follow_up=found, outcome="solved", by=user())
    say(found.invitation, 0)
    found.refresh_from_db()
    assert (found.state, found.outcome) == ("closed", "solved")
    assert FollowUp.objects.count() == 1


def test_the_customers_owner_of_today_owns_it(company: Company) -> None:
    manager = user()
    assert opened("mail", owner=manager.email.upper()).owner == manager
    assert opened("name", owner=manager.name).owner == manager
    assert opened("nobody", owner="Somebody Else").owner is None
    assert opened("viewer", owner=user("viewer").email).owner is None


def test_who_works_on_it_and_what_is_refused(company: Company) -> None:
    found, manager = opened(), user()
    with pytest.raises(Refused, match="may not work"):
        follow_ups.assign(follow_up=found, owner=user("viewer"), by=manager)
    follow_ups.take_up(follow_up=found, by=manager)
    found.refresh_from_db()
    assert (found.state, found.owner) == ("in_progress", manager)
    follow_ups.assign(follow_up=found, owner=None, by=manager)
    with pytest.raises(Refused, match="Write the note first"):
        follow_ups.add_note(follow_up=found, text=" \n", by=manager)
    with pytest.raises(Refused, match="outcome is one of"):
        follow_ups.close(follow_up=found, outcome="answer_changed", by=manager)
    follow_ups.close(follow_up=found, outcome="solved", note="Called her", by=manager)
    with pytest.raises(Refused, match="closed"):
        follow_ups.take_up(follow_up=found, by=manager)
    follow_ups.reopen(follow_up=found, by=manager)
    found.refresh_from_db()
    assert (found.state, found.owner) == ("in_progress", None)
    assert [note.text for note in found.notes.all()] == ["Called her"]
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {
        "follow_up.taken_up",
        "follow_up.assigned",
        "follow_up.closed",
        "follow_up.reopened",
    } <= actions


def test_the_list_narrows_and_measures(company: Company) -> None:
    manager = user()
    mine, other, done = opened("mine"), opened("other"), opened("done")
    follow_ups.assign(follow_up=mine, owner=manager, by=manager)
    follow_ups.close(follow_up=done, outcome="solved", by=manager)
    now = timezone.now()
    FollowUp.objects.filter(pk=other.pk).update(opened_at=now - dt.timedelta(days=4))

    def pks(**narrowed: str) -> set[int]:
        return {row.pk for row in worklist.follow_ups(Narrowed(user=manager, **narrowed))}

    assert pks() == {mine.pk, other.pk}
    assert pks(owner="mine") == {mine.pk}
    assert pks(owner="none") == {other.pk}
    assert pks(owner=manager.email, state="all") == {mine.pk}
    assert pks(state="overdue") == {other.pk}
    assert pks(state="closed") == {done.pk}
    assert pks(state="all") == {mine.pk, other.pk, done.pk}

    assert (worklist.replying().median, worklist.replying().overdue) == (None, 1)
    for found, hours in ((mine, 1), (done, 4)):
        at = FollowUp.objects.get(pk=found.pk).opened_at
        FollowUp.objects.filter(pk=found.pk).update(first_reply_at=at + dt.timedelta(hours=hours))
    measured = worklist.replying()
    assert (measured.median, measured.n) == (dt.timedelta(hours=2.5), 2)
    assert (measured.words, measured.waiting, measured.overdue) == ("2 h 30 min", 1, 1)


def test_erasing_the_contact_takes_the_words_and_leaves_the_work(company: Company) -> None:
    found, manager = opened(comment="I am Ann of Ann Ltd"), user()
    follow_ups.add_note(follow_up=found, text="Ann is angry", by=manager)
    follow_ups.write_reply(follow_up=found, text="Dear Ann", by=manager, once=uuid4())
    erase_contact(contact=found.invitation.contact, by=manager)
    found.refresh_from_db()
    reply = Reply.objects.get()
    assert (reply.state, reply.quoted) == ("failed", {})
    assert not ResponseReading.objects.exists()
    with connection.cursor() as cursor:
        for table in ("surveys_reply", "surveys_followupnote", "surveys_response"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ILIKE '%%ann%%'")
            assert cursor.fetchone()[0] == 0, table
    assert found.state == "in_progress"
    with pytest.raises(Refused, match="not held any more"):
        follow_ups.write_reply(follow_up=found, text="Still there?", by=manager, once=uuid4())


def test_the_pages_from_the_list_to_the_close(company: Company, client_of: ClientOf) -> None:
    found = opened(comment="<b>Slow</b>")
    manager, viewer = client_of(company, "manager"), client_of(company, "viewer")
    page = manager.get("/follow-ups/").content.decode()
    assert "&lt;b&gt;Slow&lt;/b&gt;" in page
    assert "3 of 10, detractor" in page
    base = f"/follow-ups/{found.pk}/"
    assert "Send the reply" in manager.get(base).content.decode()
    assert "Send the reply" not in viewer.get(base).content.decode()
    for rest, data in (
        ("owner/", {"owner": user().email}),
        ("notes/", {"text": "Called"}),
        ("state/", {"state": "closed", "outcome": "solved"}),
        ("replies/", {"text": "Sorry"}),
    ):
        assert viewer.post(base + rest, data).status_code == 403
        assert manager.get(base + rest).status_code == 405
    assert not found.notes.exists()
    for rest, data in (
        ("owner/", {"owner": user().email}),
        ("notes/", {"text": "Called <her>"}),
        ("state/", {"state": "in_progress"}),
    ):
        assert manager.post(base + rest, data)["Location"] == base
    shown = manager.get(base).content.decode()
    assert "Called &lt;her&gt;" in shown
    manager.post(base + "state/", {"state": "closed", "outcome": "solved", "note": "Done"})
    found.refresh_from_db()
    assert (found.state, found.outcome, found.owner) == ("closed", "solved", user())
    assert "Nothing to do here" in manager.get("/follow-ups/").content.decode()
    assert "Solved" in manager.get("/follow-ups/?state=closed").content.decode()
    wrong = manager.get("/follow-ups/?state=nonsense").content.decode()
    assert "state is one of" in wrong
    empty = manager.post(base + "replies/", {"text": " "})
    assert empty.status_code == 422
    assert "Write the reply first" in empty.content.decode()
    exported = manager.post("/follow-ups/export.csv?state=all")
    text = b"".join(exported).decode()
    assert "solved" in text.splitlines()[1]
    with tenant_context(company):
        assert AuditEntry.objects.filter(action="follow_ups.exported").count() == 1


def test_any_answer_can_be_put_on_the_list(company: Company, client_of: ClientOf) -> None:
    invitation = invitation_of()
    say(invitation, 9, "Great, but call me")
    Change.objects.all().delete()
    manager = client_of(company, "manager")
    made = manager.post(f"/comments/{invitation.pk}/follow-up/")
    found = FollowUp.objects.get()
    assert made["Location"] == f"/follow-ups/{found.pk}/"
    assert found.opened_by == user()
    told = Change.objects.filter(customer=invitation.contact.customer_id, kind="responses")
    assert told.count() == 1  # Today follows
    manager.post(f"/comments/{invitation.pk}/follow-up/")
    assert FollowUp.objects.count() == 1


def test_a_reply_is_written_once_however_often_its_form_is_sent(company: Company) -> None:
    found, once = opened(), uuid4()
    for _attempt in range(2):
        follow_ups.write_reply(follow_up=found, text="Sorry", by=user(), once=once)
    assert Reply.objects.count() == 1
    with pytest.raises(Refused, match="another follow-up"):
        follow_ups.write_reply(follow_up=opened("bob"), text="Sorry", by=user(), once=once)
