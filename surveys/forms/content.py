"""What a campaign says."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError

from surveys.models import Campaign, Kind
from surveys.texts import FIELDS, unknown_fields
from surveys.wording import ENGLISH, Wording


class CampaignForm(forms.ModelForm[Campaign]):
    """The texts of a campaign."""

    class Meta:
        model = Campaign
        fields = ["name", "question", "follow_up", "thank_you", "language", "is_relational"]
        labels = {
            "follow_up": "Follow-up question",
            "thank_you": "Thank-you text",
            "is_relational": "About the relationship as a whole",
        }
        help_texts = {
            "name": "For you; the contacts do not see it.",
            "question": "Also the subject. {company}, {contact} and {customer} are filled in.",
            "follow_up": "Asked beside the score, with room for a few words.",
            "thank_you": "Shown after the answer.",
            "language": "Of the portal's own words in the mail and on the answer page.",
            "is_relational": "Counts in the company's NPS; leave it off for one about an event.",
        }
        widgets = {
            "question": forms.Textarea(attrs={"rows": 2}),
            "follow_up": forms.Textarea(attrs={"rows": 2}),
            "thank_you": forms.Textarea(attrs={"rows": 2}),
        }

    def clean_question(self) -> str:
        question: str = self.cleaned_data["question"]
        self._refuse_unknown_fields(question)
        return question

    def clean_follow_up(self) -> str:
        follow_up: str = self.cleaned_data["follow_up"]
        self._refuse_unknown_fields(follow_up)
        return follow_up

    def clean_thank_you(self) -> str:
        thank_you: str = self.cleaned_data["thank_you"]
        self._refuse_unknown_fields(thank_you)
        return thank_you

    def _refuse_unknown_fields(self, text: str) -> None:
        """A mistyped name would reach every contact as it stands."""
        if unknown_fields(text):
            names = ", ".join(f"{{{name}}}" for name in FIELDS)
            raise ValidationError(f"Only {names} can be filled in.")

    @staticmethod
    def texts_in(wording: Wording = ENGLISH) -> dict[str, str]:
        """What a new campaign begins with."""
        return {
            "question": wording.kinds[Kind.NPS].question,
            "follow_up": wording.kinds[Kind.NPS].follow_up,
            "thank_you": wording.default_thank_you,
        }
