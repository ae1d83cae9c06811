"""What was asked, of whom, and what they said."""

from surveys.models.campaign import Campaign, Kind
from surveys.models.invitation import Invitation
from surveys.models.response import Origin, Response
from surveys.models.suppression import Suppression

__all__ = ["Campaign", "Invitation", "Kind", "Origin", "Response", "Suppression"]
