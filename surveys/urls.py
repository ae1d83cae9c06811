"""Campaigns for those who sign in; the links of mails for everybody who holds one."""

from __future__ import annotations

from django.urls import path, re_path

from surveys.views import (
    advocates,
    answers,
    audience,
    campaigns,
    comments,
    editor,
    previews,
    referring,
    results,
    running,
    settings,
    stopping,
    suppressions,
    timing,
    unsubscribing,
    worklist,
)

app_name = "surveys"
urlpatterns = [
    path("campaigns/", campaigns.campaign_list, name="campaign_list"),
    path("campaigns/new/", editor.campaign_new, name="campaign_new"),
    path("campaigns/<int:campaign_id>/", results.campaign_detail, name="campaign_detail"),
    path(
        "campaigns/<int:campaign_id>/progress/", results.campaign_progress, name="campaign_progress"
    ),
    path("campaigns/<int:campaign_id>/edit/", editor.campaign_edit, name="campaign_edit"),
    path(
        "campaigns/<int:campaign_id>/contacts/",
        audience.campaign_audience,
        name="campaign_audience",
    ),
    path(
        "campaigns/<int:campaign_id>/contacts/picker/",
        audience.campaign_picker,
        name="campaign_picker",
    ),
    path("campaigns/<int:campaign_id>/when/", timing.campaign_timing, name="campaign_timing"),
    path("campaigns/<int:campaign_id>/send/", timing.campaign_send, name="campaign_send"),
    path(
        "campaigns/<int:campaign_id>/unschedule/",
        timing.campaign_unschedule,
        name="campaign_unschedule",
    ),
    path("campaigns/<int:campaign_id>/end/", stopping.campaign_end, name="campaign_end"),
    path("campaigns/<int:campaign_id>/skip/", timing.campaign_skip, name="campaign_skip"),
    path("campaigns/<int:campaign_id>/mail/", previews.campaign_mail, name="campaign_mail"),
    path(
        "campaigns/<int:campaign_id>/look/mail/",
        editor.campaign_look_mail,
        name="campaign_look_mail",
    ),
    path(
        "campaigns/<int:campaign_id>/look/page/",
        editor.campaign_look_page,
        name="campaign_look_page",
    ),
    path(
        "campaigns/<int:campaign_id>/answer/",
        previews.campaign_answer_preview,
        name="campaign_answer_preview",
    ),
    path("campaigns/<int:campaign_id>/pause/", running.campaign_pause, name="campaign_pause"),
    path("campaigns/<int:campaign_id>/resume/", running.campaign_resume, name="campaign_resume"),
    path("campaigns/<int:campaign_id>/delete/", stopping.campaign_delete, name="campaign_delete"),
    path("comments/", comments.comment_list, name="comment_list"),
    re_path(
        r"^comments/export\.(?P<form>csv|xlsx)$", comments.comment_export, name="comment_export"
    ),
    path("comments/rules/", comments.rules, name="rules"),
    path("comments/rules/tags/", comments.tag_save, name="tag_new"),
    path("comments/rules/tags/<int:tag_id>/", comments.tag_save, name="tag_save"),
    path("comments/rules/tags/<int:tag_id>/delete/", comments.tag_delete, name="tag_delete"),
    path("comments/rules/words/", comments.words_save, name="words_save"),
    path("comments/rules/days/", comments.reply_days_save, name="reply_days_save"),
    path("comments/<int:invitation_id>/tags/", comments.answer_tags, name="answer_tags"),
    path(
        "comments/<int:invitation_id>/follow-up/",
        comments.answer_follow_up,
        name="answer_follow_up",
    ),
    path("follow-ups/", worklist.follow_up_list, name="follow_up_list"),
    re_path(
        r"^follow-ups/export\.(?P<form>csv|xlsx)$",
        worklist.follow_up_export,
        name="follow_up_export",
    ),
    path("follow-ups/<int:follow_up_id>/", worklist.follow_up, name="follow_up"),
    path(
        "follow-ups/<int:follow_up_id>/owner/", worklist.follow_up_assign, name="follow_up_assign"
    ),
    path("follow-ups/<int:follow_up_id>/state/", worklist.follow_up_state, name="follow_up_state"),
    path("follow-ups/<int:follow_up_id>/notes/", worklist.follow_up_note, name="follow_up_note"),
    path(
        "follow-ups/<int:follow_up_id>/replies/", worklist.follow_up_reply, name="follow_up_reply"
    ),
    path("campaigns/advocates/", advocates.advocates, name="advocates"),
    path("campaigns/advocates/export/", advocates.advocates_export, name="advocates_export"),
    path("campaigns/advocates/<int:customer_id>/", advocates.advocate, name="advocate"),
    path("campaigns/advocates/<int:customer_id>/rewards/", advocates.reward_new, name="reward_new"),
    path("campaigns/rewards/<int:reward_id>/", advocates.reward_settle, name="reward_settle"),
    path(
        "campaigns/referrals/<int:referral_id>/conversion/",
        advocates.referral_convert,
        name="referral_convert",
    ),
    path(
        "campaigns/referred/<int:person_id>/erasure/", advocates.person_erase, name="person_erase"
    ),
    path("campaigns/suppressions/", suppressions.suppressions, name="suppressions"),
    path("campaigns/suppressions/new/", suppressions.suppression_add, name="suppression_add"),
    path(
        "campaigns/suppressions/<int:suppression_id>/removal/",
        suppressions.suppression_remove,
        name="suppression_remove",
    ),
    path("settings/surveys/", settings.settings, name="settings"),
    path("settings/surveys/sender-check/", settings.sender_check, name="sender_check"),
    path("settings/surveys/referrals/", settings.referrals, name="referral_settings"),
    path("r/<str:token>/", referring.referral, name="referral"),
    path("s/<str:token>/", answers.answer, name="answer"),
    path("s/<str:token>/thanks/", answers.thanks, name="thanks"),
    path("s/<str:token>/unsubscribe/", unsubscribing.unsubscribe, name="unsubscribe"),
]
