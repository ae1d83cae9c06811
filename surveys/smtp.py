"""Sending through one SMTP connection, in two halves, and knowing what a failure means."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from surveys import providers
from surveys.mime import as_bytes
from surveys.outcomes import Outcome, Result, judge

GO_AHEAD, TAKEN, CLOSING = 354, 250, 421
_LEADING_PERIOD = re.compile(rb"(?m)^\.")


@dataclass(frozen=True)
class Ready:
    """A mail as it goes out: nothing more is to be done than to hand it over."""

    message: EmailMessage
    sender: str = ""
    recipients: Sequence[str] = ()
    content: bytes = b""


class _InTwoHalves:
    """Mixed into smtplib's classes: the answer to a mail's content is awaited by `finish`, so
    that something useful can be done meanwhile. Knows whether content may have gone over."""

    may_have_mail = False
    is_waiting = False

    def mail(self, *arguments: Any, **options: Any) -> Any:
        self.may_have_mail = False
        return super().mail(*arguments, **options)  # type: ignore[misc]

    def data(self, msg: Any) -> tuple[int, bytes]:
        smtp = cast(smtplib.SMTP, self)
        code, words = smtp.docmd("data")
        if code != GO_AHEAD:
            raise smtplib.SMTPDataError(code, words)
        self.may_have_mail = self.is_waiting = True
        ending = b".\r\n" if msg.endswith(b"\r\n") else b"\r\n.\r\n"
        smtp.send(_LEADING_PERIOD.sub(b"..", msg) + ending)
        return TAKEN, b""  # what the server says is heard by `finish`

    def finish(self) -> None:
        """Hear it. Raises SMTPDataError when it refuses, SMTPServerDisconnected."""
        smtp = cast(smtplib.SMTP, self)
        self.is_waiting = False
        code, words = smtp.getreply()
        if code == TAKEN:
            return
        if code == CLOSING:
            smtp.close()
        else:
            smtp.rset()
        raise smtplib.SMTPDataError(code, words)


class _Smtp(_InTwoHalves, smtplib.SMTP):
    """Plain or STARTTLS."""


class _SmtpOverTls(_InTwoHalves, smtplib.SMTP_SSL):
    """TLS from the first byte."""


class _Backend(EmailBackend):
    """Django's SMTP backend, over connections that work in two halves."""

    connection: _Smtp | None

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SmtpOverTls if self.use_ssl else _Smtp

    def prepare(self, message: EmailMessage) -> Ready:
        encoding = message.encoding or settings.DEFAULT_CHARSET
        return Ready(
            message,
            sanitize_address(message.from_email, encoding),
            [sanitize_address(address, encoding) for address in message.recipients()],
            as_bytes(message),
        )

    def begin(self, ready: Ready) -> None:
        self.open()
        assert self.connection is not None
        self.connection.sendmail(ready.sender, ready.recipients, ready.content)

    def finish(self) -> None:
        assert self.connection is not None
        self.connection.finish()

    @property
    def may_have_mail(self) -> bool:
        return self.connection is not None and self.connection.may_have_mail


class Sender:
    """One connection for many mails; a server that closed it between mails is called again.

    A context manager. Opens on the first mail. `begin` hands a mail over and `finish` hears what
    became of it; neither raises what a mail server or the network can do to us.
    """

    def __init__(self) -> None:
        backend = get_connection()
        # Another backend (a provider's API) is used as it is, and hands over and hears at once.
        self._smtp: _Backend | None = _Backend() if type(backend) is EmailBackend else None
        self._backend: BaseEmailBackend = self._smtp or backend
        self._is_proven = False
        self._begun: Ready | None = None

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *exception: object) -> None:
        self._close()

    def prepare(self, message: EmailMessage) -> Ready:
        """Speaks to nobody. Raises ValueError for what is no mail."""
        return self._smtp.prepare(message) if self._smtp else Ready(message)

    def begin(self, ready: Ready) -> Result | None:
        """Hand one mail over. None: the server has it; `finish` must be called next."""
        assert self._begun is None, "the mail before is not finished"
        result = self._begin(ready)
        if result is not None and result.outcome is Outcome.DOWN and self._is_proven:
            # It worked before: servers close connections after so many mails or so long.
            self._is_proven = False
            result = self._begin(ready)
        if result is None:
            self._begun = ready
        elif result.outcome is Outcome.SENT:
            self._is_proven = True
        return result

    def finish(self) -> Result:
        """What became of the mail that was begun."""
        assert self._smtp is not None
        assert self._begun is not None
        ready, self._begun = self._begun, None
        result = self._tried(self._smtp.finish) or Result(Outcome.SENT)
        if result.outcome is Outcome.DOWN and self._is_proven:
            self._is_proven = False
            result = self._begin(ready) or (self._tried(self._smtp.finish) or Result(Outcome.SENT))
        if result.outcome is Outcome.SENT:
            self._is_proven = True
        return result

    def send(self, message: EmailMessage) -> Result:
        """Both at once."""
        return self.begin(self.prepare(message)) or self.finish()

    def _begin(self, ready: Ready) -> Result | None:
        if self._smtp is not None:
            smtp = self._smtp
            return self._tried(lambda: smtp.begin(ready))
        return providers.send(self._backend, ready.message)

    def _tried(self, step: Callable[[], None]) -> Result | None:
        assert self._smtp is not None
        try:
            step()
        except (OSError, ValueError) as error:  # smtplib's exceptions are OSErrors
            result = judge(error, may_have_mail=self._smtp.may_have_mail)
            if result.outcome in (Outcome.DOWN, Outcome.UNKNOWN):
                self._close()
            return result
        return None

    def _close(self) -> None:
        try:
            self._backend.close()
        except OSError:
            # It is gone already, which is what we want; the backend forgets it either way.
            return
