"""Mails about customers, to users."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.languages import speaking_to
from customers.models import Mention, Note
from tenants import mail
from tenants.context import current_company
from tenants.links import company_url


def send_mention(mention_id: int) -> None:
    """Tell a user of the note that names them: once, and only while it is there, unread, and they
    may sign in."""
    mention = (
        Mention.objects.select_related("user", "by", "customer")
        .filter(pk=mention_id, is_named=True, mailed_at=None, read_at=None, user__is_active=True)
        .first()
    )
    if mention is None:
        return
    note = Note.objects.current().filter(external_id=mention.note_external_id).first()
    if note is None:
        return
    company = current_company()
    with speaking_to(mention.user, company):
        mail.send(
            template="emails/mention",
            to=mention.user.email,
            context={
                "brand": company.name,
                "by": mention.by or _("Somebody"),
                "customer": mention.customer,
                "text": note.text,
                "url": company_url(company, f"{mention.customer.get_absolute_url()}#notes"),
            },
            company=company,
        )
    Mention.objects.filter(pk=mention_id).update(mailed_at=timezone.now())
