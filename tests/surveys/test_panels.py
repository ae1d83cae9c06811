"""What a customer's page is told about surveys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import User
from customers.looking import Look
from surveys.actions.follow_ups import close, write_reply
from surveys.actions.responses import Part, record_for_invitation, record_response
from surveys.latest import SHOWN, latest_answers, latest_nps_answer
from surveys.models import Campaign, Invitation, Response
from surveys.panels import PANEL, answers_context
from surveys.timeline import timeline
from surveys.tokens import token_of
from tenants.jobs import run_pending
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts
from tests.surveys.test_follow_ups import opened


def test_a_customer_nobody_asked_has_no_panel(company: Company) -> None:
    assert answers_context(facts.make_customer(), company.today()) is None


def test_the_panel_and_the_timeline_show_the_current_answers_of_this_customer(
    company: Company, mailbox: Mailbox
) -> None:
    invitation = facts.asked(facts.at("ann"), "Ann")
    customer = invitation.contact.customer
    asked = answers_context(customer, company.today())
    assert asked is not None
    assert "Asked 1 time, not answered yet" in render_to_string(PANEL.template, asked)

    token = token_of(invitation)
    record_response(token=token, score=3, comment="<b>Slow</b>")
    record_response(token=token, score=6)
    context = answers_context(customer, company.today())
    assert context is not None
    shown = render_to_string(PANEL.template, context)
    assert "<strong>6</strong>" in shown
    assert "<strong>3</strong>" not in shown
    assert "&lt;b&gt;Slow&lt;/b&gt;" in shown

    entry, asked_for = timeline(customer, Look(limit=10))
    assert (asked_for.title, asked_for.on) == ("Ann was asked: Autumn", company.today())
    assert (entry.title, entry.text, entry.on) == (
        "Ann gave 6 of 10 (NPS, detractor)",
        "<b>Slow</b>",
        company.today(),
    )
    assert answers_context(facts.make_customer("c-2"), company.today()) is None


def test_the_latest_nps_answer_counts_however_many_others_came_since(company: Company) -> None:
    customer = facts.make_customer()
    ann = facts.make_contact(facts.at("ann"), customer=customer)
    now = timezone.now()

    def answered(kind: str, days_ago: int, score: int, *, is_by_user: bool = False) -> None:
        campaign = facts.make_campaign(name=f"{kind} {days_ago}")
        Campaign.objects.filter(pk=campaign.pk).update(
            kind=kind, lowest_score=0 if kind == "nps" else 1, highest_score=10
        )
        invitation = Invitation.objects.create(
            campaign=campaign,
            contact=ann,
            state="sent",
            token_seed="0",
            token_hash=f"{campaign.pk}",
            claimed_at=now,
            sent_at=now,
            expires_at=now,
        )
        Response.objects.create(
            invitation=invitation,
            score=score,
            origin="page",
            is_by_user=is_by_user,
            answered_at=now - timedelta(days=days_ago),
            recorded_at=now,
        )

    assert latest_nps_answer(customer.pk) is None
    answered("nps", 90, 4)
    answered("nps", 80, 7)
    answered("nps", 70, 9, is_by_user=True)
    found = latest_nps_answer(customer.pk)
    assert found is not None
    assert found.score == 7
    for days_ago in range(20, 20 + SHOWN + 1):
        answered("csat", days_ago, 5)
    assert "nps" not in {one.campaign.kind for one in latest_answers(customer.pk)}
    assert latest_nps_answer(customer.pk) == found


def test_the_timeline_says_who_put_an_answer_down(
    company: Company, mailbox: Mailbox, user_of: Any
) -> None:
    invitation = facts.asked(facts.at("ann"), "Ann")
    customer, user = invitation.contact.customer, user_of(company, "manager")
    record_response(token=token_of(invitation), score=9, by=user)
    entry, _asked = timeline(customer, Look(limit=10))
    assert entry.title == f"{user} recorded 9 of 10 for Ann (NPS, promoter)"

    record_for_invitation(
        invitation_id=invitation.pk, part=Part(score=2), actor_label="API key Desk"
    )
    entry, _asked = timeline(customer, Look(limit=10))
    assert entry.title == "API key Desk recorded 2 of 10 for Ann (NPS, detractor)"


def test_they_show_what_was_done_about_an_answer(company: Company, mailbox: Mailbox) -> None:
    found = opened(comment="Slow")
    customer = found.invitation.contact.customer
    by = User.objects.get(role="manager")
    write_reply(follow_up=found, text="We look into it", by=by, once=uuid4())
    run_pending(queue="mail")
    close(follow_up=found, outcome="solved", by=by)
    context = answers_context(customer, company.today())
    assert context is not None
    shown = render_to_string(PANEL.template, context)
    assert "Follow-up: solved" in shown
    assert "NPS, detractor" in shown
    assert [entry.title for entry in timeline(customer, Look(limit=10))] == [
        "Follow-up of Ann closed: solved",
        "Manager of Acme replied to Ann",
        "Ann gave 3 of 10 (NPS, detractor)",
        "Ann was asked: nps",
    ]
    assert len(list(timeline(customer, Look(limit=2)))) == 2
