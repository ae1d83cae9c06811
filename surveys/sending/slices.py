"""Sending a campaign: claim a few, hand each over, write down at once what became of it.

The order of writes is what makes a second mail impossible. A claim is committed before the
server hears of the mail; `sent` is committed after its 250. Whoever dies between leaves a claim,
and the next runner (there is one per campaign at a time: tenants.jobs holds a lock that dies with
its holder) makes it `unknown` and goes on with the others. No more than BATCH are claimed and not
written down at any time.

While the server takes one mail in, the next is written, and what became of those before is
committed.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import deque
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from customers.actions.feed import note_change
from surveys import budget
from surveys.actions.campaigns import SEND, queue_sending
from surveys.actions.storing import changing_results
from surveys.audience import Choice
from surveys.emails import invitation_mail
from surveys.models import Campaign, Timing
from surveys.outcomes import SERVER_BACK_AFTER, Outcome, Result
from surveys.sending import waiting
from surveys.sending.claims import BATCH, claim, put_back
from surveys.sending.lines import INVITATIONS, REMINDERS, Mail
from surveys.sending.pacing import Pacing
from surveys.sending.settling import settle_dead_claims, write_down
from surveys.smtp import Sender
from tenants.context import current_company

SLICE_SECONDS = 3.0  # then the company's other jobs get their turn
WRITE_EVERY = 0.1  # seconds: how long what the server said may stay unwritten


def send_slice(campaign_id: int, *, failures: int = 0) -> None:
    """Send for a few seconds, then queue what is left (or say that the campaign is done).

    `failures`: how often in a row the mail server could not be spoken to before this.
    """
    with changing_results(campaign_id):
        settle_dead_claims(campaign_id)
        campaign = Campaign.objects.filter(pk=campaign_id).first()
        begun_at = timezone.now()
        if campaign is None or waiting.pause_when_long_past(campaign, begun_at):
            return
        waiting.move_into_hours(campaign, begun_at)
        with Sender() as sender:
            run = _Run(campaign, sender)
            trouble = run.go(until=time.monotonic() + SLICE_SECONDS)
    if run.sent:
        _tell_figures(begun_at)
    _conclude(campaign_id, trouble=trouble, failures=failures, wait=run.wait)


class _Run:
    """One slice: the mails that are claimed and not begun (`_left`), the one the server has
    (`_in_flight`), and those whose fate is not written down yet (`_told`)."""

    def __init__(self, campaign: Campaign, sender: Sender) -> None:
        self._campaign = campaign
        self._sender = sender
        self._limits = budget.limits(own_days=Choice.of(campaign).not_asked_days)
        self._pacing = Pacing(job_kind=SEND)
        self._lines = [INVITATIONS, REMINDERS] if campaign.reminders else [INVITATIONS]
        self._left: deque[Mail] = deque()
        self._in_flight: Mail | None = None
        self._told: list[tuple[Mail, Result]] = []
        self._written_at = time.monotonic()
        self._is_wanted = True
        self.sent = 0
        self.wait = 0.0  # seconds until more may go

    def go(self, *, until: float) -> str:
        """Send until then, or nothing is left to send. What cannot be spoken of now goes back;
        returns why, or ""."""
        trouble = ""
        try:
            while not trouble and self._is_wanted and time.monotonic() < until:
                if not self._left and not self._claim_more():
                    break
                if self._left:
                    trouble = self._send_next()
        finally:
            trouble = self._finish() or trouble
            self._write()
            put_back(self._left)
        return trouble

    def _claim_more(self) -> bool:
        """Whether there may be something to send: claim as many as may be claimed at once."""
        self._write()
        most = BATCH - (self._in_flight is not None)
        for line in list(self._lines):
            found = claim(line, self._campaign, most=most, limits=self._limits, pacing=self._pacing)
            self._left.extend(found.mails)
            if found.is_held:
                self.wait = self._pacing.seconds_to_wait
                return False
            if found.mails or found.skipped:
                self._lines.reverse()  # neither line waits for the end of the other
                return True
        return False

    def _send_next(self) -> str:
        mail = self._left[0]
        message = invitation_mail(mail.invitation, mail.reminder)
        try:
            ready = self._sender.prepare(message)
        except ValueError as error:  # what came out is no mail
            self._note(self._left.popleft(), Result(Outcome.HARD, str(error)))
            return ""
        if trouble := self._finish():
            return trouble
        if not self._is_wanted:
            return ""
        self._pacing.wait()
        self._left.popleft()  # from here on it may be out: whatever happens, it is not put back
        result = self._sender.begin(ready)
        if result is None:
            self._in_flight = mail
        elif result.outcome is Outcome.DOWN:
            self._left.appendleft(mail)
            return result.words
        else:
            self._note(mail, result)
        if time.monotonic() - self._written_at >= WRITE_EVERY:
            self._write()
        return ""

    def _finish(self) -> str:
        """Hear what the server made of the mail it has; why it is not to be spoken to, or ""."""
        mail, self._in_flight = self._in_flight, None
        if mail is None:
            return ""
        result = self._sender.finish()
        if result.outcome is Outcome.DOWN:  # it did not take the mail, and said so
            self._left.appendleft(mail)
            return result.words
        self._note(mail, result)
        return ""

    def _note(self, mail: Mail, result: Result) -> None:
        self._told.append((mail, result))
        self.sent += result.outcome is Outcome.SENT

    def _write(self) -> None:
        """Commit what is known; see whether the campaign still wants to send."""
        if self._told:
            line = (self._left[0] if self._left else self._told[-1][0]).line
            state = write_down(self._campaign, self._told)
            self._is_wanted = state in line.states
            self._told = []
        self._written_at = time.monotonic()


def _tell_figures(since: dt.datetime) -> None:
    """That more were asked."""
    zone = ZoneInfo(current_company().timezone)
    note_change("invitations", from_day=since.astimezone(zone).date())


def _conclude(campaign_id: int, *, trouble: str, failures: int, wait: float) -> None:
    """Queue the next slice, or the campaign is done. Also says on it what holds it up.

    One that asks once is done when its invitations are out; reminders go on. One that asks again,
    or on events, is not done by having nothing to send.
    """
    now = timezone.now()
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
        if campaign is None:
            return
        if campaign.sending_error != trouble:
            campaign.sending_error = trouble
            campaign.save(update_fields=["sending_error"])
        if campaign.state == Campaign.State.RUNNING and campaign.timing == Timing.ONCE:
            _end_when_out(campaign, now)
        elif campaign.state == Campaign.State.DONE:
            waiting.withdraw_invitations(campaign)  # put back after it was ended
        next_at = waiting.next_due(campaign)
        if next_at is None:
            return
        if trouble:
            failures += 1
            wait = SERVER_BACK_AFTER[min(failures, len(SERVER_BACK_AFTER)) - 1]
        run_at = max(next_at, now + dt.timedelta(seconds=wait))
        queue_sending(campaign, failures=failures if trouble else 0, run_at=run_at)


def _end_when_out(campaign: Campaign, now: dt.datetime) -> None:
    if campaign.invitations.filter(state="queued").exists():
        return
    campaign.state = Campaign.State.DONE
    campaign.done_at = campaign.done_at or now
    campaign.save(update_fields=["state", "done_at"])
