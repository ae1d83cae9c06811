"""What was asked, of whom, and what they said."""

from surveys.models.campaign import Campaign, Event, Kind, Timing
from surveys.models.invitation import Invitation, Reminder
from surveys.models.response import Origin, Response
from surveys.models.sender import SenderDomain
from surveys.models.settings import SurveySettings, survey_settings
from surveys.models.suppression import Suppression

__all__ = [
    "Campaign",
    "Event",
    "Invitation",
    "Kind",
    "Origin",
    "Reminder",
    "Response",
    "SenderDomain",
    "Suppression",
    "SurveySettings",
    "Timing",
    "survey_settings",
]
