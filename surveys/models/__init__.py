"""What was asked, of whom, and what they said."""

from surveys.models.campaign import Campaign, Event, Kind, Timing
from surveys.models.follow_up import FollowUp, FollowUpNote, Reply
from surveys.models.invitation import Invitation, Reminder
from surveys.models.referral import (
    ReferralSettings,
    ReferredPerson,
    Reward,
    referral_settings,
)
from surveys.models.response import Origin, Response
from surveys.models.sender import SenderDomain
from surveys.models.settings import SurveySettings, survey_settings
from surveys.models.stored import ResultsChange, StoredResults
from surveys.models.suppression import Suppression
from surveys.models.tag import (
    ReadingRules,
    ResponseReading,
    Sentiment,
    SentimentWord,
    Tag,
    TagMark,
    reading_rules,
)
from surveys.models.watch import CampaignWatch, Occasion

__all__ = [
    "Campaign",
    "CampaignWatch",
    "Event",
    "FollowUp",
    "FollowUpNote",
    "Invitation",
    "Kind",
    "Occasion",
    "Origin",
    "ReadingRules",
    "ReferralSettings",
    "ReferredPerson",
    "Reminder",
    "Reply",
    "Response",
    "ResponseReading",
    "ResultsChange",
    "Reward",
    "SenderDomain",
    "Sentiment",
    "SentimentWord",
    "StoredResults",
    "Suppression",
    "SurveySettings",
    "Tag",
    "TagMark",
    "Timing",
    "reading_rules",
    "referral_settings",
    "survey_settings",
]
