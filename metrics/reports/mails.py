"""A digest as a mail: HTML with its pictures inside, and the same as plain text."""

from __future__ import annotations

import base64
from email.mime.image import MIMEImage
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.signing import BadSignature, Signer
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import User
from metrics.models import DigestKind
from metrics.reports.digest import Content
from tenants.context import current_company
from tenants.links import company_url
from tenants.mail import render_text, sender
from tenants.validators import one_line

TEMPLATE = "emails/metrics/digest"


class PictureMail(EmailMultiAlternatives):
    """Its attachments are pictures that the HTML shows (RFC 2387)."""

    mixed_subtype = "related"


def digest_mail(user: User, content: Content, *, message_id: str = "") -> EmailMultiAlternatives:
    """The mail, not sent. Mail programs can stop it by one click (RFC 8058)."""
    company = current_company()
    values = context_of(user, content, {one.name: f"cid:{one.name}" for one in _pictures(content)})
    headers = {
        "List-Unsubscribe": f"<{values['unsubscribe_url']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    if message_id:
        headers["Message-ID"] = message_id
    mail = PictureMail(
        subject=one_line(render_text(f"{TEMPLATE}.subject.txt", values)),
        body=render_text(f"{TEMPLATE}.txt", values),
        from_email=sender(company),
        to=[user.email],
        headers=headers,
    )
    mail.attach_alternative(render_to_string(f"{TEMPLATE}.html", values), "text/html")
    for one in _pictures(content):
        part = MIMEImage(one.png, "png")
        part["Content-ID"] = f"<{one.name}>"
        part.add_header("Content-Disposition", "inline", filename=f"{one.name}.png")
        mail.attach(part)
    return mail


def preview_of(user: User, content: Content) -> str:
    """The HTML for a browser, with the pictures in it."""
    pictures = {
        one.name: f"data:image/png;base64,{base64.b64encode(one.png).decode()}"
        for one in _pictures(content)
    }
    return render_to_string(f"{TEMPLATE}.html", context_of(user, content, pictures))


def _pictures(content: Content) -> list[Any]:
    return content.common.charts


def context_of(user: User, content: Content, pictures: dict[str, str]) -> dict[str, Any]:
    """`pictures`: where each picture is, by name."""
    company = current_company()
    return {
        "brand": company.name,
        "content": content,
        "digest_name": DigestKind(content.kind).heading,
        "name": DigestKind(content.kind).within,
        "is_weekly": content.kind == DigestKind.WEEKLY,
        "user": user,
        "pictures": [(one, pictures[one.name]) for one in _pictures(content)],
        "told": [(one, _url(one.href)) for one in content.common.told],
        "work": [(one, _url(one.href)) for one in content.work.rows],
        "needs": [(one, _url(one.href)) for one in content.work.needs],
        "today_url": _link("metrics:today"),
        "overview_url": _link("metrics:overview"),
        "settings_url": _link("metrics:digests"),
        "unsubscribe_url": _link("metrics:digest_unsubscribe", token_of(user, content.kind)),
    }


def _link(route: str, *arguments: object) -> str:
    return _url(reverse(route, args=arguments, urlconf=settings.ROOT_URLCONF))


def _url(path: str) -> str:
    return company_url(current_company(), path)


def _signer() -> Signer:
    return Signer(salt=f"metrics.digest:{current_company().pk}", sep=".")


def token_of(user: User, kind: str) -> str:
    """Stops this kind of digest of this user at this company, and nothing else. Never expires:
    old mails lie around."""
    return _signer().sign(f"{user.pk}-{kind}")


def read_token(token: str) -> tuple[int, str] | None:
    """The user's id and the kind; None for what was not signed here."""
    try:
        number, _, kind = _signer().unsign(token).partition("-")
    except BadSignature:
        return None
    return (int(number), kind) if kind in DigestKind.values else None
