"""Where mail providers tell what became of mails: below /webhooks/mail/ on every host."""

from __future__ import annotations

from surveys.webhooks import urls

app_name = "mail_webhooks"
urlpatterns = urls()
