"""One renderer for all mail."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template import Context, Engine
from django.template.loader import render_to_string

from tenants.models import Company
from tenants.validators import one_line

# For a page that shows a mail in a frame: the mail's own styles and pictures, no scripts.
MAIL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'self'"],
    "script-src": ["'none'"],
    "connect-src": ["'none'"],
    "frame-src": ["'none'"],
}


def sender(company: Company | None, *, name: str = "") -> str:
    """The portal's address, with `name` in front of it, else the company's, else the portal's."""
    own, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((one_line(name or (company.name if company else own)), address))


def render_text(template: str, values: Mapping[str, Any]) -> str:
    """Plain text of a template: nothing in it is escaped, as no reader would undo it."""
    context = Context(dict(values), autoescape=False)
    return Engine.get_default().get_template(template).render(context)


def compose(
    *,
    template: str,
    to: str,
    context: Mapping[str, Any],
    company: Company | None = None,
    headers: Mapping[str, str] | None = None,
    from_email: str = "",
) -> EmailMultiAlternatives:
    """The mail of `templates/<template>.{subject.txt,txt,html}`; only the HTML is escaped.

    `from_email`: where it comes from, in place of the portal's address.
    """
    values = {"company": company, "site_url": settings.SITE_URL, **context}
    message = EmailMultiAlternatives(
        subject=one_line(render_text(f"{template}.subject.txt", values)),
        body=render_text(f"{template}.txt", values),
        from_email=from_email or sender(company),
        to=[to],
        headers=dict(headers or {}),
    )
    message.attach_alternative(render_to_string(f"{template}.html", values), "text/html")
    return message


def send(
    *,
    template: str,
    to: str,
    context: Mapping[str, Any],
    company: Company | None = None,
    headers: Mapping[str, str] | None = None,
    connection: BaseEmailBackend | None = None,
) -> None:
    """Render and send one mail; raises what the mail server answered (smtplib.SMTPException)."""
    message = compose(template=template, to=to, context=context, company=company, headers=headers)
    message.connection = connection
    message.send()
