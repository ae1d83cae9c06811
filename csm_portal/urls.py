"""A company's host."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.urls import include, path

# WIP while apps land one after another: replaced by a plain list before the first release.
urlpatterns = [
    path("", include(name))
    for name in ("metrics.urls", "customers.urls", "surveys.urls", "accounts.urls")
    if find_spec(name)
]
urlpatterns += [
    path("accounts/", include("allauth.account.urls")),
    path("api/v1/", include("csm_portal.urls_api")),
]
if settings.IS_DEV and find_spec("csm_portal.views.styleguide"):
    from csm_portal.views import styleguide

    urlpatterns += [path("styleguide/", styleguide.styleguide, name="styleguide")]
