"""What mail servers and providers tell of addresses and mails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop

from accounts.actions import audit
from customers.actions.feed import note_change
from customers.models import Contact
from surveys import suppressions
from surveys.actions.campaigns import queue_sending
from surveys.actions.storing import results_changed
from surveys.models import Campaign, Reply, Suppression
from surveys.replies import mark_sent as mark_reply_sent
from surveys.sending.lines import INVITATIONS, LINES, Line, Mail
from surveys.sending.sent import State, mark_sent
from surveys.sending.waiting import next_due
from tenants.context import current_company

Reason = Suppression.Reason
PROVIDER = gettext_noop("The mail's provider")
# Kept where a provider says nothing itself; put into the reader's language where it is shown.
SAID = {
    "rejected": gettext_noop("The mail's provider rejected it."),
    "failed": gettext_noop("The mail's provider failed it."),
}
ACTIONS = {
    Reason.BOUNCED: "contact.bounced",
    Reason.COMPLAINED: "contact.complained",
    Reason.UNSUBSCRIBED: "contact.unsubscribed",
}
# What a provider did not send because of what it knows of the address.
_BECAUSE = {
    "invalid": Reason.BOUNCED,
    "bounced": Reason.BOUNCED,
    "spam": Reason.COMPLAINED,
    "unsubscribed": Reason.UNSUBSCRIBED,
}


@dataclass(frozen=True)
class News:
    """What a provider told of a mail, in django-anymail's words (anymail.signals.EventType,
    RejectReason). `is_hard`: a bounce for good."""

    kind: str
    at: dt.datetime
    words: str = ""
    reason: str = ""
    is_hard: bool = False


@transaction.atomic
def suppress(
    *,
    contact: Contact,
    mailed_hash: str,
    reason: Suppression.Reason,
    campaign: Campaign,
    words: str,
    by: str = gettext_noop("The mail server"),
) -> bool:
    """Write no more to the address that a mail to the contact went to; whether it was new on the
    list. Twice is harmless.

    `mailed_hash` is the mail's; none (it is of before these were kept): the contact's address as
    it is now. The address of who was erased is on the list already.
    """
    if contact.is_erased:
        return False
    present = suppressions.hash_of(contact.email)
    _, is_new = Suppression.objects.get_or_create(
        email_hash=mailed_hash or present, defaults={"reason": reason, "campaign": campaign}
    )
    if is_new:
        is_former = bool(mailed_hash) and mailed_hash != present
        audit.record(
            by=None,
            action=ACTIONS[reason],
            subject=contact,
            detail={"campaign": campaign.pk, "words": words[:200], "is_former_address": is_former},
            actor_label=by,
        )
    return is_new


@transaction.atomic
def take_news(*, message_ids: Sequence[str], provider_id: str, news: News) -> int:
    """Note what became of the mails with one of our message ids, or the provider's; how many
    there are (none of another company's). Told again, it changes nothing.

    A reply names the mail it is below (In-Reply-To), and providers tell headers: such news is of
    the reply only.
    """
    count = _take_news_of_replies(message_ids, provider_id, news)
    if count:
        return count
    for line in LINES:
        for mail in _mails(line, message_ids, provider_id):
            _tell_figures(mail, news)
            _note(mail, news)
            results_changed(mail.invitation.campaign_id)
            count += 1
    return count


def _take_news_of_replies(message_ids: Sequence[str], provider_id: str, news: News) -> int:
    """The same of replies to answers: one that nobody knew of, and that arrived, is sent."""
    rows = Reply.objects.filter(_named(message_ids, provider_id)).select_related(
        "follow_up__invitation__contact", "follow_up__invitation__campaign"
    )
    columns = {
        "delivered": ["delivered_at"],
        "opened": ["delivered_at", "opened_at"],
        "clicked": ["delivered_at", "opened_at"],
        "bounced": ["bounced_at"],
        "complained": ["complained_at"],
    }
    count = 0
    for reply in rows.select_for_update(of=("self",)):
        count += 1
        found, invitation = Reply.objects.filter(pk=reply.pk), reply.follow_up.invitation
        if news.kind in ("rejected", "failed"):
            words = news.words or SAID[news.kind]
            unsettled = found.filter(state__in=[State.SENT, State.UNKNOWN])
            unsettled.update(state=State.FAILED, error=words)
        elif news.kind in columns:
            found.update(**{name: Coalesce(name, news.at) for name in columns[news.kind]})
            if reply.state == State.UNKNOWN:
                mark_reply_sent(reply, provider_id=reply.provider_id)
        hard = {"complained": Reason.COMPLAINED}
        if news.is_hard:
            hard["bounced"] = Reason.BOUNCED
        if news.kind in hard:
            suppress(
                contact=invitation.contact,
                mailed_hash=reply.mailed_hash,
                reason=hard[news.kind],
                campaign=invitation.campaign,
                words=news.words,
                by=PROVIDER,
            )
    return count


def _named(message_ids: Sequence[str], provider_id: str) -> Q:
    named = Q(message_id__in=message_ids)
    return named | Q(provider_id=provider_id) if provider_id else named


def _mails(line: Line, message_ids: Sequence[str], provider_id: str) -> list[Mail]:
    named = _named(message_ids, provider_id)
    related = "contact" if line is LINES[0] else "invitation__contact"
    campaign = related.replace("contact", "campaign")
    rows = line.model._default_manager.filter(named).select_related(related, campaign)
    return [Mail(line, row) for row in rows.select_for_update(of=("self",))]


def _note(mail: Mail, news: News) -> None:
    match news.kind:
        case "delivered":
            _set_once(mail, news, "delivered_at")
        case "opened" | "clicked":
            _set_once(mail, news, "delivered_at", "opened_at")
        case "bounced":
            _set_once(mail, news, "bounced_at")
            if news.is_hard:
                _suppress(mail, Reason.BOUNCED, news)
        case "complained":
            _set_once(mail, news, "complained_at")
            _suppress(mail, Reason.COMPLAINED, news)
        case "unsubscribed":
            _suppress(mail, Reason.UNSUBSCRIBED, news)
        case "rejected" | "failed":
            _row(mail).filter(state__in=[State.SENT, State.UNKNOWN]).update(
                state=State.FAILED, error=news.words or SAID[news.kind]
            )
            if news.reason in _BECAUSE:
                _suppress(mail, _BECAUSE[news.reason], news)
            return
        case _:
            return
    _settle(mail)


def _tell_figures(mail: Mail, news: News) -> None:
    """The response rate is of what arrived: it changes with the first word of that."""
    row, invitation = mail.row, mail.invitation
    is_news = {
        "delivered": row.delivered_at is None,
        "opened": row.delivered_at is None,
        "clicked": row.delivered_at is None,
        "bounced": row.bounced_at is None,
        "rejected": row.state in (State.SENT, State.UNKNOWN),
        "failed": row.state in (State.SENT, State.UNKNOWN),
    }
    went_at = invitation.sent_at or invitation.claimed_at
    if mail.line is INVITATIONS and is_news.get(news.kind, False) and went_at:
        zone = ZoneInfo(current_company().timezone)
        note_change("invitations", from_day=went_at.astimezone(zone).date())


def _row(mail: Mail) -> QuerySet[Any]:
    return mail.line.model._default_manager.filter(pk=mail.row.pk)


def _set_once(mail: Mail, news: News, *columns: str) -> None:
    """The first time that something is told is the one that is kept."""
    _row(mail).update(**{column: Coalesce(column, news.at) for column in columns})


def _settle(mail: Mail) -> None:
    """A mail of which somebody tells has gone out: nobody need wonder any more."""
    if mail.row.state != State.UNKNOWN:
        return  # one that is claimed is being written down by its sender
    campaign = mail.invitation.campaign
    mark_sent(mail.line, campaign.pk, [(mail.row.message_id, mail.row.provider_id)])
    if (next_at := next_due(campaign)) is not None:
        queue_sending(campaign, run_at=next_at)


def _suppress(mail: Mail, reason: Suppression.Reason, news: News) -> None:
    suppress(
        contact=mail.invitation.contact,
        mailed_hash=mail.row.mailed_hash,
        reason=reason,
        campaign=mail.invitation.campaign,
        words=news.words,
        by=PROVIDER,
    )
