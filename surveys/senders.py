"""In whose name mails go out: the company's own address while DNS proves that it may, else the
portal's address with the company's name in front.

The proof is a TXT record at `_csm-portal.<domain of the address>` with a token that only this
company was given, so no company can send in the name of another's domain.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.utils import formataddr, parseaddr
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.encoding import punycode
from django.utils.translation import gettext as _

from surveys.models import SenderDomain, SurveySettings, survey_settings
from tenants import mail
from tenants.context import current_company
from tenants.models import Company
from tenants.validators import one_line

LABEL = "_csm-portal"
VALUE = "csm-portal-verification="
TOKEN_BYTES = 20
_KEPT = "_survey_from"


def from_email(company: Company) -> str:
    """The From of the company's surveys, whose schema the connection is in.

    Looked up once per company object, so once per request or job; costs two queries then.
    """
    known: str | None = company.__dict__.get(_KEPT)
    if known is None:
        known = look_up(company)
        setattr(company, _KEPT, known)
    return known


def readable(from_email: str) -> str:
    """A From as people read it, not as it is encoded: `Küste GmbH <surveys@kueste.example>`."""
    name, address = parseaddr(from_email)
    return f"{make_header(decode_header(name))} <{address}>" if name else address


def forget(company: Company) -> None:
    """Look it up anew next time: settings or proof have changed."""
    company.__dict__.pop(_KEPT, None)


def look_up(company: Company) -> str:
    """What from_email says, asked anew."""
    held = survey_settings()
    if held.from_address and is_proved(held.from_address):
        return formataddr((name_of(held, company), ascii_address(held.from_address)))
    if held.from_name:
        return mail.sender(company, name=held.from_name)
    return mail.sender(company)


def name_of(held: SurveySettings, company: Company) -> str:
    return one_line(held.from_name or company.name)


def is_proved(address: str) -> bool:
    """Whether mails may go out from the address now. Costs a query."""
    domain = SenderDomain.objects.filter(domain=domain_of(address)).first()
    return domain is not None and domain.is_usable(now=timezone.now())


def domain_of(address: str) -> str:
    """The domain of an address as DNS and mail headers have it: in ASCII, lower case."""
    return punycode(address.rpartition("@")[2]).lower()


def ascii_address(address: str) -> str:
    return f"{address.rpartition('@')[0]}@{domain_of(address)}"


def check_address(address: str) -> None:
    """Refuse, with what to do instead, an address that no mail could come from. Its form as an
    address was seen to before. Raises ValidationError."""
    local = address.rpartition("@")[0]
    if not local.isascii():
        raise ValidationError(_("Use only ASCII letters before the @: many mail servers need it."))
    try:
        domain = domain_of(address)
    except UnicodeError:
        raise ValidationError(_("The part after the @ is no domain.")) from None
    if domain.startswith("[") or "." not in domain or len(domain) > 240:
        raise ValidationError(_("Use an address at a domain of yours, like surveys@example.com."))


def check_name(name: str) -> None:
    """Refuse a name that poses as an address. Raises ValidationError."""
    if any(sign in name for sign in "<>@"):
        raise ValidationError(_("Write a name only, without an address and without < > @."))


@dataclass(frozen=True)
class Record:
    """The TXT record to set."""

    name: str
    value: str


def record_of(domain: SenderDomain) -> Record:
    return Record(f"{LABEL}.{domain.domain}", f"{VALUE}{domain.token}")


def new_token() -> str:
    """160 random bits."""
    return secrets.token_hex(TOKEN_BYTES)


def sender_domain(held: SurveySettings) -> SenderDomain | None:
    """The row of the From address's domain. Costs a query."""
    if not held.from_address:
        return None
    return SenderDomain.objects.filter(domain=domain_of(held.from_address)).first()


def state_of(held: SurveySettings) -> dict[str, Any]:
    """In whose name mails go out now, and what is to do about the domain."""
    domain = sender_domain(held)
    now = timezone.now()
    return {
        "in_use": look_up(current_company()),
        "domain": domain,
        "record": record_of(domain) if domain else None,
        "is_usable": domain is not None and domain.is_usable(now=now),
        "is_failing": domain is not None and domain.failing_since is not None,
        "is_stale": domain is not None and _is_stale(domain, now),
    }


def _is_stale(domain: SenderDomain, now: dt.datetime) -> bool:
    return domain.verified_at is not None and not domain.problem and not domain.is_usable(now=now)
