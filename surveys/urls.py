"""Campaigns for those who sign in; the links of mails for everybody who holds one."""

from __future__ import annotations

from django.urls import path

from surveys.views import answers, audience, campaigns, previews, results, running

app_name = "surveys"
urlpatterns = [
    path("campaigns/", campaigns.campaign_list, name="campaign_list"),
    path("campaigns/new/", campaigns.campaign_new, name="campaign_new"),
    path("campaigns/<int:campaign_id>/", results.campaign_detail, name="campaign_detail"),
    path(
        "campaigns/<int:campaign_id>/progress/", results.campaign_progress, name="campaign_progress"
    ),
    path("campaigns/<int:campaign_id>/edit/", campaigns.campaign_edit, name="campaign_edit"),
    path(
        "campaigns/<int:campaign_id>/contacts/",
        audience.campaign_audience,
        name="campaign_audience",
    ),
    path("campaigns/<int:campaign_id>/send/", audience.campaign_send, name="campaign_send"),
    path("campaigns/<int:campaign_id>/mail/", previews.campaign_mail, name="campaign_mail"),
    path(
        "campaigns/<int:campaign_id>/answer/",
        previews.campaign_answer_preview,
        name="campaign_answer_preview",
    ),
    path("campaigns/<int:campaign_id>/pause/", running.campaign_pause, name="campaign_pause"),
    path("campaigns/<int:campaign_id>/resume/", running.campaign_resume, name="campaign_resume"),
    path("campaigns/<int:campaign_id>/delete/", running.campaign_delete, name="campaign_delete"),
    path("s/<str:token>/", answers.answer, name="answer"),
    path("s/<str:token>/thanks/", answers.thanks, name="thanks"),
    path("s/<str:token>/unsubscribe/", answers.unsubscribe, name="unsubscribe"),
]
