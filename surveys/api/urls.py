"""Included below /api/v1/, in the namespace `api`."""

from __future__ import annotations

from django.urls import path

from surveys.api import (
    advocates,
    campaigns,
    follow_ups,
    invitations,
    results,
    settings,
    suppressions,
    timing,
)

urlpatterns = [
    path("campaigns/", campaigns.CampaignsView.as_view(), name="campaigns"),
    path("campaigns/<int:campaign_id>/", campaigns.CampaignView.as_view(), name="campaign"),
    path(
        "campaigns/<int:campaign_id>/start/",
        campaigns.CampaignStartView.as_view(),
        name="campaign_start",
    ),
    path(
        "campaigns/<int:campaign_id>/pause/",
        campaigns.CampaignPauseView.as_view(),
        name="campaign_pause",
    ),
    path(
        "campaigns/<int:campaign_id>/resume/",
        campaigns.CampaignResumeView.as_view(),
        name="campaign_resume",
    ),
    path(
        "campaigns/<int:campaign_id>/audience/",
        timing.CampaignAudienceView.as_view(),
        name="campaign_audience",
    ),
    path(
        "campaigns/<int:campaign_id>/timing/",
        timing.CampaignTimingView.as_view(),
        name="campaign_timing",
    ),
    path(
        "campaigns/<int:campaign_id>/plan/",
        timing.CampaignPlanView.as_view(),
        name="campaign_plan",
    ),
    path(
        "campaigns/<int:campaign_id>/schedule/",
        timing.CampaignScheduleView.as_view(),
        name="campaign_schedule",
    ),
    path(
        "campaigns/<int:campaign_id>/unschedule/",
        timing.CampaignUnscheduleView.as_view(),
        name="campaign_unschedule",
    ),
    path(
        "campaigns/<int:campaign_id>/end/",
        timing.CampaignEndView.as_view(),
        name="campaign_end",
    ),
    path(
        "campaigns/<int:campaign_id>/preview/",
        campaigns.CampaignPreviewView.as_view(),
        name="campaign_preview",
    ),
    path(
        "campaigns/<int:campaign_id>/invitations/",
        timing.AskingInvitationsView.as_view(),
        name="campaign_invitations",
    ),
    path(
        "invitations/<int:invitation_id>/response/",
        invitations.InvitationResponseView.as_view(),
        name="invitation_response",
    ),
    path(
        "campaigns/<int:campaign_id>/results/",
        results.CampaignResultsView.as_view(),
        name="campaign_results",
    ),
    path("answers/", results.AnswersView.as_view(), name="answers"),
    path("answers.csv", results.AnswersFileView.as_view(), name="answers_file"),
    path("answers/<int:answer_id>/", results.AnswerView.as_view(), name="answer"),
    path("answers/<int:answer_id>/tags/", results.AnswerTagsView.as_view(), name="answer_tags"),
    path(
        "answers/<int:answer_id>/follow-up/",
        follow_ups.AnswerFollowUpView.as_view(),
        name="answer_follow_up",
    ),
    path("tags/", results.TagsView.as_view(), name="tags"),
    path("tags/<int:tag_id>/", results.TagView.as_view(), name="tag"),
    path("sentiment-words/", results.SentimentWordsView.as_view(), name="sentiment_words"),
    path("follow-ups/", follow_ups.FollowUpsView.as_view(), name="follow_ups"),
    path("follow-ups/replying/", follow_ups.ReplyingView.as_view(), name="follow_ups_replying"),
    path("follow-ups/<int:follow_up_id>/", follow_ups.FollowUpView.as_view(), name="follow_up"),
    path(
        "follow-ups/<int:follow_up_id>/notes/",
        follow_ups.FollowUpNotesView.as_view(),
        name="follow_up_notes",
    ),
    path(
        "follow-ups/<int:follow_up_id>/replies/",
        follow_ups.FollowUpRepliesView.as_view(),
        name="follow_up_replies",
    ),
    path("survey-settings/", settings.SurveySettingsView.as_view(), name="survey_settings"),
    path(
        "survey-settings/sender-check/",
        settings.SenderCheckView.as_view(),
        name="survey_sender_check",
    ),
    path("referral-settings/", settings.ReferralSettingsView.as_view(), name="referral_settings"),
    path("suppressions/", suppressions.SuppressionsView.as_view(), name="suppressions"),
    path(
        "suppressions/<int:suppression_id>/",
        suppressions.SuppressionView.as_view(),
        name="suppression",
    ),
    path("advocates/", advocates.AdvocatesView.as_view(), name="advocates"),
    path("rewards/", advocates.RewardsView.as_view(), name="rewards"),
    path("rewards/<int:reward_id>/", advocates.RewardView.as_view(), name="reward"),
    path("referred-people/", advocates.ReferredPeopleView.as_view(), name="referred_people"),
    path(
        "referred-people/<int:person_id>/erasure/",
        advocates.ReferredPersonErasureView.as_view(),
        name="referred_person_erasure",
    ),
]
