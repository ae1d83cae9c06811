"""What names and passwords may be made of."""

from __future__ import annotations

import re

from django.contrib.auth.password_validation import (
    MinimumLengthValidator,
    get_default_password_validators,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

# The control characters of ASCII and Latin-1, and Unicode's own line and paragraph separators.
_NOT_IN_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def validate_one_line(text: str) -> None:
    """Refuse line breaks and control characters: names go into the headers of mails."""
    if _NOT_IN_A_LINE.search(text):
        raise ValidationError(
            gettext_lazy("Use one line, without line breaks or control characters."),
            code="one_line",
        )


def one_line(text: str) -> str:
    """The text as one line, for names that were stored before they were checked."""
    return " ".join(_NOT_IN_A_LINE.sub(" ", text).split())


def password_help() -> str:
    """The one rule people need beforehand; the others speak up when they are broken."""
    validators = get_default_password_validators()
    return next(
        str(one.get_help_text()) for one in validators if isinstance(one, MinimumLengthValidator)
    )
