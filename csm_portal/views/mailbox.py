"""The mail that the SMTP sink kept, to be read in a browser. There only with the sink."""

from __future__ import annotations

import base64
import datetime as dt
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from tenants.decorators import public_page
from tenants.mail import MAIL_POLICY

NEWEST = 200
NAME = re.compile(r"^\d+-\d+\.eml$")


@dataclass(frozen=True)
class Mail:
    """One kept mail. `text` and `html` are its parts, empty when it has none."""

    name: str
    subject: str
    sender: str
    to: str
    sent_at: dt.datetime | None
    text: str
    html: str


def _folder() -> Path:
    return Path(settings.MAILBOX)


def _names() -> list[str]:
    names = [path.name for path in _folder().glob("*.eml") if NAME.match(path.name)]
    return sorted(names, key=lambda name: int(name.split("-")[0]), reverse=True)


def _read(name: str) -> Mail:
    path = _folder() / name
    if not NAME.match(name) or not path.is_file():
        raise Http404("There is no such mail.")
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return Mail(
        name=name,
        subject=str(message["Subject"] or _("(no subject)")),
        sender=str(message["From"] or ""),
        to=str(message["X-Envelope-To"] or message["To"] or ""),
        sent_at=_sent_at(message),
        text=_part(message, "plain"),
        html=_with_pictures(_part(message, "html"), message),
    )


def _sent_at(message: EmailMessage) -> dt.datetime | None:
    try:
        return parsedate_to_datetime(str(message["Date"]))
    except ValueError:
        return None


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def _with_pictures(html: str, message: EmailMessage) -> str:
    """The pictures that the mail brings put in where it shows them."""
    for part in message.walk():
        name = str(part["Content-ID"] or "").strip("<>")
        picture = part.get_payload(decode=True)
        if name and part.get_content_maintype() == "image" and isinstance(picture, bytes):
            whole = base64.b64encode(picture).decode()
            html = html.replace(f'"cid:{name}"', f'"data:{part.get_content_type()};base64,{whole}"')
    return html


@public_page
def inbox(request: HttpRequest) -> HttpResponse:
    """The newest mails first."""
    names = _names()
    mails = [_read(name) for name in names[:NEWEST]]
    return render(request, "portal/mailbox.html", {"mails": mails, "count": len(names)})


@public_page
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail with both its parts."""
    return render(request, "portal/mail.html", {"mail": _read(name)})


@public_page
@xframe_options_sameorigin
@csp_replace(MAIL_POLICY)  # type: ignore[arg-type]  # typed for views without arguments only
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part alone, for the frame on the mail's page. Its links open in the whole window."""
    html = _read(name).html
    return HttpResponse(html.replace("<head>", '<head><base target="_top">', 1))
