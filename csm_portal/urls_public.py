"""The public host: what companies share. No session, no user."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from csm_portal.views import mailbox

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("tenants.urls")),
    path("webhooks/mail/", include("surveys.urls_webhooks")),
]
if settings.MAILBOX:
    urlpatterns += [
        path("mailbox", mailbox.inbox, name="mailbox"),
        path("mailbox/<str:name>", mailbox.mail, name="mailbox_mail"),
        path("mailbox/<str:name>/html", mailbox.mail_html, name="mailbox_mail_html"),
    ]
