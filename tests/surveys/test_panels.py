"""What a customer's page is told about surveys."""

from __future__ import annotations

from django.template.loader import render_to_string

from surveys.actions.responses import record_response
from surveys.panels import PANEL, answers_context, timeline
from surveys.tokens import token_of
from tenants.models import Company
from tests.cast import Mailbox
from tests.surveys import facts


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

    (entry,) = timeline(customer, 10)
    assert (entry.title, entry.text, entry.on) == (
        "Ann gave 6 of 10",
        "<b>Slow</b>",
        company.today(),
    )
    assert answers_context(facts.make_customer("c-2"), company.today()) is None
