"""Sending through a provider's API (django-anymail), and what its answers mean."""

from __future__ import annotations

from typing import Any

import requests
from anymail.exceptions import (
    AnymailConfigurationError,
    AnymailError,
    AnymailRecipientsRefused,
    AnymailUnsupportedFeature,
)
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from surveys.outcomes import Outcome, Result

MAIL_KEY = "survey_mail"
_ABOUT_THE_MAIL = (400, 413, 422)
_NOT_NOW = (429, 503)
_REFUSED = {"invalid", "rejected", "failed"}


def send(backend: BaseEmailBackend, message: EmailMessage) -> Result:
    """Hand one mail to a provider; never raises what it or the network can do to us.

    Our message id goes along as metadata where the provider has such: its webhooks say it again.
    """
    tagged: Any = message
    tagged.metadata = {MAIL_KEY: message.extra_headers.get("Message-ID", "").strip("<>")}
    try:
        try:
            backend.send_messages([message])
        except AnymailUnsupportedFeature:  # raised before anything is sent
            del tagged.metadata
            backend.send_messages([message])
    except (AnymailError, OSError, ValueError) as error:
        return judge(error, message)
    return Result(Outcome.SENT, provider_id=_id_of(message))


def judge(error: Exception, message: EmailMessage) -> Result:
    """What the failure of sending one mail means."""
    words = str(error).strip() or type(error).__name__
    if isinstance(error, AnymailRecipientsRefused):
        return Result(Outcome.HARD, words, is_address_dead=_status_of(message) == "invalid")
    if isinstance(error, AnymailConfigurationError):
        return Result(Outcome.DOWN, words)
    status = getattr(error, "status_code", None)
    if status is not None:
        if status in _ABOUT_THE_MAIL:
            return Result(Outcome.HARD, words)
        if status in _NOT_NOW or 400 <= status < 500:
            # Too fast, or it is about us: the next mail would fare alike.
            return Result(Outcome.DOWN, words)
        return Result(Outcome.UNKNOWN, words)
    if _never_got_there(error):
        return Result(Outcome.DOWN, words)
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return Result(Outcome.HARD, words)  # no mail, or not one this provider can send
    return Result(Outcome.UNKNOWN, words)


def _never_got_there(error: BaseException) -> bool:
    """Whether no connection came about."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, (requests.exceptions.ConnectTimeout, ConnectionRefusedError)):
            return True
        if "NewConnectionError" in repr(found) or "NameResolutionError" in repr(found):
            return True
        found = found.__cause__ or found.__context__
    return False


def _id_of(message: EmailMessage) -> str:
    status = getattr(message, "anymail_status", None)
    found = getattr(status, "message_id", None)
    return found if isinstance(found, str) else ""


def _status_of(message: EmailMessage) -> str:
    """The recipient's: `invalid` (no such address), `rejected` (by the provider's rules), ..."""
    recipients = getattr(getattr(message, "anymail_status", None), "recipients", {}) or {}
    return next((str(one.status) for one in recipients.values()), "")
