"""Sending through one SMTP connection, and knowing afterwards what a failure means."""

from __future__ import annotations

import enum
import smtplib
from dataclasses import dataclass
from typing import Any, cast

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend


class Outcome(enum.Enum):
    """What became of one mail."""

    SENT = "sent"
    SOFT = "refused for now: try again later"
    HARD = "refused for good"
    UNKNOWN = "the server had the mail and did not say what it did with it"
    DOWN = "the server is not to be spoken to; the mail was not handed over"


@dataclass(frozen=True)
class Result:
    """An outcome with the server's words."""

    outcome: Outcome
    words: str = ""


class _KnowsItsStage:
    """Mixed into smtplib's classes: remembers whether a mail's content may have gone over."""

    may_have_mail = False

    def mail(self, *arguments: Any, **options: Any) -> Any:
        self.may_have_mail = False
        return super().mail(*arguments, **options)  # type: ignore[misc]

    def data(self, *arguments: Any, **options: Any) -> Any:
        self.may_have_mail = True
        return super().data(*arguments, **options)  # type: ignore[misc]


class _Smtp(_KnowsItsStage, smtplib.SMTP):
    """Plain or STARTTLS."""


class _SmtpOverTls(_KnowsItsStage, smtplib.SMTP_SSL):
    """TLS from the first byte."""


class _Backend(EmailBackend):
    """Django's SMTP backend, over connections that know their stage."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SmtpOverTls if self.use_ssl else _Smtp

    @property
    def may_have_mail(self) -> bool:
        connection = cast("_Smtp | None", self.connection)
        return connection is not None and connection.may_have_mail


class Sender:
    """One connection for many mails; a server that closed it between mails is called again.

    A context manager. Opens on the first mail.
    """

    def __init__(self) -> None:
        backend = get_connection()
        # Another backend (a provider's API) is used as it is, and taken to have the mail
        # whenever it fails without an answer.
        self._backend: BaseEmailBackend = _Backend() if type(backend) is EmailBackend else backend
        self._is_proven = False

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *exception: object) -> None:
        self._close()

    def send(self, message: EmailMessage) -> Result:
        """Hand one mail over; never raises what a mail server or the network can do to us."""
        result = self._try(message)
        if result.outcome is Outcome.DOWN and self._is_proven:
            # It worked before: servers close connections after so many mails or so long.
            self._is_proven = False
            result = self._try(message)
        if result.outcome is Outcome.SENT:
            self._is_proven = True
        return result

    def _try(self, message: EmailMessage) -> Result:
        try:
            self._backend.open()
            self._backend.send_messages([message])
        except (OSError, ValueError) as error:  # smtplib's exceptions are OSErrors
            may_have_mail = getattr(self._backend, "may_have_mail", True)
            result = judge(error, may_have_mail=may_have_mail)
            if result.outcome in (Outcome.DOWN, Outcome.UNKNOWN):
                self._close()
            return result
        return Result(Outcome.SENT)

    def _close(self) -> None:
        try:
            self._backend.close()
        except OSError:
            # It is gone already, which is what we want; the backend forgets it either way.
            return


def judge(error: Exception, *, may_have_mail: bool) -> Result:
    """What the failure of sending one mail means (RFC 5321: 4xx for now, 5xx for good)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return _by_code(code, words)
    if isinstance(error, smtplib.SMTPDataError):
        return _by_code(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPResponseException):
        # Greeting, sign-in or sender: it is about us, and the next mail would fare alike.
        return Result(Outcome.DOWN, _text(error.smtp_code, error.smtp_error))
    if isinstance(error, (ValueError, smtplib.SMTPNotSupportedError)):
        return Result(Outcome.HARD, str(error))
    outcome = Outcome.UNKNOWN if may_have_mail else Outcome.DOWN
    return Result(outcome, str(error) or type(error).__name__)


def _by_code(code: int, words: bytes | str) -> Result:
    if code == 421:  # the server is closing; it did not take the mail
        return Result(Outcome.DOWN, _text(code, words))
    if 400 <= code < 500:
        return Result(Outcome.SOFT, _text(code, words))
    if 500 <= code < 600:
        return Result(Outcome.HARD, _text(code, words))
    return Result(Outcome.UNKNOWN, _text(code, words))


def _text(code: int, words: bytes | str) -> str:
    said = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"{code} {said}".strip()
