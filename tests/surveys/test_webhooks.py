"""What a mail provider tells, posted as the provider posts it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.models import AuditEntry
from customers.actions.erasure import erase_contact
from customers.models import Change, Contact
from surveys.models import Campaign, Invitation, Reminder, Suppression
from surveys.sending.slices import send_slice
from surveys.suppressions import hash_of
from tenants.jobs import Job
from tenants.models import Company
from tests.cast import Mailbox
from tests.clients import HostClient
from tests.surveys import facts

State = Invitation.State
SECRET = "provider:pass-word"
AT = "2026-11-01T12:00:00Z"


@pytest.fixture(autouse=True)
def secret(settings: Any) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}


@pytest.fixture
def invitation(company: Company, mailbox: Mailbox) -> Invitation:
    """Its mail is out."""
    return facts.asked()


def host(company: Company) -> HostClient:
    return HostClient(f"{company.slug}.localhost")


def post(client: Client, event: dict[str, Any], *, auth: str = SECRET) -> int:
    basic = base64.b64encode(auth.encode()).decode()
    answer = client.post(
        "/webhooks/mail/postmark/tracking/",
        json.dumps(event),
        content_type="application/json",
        headers={"Authorization": f"Basic {basic}"},
    )
    return answer.status_code


def event(kind: str, invitation: Invitation, **more: Any) -> dict[str, Any]:
    """Postmark's, with our message id as the metadata it was sent with."""
    metadata = {"survey_mail": invitation.message_id.strip("<>")}
    return {
        "RecordType": kind,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Metadata": metadata,
        "Recipient": invitation.contact.email,
        **more,
    }


def hard(invitation: Invitation, **more: Any) -> dict[str, Any]:
    said = {"Type": "HardBounce", "BouncedAt": AT, "Description": "550 5.1.1 no such user"}
    return event("Bounce", invitation, **{**said, **more})


def suppressed() -> dict[str, str]:
    return dict(Suppression.objects.values_list("email_hash", "reason"))


def test_delivered_and_opened_are_noted_once(company: Company, invitation: Invitation) -> None:
    client = host(company)
    assert post(client, event("Delivery", invitation, DeliveredAt=AT)) == 200
    assert post(client, event("Delivery", invitation, DeliveredAt="2026-11-02T12:00:00Z")) == 200
    invitation.refresh_from_db()
    assert invitation.delivered_at is not None
    assert invitation.delivered_at.isoformat() == "2026-11-01T12:00:00+00:00"
    assert (invitation.state, invitation.opened_at) == (State.SENT, None)
    assert post(client, event("Open", invitation, ReceivedAt="2026-11-01T13:00:00Z")) == 200
    invitation.refresh_from_db()
    assert invitation.opened_at is not None
    assert invitation.opened_at.hour == 13
    assert invitation.delivered_at.hour == 12
    assert suppressed() == {}


def test_figures_follow_the_first_word_of_what_arrived(
    company: Company, invitation: Invitation
) -> None:
    """The response rate is of what was delivered."""
    told = Change.objects.filter(kind="invitations")
    before = told.count()
    for kind, at in (
        ("Delivery", "DeliveredAt"),
        ("Delivery", "DeliveredAt"),
        ("Open", "ReceivedAt"),
    ):
        post(host(company), event(kind, invitation, **{at: AT}))
    assert told.count() == before + 1
    post(host(company), hard(invitation))
    assert told.count() == before + 2


def test_word_of_a_delivery_settles_what_nobody_knew(
    company: Company, invitation: Invitation
) -> None:
    """It is sent, and its reminder is planned."""
    Campaign.objects.update(reminders=1)
    Invitation.objects.update(state=State.UNKNOWN, sent_at=None)
    assert post(host(company), event("Delivery", invitation, DeliveredAt=AT)) == 200
    invitation.refresh_from_db()
    assert invitation.state == State.SENT
    assert invitation.sent_at is not None
    assert Reminder.objects.get().state == Reminder.State.QUEUED
    assert Job.objects.filter(kind="surveys.send", state=Job.State.QUEUED).count() == 1
    assert post(host(company), event("Delivery", invitation, DeliveredAt=AT)) == 200
    assert Reminder.objects.count() == 1


def test_a_reminder_is_found_as_well(company: Company, invitation: Invitation) -> None:
    reminder = Reminder.objects.create(
        invitation=invitation,
        number=1,
        state="unknown",
        message_id="<0b5cf26e-8fd8-4b3c-8a33-0e2a6f1f2a01@acme.localhost>",
    )
    told = event("Delivery", invitation, DeliveredAt=AT)
    told["Metadata"] = {"survey_mail": reminder.message_id.strip("<>")}
    assert post(host(company), told) == 200
    reminder.refresh_from_db()
    invitation.refresh_from_db()
    assert reminder.state == State.SENT
    assert invitation.delivered_at is None


def test_a_mail_is_found_by_the_providers_own_id(company: Company, invitation: Invitation) -> None:
    Invitation.objects.update(provider_id="883953f4-6105-42a2-a16a-77a8eac79483")
    told = event("Delivery", invitation, DeliveredAt=AT, Metadata={})
    assert post(host(company), told) == 200
    invitation.refresh_from_db()
    assert invitation.delivered_at is not None


def test_a_hard_bounce_takes_the_address_out(company: Company, invitation: Invitation) -> None:
    for _ in range(2):
        assert post(host(company), hard(invitation)) == 200
    invitation.refresh_from_db()
    assert invitation.bounced_at is not None
    assert suppressed() == {hash_of(facts.at("ann")): "bounced"}
    entry = AuditEntry.objects.get(action="contact.bounced")
    assert entry.actor_label == "The mail's provider"
    assert Suppression.objects.get().campaign == invitation.campaign


@pytest.mark.parametrize(
    "more",
    [
        {"Type": "SoftBounce", "Description": "Soft bounce"},
        {"Description": "452 4.2.2 mailbox full"},
        {"Description": "552 5.2.2 mailbox full"},
        {"Description": "554 5.7.1 looks like spam"},
    ],
)
def test_a_bounce_that_is_not_of_the_address_does_not(
    company: Company, invitation: Invitation, more: dict[str, str]
) -> None:
    assert post(host(company), hard(invitation, **more)) == 200
    invitation.refresh_from_db()
    assert invitation.bounced_at is not None
    assert suppressed() == {}


@pytest.mark.parametrize("kind", ["bounced", "complained"])
def test_news_that_come_late_are_of_the_address_that_was_mailed(
    company: Company, invitation: Invitation, kind: str
) -> None:
    Contact.objects.update(email=facts.at("ann.new"))
    told = (
        hard(invitation)
        if kind == "bounced"
        else event("SpamComplaint", invitation, Type="SpamComplaint", BouncedAt=AT)
    )
    assert post(host(company), told) == 200
    assert suppressed() == {hash_of(facts.at("ann")): kind}
    entry = AuditEntry.objects.get(action=f"contact.{kind}")
    assert entry.detail["is_former_address"] is True
    assert facts.at("ann") not in str(entry.detail)


def test_a_mail_of_before_addresses_were_kept_takes_the_present_one_out(
    company: Company, invitation: Invitation
) -> None:
    Invitation.objects.update(mailed_hash="")
    assert post(host(company), hard(invitation)) == 200
    assert suppressed() == {hash_of(facts.at("ann")): "bounced"}


def test_news_of_who_was_erased_add_nothing(company: Company, invitation: Invitation) -> None:
    erase_contact(contact=Contact.objects.get(), by=None)
    invitation.refresh_from_db()
    assert invitation.mailed_hash == ""
    assert post(host(company), hard(invitation)) == 200
    assert suppressed() == {hash_of(facts.at("ann")): "erased"}


def test_a_reminders_bounce_is_of_the_address_it_went_to(
    company: Company, invitation: Invitation
) -> None:
    Contact.objects.update(email=facts.at("ann.new"))
    Campaign.objects.update(reminders=1, reminder_days=1)
    Reminder.objects.create(invitation=invitation, number=1)
    send_slice(invitation.campaign_id)
    reminder = Reminder.objects.get()
    assert reminder.state == State.SENT
    named = {"survey_mail": reminder.message_id.strip("<>")}
    assert post(host(company), hard(invitation, Metadata=named)) == 200
    assert suppressed() == {hash_of(facts.at("ann.new")): "bounced"}


def test_a_complaint_and_an_unsubscription_take_the_address_out(
    company: Company, invitation: Invitation
) -> None:
    complaint = event("SpamComplaint", invitation, Type="SpamComplaint", BouncedAt=AT)
    assert post(host(company), complaint) == 200
    invitation.refresh_from_db()
    assert invitation.complained_at is not None
    assert suppressed() == {hash_of(facts.at("ann")): "complained"}

    Suppression.objects.all().delete()
    leaving = event(
        "SubscriptionChange",
        invitation,
        SuppressSending=True,
        SuppressionReason="ManualSuppression",
        ChangedAt=AT,
    )
    assert post(host(company), leaving) == 200
    assert suppressed() == {hash_of(facts.at("ann")): "unsubscribed"}


def test_what_the_provider_rejects_has_failed(company: Company, invitation: Invitation) -> None:
    rejected = hard(invitation, Type="BadEmailAddress", Description="not an address")
    assert post(host(company), rejected) == 200
    invitation.refresh_from_db()
    assert (invitation.state, invitation.error) == (State.FAILED, "not an address")
    assert suppressed() == {hash_of(facts.at("ann")): "bounced"}


def test_strange_ids_and_another_companys_do_nothing(
    company: Company, other_company: Company, invitation: Invitation
) -> None:
    """Not even with a provider's id that another company has as well."""
    Invitation.objects.update(provider_id="883953f4-6105-42a2-a16a-77a8eac79483")
    before = list(Invitation.objects.values())
    stranger = event("Delivery", invitation, DeliveredAt=AT, MessageID="x", Metadata={})
    assert post(host(company), stranger) == 200
    assert post(host(other_company), hard(invitation)) == 200
    assert list(Invitation.objects.values()) == before
    assert suppressed() == {}
    with tenant_context(other_company):
        assert suppressed() == {}


def test_on_the_public_host_an_event_goes_where_our_id_says(
    company: Company, other_company: Company, invitation: Invitation, public_client: Client
) -> None:
    assert post(public_client, hard(invitation)) == 200
    invitation.refresh_from_db()
    assert invitation.bounced_at is not None
    assert suppressed() == {hash_of(facts.at("ann")): "bounced"}
    with tenant_context(other_company):
        assert suppressed() == {}

    Invitation.objects.update(bounced_at=None, provider_id="p-1")
    nameless = hard(invitation, MessageID="p-1", Metadata={})
    assert post(public_client, nameless) == 200
    invitation.refresh_from_db()
    assert invitation.bounced_at is None


def test_on_the_public_host_our_metadata_say_which_of_several_companies(
    company: Company, other_company: Company, invitation: Invitation, public_client: Client
) -> None:
    other = f"11111111-2222-3333-4444-555555555555@a.{other_company.slug}.localhost"
    theirs = other.replace("a.", "", 1)
    told = hard(invitation, Details=f"In-Reply-To: <{theirs}> <{other}>", AAA=theirs)
    with tenant_context(other_company):
        bob = facts.asked(facts.at("bob"), "Bob")
        Invitation.objects.filter(pk=bob.pk).update(message_id=f"<{theirs}>")
    assert post(public_client, told) == 200
    assert suppressed() == {hash_of(facts.at("ann")): "bounced"}
    with tenant_context(other_company):
        assert suppressed() == {}
    # And the other way round, whichever name comes first in the alphabet.
    told = hard(invitation, Metadata={"survey_mail": theirs}, Details=invitation.message_id)
    Suppression.objects.all().delete()
    assert post(public_client, told) == 200
    assert suppressed() == {}
    with tenant_context(other_company):
        assert suppressed() == {hash_of(facts.at("bob")): "bounced"}


def test_without_the_secret_nothing_is_heard(
    company: Company, invitation: Invitation, public_client: Client, settings: Any
) -> None:
    for client in (host(company), public_client):
        assert post(client, hard(invitation), auth="provider:guess") == 400
    settings.ANYMAIL = {}
    for client in (host(company), public_client):
        assert post(client, hard(invitation)) == 404
        assert post(client, hard(invitation), auth="") == 404
    assert suppressed() == {}


def test_a_provider_that_is_not_set_up_is_not_there(company: Company) -> None:
    answer = host(company).post("/webhooks/mail/mailgun/tracking/", {}, headers={})
    assert answer.status_code in (400, 404)


def test_a_mail_still_being_sent_is_left_to_its_sender(
    company: Company, invitation: Invitation
) -> None:
    Invitation.objects.update(state=State.CLAIMED, sent_at=None, claimed_at=timezone.now())
    assert post(host(company), event("Delivery", invitation, DeliveredAt=AT)) == 200
    invitation.refresh_from_db()
    assert (invitation.state, invitation.delivered_at is not None) == (State.CLAIMED, True)
