"""A company's host."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from csm_portal.views import styleguide

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("csm_portal.urls_api")),  # first: programs ask most often
    path("", include("metrics.urls")),
    path("", include("customers.urls")),
    path("", include("surveys.urls")),
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("v1/", include("customers.urls_stream")),
    path("webhooks/mail/", include("surveys.urls_webhooks")),
]
if settings.IS_DEV:
    urlpatterns += [path("styleguide/", styleguide.styleguide, name="styleguide")]
