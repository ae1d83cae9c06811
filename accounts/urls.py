"""Pages of accounts on a company's host. Sign-in itself is allauth's, under /accounts/."""

from __future__ import annotations

from django.urls import path

from accounts.views import invitations, keys, people, profile, search, settings

app_name = "accounts"
urlpatterns = [
    path("search/", search.search_page, name="search"),
    path("settings/", settings.company_settings, name="settings"),
    path("profile/", profile.profile, name="profile"),
    path("settings/audit/", settings.audit_trail, name="audit"),
    path("settings/keys/", keys.api_keys, name="api_keys"),
    path("settings/keys/<int:key_id>/revocation/", keys.revoke_key, name="revoke_key"),
    path("settings/people/", people.people_page, name="people"),
    path("settings/people/invitations/", people.invite, name="invite"),
    path(
        "settings/people/invitations/<int:invitation_id>/sending/",
        people.send_again,
        name="send_invitation_again",
    ),
    path(
        "settings/people/invitations/<int:invitation_id>/revocation/",
        people.revoke,
        name="revoke_invitation",
    ),
    path("settings/people/<int:user_id>/role/", people.change_role, name="change_role"),
    path("settings/people/<int:user_id>/deactivation/", people.deactivate, name="deactivate"),
    path("settings/people/<int:user_id>/reactivation/", people.reactivate, name="reactivate"),
    path("invitations/<str:token>/", invitations.accept, name="accept_invitation"),
]
