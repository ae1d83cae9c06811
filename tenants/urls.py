"""Pages of the public host."""

from __future__ import annotations

from django.urls import path

from tenants.views import landing, sign_up

app_name = "tenants"
urlpatterns = [
    path("", landing.landing, name="landing"),
    path("sign-up/", sign_up.sign_up, name="sign_up"),
    path("sign-up/address/", sign_up.address_preview, name="address_preview"),
    path("sign-up/sent/<str:reference>/", sign_up.sign_up_sent, name="sign_up_sent"),
    path("sign-up/sent/<str:reference>/again/", sign_up.send_again, name="send_again"),
    path("sign-up/verify/<str:token>/", sign_up.verify, name="verify"),
    path("sign-up/progress/<str:token>/", sign_up.progress, name="progress"),
    path("find/", landing.find_company, name="find_company"),
    path("find/sent/", landing.find_company_sent, name="find_company_sent"),
]
