"""What became of a mail that was handed to a mail server, by what the server said."""

from __future__ import annotations

import enum
import re
import smtplib
from dataclasses import dataclass

from django.utils.translation import gettext_noop

# Seconds to wait: after the first, second, ... refusal of a mail; while a server is not to be
# spoken to.
RETRY_AFTER = (60, 300, 900, 3600, 14400)
SERVER_BACK_AFTER = (30, 60, 120, 300, 900)

CLOSING = 421
# What is kept of a mail whose sender died; put into the reader's language where it is shown.
DIED = gettext_noop("The sender died before it knew whether the mail was taken.")
# Refusals of an address that say nobody is there (RFC 3463 5.1.x: the address; 5.2.1: the mailbox
# is disabled), and, where a server tells no such code, those of RFC 5321 for an address.
_NOBODY_THERE = re.compile(r"5\.(1\.\d{1,3}|2\.1)\Z")
_ENHANCED = re.compile(r"\A\s*(5\.\d{1,3}\.\d{1,3})\b")
_PLAIN_NOBODY_THERE = (550, 551, 553)
# These are about the sender's address.
_ABOUT_SENDER = ("5.1.7", "5.1.8")


class Outcome(enum.Enum):
    """What became of one mail."""

    SENT = "sent"
    SOFT = "refused for now: try again later"
    HARD = "refused for good"
    UNKNOWN = "the server had the mail and did not say what it did with it"
    DOWN = "the server is not to be spoken to; the mail was not handed over"


@dataclass(frozen=True)
class Result:
    """An outcome with the server's words.

    `is_address_dead`: refused for good because nobody is there, not because of what was sent or
    by whom. `provider_id`: what a provider with an API of its own calls the mail.
    """

    outcome: Outcome
    words: str = ""
    is_address_dead: bool = False
    provider_id: str = ""


def judge(error: Exception, *, may_have_mail: bool) -> Result:
    """What the failure of sending one mail means (RFC 5321: 4xx for now, 5xx for good)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return _by_code(code, words, is_of_address=True)
    if isinstance(error, smtplib.SMTPDataError):
        return _by_code(error.smtp_code, error.smtp_error, is_of_address=False)
    if isinstance(error, smtplib.SMTPResponseException):
        # Greeting, sign-in or sender: it is about us, and the next mail would fare alike.
        return Result(Outcome.DOWN, _text(error.smtp_code, error.smtp_error))
    if isinstance(error, (ValueError, smtplib.SMTPNotSupportedError)):
        return Result(Outcome.HARD, str(error))
    outcome = Outcome.UNKNOWN if may_have_mail else Outcome.DOWN
    return Result(outcome, str(error) or type(error).__name__)


def _by_code(code: int, words: bytes | str, *, is_of_address: bool) -> Result:
    text = _text(code, words)
    if code == CLOSING:  # the server is closing; it did not take the mail
        return Result(Outcome.DOWN, text)
    if 400 <= code < 500:
        return Result(Outcome.SOFT, text)
    if 500 <= code < 600:
        return Result(Outcome.HARD, text, is_address_dead=is_dead(text, is_of_address))
    return Result(Outcome.UNKNOWN, text)


def is_dead(words: str, is_of_address: bool) -> bool:
    """Whether a refusal for good (`550 5.1.1 no such user`) means that nobody has the address.

    By the enhanced status code where there is one, wherever it was said; else only when the
    address was refused, not the mail's content.
    """
    code, _, rest = words.partition(" ")
    found = _ENHANCED.match(rest)
    if found:
        return bool(_NOBODY_THERE.match(found[1])) and found[1] not in _ABOUT_SENDER
    return is_of_address and int(code) in _PLAIN_NOBODY_THERE


def _text(code: int, words: bytes | str) -> str:
    said = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"{code} {said}".strip()
